"""Draws small road clips for the flow tests: a grey road, vehicles that drive away, soft plumes behind some of them.

Plain Python and ffmpeg, so that these tests stand on their own; what they check is the chain of the program, not its accuracy.
"""
import random
import subprocess

FPS = 25


class Vehicle:
    """Drives away from `start` (seconds) on `seconds` of road; smoke: opacity right behind it, 0 = clean."""

    def __init__(self, start, lane=0.5, smoke=0.0, seconds=5.0):
        self.start, self.lane, self.smoke, self.seconds = start, lane, smoke, seconds

    def box(self, time, width, height):
        part = (time - self.start) / self.seconds
        if not 0 <= part <= 1:
            return None
        # Perspective: the ground point at distance d is seen at height/d below the horizon.
        distance = 1 + 4 * part
        w = 0.30 * width / distance
        bottom = height * (0.12 + 0.98 / distance)
        x = width * (0.5 + (self.lane - 0.5) / distance) - w / 2
        return int(x), int(bottom - 0.9 * w), int(w), int(0.9 * w)


def _tables(levels=2000):
    """Tables that let (1 - i/levels) of the light through, for luma of limited range."""
    def seen(level, passed):
        light = max(0.0, (level - 16) / 219) ** 2.2
        return max(0, min(255, round(16 + 219 * (light * passed) ** (1 / 2.2))))
    return [bytes(seen(level, 1 - i / levels) for level in range(256)) for i in range(levels)]


TABLES = _tables()
SPANS = [1 - i / 9 for i in range(8)]  # of a puff, outermost first: its soft edge


def _road(width, height, noise):
    rows = []
    for y in range(height):
        row = bytearray(noise.choices(range(114, 117), k=width))
        if y > 0.16 * height:
            spread = (y - 0.12 * height) / (0.98 * height)
            for lane in (0.1, 0.9):
                x = int(width * (0.5 + (lane - 0.5) * spread))
                row[max(0, x - 3):max(0, x + 3)] = bytes([190]) * (max(0, x + 3) - max(0, x - 3))
        rows.append(row)
    return rows


def _veil(rows, width, height, x, y, rx, ry, opacity):
    """A soft puff: rows of nested spans, each letting a little less light through."""
    for row in range(max(0, int(y - ry)), min(height, int(y + ry))):
        reach = max(0.0, 1 - ((row - y) / ry) ** 2) ** 0.5
        for part in SPANS:
            left, right = int(x - rx * reach * part), int(x + rx * reach * part)
            left, right = max(0, left), min(width, right)
            index = min(len(TABLES) - 1, round(opacity / len(SPANS) * reach * reach * len(TABLES)))
            if right > left and index:
                rows[row][left:right] = rows[row][left:right].translate(TABLES[index])


LIFE = 4.0  # seconds until a puff is gone
STEP = 0.1  # seconds from puff to puff


def _plume(rows, width, height, vehicle, time):
    """Puffs left on the road by the vehicle, growing and fading; as dense per width of road wherever it is."""
    age = 0.0
    while age < LIFE:
        box, before = (vehicle.box(time - then, width, height) for then in (age, age + STEP))
        if box and before:
            x, y, w, h = box
            moved = (before[1] + before[3] - y - h) / (0.3 * w)
            size = w * (0.5 + 0.15 * age)
            _veil(rows, width, height, x + w / 2, y + h * 0.85, size, size * 0.6,
                  vehicle.smoke * min(1.0, moved) * (1 - age / LIFE))
        age += STEP


def make(path, seconds, vehicles, width=640, height=360, codec="libx264", seed=1, options=()):
    """Writes the clip; a key frame every second, so that it can be cut there."""
    noise = random.Random(seed)
    road = _road(width, height, noise)
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s",
               f"{width}x{height}", "-r", str(FPS), "-i", "-", "-c:v", codec, "-pix_fmt", "yuv420p",
               "-g", str(FPS), "-threads", "1", "-fflags", "+bitexact", "-flags", "+bitexact"]
    if codec == "libx264":
        command += ["-preset", "veryfast", "-crf", "20", "-sc_threshold", "0"]
    encoder = subprocess.Popen(command + list(options) + [str(path)], stdin=subprocess.PIPE)
    for frame in range(int(seconds * FPS)):
        time = frame / FPS
        rows = [bytearray(row) for row in road]
        for vehicle in vehicles:
            if vehicle.smoke:
                _plume(rows, width, height, vehicle, time)
        for vehicle in vehicles:
            box = vehicle.box(time, width, height)
            if not box:
                continue
            x, y, w, h = box
            for row in range(max(0, y), min(height, y + h)):
                left, right = max(0, x), min(width, x + w)
                shade = 215 if (row - y) * 3 < h else 190 if (row - y) * 3 < 2 * h else 225
                if (row - y) * 20 > 19 * h:  # as dark as what is under a vehicle; in haze nothing is
                    shade = 24
                rows[row][left:right] = bytes([shade]) * (right - left)
        encoder.stdin.write(b"".join(rows))
    encoder.stdin.close()
    if encoder.wait():
        raise RuntimeError(f"ffmpeg failed on {path}")


def cut(source, first, second, at):
    """The clip in two files without re-encoding, cut on the key frame at `at` seconds."""
    for target, part in ((first, ["-t", str(at)]), (second, ["-ss", str(at)])):
        place = part + ["-i", str(source)] if part[0] == "-ss" else ["-i", str(source)] + part
        subprocess.run(["ffmpeg", "-v", "error", "-y"] + place + ["-c", "copy", str(target)],
                       check=True)
