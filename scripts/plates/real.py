"""Real crops named after their text; half of them, by the SHA-256 of the name, may be trained on, the other half measures."""
import hashlib
import pathlib

import numpy
from PIL import Image

from .draw import ALPHABET, HEIGHT, WIDTH


def even(path):
    return hashlib.sha256(path.name.encode()).digest()[-1] % 2 == 0


def crops(folder, training):
    """[(uint8 array HEIGHT x WIDTH x 3, text)] of one half."""
    out = []
    for path in sorted(pathlib.Path(folder).glob("*.jpg")):
        text = path.stem.split("_")[0].split("-")[0]
        if even(path) == training and 7 <= len(text) <= 8 and all(c in ALPHABET for c in text):
            image = Image.open(path).convert("RGB").resize((WIDTH, HEIGHT), Image.BILINEAR)
            out.append((numpy.asarray(image), text))
    return out
