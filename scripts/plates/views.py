"""Pieces of pictures as the finder sees them, with every plate's corners: real and rendered pictures, drawn plates pasted in, and
what is easily taken for a plate: slogans, house numbers, text of the camera, lamps, grilles."""
import io
import json
import math
import pathlib
import subprocess

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from . import draw, real

LEAST, MOST = 20, 150  # pixels: the width of plates that are taught
WORDS = ("出口", "严禁超载", "消防车", "公路养护", "大件运输", "注意安全", "禁止停车", "当心儿童", "渣土运输", "保持车距", "物流", "快递", "限速",
         "高速公路", "旅游客运", "危险品", "放大号", "监控", "违法", "由南向北", "中国石油", "顺丰速运", "环卫", "工程车", "校车")


class Source:
    """A picture at several sizes, each half the one before, and its plates."""

    def __init__(self, image, marks):
        self.levels, self.marks = [image.convert("RGB")], marks
        while min(self.levels[-1].size) > 120:
            self.levels.append(self.levels[-1].reduce(2))


def real_scenes(folder, training):
    """Sources of EasyPR's kind, one half by name."""
    out = []
    for path, found in real.rectangles(folder, training):
        marks = []
        for quad, name, w, h in found:
            mark = {"quad": quad}
            if w > 2.2 * h:  # else a box around a plate seen from the side: its corners are not known
                mark.update(rows=1, colour="yellow" if name.startswith("黄") else "blue", tight=0.5)
            marks.append(mark)
        out.append(Source(Image.open(path), marks))
    return out


def clip_frames(paths, each):
    """Pictures of clips without legible plates, evenly over their time."""
    out = []
    for path in paths:
        probe = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height,duration", "-of",
                                "csv=p=0", path], capture_output=True, text=True, check=True)
        width, height, duration = probe.stdout.strip().split(",")[:3]
        size = int(width), int(height)
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-vf", f"fps={each / float(duration)}", "-f", "rawvideo",
                              "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
        length = 3 * size[0] * size[1]
        out += [Source(Image.frombytes("RGB", size, raw[at:at + length]), []) for at in range(0, len(raw) - length + 1, length)]
    return out


def rendered(folder):
    """Stills of heiyan-scene, NAME.png with its truth NAME.json."""
    out = []
    for path in sorted(pathlib.Path(folder).glob("*.png")):
        truth, marks = json.loads(path.with_suffix(".json").read_text()), []
        for vehicle in truth["vehicles"]:
            for corners in vehicle["plate_corners"].values():
                colour = "green" if "green" in vehicle["plate_color"] else vehicle["plate_color"]
                marks.append({"quad": numpy.array(corners).reshape(4, 2), "rows": vehicle["plate_rows"], "colour": colour})
        out.append(Source(Image.open(path), marks))
    return out


