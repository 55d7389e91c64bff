#include "plate/grammar.h"

#include <string.h>

// As scripts/plates/draw.py has it.
const char *const plate_alphabet[ALPHABET_SIZE] = {
    "京", "津", "沪", "渝", "冀", "豫", "云", "辽", "黑", "湘", "皖", "鲁", "新", "苏",
    "浙", "赣", "鄂", "桂", "甘", "晋", "蒙", "陕", "吉", "闽", "贵", "粤", "青", "藏",
    "川", "宁", "琼", "A",  "B",  "C",  "D",  "E",  "F",  "G",  "H",  "J",  "K",  "L",
    "M",  "N",  "P",  "Q",  "R",  "S",  "T",  "U",  "V",  "W",  "X",  "Y",  "Z",  "0",
    "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "挂", "学", "警",
};

#define PROVINCES 31
#define LETTERS 24
#define DIGITS 10

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

bool plate_may_stand(int character, int place, int length)
{
    if (place == 0)
        return is_province(character);
    if (place == 1)
        return is_letter(character);
    if (is_digit(character))
        return true;
    if (length == 8) { // electric: a letter stands first (small) or last (large)
        bool kind = is_letter(character) && strchr("ABCDEFGHJK", *plate_alphabet[character]);
        return (place == 2 || place == 7) ? kind : place == 3 && is_letter(character);
    }
    if (is_letter(character))
        return true;
    return place == length - 1 && character >= PROVINCES + LETTERS + DIGITS;
}

static int character_at(const char *text)
{
    for (int i = 0; i < ALPHABET_SIZE; i++)
        if (strncmp(plate_alphabet[i], text, strlen(plate_alphabet[i])) == 0)
            return i;
    return -1;
}

// Last characters of plates that the network does not read.
static bool is_rare_end(const char *text)
{
    return strcmp(text, "港") == 0 || strcmp(text, "澳") == 0 || strcmp(text, "使") == 0 ||
           strcmp(text, "领") == 0;
}

bool plate_is_legal(const char *text)
{
    int characters[8], length = 0;
    while (*text) {
        if (length == 6 && is_rare_end(text)) // the last place takes any end
            break;
        int character = character_at(text);
        if (character < 0 || length == 8)
            return false;
        characters[length++] = character;
        text += strlen(plate_alphabet[character]);
    }
    for (int i = 0; i < length; i++)
        if (!plate_may_stand(characters[i], i, *text ? 7 : length))
            return false;
    return length + (*text != 0) >= 7;
}
