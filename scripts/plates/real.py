"""Real plates as textures; half of them, by the SHA-256 of the picture's name, may be trained on, the other half measures."""
import math
import pathlib
import xml.etree.ElementTree

import numpy
from PIL import Image

from .draw import ALPHABET, HEIGHT, MARGIN, WIDTH
from .names import even, text_of

INNER = WIDTH - 2 * MARGIN[0], HEIGHT - 2 * MARGIN[1]


def legible(text):
    return 7 <= len(text) <= 8 and all(c in ALPHABET for c in text)


def crops(folder, training):
    """[(uint8 array INNER x 3, text)] of one half of the pictures named after their text."""
    out = []
    for path in sorted(pathlib.Path(folder).glob("*.jpg")):
        if even(path) == training and legible(text_of(path)):
            plate = Image.open(path).convert("RGB").resize(INNER, Image.BILINEAR)
            out.append((numpy.asarray(plate), text_of(path)))
    return out


def padded(plate):
    """A texture of a crop; what was around it is not known."""
    return numpy.pad(plate, ((MARGIN[1],) * 2, (MARGIN[0],) * 2, (0, 0)), mode="edge")


def rectangles(folder, training):
    """(path, [(corners clockwise, text with its colour in front, width, height)]) of EasyPR's kind of scenes, one half:
    GroundTruth.xml (UTF-8, whatever it says) names middle, size and turn of every plate's rectangle."""
    folder = pathlib.Path(folder)
    tree = xml.etree.ElementTree.fromstring((folder / "GroundTruth.xml").read_bytes().replace(b"ISO-8859-1", b"UTF-8", 1))
    for entry in tree:
        path = folder / (entry.find("imageName").text + ".jpg")
        if not path.exists() or even(path) != training:
            continue
        found = []
        for box in entry.iter("taggedRectangle"):
            x, y, w, h, turn = (float(box.get(key)) for key in ("x", "y", "width", "height", "rotation"))
            if abs(turn) > 45:
                w, h, turn = h, w, turn + math.copysign(90, -turn)
            c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
            quad = numpy.array([(x + u * w * c - v * h * s, y + u * w * s + v * h * c)
                                for u, v in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))])
            found.append((quad, box.text, w, h))
        yield path, found


def scenes(folder, training):
    """[(uint8 array HEIGHT x WIDTH x 3, text)]: the plates cut out of scenes, with what is around them."""
    out = []
    for path, found in rectangles(folder, training):
        image = Image.open(path).convert("RGB")
        for quad, name, w, h in found:
            text = name.split(":")[-1]
            if w < 2.2 * h or not legible(text):  # a box around a plate seen from the side: its corners are not known
                continue
            across, down = (quad[1] - quad[0]) * MARGIN[0] / INNER[0], (quad[3] - quad[0]) * MARGIN[1] / INNER[1]
            outer = [quad[0] - across - down, quad[3] - across + down, quad[2] + across + down, quad[1] + across - down]
            cut = image.transform((WIDTH, HEIGHT), Image.Transform.QUAD, numpy.concatenate(outer).tolist(), Image.BICUBIC)
            out.append((numpy.asarray(cut), text))
    return out