def textures(count, seed, crops):
    """[(image, colour, rows)]: drawn plates, and real crops as they are."""
    cache = {}
    out = [draw.plate(seed * 10**7 + i, cache) for i in range(count)]
    for pixels, text in crops:
        red, _, blue = pixels.reshape(-1, 3).mean(0)
        out += [(Image.fromarray(pixels), "green" if len(text) == 8 else "yellow" if red > blue + 15 else "blue", 1)] * (count // 1200 + 1)
    return out


def lettering(rng):
    """RGBA: something written or built that is no plate."""
    kind = rng.random()
    font = ImageFont.truetype(rng.choice(draw.CHINESE[:2]), 40, index=2)
    if kind < 0.3:  # slogans, boards
        text = "".join(rng.choice(WORDS) for _ in range(rng.choice((1, 2, 2, 3))))
    elif kind < 0.5:  # text of the camera, the burned-in bar
        text = rng.choice(("2026-11-%02d %02d:%02d:%02d" % tuple(rng.randrange(10, 24) for _ in range(4)), "CAM %02d" % rng.randrange(99),
                           "速度%03dkm/h 车道%d" % (rng.randrange(150), rng.randrange(4)), "违法代码%d" % rng.randrange(1000, 9999)))
    elif kind < 0.7:  # house and fleet numbers, telephones, tonnes
        text = rng.choice(("%d" % rng.randrange(10**rng.randrange(2, 11)), "%d-%03d" % (rng.randrange(99), rng.randrange(999)),
                           "核载%d人" % rng.randrange(99), "%dT" % rng.randrange(80), "HOWO", "DONGFENG", "FAW", "SHACMAN", "LOVOL", "AUTO"))
    elif kind < 0.85:  # the number painted large on a tail: letters without a plate
        text = draw.number(rng)[0]
    else:
        return lamp_or_grille(rng)
    ground = rng.choice((None, None, (230, 230, 230), (20, 20, 20), (30, 70, 160), (200, 40, 30), (220, 170, 30), (40, 130, 70)))
    ink = rng.choice(((240, 240, 240), (240, 240, 240), (20, 20, 20), (230, 190, 40), (200, 40, 30), (40, 70, 170)))
    if kind >= 0.7:
        ground = None
    left, top, right, bottom = font.getbbox(text)
    edge = rng.randrange(2, 14)
    image = Image.new("RGBA", (right - left + 2 * edge, bottom - top + 2 * edge), (ground or ink) + (255 if ground else 0,))
    ImageDraw.Draw(image).text((edge - left, edge - top), text, fill=ink + (255,), font=font, stroke_width=rng.choice((0, 0, 1, 2)),
                               stroke_fill=ink + (255,) if ground or rng.random() < 0.7 else (0, 0, 0, 255))
    return image


def lamp_or_grille(rng):
    image = Image.new("RGBA", (160, rng.choice((40, 50, 60, 80))), tuple(rng.randrange(20, 90) for _ in range(3)) + (255,))
    pen = ImageDraw.Draw(image)
    ink = rng.choice(((200, 30, 30), (230, 150, 30), (235, 235, 220), (150, 150, 155), (30, 60, 150)))
    if rng.random() < 0.5:
        step = rng.randrange(5, 26)
        for at in range(0, 160, step):
            pen.rectangle([at, 0, at + step * rng.uniform(0.2, 0.7), 90] if rng.random() < 0.97 else [0, at, 160, at + step // 2], fill=ink)
    elif rng.random() < 0.5:
        for at in range(0, 90, rng.randrange(6, 14)):
            pen.rectangle([0, at, 160, at + 3], fill=ink)
    else:
        pen.rectangle([rng.randrange(60), 4, 159 - rng.randrange(60), image.height - 5], fill=ink)
        pen.rectangle([rng.randrange(90), 8, 150, image.height - 12], fill=rng.choice(((235, 235, 220), (200, 30, 30), (220, 170, 40))))
    return image


def perspective(quad, width, height):
    """PIL's coefficients: from a place in the picture to one in the texture."""
    rows, values = [], []
    for (x, y), (u, v) in zip(quad, ((0, 0), (width, 0), (width, height), (0, height))):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return numpy.linalg.solve(numpy.array(rows, float), numpy.array(values, float))


def paste(image, texture, quad):
    """Puts the RGBA texture onto the quadrilateral, each pixel the mean of four."""
    low, high = numpy.floor(quad.min(0)).astype(int) - 1, numpy.ceil(quad.max(0)).astype(int) + 1
    size = high - low
    want = (max(4, int(2 * numpy.ptp(quad[:, 0]))), max(4, int(2 * numpy.linalg.norm(quad[3] - quad[0]))))
    if want[0] < texture.width:
        texture = texture.resize(want, Image.BOX if want[0] * 2 < texture.width else Image.BILINEAR)
    edged = Image.new("RGBA", (texture.width + 2, texture.height + 2))
    edged.paste(texture.resize(edged.size), (0, 0))
    edged.putalpha(0)
    edged.paste(texture, (1, 1))
    coefficients = perspective((quad - low) * 2, texture.width, texture.height)
    coefficients[:2] += coefficients[6:]  # the margin of one pixel
    coefficients[2] += 1
    coefficients[3:5] += coefficients[6:]
    coefficients[5] += 1
    patch = edged.transform(tuple(int(s) for s in size * 2), Image.PERSPECTIVE, coefficients, Image.BILINEAR).reduce(2)
    image.paste(patch.convert("RGB"), tuple(int(s) for s in low), patch.getchannel("A"))


def some_quad(rng, width, ratio, size):
    """A plate as seen: turned, sheared, in perspective; wholly in the picture. None where it does not fit."""
    height = width / ratio * rng.uniform(0.8, 1.2)
    turn, shear, lean = math.radians(rng.gauss(0, 6)), rng.gauss(0, 0.12), rng.gauss(0, 0.04)
    quad = numpy.array([(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)])
    quad[:, 1] *= 1 + 2 * lean * numpy.sign(quad[:, 0])
    quad[:, 1] += rng.gauss(0, 0.07) * quad[:, 0]
    quad[:, 0] += shear * quad[:, 1]
    quad = quad @ numpy.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    room = numpy.array(size) - numpy.ptp(quad, 0) - 4
    if (room < 1).any():
        return None
    return quad - quad.min(0) + 2 + room * (rng.random(), rng.random())


def weather(texture, rng, noise):
    """Light, shade, dirt and holder of one plate."""
    pixels = numpy.asarray(texture.convert("RGB"), numpy.float32)
    gain = math.exp(rng.gauss(-0.15, 0.35)) * numpy.array([rng.uniform(0.88, 1.12) for _ in range(3)])
    grey = pixels.mean(2, keepdims=True)
    pixels = grey + (pixels - grey) * rng.uniform(0.45, 1.1)
    pixels = pixels * gain + rng.choice((0, 0, rng.uniform(0, 60)))
    h, w = pixels.shape[:2]
    if rng.random() < 0.35:  # half in the shade
        x, y = numpy.meshgrid(numpy.linspace(-1, 1, w), numpy.linspace(-1, 1, h))
        side = x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1) > rng.uniform(-0.5, 0.5)
        pixels *= numpy.where(side, 1, rng.uniform(0.35, 0.8))[..., None]
    if rng.random() < 0.4:  # dirt
        low = noise.random((rng.choice((3, 5, 9)), rng.choice((5, 9, 17)))).astype(numpy.float32)
        cover = numpy.asarray(Image.fromarray(low).resize((w, h), Image.BICUBIC))[..., None]
        cover = numpy.clip((cover - rng.uniform(0.2, 0.7)) * 2, 0, rng.uniform(0.3, 0.85))
        pixels = pixels * (1 - cover) + numpy.array(rng.choice(((120, 105, 85), (70, 65, 60), (150, 140, 125)))) * cover
    return Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8)).convert("RGBA")


