"""Draws plates of GA 36: as they are on the road, and as strips: the characters in one line, a two-row plate laid out as top row,
then bottom row.

Every strip is HEIGHT x WIDTH RGB; with it come the classes and the centres of its characters (0..1 of the width). What a camera does
to a plate (size, angle, blur, noise, light) is added while training.
"""
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 176, 44
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"
SPECIAL = "挂学警"
ALPHABET = PROVINCES + LETTERS + DIGITS + SPECIAL  # class = index + 1; 0 is blank

FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
GROUNDS = {
    "blue": ((10, 50, 140), (235, 235, 235)), "yellow": ((225, 160, 20), (15, 15, 15)),
    "green": ((110, 200, 140), (15, 20, 15)), "white": ((225, 225, 225), (15, 15, 15)), "black": ((20, 20, 24), (230, 230, 230)),
}


def number(rng):
    """A legal number, its colour and its rows."""
    colour = rng.choices(("blue", "yellow", "green", "white"), (50, 35, 12, 3))[0]
    text = rng.choice(PROVINCES) + rng.choice(LETTERS)
    if colour == "green":
        text += rng.choice("DF") + "".join(rng.choices(DIGITS, k=5))
        return text, colour, 1
    letters = set(rng.sample(range(5), rng.choices((0, 1, 2), (35, 45, 20))[0]))
    tail = "".join(rng.choice(LETTERS) if i in letters else rng.choice(DIGITS) for i in range(5))
    special = rng.random()
    if colour == "yellow" and special < 0.12:
        tail = tail[:4] + "挂"
    elif colour == "yellow" and special < 0.16:
        tail = tail[:4] + "学"
    elif colour == "white":
        tail = tail[:4] + "警"
    return text + tail, colour, 2 if colour == "yellow" and rng.random() < 0.6 else 1


def slots(text, rows, rng):
    """Left and right of every character, 0..1 of the strip."""
    count = len(text)
    if rows == 2:  # the top row is half as high: stretched to the strip's height it is wide
        cut = rng.uniform(0.36, 0.44)
        top = [(cut * (0.16 + 0.36 * i), cut * (0.16 + 0.36 * i + 0.30)) for i in range(2)]
        step = (1 - cut) / 5
        return top + [(cut + step * (i + 0.08), cut + step * (i + 0.92)) for i in range(5)]
    edge = 0.035
    dot = 0 if count > 7 else 0.045  # the separator after the second character
    step = (1 - 2 * edge - dot) / count
    return [(edge + step * (i + 0.07) + (dot if i > 1 else 0), edge + step * (i + 0.93) + (dot if i > 1 else 0)) for i in range(count)]


