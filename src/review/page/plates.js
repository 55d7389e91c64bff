// The shape of a plate after GA 36, as the officer types it.

// Provinces with the initial of their pinyin.
export const PROVINCES = [
    ['京', 'J'],
    ['津', 'J'],
    ['冀', 'J'],
    ['晋', 'J'],
    ['蒙', 'M'],
    ['辽', 'L'],
    ['吉', 'J'],
    ['黑', 'H'],
    ['沪', 'H'],
    ['苏', 'S'],
    ['浙', 'Z'],
    ['皖', 'W'],
    ['闽', 'M'],
    ['赣', 'G'],
    ['鲁', 'L'],
    ['豫', 'Y'],
    ['鄂', 'E'],
    ['湘', 'X'],
    ['粤', 'Y'],
    ['桂', 'G'],
    ['琼', 'Q'],
    ['渝', 'Y'],
    ['川', 'C'],
    ['贵', 'G'],
    ['云', 'Y'],
    ['藏', 'Z'],
    ['陕', 'S'],
    ['甘', 'G'],
    ['青', 'Q'],
    ['宁', 'N'],
    ['新', 'X'],
];

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const DIGITS = '0123456789';
const ENDINGS = '挂学警';
const ELECTRIC = 'ABCDEFGHJK';

// What is wrong with a plate: null when it may stand, else {name, values} of a text.
export function fault(plate) {
    const all = [...plate];
    if (!PROVINCES.some(([province]) => province === all[0])) return {name: 'shape_province'};
    if (all.length > 1 && !LETTERS.includes(all[1])) return {name: 'shape_letter'};
    if (all.length < 7) return {name: 'shape_short', values: {n: 7 - all.length}};
    if (all.length > 8) return {name: 'shape_long', values: {n: all.length - 8}};
    for (let i = 2; i < all.length; i++)
        if (!mayStand(all[i], i, all.length))
            return {name: 'shape_char', values: {n: i + 1, c: all[i]}};
    return null;
}

function mayStand(character, place, length) {
    if (DIGITS.includes(character)) return true;
    if (length === 8) {
        // electric: a letter first (small) or last (large)
        if (place === 2 || place === 7) return ELECTRIC.includes(character);
        return place === 3 && LETTERS.includes(character);
    }
    return LETTERS.includes(character) || (place === 6 && ENDINGS.includes(character));
}
