"""What the finder and a camera do to a plate: corners a little wrong, few pixels, blur, noise, JPEG, light. And how the program lays
what is left out as the reader's strip (src/plate/read.c)."""
import io
import random

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

from . import draw, net

SEEN_HEIGHT, SEEN_WIDTH = 64, 176  # of a plate between texture and camera
TOP_SHARE, TOP_STRIP = 0.42, 64    # as src/plate/read.c has them: of a two-row plate's height; of the strip's columns
GROUP = 8                          # plates that share one camera


def corners(rows, amount):
    """Where the finder says the corners are, in shares of the plate: N x 4 x 2, clockwise. Most near, the rest loose and askew."""
    count = len(rows)
    near = torch.randn(count, 4, 2) * torch.tensor([0.022, 0.07])
    aside, askew = ((torch.rand(count, 2, 1) * 2 - 1) * torch.tensor([[[0.07], [0.26]]])).unbind(1)  # the plate leans, or hangs
    left, top, right, bottom = (torch.rand(count, 4, 1) * torch.tensor([0.08, 0.24, 0.08, 0.24]).view(1, 4, 1) - 0.02).unbind(1)
    loose = torch.stack([torch.cat([-left, right, right, -left], 1) + aside * torch.tensor([1, 1, -1, -1]),
                         torch.cat([-top, -top, bottom, bottom], 1) + askew * torch.tensor([-1, 1, 1, -1])], 2)
    off = torch.where(torch.rand(count, 1, 1) < 0.7, near, loose + 0.4 * near)
    off[:, :, 1] /= torch.tensor(rows).view(-1, 1) ** 0.7  # in shares of a two-row plate's greater height
    return torch.tensor([[0.0, 0], [1, 0], [1, 1], [0, 1]]) + off * amount


def between(quads, u, v):
    """The points u, v (H x W) of the unit square between four corners each."""
    weights = torch.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], -1)
    return torch.einsum("hwc,ncd->nhwd", weights, quads)


def bows(count, amount):
    """How far the middle of each plate is bent up or down, in shares of its height: most are straight."""
    return torch.where(torch.rand(count) < 0.35, torch.randn(count) * 0.08, torch.zeros(())) * amount


def straighten(textures, quads, bow=None):
    inner = torch.tensor([1 - 2 * draw.MARGIN[0] / draw.WIDTH, 1 - 2 * draw.MARGIN[1] / draw.HEIGHT])
    u, v = torch.meshgrid((torch.arange(SEEN_WIDTH) + 0.5) / SEEN_WIDTH, (torch.arange(SEEN_HEIGHT) + 0.5) / SEEN_HEIGHT, indexing="xy")
    points = between(quads, u, v)
    if bow is not None:
        points[..., 1] += bow.view(-1, 1, 1) * (1 - (2 * u - 1) ** 2)
    grid = (points * 2 - 1) * inner
    return F.grid_sample(textures, grid, mode="bilinear", padding_mode="border", align_corners=False).contiguous()


def jpeg(images):
    """Each packed and unpacked."""
    quality, out = random.randint(18, 85), []
    for image in images.clamp(0, 255).permute(0, 2, 3, 1).byte().numpy():
        packed = io.BytesIO()
        Image.fromarray(image).save(packed, "JPEG", quality=quality)
        out.append(numpy.asarray(Image.open(packed)))
    return torch.from_numpy(numpy.stack(out)).permute(0, 3, 1, 2).float()