def glyph(letter, width, height, ink, rng, cache):
    """The character stretched to its slot; a random weight."""
    key = letter, rng.randrange(len(FONTS))
    if key not in cache:
        font = ImageFont.truetype(FONTS[key[1]], 96, index=2)
        left, top, right, bottom = font.getbbox(letter)
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).text((-left, -top), letter, fill=255, font=font)
        cache[key] = mask
    mask = cache[key]
    if letter in "1I":  # narrow characters stay narrow
        slim = max(3, int(width * rng.uniform(0.25, 0.5)))
        mask = mask.resize((slim, height), Image.BILINEAR)
        wide = Image.new("L", (width, height))
        wide.paste(mask, ((width - slim) // 2, 0))
        mask = wide
    else:
        mask = mask.resize((width, height), Image.BILINEAR)
    weight = rng.random()
    if weight < 0.25:
        mask = mask.filter(ImageFilter.MaxFilter(3))
    elif weight < 0.4:
        mask = mask.filter(ImageFilter.MinFilter(3))
    return mask, ink


def strip(seed, cache):
    """(image, text, centres)"""
    rng = random.Random(seed)
    text, colour, rows = number(rng)
    ground, ink = GROUNDS[colour]
    big = (WIDTH * 2, HEIGHT * 2)
    image = Image.new("RGB", big, tuple(min(255, max(0, c + rng.randint(-25, 25))) for c in ground))
    draw = ImageDraw.Draw(image)
    if colour == "green":
        for y in range(big[1]):
            part = y / big[1]
            draw.line([(0, y), (big[0], y)], fill=tuple(int(235 - (235 - c) * part) for c in ground))
    if rng.random() < 0.8:
        draw.rectangle([3, 3, big[0] - 4, big[1] - 4], outline=ink, width=2)
    centres = []
    top, bottom = 0.14 + rng.uniform(-0.04, 0.04), 0.86 + rng.uniform(-0.04, 0.04)
    places = slots(text, rows, rng)
    for letter, (left, right) in zip(text, places):
        x0, x1 = int(left * big[0]), int(right * big[0])
        y0, y1 = int(top * big[1]), int(bottom * big[1])
        mask, fill = glyph(letter, x1 - x0, y1 - y0, ink, rng, cache)
        image.paste(Image.new("RGB", mask.size, fill), (x0, y0), mask)
        centres.append((left + right) / 2)
    if rows == 1 and len(text) == 7 and rng.random() < 0.9:
        x = int((places[1][1] + 0.024) * big[0])
        draw.ellipse([x - 3, big[1] // 2 - 3, x + 3, big[1] // 2 + 3], fill=ink)
    for _ in range(rng.choice((0, 0, 0, 1, 2, 4))):  # screws, dirt, scratches
        x, y, r = rng.randrange(big[0]), rng.randrange(big[1]), rng.randint(2, 12)
        shade = rng.randint(40, 170)
        draw.ellipse([x - r, y - r // 2, x + r, y + r // 2], fill=(shade, shade, shade))
    return image.resize((WIDTH, HEIGHT), Image.BOX), text, centres


def ground_of(colour, size, rng):
    """The plate without characters, and their ink."""
    ground, ink = GROUNDS[colour]
    ground = tuple(min(255, max(0, c + rng.randint(-25, 25))) for c in ground)
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    if colour == "green":
        for y in range(size[1]):
            part = y / size[1]
            draw.line([(0, y), (size[0], y)], fill=tuple(int(235 - (235 - c) * part) for c in ground))
        if rng.random() < 0.25:  # large vehicles: half yellow, half green
            draw.rectangle([0, 0, size[0] // 4, size[1]], fill=GROUNDS["yellow"][0])
    if rng.random() < 0.85:
        edge = size[1] // 40 + 1
        draw.rounded_rectangle([edge, edge, size[0] - 1 - edge, size[1] - 1 - edge], 5, outline=ink, width=rng.choice((2, 2, 3)))
    return image, ink


def plate(seed, cache):
    """(image, colour, rows) of a plate as it is on the road: 440 x 140, 440 x 220 (two rows) or 480 x 140 mm (green), here at 0.6."""
    rng = random.Random(seed)
    text, colour, rows = number(rng)
    if colour == "white" and rng.random() < 0.3:
        colour = "black"
    size = (288, 84) if colour == "green" else (264, 132) if rows == 2 else (264, 84)
    image, ink = ground_of(colour, size, rng)
    top, bottom = 0.17 + rng.uniform(-0.04, 0.04), 0.83 + rng.uniform(-0.04, 0.04)
    if rows == 2:
        places = [(0.2 + 0.34 * i, 0.41 + 0.34 * i, 0.07, 0.36) for i in range(2)]
        places += [(0.035 + 0.188 * i, 0.2 + 0.188 * i, 0.42, 0.92) for i in range(5)]
    else:
        places = [(left, right, top, bottom) for left, right in slots(text, 1, rng)]
    for letter, (left, right, above, below) in zip(text, places):
        x, y = int(left * size[0]), int(above * size[1])
        mask, fill = glyph(letter, int(right * size[0]) - x, int(below * size[1]) - y, ink, rng, cache)
        image.paste(Image.new("RGB", mask.size, fill), (x, y), mask)
    draw = ImageDraw.Draw(image)
    if rows == 1 and len(text) == 7 and rng.random() < 0.9:
        x, y = int((places[1][1] + 0.024) * size[0]), size[1] // 2
        draw.ellipse([x - 4, y - 4, x + 4, y + 4], fill=ink)
    for x in (0.25, 0.75):  # screws
        if rng.random() < 0.6:
            shade, r = rng.randint(60, 220), rng.randint(3, 6)
            for y in (0.07, 0.93):
                at = int(x * size[0]), int(y * size[1])
                draw.ellipse([at[0] - r, at[1] - r, at[0] + r, at[1] + r], fill=(shade, shade, shade))
    return image, colour, rows
