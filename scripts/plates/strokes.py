"""Letters and digits of plates as strokes, and how strokes are drawn; the Chinese characters are those of provinces.py.

A stroke is a list of points (x, y) or (x, y, r) in millimetres in the cell of GA 36 (45 x 90), y downwards: its middle line, with
corners of radius r. Letters are 10 mm wide strokes with flat ends; what reaches out of the cell is cut off there, which gives slanted
strokes their level ends.

From scripts/, `/usr/bin/python3 -m plates.strokes sheet.png` draws all of them.
"""
import math
import sys
from typing import NamedTuple

from PIL import Image, ImageDraw

from . import provinces

CELL_WIDTH, CELL_HEIGHT = 45, 90
SCALE = 4  # pixels a millimetre while drawing


class Glyph(NamedTuple):
    strokes: list
    width: float  # of the strokes, in mm
    round: bool   # their ends


def turned(strokes):
    return [[(CELL_WIDTH - p[0], CELL_HEIGHT - p[1], *p[2:]) for p in stroke] for stroke in strokes]


RING = [(22.5, 5), (40, 5, 17), (40, 85, 17), (5, 85, 17), (5, 5, 17), (22.5, 5)]
SIX = [[(22.5, 37), (40, 37, 17), (40, 85, 17), (5, 85, 17), (5, 37, 17), (22.5, 37)], [(29, -2), (5, 50, 40), (5, 66)]]
STEM = [(6, 0), (6, 90)]
BOWL = [(5, 5), (39, 5, 16), (39, 48, 16), (5, 48)]