def piece(source, rng, size):
    """A part of the picture, turned and scaled, with the plates in it; half of the time around one of them."""
    taught = [mark for mark in source.marks if "rows" in mark]
    width, height = source.levels[0].size
    if taught and rng.random() < 0.65:
        mark = rng.choice(taught)["quad"]
        scale = LEAST * (MOST / LEAST) ** rng.random() / numpy.linalg.norm(mark[1] - mark[0])
        x, y = mark.mean(0) + numpy.array([rng.uniform(-0.5, 0.5) * (size[0] - 40), rng.uniform(-0.5, 0.5) * (size[1] - 24)]) / scale
    else:
        fit = size[0] / width
        scale = fit * (max(1, 1.5 * fit) / fit) ** rng.random()
        x, y = rng.random() * width, rng.random() * height
    level = max(0, min(len(source.levels) - 1, int(math.floor(-math.log2(scale) + 0.3))))
    turn, shear, stretch = math.radians(rng.gauss(0, 4)), rng.gauss(0, 0.06), math.exp(rng.gauss(0, 0.08))
    flip = -1 if not source.marks and rng.random() < 0.5 else 1
    forward = scale * numpy.array([[math.cos(turn) * stretch * flip, -math.sin(turn) + shear], [math.sin(turn), math.cos(turn)]])
    back = numpy.linalg.inv(forward)
    origin = numpy.array([x, y]) - back @ (numpy.array(size) / 2)
    part = back / 2**level
    start = origin / 2**level
    image = source.levels[level].transform(size, Image.AFFINE, (part[0, 0], part[0, 1], start[0], part[1, 0], part[1, 1], start[1]),
                                           Image.BILINEAR, fillcolor=(128, 128, 128))
    marks = []
    for mark in source.marks:
        quad = (mark["quad"] - origin) @ forward.T
        if (quad.max(0) < 0).any() or (quad.min(0) > size).any():
            continue
        wide = numpy.linalg.norm(quad[1] - quad[0])
        whole = (quad.min(0) > -1).all() and (quad.max(0) < numpy.array(size) + 1).all()
        good = whole and LEAST * 0.9 <= wide <= MOST * 1.15
        marks.append({**mark, "quad": quad} if good else {"quad": quad})
    return image, marks


