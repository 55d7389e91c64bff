"""Draws plates of GA 36 as they are on the road: proportions in millimetres, characters by strokes.py, now and then of a type face.

What a camera does to a plate (size, angle, blur, noise, light) is added while training.
"""
import random

from PIL import Image, ImageDraw, ImageFont

from . import strokes

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"
SPECIAL = "挂学警港澳使领"
ALPHABET = PROVINCES + LETTERS + DIGITS + SPECIAL  # class = index + 1; 0 is blank
ELECTRIC = "ABCDEFGHJK"

TYPES = "/usr/share/fonts/truetype"
NOTO = "/usr/share/fonts/opentype/noto/NotoSansCJK-"
CHINESE = (NOTO + "Bold.ttc", NOTO + "Regular.ttc", TYPES + "/wqy/wqy-zenhei.ttc", TYPES + "/wqy/wqy-microhei.ttc")
LATIN = CHINESE[:2] + (TYPES + "/dejavu/DejaVuSans-Bold.ttf", TYPES + "/liberation2/LiberationSans-Bold.ttf",
                       TYPES + "/roboto/unhinted/RobotoTTF/Roboto-Bold.ttf", TYPES + "/roboto/unhinted/RobotoCondensed-Bold.ttf")
GROUNDS = {
    "blue": ((10, 50, 140), (235, 235, 235)), "yellow": ((225, 160, 20), (15, 15, 15)),
    "green": ((80, 190, 120), (15, 20, 15)), "white": ((225, 225, 225), (15, 15, 15)), "black": ((20, 20, 24), (230, 230, 230)),
}
RED = (190, 30, 30)
SIZES = {"one": (440, 140), "two": (440, 220), "green": (480, 140)}  # mm

WIDTH, HEIGHT = 208, 96  # a texture: the plate in the middle of what is around it
MARGIN = 24, 18          # of the texture's pixels


def tail(rng, length, letters=(35, 45, 20)):
    """letters: how often none, one and two of them are letters."""
    letters = set(rng.sample(range(length), rng.choices((0, 1, 2), letters)[0]))
    return "".join(rng.choice(LETTERS if i in letters else DIGITS) for i in range(length))


def number(rng):
    """A legal number, its colour and its rows."""
    colour = rng.choices(("blue", "yellow", "green", "white", "black"), (46, 33, 15, 3, 3))[0]
    begin = rng.choice(PROVINCES) + rng.choice(LETTERS)
    digits = "".join(rng.choices(DIGITS, k=6))
    if colour == "green":
        kind = rng.choice("DF") if rng.random() < 0.4 else rng.choice(ELECTRIC)
        if rng.random() < 0.3:
            return begin + digits[:5] + kind, colour, 1
        return begin + kind + (rng.choice(LETTERS) if rng.random() < 0.25 else digits[0]) + digits[1:5], colour, 1
    if colour == "white":
        return begin + tail(rng, 4) + "警", colour, 1
    if colour == "black":
        text = rng.choice(("粤Z" + tail(rng, 4) + rng.choice("港澳"), "使" + digits, digits + "使", begin + digits[:4] + "领"))
        return text, colour, 1
    if colour == "yellow":
        rows = 2 if rng.random() < 0.65 else 1
        special = rng.random()
        if rows == 2 and special < 0.15:
            return begin + tail(rng, 4) + "挂", colour, rows
        if rows == 1 and special < 0.1:
            return begin + tail(rng, 4) + "学", colour, rows
        return begin + tail(rng, 5), colour, rows
    return begin + tail(rng, 5, (12, 38, 50)), colour, 1  # cars: most numbers without letters were given out long ago


def places(text, rows):
    """Left, top, width, height of every character in mm."""
    if rows == 2:
        return [(110, 15, 80, 60), (250, 15, 80, 60)] + [(27.5 + 80 * i, 90, 65, 110) for i in range(5)]
    if len(text) == 8:
        return [(15.5, 25, 45, 90), (69.5, 25, 43, 90)] + [(161.5 + 52 * i, 25, 43, 90) for i in range(6)]
    return [(15.5 + 57 * i + (22 if i > 1 else 0), 25, 45, 90) for i in range(7)]


class Hand:
    """How one plate's characters are made: by whom, how heavy, how round, how far off their places."""

    def __init__(self, rng, cache, colour):
        self.rng, self.cache = rng, cache
        self.faced = rng.random() < (0.4 if colour == "green" else 0.22)
        self.latin, self.chinese = rng.choice(LATIN), rng.choice(CHINESE)
        self.weight = rng.choice((0.8, 0.9, 1, 1, 1.1, 1.2))
        self.radius = rng.choice((0.75, 0.9, 1, 1, 1.1))
        self.slack = rng.uniform(0, 2)
        self.variants = {}

    def mask(self, letter):
        variants = strokes.GLYPHS.get(letter)
        if self.faced or not variants:
            key = letter, self.latin if letter.isascii() else self.chinese
        else:
            key = letter, self.variants.setdefault(letter, self.rng.randrange(len(variants))), self.weight, self.radius
        if key not in self.cache:
            self.cache[key] = typed(*key) if len(key) == 2 else strokes.draw_glyph(variants[key[1]], (90, 180), *key[2:])
        return self.cache[key]

    def put(self, image, letter, place, scale, ink):
        left, top, width, height = place
        if self.faced and letter == "1":  # narrow characters stay narrow
            left, width = left + width * 0.33, width * 0.34
        off = [self.rng.gauss(0, self.slack) for _ in range(4)]
        x, y = round((left + off[0]) * scale[0]), round((top + off[1]) * scale[1])
        size = max(3, round((width + off[2]) * scale[0])), max(5, round((height + off[3]) * scale[1]))
        image.paste(ink, (x, y, x + size[0], y + size[1]), self.mask(letter).resize(size, Image.BILINEAR))