LETTERS = {
    "0": [[RING]],
    "1": [[[(27, 0), (27, 90)], [(27, 6), (17, 13)]], [[(25, 0), (25, 90)], [(26, 4), (13, 17)]]],
    "2": [[[(6, 27), (6, 5, 17), (39, 5, 17), (39, 38, 20), (5, 86)], [(3, 85), (43, 85)]],
          [[(5, 25), (5, 5, 17), (40, 5, 17), (40, 46, 16), (8, 70, 12), (6, 88)], [(2, 85), (42, 85)]]],
    "3": [[[(6, 24), (6, 5, 16), (38, 5, 16), (38, 42, 16), (18, 42)], [(18, 42), (40, 42, 17), (40, 85, 17), (5, 85, 17), (5, 64)]],
          [[(5, 26), (5, 5, 17), (39, 5, 17), (39, 43, 15), (20, 43)], [(20, 43), (39, 43, 15), (39, 85, 17), (5, 85, 17), (5, 62)]]],
    "4": [[[(28, -4), (4, 68)], [(2, 66), (44, 66)], [(32, 36), (32, 90)]], [[(30, -4), (4, 64)], [(2, 65), (44, 65)], [(31, 2), (31, 90)]],
          [[(24, -4), (5, 66)], [(2, 66), (44, 66)], [(31, 44), (31, 90)]]],
    "5": [[[(8, 5), (41, 5)], [(9, 2), (7, 44)], [(7, 37), (40, 37, 17), (40, 85, 17), (5, 85, 17), (5, 64)]],
          [[(7, 5), (40, 5)], [(8, 2), (8, 46)], [(8, 44), (12, 34, 8), (40, 34, 17), (40, 85, 17), (5, 85, 17), (5, 66)]]],
    "6": [SIX, [[(22.5, 36), (40, 36, 17), (40, 85, 17), (5, 85, 17), (5, 36, 17), (22.5, 36)], [(36, 5), (5, 5, 18), (5, 62)]],
          [SIX[0], [(33, 4), (16, 10, 14), (5, 46, 20), (5, 66)]]],
    "7": [[[(4, 5), (42, 5)], [(40, 1), (29, 38, 40), (18, 92)]], [[(3, 5), (39, 5, 3), (19, 95)]]],
    "8": [[[(22.5, 5), (37, 5, 15), (37, 41, 15), (8, 41, 15), (8, 5, 15), (22.5, 5)],
           [(22.5, 41), (40, 41, 17), (40, 85, 17), (5, 85, 17), (5, 41, 17), (22.5, 41)]]],
    "A": [[[(3, 95), (20, -4)], [(42, 95), (25, -4)], [(9, 64), (36, 64)]],
          [[(4, 95), (21.5, -4)], [(41, 95), (23.5, -4)], [(10, 61), (35, 61)]]],
    "B": [[STEM, [(5, 5), (37, 5, 14), (37, 42, 14), (5, 42)], [(5, 42), (40, 42, 16), (40, 85, 16), (5, 85)]]],
    "C": [[[(39.5, 29), (39.5, 5, 17), (5, 5, 17), (5, 85, 17), (39.5, 85, 17), (39.5, 61)]]],
    "D": [[[(6, 45), (6, 5), (39, 5, 17), (39, 85, 17), (6, 85), (6, 45)]], [STEM, [(5, 5), (39, 5, 12), (39, 85, 12), (5, 85)]]],
    "E": [[[(7, 0), (7, 90)], [(7, 5), (41, 5)], [(7, 43), (37, 43)], [(7, 85), (42, 85)]]],
    "F": [[[(8, 0), (8, 90)], [(8, 5), (42, 5)], [(8, 44), (37, 44)]]],
    "G": [[[(39.5, 27), (39.5, 5, 17), (5, 5, 17), (5, 85, 17), (39.5, 85, 17), (39.5, 50), (24, 50)]],
          [[(39.5, 27), (39.5, 5, 17), (5, 5, 17), (5, 85, 17), (39.5, 85, 15), (39.5, 46)], [(23, 51), (44, 51)]]],
    "H": [[STEM, [(39, 0), (39, 90)], [(6, 44), (39, 44)]]],
    "J": [[[(33, 0), (33, 85, 14), (6, 85, 13), (6, 66)]], [[(37, 0), (37, 85, 15), (6, 85, 15), (6, 62)]]],
    "K": [[STEM, [(41, -4), (8, 55)], [(18, 38), (42, 95)]], [STEM, [(39, -4), (6, 46)], [(14, 33), (41, 95)]]],
    "L": [[[(8, 0), (8, 85), (42, 85)]]],
    "M": [[[(5, 0), (5, 90)], [(40, 0), (40, 90)], [(5, -6), (22.5, 58), (40, -6)]],
          [[(5, 0), (5, 90)], [(40, 0), (40, 90)], [(5, -6), (22.5, 74), (40, -6)]],
          [[(5, 0), (5, 90)], [(40, 0), (40, 90)], [(5, -6), (21, 95)], [(40, -6), (24, 95)]]],
    "N": [[[(5, 0), (5, 90)], [(40, 0), (40, 90)], [(4, -4), (41, 94)]]],
    "P": [[STEM, BOWL]],
    "Q": [[RING, [(25, 64), (43, 92)]], [RING, [(22, 60), (40, 88)]]],
    "R": [[STEM, BOWL, [(20, 46), (42, 95)]]],
    "S": [[[(39, 26), (39, 5, 17), (6, 5, 17), (6, 38, 14), (40, 48, 14), (40, 85, 17), (5, 85, 17), (5, 63)]]],
    "T": [[[(2, 5), (43, 5)], [(22.5, 5), (22.5, 90)]]],
    "U": [[[(5, 0), (5, 85, 17), (40, 85, 17), (40, 0)]]],
    "V": [[[(3, -4), (21, 95)], [(42, -4), (24, 95)]]],
    "W": [[[(3, -4), (12, 95)], [(11, 95), (21.5, 12)], [(23.5, 12), (34, 95)], [(42, -4), (33, 95)]],
          [[(4, -4), (12, 95)], [(11, 95), (22, -4)], [(23, -4), (34, 95)], [(41, -4), (33, 95)]]],
    "X": [[[(3, -4), (42, 94)], [(42, -4), (3, 94)]]],
    "Y": [[[(3, -4), (23, 50)], [(42, -4), (22, 50)], [(22.5, 44), (22.5, 90)]]],
    "Z": [[[(4, 5), (40, 5)], [(40, 2), (5, 88)], [(3, 85), (42, 85)]]],
}
LETTERS["9"] = [turned(variant) for variant in LETTERS["6"]]
NARROW = {"M": 9, "W": 8}  # in mm: so that light falls between their strokes
GLYPHS = {letter: [Glyph(strokes, NARROW.get(letter, 10), False) for strokes in variants] for letter, variants in LETTERS.items()}
GLYPHS |= {letter: [Glyph(strokes, width, True) for width, strokes in variants] for letter, variants in provinces.GLYPHS.items()}


