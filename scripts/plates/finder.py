"""The finder's network, what it is taught, and how what it says is read."""
import numpy
import torch
import torch.nn.functional as F
from torch import nn

WIDTH, HEIGHT, STRIDE = 320, 192, 8  # of the input as used; the network takes any multiple of 8
COLOURS = ("blue", "yellow", "green", "white", "black")
REACH = 32  # corners are told as offsets from the cell's middle, in this many pixels
# Channels: that here is the middle of a plate, x and y of four corners, that it has two rows, its colour.
SCORE, CORNERS, ROWS, COLOUR = 0, 1, 9, 10
CHANNELS = COLOUR + len(COLOURS)


def block(inputs, outputs, stride=1, dilation=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


def network():
    """N x 3 x H x W (RGB / 128 - 1) -> N x CHANNELS x H/8 x W/8; it sees 75 pixels to every side."""
    net = nn.Sequential(
        block(3, 16, 2), block(16, 32, 2), block(32, 32), block(32, 64, 2),
        block(64, 64), block(64, 64, dilation=2), block(64, 64, dilation=4), block(64, 64), nn.Conv2d(64, CHANNELS, 1))
    with torch.no_grad():
        net[-1].weight[SCORE] *= 0.1
        net[-1].bias[SCORE] = -4
    return net


def normalise(images):
    """N x H x W x 3 bytes -> what the network takes."""
    return images.permute(0, 3, 1, 2).float() / 128 - 1


def middles(rows, columns):
    """x, y of the middle of every cell."""
    x, y = numpy.meshgrid(numpy.arange(columns), numpy.arange(rows))
    return (x + 0.5) * STRIDE, (y + 0.5) * STRIDE


def inside(quad, x, y):
    """u, v of points in a quadrilateral seen as a parallelogram: 0, 0 its middle, +-0.5 its sides."""
    middle = quad.mean(0)
    across, down = (quad[1] - quad[0] + quad[2] - quad[3]) / 2, (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    area = across[0] * down[1] - across[1] * down[0]
    dx, dy = x - middle[0], y - middle[1]
    return (dx * down[1] - dy * down[0]) / area, (across[0] * dy - across[1] * dx) / area


def height_of(quad):
    return float(numpy.linalg.norm(quad[3] - quad[0]) + numpy.linalg.norm(quad[2] - quad[1])) / 2


def targets(marks, rows, columns):
    """What every cell should say, a dict of arrays. A mark is a dict: quad and, where it is taught, rows and colour; without them
    the place does not matter. score: 1 plate, 0 none, -1 does not matter; weight, tight: of the score and of the corners."""
    x, y = middles(rows, columns)
    out = {name: numpy.zeros((rows, columns), numpy.float32) for name in ("score", "weight", "tight", "rows")}
    out["corners"] = numpy.zeros((8, rows, columns), numpy.float32)
    out["colour"] = numpy.zeros((rows, columns), numpy.int64)
    for mark in marks:
        u, v = inside(mark["quad"], x, y)
        out["score"][(abs(u) < 0.65) & (abs(v) < 0.9)] = -1
    for mark in marks:
        if "rows" not in mark:
            continue
        quad = mark["quad"]
        u, v = inside(quad, x, y)
        here = (abs(u) < 0.16) & (abs(v) < 0.4)
        column, row = (int(part / STRIDE) for part in quad.mean(0))
        if 0 <= row < rows and 0 <= column < columns:
            here[row, column] = True
        if not here.any():
            continue
        share = 1 / here.sum() ** 0.5
        out["score"][here] = 1
        out["weight"][here] = share
        out["tight"][here] = share * mark.get("tight", 1) * REACH / max(6, height_of(quad))
        for i in range(4):
            out["corners"][2 * i][here] = (quad[i][0] - x[here]) / REACH
            out["corners"][2 * i + 1][here] = (quad[i][1] - y[here]) / REACH
        out["rows"][here] = mark["rows"] == 2
        out["colour"][here] = COLOURS.index(mark["colour"])
    return out


def loss(said, wanted):
    """said: what the network says; wanted: targets, stacked. The parts of the loss, by name."""
    logit, score = said[:, SCORE], wanted["score"]
    likely = logit.sigmoid()
    count = wanted["weight"].sum().clamp_min(1)
    hit = (1 - likely) ** 2 * -F.logsigmoid(logit) * wanted["weight"] * (score == 1)
    miss = likely ** 2 * -F.logsigmoid(-logit) * (score == 0)
    off = F.smooth_l1_loss(said[:, CORNERS:ROWS], wanted["corners"], beta=0.02, reduction="none").sum(1) * wanted["tight"]
    rows = F.binary_cross_entropy_with_logits(said[:, ROWS], wanted["rows"], reduction="none") * wanted["weight"]
    colour = F.cross_entropy(said[:, COLOUR:], wanted["colour"], reduction="none") * wanted["weight"]
    return {"score": (hit.sum() + 0.5 * miss.sum()) / count, "corners": 0.15 * off.sum() / count,
            "rows": 0.1 * rows.sum() / count, "colour": 0.1 * colour.sum() / count}


def read(said, least=0.3):
    """Plates in what the network says of one picture: [(likely, quad, rows, colour)], surest first; cells that mean the same plate
    are averaged. The same as src/plate/find.c."""
    likely = said[SCORE].sigmoid().numpy()
    x, y = middles(*likely.shape)
    cells = sorted(((float(likely[r, c]), r, c) for r, c in zip(*numpy.nonzero(likely > least))), reverse=True)
    quads = said[CORNERS:ROWS].numpy() * REACH
    out = []
    for sure, r, c in cells:
        quad = quads[:, r, c].reshape(4, 2) + (x[r, c], y[r, c])
        middle = quad.mean(0)
        for one in out:
            u, v = inside(one["quad"], *middle)
            if abs(u) < 0.5 and abs(v) < 0.5:
                if sure > 0.5 * one["likely"]:
                    one["sum"] += sure * quad
                    one["weight"] += sure
                break
        else:
            out.append({"likely": sure, "quad": quad, "sum": sure * quad, "weight": sure, "rows": 2 if said[ROWS, r, c] > 0 else 1,
                        "colour": COLOURS[int(said[COLOUR:, r, c].argmax())]})
    return [(one["likely"], one["sum"] / one["weight"], one["rows"], one["colour"]) for one in out]