def free(marks, quad):
    return all((quad.min(0) > mark["quad"].max(0) + 3).any() or (quad.max(0) < mark["quad"].min(0) - 3).any() for mark in marks)


def degrade(image, rng, noise):
    """What lens, movement, sensor and encoder do."""
    size = image.size
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.4)))
    elif rng.random() < 0.3:
        length = rng.choice((3, 5))
        line = numpy.zeros((length, length))
        line[length // 2] = 1
        kernel = rng.choice((line, line.T, numpy.eye(length)))
        image = image.filter(ImageFilter.Kernel((length, length), kernel.flatten(), kernel.sum()))
    small = rng.random() < 0.4
    if small:  # fewer pixels than are looked at
        factor = rng.uniform(1.1, 3)
        image = image.resize((int(size[0] / factor), int(size[1] / factor)), rng.choice((Image.BOX, Image.BILINEAR)))
    pixels = numpy.asarray(image, numpy.float32) / 255
    grey = pixels.mean(2, keepdims=True)
    pixels = numpy.clip(grey + (pixels - grey) * rng.uniform(0.3, 1.25), 0, 1) ** math.exp(rng.gauss(0, 0.3))
    pixels = pixels * math.exp(rng.gauss(0, 0.25)) * numpy.array([rng.uniform(0.9, 1.1) for _ in range(3)]) + rng.gauss(0, 0.03)
    pixels += noise.standard_normal(pixels.shape, numpy.float32) * rng.choice((0, 0.01, 0.02, 0.05))
    image = Image.fromarray((numpy.clip(pixels, 0, 1) * 255).astype(numpy.uint8))
    if rng.random() < 0.7:
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=rng.randrange(18, 85))
        image = Image.open(stream).convert("RGB")
    return image.resize(size, Image.BILINEAR) if small else image


def view(sources, plates, rng, noise, size):
    """(bytes height x width x 3, marks)"""
    image, marks = piece(rng.choice(sources), rng, size)
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        text = lettering(rng)
        wide = rng.uniform(20, 200)
        quad = some_quad(rng, wide, max(0.8, text.width / text.height), size)
        if quad is not None and free(marks, quad):
            paste(image, text, quad)
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        texture, colour, rows = rng.choice(plates)
        ratio = {"green": 480 / 140}.get(colour, 2.0 if rows == 2 else 440 / 140)
        quad = some_quad(rng, LEAST * (MOST / LEAST) ** rng.random(), ratio, size)
        if quad is None or not free(marks, quad):
            continue
        if rng.random() < 0.5:  # in a holder or a recess
            middle, shade = quad.mean(0), rng.randrange(10, 160)
            around = middle + (quad - middle) * (1 + rng.uniform(0.03, 0.2), 1 + rng.uniform(0.08, 0.5))
            if (around.min(0) > 1).all() and (around.max(0) < numpy.array(size) - 1).all():
                paste(image, Image.new("RGBA", (16, 16), (shade, shade, shade, 255)), around)
        paste(image, weather(texture, rng, noise), quad)
        marks.append({"quad": quad, "rows": rows, "colour": colour})
    return numpy.asarray(degrade(image, rng, noise)), marks
