#include "plate/grammar.h"

#include <string.h>

// As scripts/plates/draw.py has it.
const char *const plate_alphabet[ALPHABET_SIZE] = {
    "京", "津", "沪", "渝", "冀", "豫", "云", "辽", "黑", "湘", "皖", "鲁", "新", "苏", "浙",
    "赣", "鄂", "桂", "甘", "晋", "蒙", "陕", "吉", "闽", "贵", "粤", "青", "藏", "川", "宁",
    "琼", "A",  "B",  "C",  "D",  "E",  "F",  "G",  "H",  "J",  "K",  "L",  "M",  "N",  "P",
    "Q",  "R",  "S",  "T",  "U",  "V",  "W",  "X",  "Y",  "Z",  "0",  "1",  "2",  "3",  "4",
    "5",  "6",  "7",  "8",  "9",  "挂", "学", "警", "港", "澳", "使", "领",
};

#define PROVINCES 31
#define LETTERS 24
#define DIGITS 10
#define RARE 0.05 // plates of authorities are hardly seen, and a D or Q looks like their O

// p province, l letter, d digit, x letter or digit, k letter of an electric vehicle, e any end of
// an ordinary plate, h an end of Hong Kong or Macao; all others stand for themselves, s for 使, g
// for 粤.
static const char *const forms[PLATE_FORMS] = {
    "plxxxxe",  // blue, yellow, white; consulates
    "plkxdddd", // green, small vehicle
    "pldddddk", // green, large vehicle
    "gZxxxxh",  // to and from Hong Kong and Macao
    "sdddddd",  // embassies
    "dddddds",  // embassies since 2017
    "p0xxxxe",  // authorities; the 0 is written O
};

static bool is_province(int character)
{
    return character >= 0 && character < PROVINCES;
}

static bool is_letter(int character)
{
    return character >= PROVINCES && character < PROVINCES + LETTERS;
}

static bool is_digit(int character)
{
    return character >= PROVINCES + LETTERS && character < PROVINCES + LETTERS + DIGITS;
}

static bool is(int character, const char *text)
{
    return strcmp(plate_alphabet[character], text) == 0;
}

int plate_form_length(int form)
{
    return (int)strlen(forms[form]);
}

double plate_form_share(int form)
{
    return forms[form][1] == '0' ? RARE : 1;
}

bool plate_may_stand(int character, int place, int form)
{
    bool plain = is_letter(character) || is_digit(character);
    switch (forms[form][place]) {
    case 'p':
        return is_province(character);
    case 'l':
        return is_letter(character);
    case 'd':
        return is_digit(character);
    case 'x':
        return plain;
    case 'k':
        return is_letter(character) && strchr("ABCDEFGHJK", *plate_alphabet[character]);
    case 'e':
        return plain || is(character, "挂") || is(character, "学") || is(character, "警") ||
               is(character, "领");
    case 'h':
        return is(character, "港") || is(character, "澳");
    case 's':
        return is(character, "使");
    case 'g':
        return is(character, "粤");
    case '0':
        return is(character, "0");
    default:
        return is(character, "Z");
    }
}

int plate_character(const char *text)
{
    for (int i = 0; i < ALPHABET_SIZE; i++)
        if (is(i, text))
            return i;
    return strcmp(text, "O") == 0 ? plate_character("0") : -1;
}

const char *plate_letter(int character, int before)
{
    return is_province(before) && is(character, "0") ? "O" : plate_alphabet[character];
}

// Which character a text begins with after another one.
static int character_at(const char *text, int before)
{
    for (int i = 0; i < ALPHABET_SIZE; i++)
        if (strncmp(plate_letter(i, before), text, strlen(plate_letter(i, before))) == 0)
            return i;
    return -1;
}

bool plate_is_legal(const char *text)
{
    int characters[PLATE_LONGEST], length = 0;
    while (*text) {
        int before = length ? characters[length - 1] : -1, character = character_at(text, before);
        if (character < 0 || length == PLATE_LONGEST)
            return false;
        characters[length++] = character;
        text += strlen(plate_letter(character, before));
    }
    for (int form = 0; form < PLATE_FORMS; form++) {
        bool fits = plate_form_length(form) == length;
        for (int i = 0; fits && i < length; i++)
            fits = plate_may_stand(characters[i], i, form);
        if (fits)
            return true;
    }
    return false;
}
