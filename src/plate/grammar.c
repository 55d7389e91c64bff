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
