"""Clips and what is known about them.

The truth of CLIP.mp4 is CLIP.json beside it; that of NAME-smoke.mp4 may also be NAME.json. A clip without truth shows no
smoke: every capture in it is false. A truth file:

    {"fps": 25, "width": 1280, "height": 720,        fps and size of the clip the boxes belong to
     "condition": "day",                             label for the report; optional
     "vehicles": [{"id": 7,
                   "grade": 2.0,                     Ringelmann at the pipe; 0, null or absent: a clean vehicle
                   "visible_grade": 2.4,             peak outside the vehicle's box
                   "trail_grade": 1.9,               peak more than half a vehicle's width away from the box
                   "kind": "black",                  or white, dust, none; optional
                   "class": "lorry",                 or car, van, bus; optional
                   "boxes": {"20": [x, y, w, h]},    by frame number
                   "opacity": {"24": 0.31},          densest place by frame number; optional
                   "pipe_opacity": {"24": 0.29}}]}   the same within half a width outside the box; optional
"""
import dataclasses
import json
import pathlib
import statistics
import subprocess

FOOTAGE = {".mp4", ".m4v", ".mov", ".mkv", ".avi", ".ts", ".flv", ".mpg", ".mpeg", ".dav", ".ps"}
ANALYSIS_WIDTH = 480  # of the picture that the program judges
LEAST_WIDTH = 20      # of a vehicle in it that is expected to be judged
LEAST_SECONDS = 1.0   # for which it must be seen that wide
LARGE = {"lorry": True, "bus": True, "car": False, "van": False}  # classes
LEAST_MOVE = 0.04     # of the picture's height (or width, sideways) that counts as moving


class TruthError(Exception):
    """A file that cannot be used; the message names it."""


@dataclasses.dataclass
class Vehicle:
    id: int
    grade: float          # nominal, 0 = clean
    visible_grade: float
    trail_grade: float
    boxes: dict           # frame -> (x, y, w, h), frames ascending
    opacity: dict         # frame -> 0..1, near the pipe where the truth tells it apart
    kind: str             # "black" unless the truth names other smoke: "white", "dust"
    large: bool = None    # a lorry or bus; None: not known
    direction: str = ""   # "receding", "approaching", "sideways", "standing"
    seconds: float = 0.0  # seen wide enough to be judged

    @property
    def smokes(self):
        return self.grade > 0 and self.kind == "black"

    @property
    def judged(self):
        return self.direction == "receding"

    @property
    def counted(self):
        """Whether it stands in the recall: seen long enough, wide enough, leaving."""
        return self.judged and self.seconds >= LEAST_SECONDS


@dataclasses.dataclass
class Clip:
    path: pathlib.Path
    width: int
    height: int
    fps: float
    seconds: float
    condition: str
    vehicles: list        # empty without truth
    has_truth: bool

    @property
    def name(self):
        return self.path.name


def direction(boxes, width, height):
    """Where a vehicle goes, from its box's bottom edge; medians, because single boxes may be wrong."""
    frames = list(boxes)
    part = max(1, len(frames) // 4)
    early, late = [boxes[f] for f in frames[:part]], [boxes[f] for f in frames[-part:]]

    def change(value):
        return statistics.median(map(value, late)) - statistics.median(map(value, early))
    down = change(lambda b: b[1] + b[3]) / height
    across = change(lambda b: b[0] + b[2] / 2) / width
    if abs(down) >= LEAST_MOVE:
        return "approaching" if down > 0 else "receding"
    return "sideways" if abs(across) >= LEAST_MOVE else "standing"


def _vehicle(data, width, height, fps):
    boxes = {int(frame): tuple(box) for frame, box in sorted(data["boxes"].items(), key=lambda i: int(i[0]))}
    grade = float(data.get("grade") or 0)
    vehicle = Vehicle(id=data["id"], grade=grade,
                      visible_grade=float(data.get("visible_grade") or 0),
                      trail_grade=float(data.get("trail_grade") or 0),
                      boxes=boxes, kind=data.get("kind") or "black", large=LARGE.get(data.get("class")),
                      opacity={int(f): v for f, v in (data.get("pipe_opacity") or data.get("opacity") or {}).items()})
    scale = min(1.0, ANALYSIS_WIDTH / width)
    vehicle.seconds = sum(box[2] * scale >= LEAST_WIDTH for box in boxes.values()) / fps
    if boxes:
        vehicle.direction = direction(boxes, width, height)
    return vehicle


def _probe(path):
    """(width, height, fps, seconds) by ffprobe."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json", "-show_entries",
               "stream=width,height,avg_frame_rate,duration:format=duration", str(path)]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        found = json.loads(result.stdout)
        stream = found["streams"][0]
        over, under = map(float, stream["avg_frame_rate"].split("/"))
        seconds = float(stream.get("duration") or found["format"]["duration"])
        return stream["width"], stream["height"], over / under, seconds
    except FileNotFoundError:
        raise TruthError("ffprobe is missing: install the package ffmpeg") from None
    except (subprocess.CalledProcessError, LookupError, ValueError, ZeroDivisionError):
        raise TruthError(f"{path}: ffprobe finds no video in it") from None


def truth_path(path):
    """The truth file of a clip, or None."""
    names = [path.with_suffix(".json")]
    if path.stem.endswith("-smoke"):
        names.append(path.with_name(path.stem[:-len("-smoke")] + ".json"))
    return next((name for name in names if name.is_file()), None)


def load_clip(path):
    width, height, fps, seconds = _probe(path)
    beside = truth_path(path)
    if beside is None:
        return Clip(path, width, height, fps, seconds, "clean", [], False)
    try:
        data = json.loads(beside.read_text(encoding="utf-8"))
        fps = float(data.get("fps") or fps)
        true_width, true_height = data.get("width") or width, data.get("height") or height
        vehicles = [_vehicle(v, true_width, true_height, fps) for v in data["vehicles"]]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as why:
        raise TruthError(f"{beside}: not a truth file ({type(why).__name__}: {why})") from None
    if (true_width, true_height) != (width, height):
        raise TruthError(f"{beside}: boxes of a {true_width}x{true_height} picture, the clip has {width}x{height}")
    return Clip(path, width, height, fps, seconds, str(data.get("condition") or "composite"), vehicles, True)


def find_clips(arguments):
    """The clips below the folders and files given, each once, in bytewise order per argument."""
    found = []
    for argument in map(pathlib.Path, arguments):
        if argument.is_dir():
            found += sorted((p for p in argument.rglob("*")
                             if p.is_file() and p.suffix.lower() in FOOTAGE
                             and not any(part.startswith(".") for part in p.relative_to(argument).parts)),
                            key=lambda p: str(p).encode())
        elif argument.is_file():
            found.append(argument)
        else:
            raise TruthError(f"{argument}: no such file or folder")
    return [load_clip(path) for path in dict.fromkeys(found)]
