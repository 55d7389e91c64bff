"""Real crops named after their text; half of them, by the SHA-256 of the name, may be trained on, the other half measures."""
import pathlib

import numpy
from PIL import Image

from .draw import ALPHABET, HEIGHT, WIDTH
from .names import even, text_of


def crops(folder, training):
    """[(uint8 array HEIGHT x WIDTH x 3, text)] of one half."""
    out = []
    for path in sorted(pathlib.Path(folder).glob("*.jpg")):
        text = text_of(path)
        if even(path) == training and 7 <= len(text) <= 8 and all(c in ALPHABET for c in text):
            image = Image.open(path).convert("RGB").resize((WIDTH, HEIGHT), Image.BILINEAR)
            out.append((numpy.asarray(image), text))
    return out
