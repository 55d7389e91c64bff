"""What the name of a real picture says: its plate, and whether it may be trained on (the even half by SHA-256)."""
import hashlib


def text_of(path):
    return path.stem.split("_")[0].split("-")[0]


def even(path):
    return hashlib.sha256(path.name.encode()).digest()[-1] % 2 == 0
