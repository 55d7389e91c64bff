"""Real clips seen otherwise: a few clips say little about other cameras, so each is made again mirrored, nearer, noisier, with
another tone curve, fewer bits, fewer pictures a second. What shows no smoke still shows none.

The truth of a clip goes with its variants, its boxes where the variant shows the vehicles, plates left out; variants that it cannot
follow are not made of such a clip. A clip without truth gets one that names no vehicle: every capture is false. The report lists each
variant as a condition.
"""
import argparse
import dataclasses
import json
import pathlib
import subprocess
import sys
import typing

from evaluation import drawing, truth


@dataclasses.dataclass(frozen=True)
class Variant:
    filters: str = "null"
    encoder: tuple = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20")
    follow: typing.Callable = lambda known, clip: known  # the truth, where it moves; None: it cannot


def _with_boxes(known, size, place):
    """known for a picture of that size, place() saying where a box lies in it."""
    vehicles = [{**{key: value for key, value in vehicle.items() if not key.startswith("plate")},
                 "boxes": {frame: place(box) for frame, box in vehicle["boxes"].items()}} for vehicle in known["vehicles"]]
    return {**known, "width": size[0], "height": size[1], "vehicles": vehicles}


def _mirrored(known, clip):
    return _with_boxes(known, (clip.width, clip.height), lambda box: [clip.width - box[0] - box[2], *box[1:]])


def _scaled(size):
    """size: what the filter makes of a clip's width and height."""
    def follow(known, clip):
        width, height = size(clip.width, clip.height)
        across, down = width / clip.width, height / clip.height
        return _with_boxes(known, (width, height), lambda b: [round(b[0] * across), round(b[1] * down),
                                                              round(b[2] * across), round(b[3] * down)])
    return follow


def _timed(speed):
    """The same pictures, so many times as fast."""
    return lambda known, clip: {**known, "fps": clip.fps * speed}


VARIANTS = {
    "backwards": Variant("reverse", ("-c:v", "libx264", "-preset", "fast", "-crf", "16"), follow=None),
    "mirrored": Variant("hflip", follow=_mirrored),
    "nearer": Variant("crop=iw*0.6:ih*0.6:iw*0.2:ih*0.4,scale=trunc(iw/0.6/2)*2:trunc(ih/0.6/2)*2", follow=None),
    "slower": Variant("setpts=2*PTS", follow=_timed(1 / 2)),
    "faster": Variant("setpts=PTS/1.6", follow=_timed(1.6)),
    "sparse": Variant("fps=6.25", follow=None),
    "smaller": Variant("scale=trunc(iw/4)*2:trunc(ih/4)*2", follow=_scaled(lambda w, h: (w // 4 * 2, h // 4 * 2))),
    "larger": Variant("scale=1920:trunc(1920*ih/iw/2)*2", follow=_scaled(lambda w, h: (1920, 1920 * h // w // 2 * 2))),
    "few-bits": Variant(encoder=("-c:v", "libx264", "-preset", "veryfast", "-b:v", "180k", "-maxrate", "250k",
                                 "-bufsize", "500k")),
    "few-bits-h265": Variant(encoder=("-c:v", "libx265", "-preset", "veryfast", "-x265-params", "log-level=none",
                                      "-b:v", "250k")),
    "haze": Variant("eq=contrast=0.6:brightness=0.08"),
    "hard": Variant("eq=contrast=1.35:brightness=-0.05:saturation=1.3"),
    "dark": Variant("eq=gamma=0.6:brightness=-0.03"),
    "noise": Variant("noise=alls=14:allf=t"),
    "drift": Variant("eq=brightness='0.06*sin(2*PI*t/9)':gamma='1+0.15*sin(2*PI*t/7)':eval=frame"),
}


def make(clip, name, out):
    """"" when the variant stands in the folder afterwards, else what went wrong."""
    variant, stem = VARIANTS[name], f"{clip.path.stem}-{name}"
    movie, beside, draft = out / f"{stem}.mp4", out / f"{stem}.json", drawing.drafts(out) / f"{stem}.mp4"
    if movie.is_file() and beside.is_file():
        return ""
    source = truth.truth_path(clip.path)
    known = variant.follow(json.loads(source.read_text(encoding="utf-8")), clip) if source else {"vehicles": []}
    draft.parent.mkdir(exist_ok=True)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", "-i", str(clip.path), "-an", "-fps_mode", "vfr",
               "-vf", variant.filters, *variant.encoder, "-threads", "1", str(draft)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"{stem}: {done.stderr.strip() or f'ffmpeg ended with {done.returncode}'}"
    beside.write_text(json.dumps({**known, "condition": name}, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.rename(movie)
    return ""


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/evaluate vary", description="Makes clips again as other cameras would show them.")
    parser.add_argument("out", type=pathlib.Path, metavar="OUT", help="folder for the variants")
    parser.add_argument("paths", nargs="+", metavar="FOLDER-OR-CLIP")
    parser.add_argument("--only", metavar="NAME,...", help="of " + " ".join(VARIANTS) + " (default: all but backwards)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="clips at once (default: 2)")
    options = parser.parse_args(arguments)
    names = options.only.split(",") if options.only else [name for name in VARIANTS if name != "backwards"]
    for name in names:
        if name not in VARIANTS:
            parser.error(f"--only: no variant {name}; there are {' '.join(VARIANTS)}")
    try:
        clips = truth.find_clips(options.paths)
    except truth.TruthError as why:
        print(f"evaluate: {why}", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    return drawing.draw_all(options.out, options.jobs,
                            [(f"{clip.path.stem}-{name}", make, clip, name, options.out) for clip in clips for name in names
                             if not clip.has_truth or VARIANTS[name].follow])