def smear(images, kernel):
    return F.conv2d(F.pad(images, (kernel.shape[1] // 2,) * 2 + (kernel.shape[0] // 2,) * 2, mode="replicate"),
                    kernel.expand(3, 1, *kernel.shape), groups=3)


def blur(images, width):
    size = 3 if width < 90 else random.choice((3, 5, 7))
    kind = random.random()
    if kind < 0.35:
        return smear(images, torch.full((1, size), 1 / size))
    if kind < 0.7:
        return smear(images, torch.full((size, 1), 1 / size))
    soft = torch.exp(-torch.linspace(-1.5, 1.5, size) ** 2)
    return smear(images, torch.outer(soft, soft) / soft.sum() ** 2)


def overhang(images):
    """The shadow of what is above the plate: a soft, slanting edge."""
    n, _, height, wide = images.shape
    down = torch.linspace(0, 1, height).view(1, 1, -1, 1) + torch.linspace(-1, 1, wide).view(1, 1, 1, -1) * torch.randn(n, 1, 1, 1) * 0.08
    lit = torch.sigmoid((down - torch.rand(n, 1, 1, 1) * 0.6) * torch.empty(n, 1, 1, 1).uniform_(8, 60))
    dark = torch.empty(n, 1, 1, 1).uniform_(0.25, 0.8)
    return images * (dark + (1 - dark) * lit)


def weather(images, rows):
    """What the light and the dirt of the day do to a group of plates before the lens."""
    if random.random() < (0.35 if rows == 2 else 0.12):
        images = overhang(images)
    if random.random() < (0.3 if rows == 2 else 0.15):  # dust: ink and ground come nearer
        share = random.uniform(0.1, 0.6)
        images = images * (1 - share) + images.mean((2, 3), keepdim=True) * share
    if random.random() < 0.12:  # overexposed: strokes grow or shrink
        images = (images * random.uniform(1.2, 2.2)).clamp(0, 255)
    return images


def photograph(images, rows, good, width=None):
    """A group through one camera; width of a plate there in pixels."""
    images = weather(images, rows)
    width = width or int(random.uniform(84, 190) if good else 36 * (84 / 36) ** random.random())
    height = max(9, int(width * (random.uniform(0.42, 0.58) if rows == 2 else random.uniform(0.2, 0.36))))
    if width < SEEN_WIDTH:
        images = F.interpolate(images, (min(height, SEEN_HEIGHT), width), mode="area")
    if random.random() < (0.25 if good else 0.4):
        images = blur(images, width)
    if random.random() < (0.3 if good else 0.7):
        images = images + torch.randn_like(images) * random.uniform(0, 12)
    if random.random() < 0.25:  # cameras sharpen
        images = images + (images - smear(images, torch.full((3, 3), 1 / 9))) * random.uniform(0.5, 2)
    gain = random.uniform(0.1, 0.4) if random.random() < 0.12 else 1  # at night: few grey levels, and grain
    if gain < 1:
        images = images * gain + torch.randn_like(images) * random.uniform(0, 3)
    if random.random() < (0.7 if rows == 2 or gain < 1 else 0.45):
        images = jpeg(images)
    return images / gain


def lay(images, rows):
    if rows == 1:
        return F.interpolate(images, (net.INPUT_HEIGHT, net.INPUT_WIDTH), mode="bilinear")
    whole = F.interpolate(images, (100, net.INPUT_WIDTH), mode="bilinear")
    cut = round(100 * TOP_SHARE)
    return torch.cat([F.interpolate(whole[:, :, :cut], (net.INPUT_HEIGHT, TOP_STRIP), mode="bilinear"),
                      F.interpolate(whole[:, :, cut - 2:], (net.INPUT_HEIGHT, net.INPUT_WIDTH - TOP_STRIP), mode="bilinear")], 3)


def light(images):
    """Exposure, colour, shade, what is left of noise."""
    n = len(images)
    images = (images.clamp(0, 255) / 255) ** torch.exp(torch.randn(n, 1, 1, 1) * 0.35)
    grey = images.mean(1, keepdim=True)
    colour = torch.where(torch.rand(n, 1, 1, 1) < 0.12, torch.zeros(()), torch.empty(n, 1, 1, 1).uniform_(0.4, 1.5))
    images = grey + (images - grey) * colour
    images = images * torch.empty(n, 3, 1, 1).uniform_(0.75, 1.25) * torch.empty(n, 1, 1, 1).uniform_(0.4, 1.35)
    across = torch.linspace(-1, 1, net.INPUT_WIDTH).view(1, 1, 1, -1) * torch.randn(n, 1, 1, 1) * 0.25
    down = torch.linspace(-1, 1, net.INPUT_HEIGHT).view(1, 1, -1, 1) * torch.randn(n, 1, 1, 1) * 0.15
    images = images * torch.exp(across + down) + torch.randn_like(images) * torch.empty(n, 1, 1, 1).uniform_(0, 0.04)
    return images.clamp(0, 1)


def take(textures, rows, amount, good=0.5, width=None):
    """Textures (N x 3 x H x W uint8) and their rows (list) -> strips as the network takes them, and the corners they were seen by.
    good: share of the cameras that are; width: of the plates there, in pixels, else many."""
    quads, bow = corners(rows, amount), bows(len(rows), amount)
    strips = torch.empty(len(textures), 3, net.INPUT_HEIGHT, net.INPUT_WIDTH)
    for kind in (1, 2):
        members = [i for i, r in enumerate(rows) if r == kind]
        for at in range(0, len(members), GROUP):
            group = members[at:at + GROUP]
            seen = straighten(textures[group].float(), quads[group], bow[group])
            strips[group] = lay(photograph(seen, kind, random.random() < good, width), kind)
    return net.normalise(light(strips)), quads


def plain(textures, rows):
    """Strips of textures as they are."""
    quads = torch.tensor([[0.0, 0], [1, 0], [1, 1], [0, 1]]).expand(len(textures), 4, 2)
    seen = straighten(textures.float(), quads)
    return net.normalise(torch.cat([lay(seen[i:i + 1], r) for i, r in enumerate(rows)]) / 255)


def column(x, rows, place, quad):
    """Where of the strip, 0..1, a character stands whose centre is at x of the plate's width."""
    height = 0.5 if rows == 1 else 0.2 if place < 2 else 0.7
    left = (1 - height) * quad[0][0] + height * quad[3][0]
    right = (1 - height) * quad[1][0] + height * quad[2][0]
    at = (x - left) / (right - left)
    top = TOP_STRIP / net.INPUT_WIDTH
    return at if rows == 1 else top * at if place < 2 else top + (1 - top) * at
