"""The reader's network and what goes into it and comes out of it."""
import torch
from torch import nn

from .draw import ALPHABET

INPUT_WIDTH, INPUT_HEIGHT, STEPS = 160, 32, 40
CLASSES = len(ALPHABET) + 1


def block(inputs, outputs, kernel=3, padding=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


def network():
    """N x 3 x 32 x 160, mean 0 and deviation 1 per picture -> N x CLASSES x 1 x STEPS of logits, 0 = blank."""
    return nn.Sequential(
        block(3, 32), nn.MaxPool2d(2), block(32, 64), nn.MaxPool2d(2), block(64, 96), block(96, 128), nn.MaxPool2d((2, 1)),
        block(128, 128), block(128, 192, (4, 3), (0, 1)), nn.Dropout(0.1), nn.Conv2d(192, CLASSES, 1))


def normalise(batch):
    mean = batch.mean((1, 2, 3), keepdim=True)
    return (batch - mean) / batch.std((1, 2, 3), keepdim=True).clamp_min(1e-3)


def read(logits):
    """Greedy decoding: [(text, probability of the surest step of each character)]."""
    best = logits[:, :, 0].softmax(1).max(1)
    out = []
    for classes, sure in zip(best.indices.tolist(), best.values.tolist()):
        text, marks, before = "", [], 0
        for c, p in zip(classes, sure):
            if c and c != before:
                text += ALPHABET[c - 1]
                marks.append(p)
            elif c:
                marks[-1] = max(marks[-1], p)
            before = c
        out.append((text, marks))
    return out