def rounded(stroke, radius):
    """The stroke's points with its corners as arcs; radius: factor on each corner's own."""
    out = [stroke[0][:2]]
    for before, corner, after in zip(stroke, stroke[1:], stroke[2:]):
        lengths = [math.dist(corner[:2], end[:2]) for end in (before, after)]
        one, two = ([(end[i] - corner[i]) / max(length, 1e-6) for i in (0, 1)] for end, length in zip((before, after), lengths))
        reach = corner[2] * radius if len(corner) > 2 else 0
        half = math.acos(max(-1, min(1, one[0] * two[0] + one[1] * two[1]))) / 2
        cut = min(reach / math.tan(half) if 0 < half < 1.57 else 0, *(0.5 * length if end not in (stroke[0], stroke[-1]) else length
                                                                      for end, length in zip((before, after), lengths)))
        if cut < 0.5:
            out.append(corner[:2])
            continue
        # A quadratic curve bends more in its middle than an arc; a cubic with these handles is one to a thousandth.
        bend = 1 - 4 / 3 * math.tan((math.pi - 2 * half) / 4) * math.tan(half)
        a, d = ([corner[i] + way[i] * cut for i in (0, 1)] for way in (one, two))
        b, c = ([corner[i] + way[i] * cut * bend for i in (0, 1)] for way in (one, two))
        for t in (step / 8 for step in range(9)):
            s = 1 - t
            out.append(tuple(s**3 * a[i] + 3 * t * s * s * b[i] + 3 * t * t * s * c[i] + t**3 * d[i] for i in (0, 1)))
    return out + [stroke[-1][:2]]


def draw_glyph(glyph, size, weight=1, radius=1):
    """The glyph as a mask (mode L) of the size, white on black. weight and radius: factors on the strokes' width and corners."""
    mask = Image.new("L", (CELL_WIDTH * SCALE, CELL_HEIGHT * SCALE))
    draw = ImageDraw.Draw(mask)
    width = glyph.width * weight
    middle = CELL_WIDTH / 2, CELL_HEIGHT / 2
    # The rim of the ink stays where it is: a heavier stroke's middle line lies further in.
    shrink = [1 - (width - glyph.width) / 2 / half for half in middle]
    for stroke in glyph.strokes:
        points = [tuple(SCALE * (half + (v - half) * by) for v, half, by in zip(point, middle, shrink))
                  for point in rounded(stroke, radius)]
        draw.line(points, fill=255, width=round(width * SCALE), joint="curve")
        if glyph.round:
            for x, y in points[0], points[-1]:
                r = width * SCALE / 2 - 0.5
                draw.ellipse([x - r, y - r, x + r, y + r], fill=255)
    return mask.resize(size, Image.BOX)


def sheet(columns=20):
    """Every glyph: large, and at 16 x 32 pixels."""
    glyphs = [glyph for variants in GLYPHS.values() for glyph in variants]
    image = Image.new("L", (columns * 70, -(-len(glyphs) // columns) * 170), 40)
    for i, glyph in enumerate(glyphs):
        at = i % columns * 70 + 5, i // columns * 170 + 5
        image.paste(draw_glyph(glyph, (60, 120)), at)
        image.paste(draw_glyph(glyph, (16, 32)), (at[0], at[1] + 125))
    return image


if __name__ == "__main__":
    sheet().save(sys.argv[1])