def typed(letter, face):
    """A character of a type face, as large as its ink."""
    font = ImageFont.truetype(face, 120, index=2 if face.startswith(NOTO) else 0)
    left, top, right, bottom = font.getbbox(letter)
    mask = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(mask).text((-left, -top), letter, fill=255, font=font)
    return mask


def ground_of(colour, size, rng):
    """The plate without characters, and their ink."""
    ground, ink = GROUNDS[colour]
    ground = tuple(min(255, max(0, c + rng.randint(-25, 25))) for c in ground)
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    if colour == "green":
        light = rng.randint(190, 245)
        for y in range(size[1]):
            draw.line([(0, y), (size[0], y)], fill=tuple(int(light - (light - c) * y / size[1]) for c in ground))
        if rng.random() < 0.25:  # large vehicles: a yellow part
            draw.rectangle([0, 0, size[0] // 4, size[1]], fill=GROUNDS["yellow"][0])
    if rng.random() < 0.85:
        edge = size[1] // 40 + 1
        inner = [edge, edge, size[0] - 1 - edge, size[1] - 1 - edge]
        draw.rounded_rectangle(inner, size[1] // 16, outline=ink, width=rng.choice((1, 2, 2, 3)))
    return image, ink


def soil(image, rng):
    """Mud from below, dust, splashes."""
    w, h = image.size
    shade = rng.choice(((110, 95, 70), (60, 55, 50), (160, 150, 130)))
    layer = Image.new("L", (9, 5))
    layer.putdata([max(0, int(rng.gauss(50 + 18 * (i // 9), 45))) for i in range(45)])
    image.paste(shade, (0, 0, w, h), layer.resize((w, h), Image.BICUBIC))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.choice((0, 2, 6))):
        x, y, r = rng.randrange(w), rng.randrange(h), rng.randint(1, max(2, h // 14))
        draw.ellipse([x - r, y - r, x + r, y + r], fill=shade)


def paint(text, colour, rows, size, rng, cache):
    """The plate alone, of any size in pixels."""
    image, ink = ground_of(colour, size, rng)
    mm = SIZES["green" if len(text) == 8 else "two" if rows == 2 else "one"]
    scale = size[0] / mm[0], size[1] / mm[1]
    hand = Hand(rng, cache, colour)
    for letter, place in zip(text, places(text, rows)):
        hand.put(image, letter, place, scale, RED if letter in "警使领" else ink)
    draw = ImageDraw.Draw(image)

    def disc(x, y, r, shade):
        draw.ellipse([(x - r) * scale[0], (y - r) * scale[1], (x + r) * scale[0], (y + r) * scale[1]], fill=shade)

    if colour != "green" and rng.random() < 0.9:
        disc(*((220, 45) if rows == 2 else (134.5, 70)), rng.uniform(4, 6), ink)
    for y in (rng.uniform(8, 18), mm[1] - rng.uniform(8, 18)):  # bolts
        if rng.random() < 0.6:
            shade, r = (rng.randint(40, 230),) * 3, rng.uniform(4, 9)
            for x in (110, mm[0] - 110):
                disc(x + rng.gauss(0, 4), y, r, shade)
    if rng.random() < (0.45 if rows == 2 else 0.25):  # lorries are dirty
        soil(image, rng)
    return image


def plate(seed, cache):
    """(image, colour, rows) of a plate at 0.6 pixels a millimetre."""
    rng = random.Random(seed)
    text, colour, rows = number(rng)
    size = SIZES["green" if colour == "green" else "two" if rows == 2 else "one"]
    return paint(text, colour, rows, tuple(round(0.6 * mm) for mm in size), rng, cache), colour, rows


def around(size, rng):
    """What surrounds a plate: paint, a bumper's edges, a holder, another lettering."""
    shade = rng.choice(((20, 20, 22), (60, 60, 65), (150, 150, 155), (225, 225, 228), (150, 30, 30), (40, 60, 110), (200, 160, 60)))
    image = Image.new("RGB", size, shade)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(0, 6)):
        y, height = rng.randrange(size[1]), rng.randint(2, size[1] // 3)
        light = rng.uniform(0.4, 1.6)
        draw.rectangle([0, y, size[0], y + height], fill=tuple(min(255, int(c * light) + rng.randint(0, 12)) for c in shade))
    return image


def texture(seed, cache):
    """(image of WIDTH x HEIGHT, text, colour, rows, centres of the characters in 0..1 of the plate's width)"""
    rng = random.Random(seed)
    text, colour, rows = number(rng)
    edge = 2 * MARGIN[0], 2 * MARGIN[1]
    size = 2 * WIDTH - 2 * edge[0], 2 * HEIGHT - 2 * edge[1]
    image = around((2 * WIDTH, 2 * HEIGHT), rng)
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.4:  # a holder
        wide = rng.randint(4, 20)
        draw.rectangle([edge[0] - wide, edge[1] - wide, edge[0] + size[0] + wide, edge[1] + size[1] + wide],
                       fill=(rng.choice((15, 40, 120, 200)),) * 3)
    image.paste(paint(text, colour, rows, size, rng, cache), edge)
    if rng.random() < 0.15:  # that covers the plate's edge
        wide, shade = rng.randint(2, 7), (rng.choice((15, 40, 160, 210)),) * 3
        draw.rectangle([edge[0] - 8, edge[1] - 8, edge[0] + size[0] + 8, edge[1] + size[1] + 8], outline=shade, width=8 + wide)
    width = SIZES["green" if len(text) == 8 else "one"][0]
    centres = [(left + wide / 2) / width for left, _, wide, _ in places(text, rows)]
    return image.reduce(2), text, colour, rows, centres
