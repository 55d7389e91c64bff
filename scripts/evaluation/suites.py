"""Named suites of rendered scenes, and their rendering with heiyan-scene.

Every scene is drawn from a seed, so that a suite is the same on every machine. Clips that exist are not rendered again; a clip
appears under its name only when it and its truth are complete.
"""
import argparse
import dataclasses
import pathlib
import subprocess
import sys

from evaluation import drawing

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@dataclasses.dataclass(frozen=True)
class Scene:
    condition: str
    seed: int
    seconds: int = 12
    smoke: float = None   # nominal grade of every smoking vehicle; None: as the seed falls
    size: str = None      # WxH; None: the renderer's
    codec: str = None     # h264 (default) or h265
    crf: int = None
    bitrate: int = None   # kbit/s, instead of crf

    @property
    def name(self):
        parts = [self.condition, f"{self.seed:03}"]
        if self.smoke is not None:
            parts.append(f"g{self.smoke:g}".replace(".", "_"))
        parts += [part for part in (self.size, self.codec) if part]
        if self.crf is not None:
            parts.append(f"crf{self.crf}")
        if self.bitrate is not None:
            parts.append(f"{self.bitrate}k")
        return "-".join(parts)

    def arguments(self, clip):
        words = ["--random", self.condition, "--seed", str(self.seed), "--seconds", str(self.seconds)]
        for option, value in (("--smoke", self.smoke), ("--size", self.size), ("--codec", self.codec),
                              ("--crf", self.crf)):
            if value is not None:
                words += [option, f"{value:g}" if isinstance(value, float) else str(value)]
        if self.bitrate is not None:
            words.append(f"bitrate={self.bitrate}")
        return words + ["-o", str(clip)]


def _day():
    """Twelve scenes by day, long enough to know the empty road; all of a grade that must be found or none at all."""
    grades = (2.0, 3.0, 4.0, 2.5, None, 0.0)
    return [Scene("day", 100 + i, 24, smoke=grades[i % len(grades)]) for i in range(12)]


def _daily():
    """All conditions, sizes and codecs: what a night's run measures."""
    scenes = [Scene("day", 200 + i, 16, smoke=grade)
              for i, grade in enumerate((0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, None, None, None, None))]
    for at, condition in enumerate(("shadow", "overcast", "exposure", "shake", "wet", "rain", "night",
                                    "vapour", "dust")):
        scenes += [Scene(condition, 300 + 10 * at + i, 16, smoke=grade)
                   for i, grade in enumerate((3.0, None, 0.0))]
    scenes += [Scene("day", 400, 16, smoke=3.0, size="1920x1080"),
               Scene("day", 401, 16, smoke=3.0, codec="h265"),
               Scene("day", 402, 16, smoke=3.0, crf=34),
               Scene("day", 403, 16, smoke=3.0, size="704x576")]
    return scenes


# How many scenes of a condition the full suite has. Sun positions, soft shadows, dark bodies and traffic of both directions fall
# by the seed within "day".
FULL = {"day": 24, "shadow": 12, "overcast": 10, "noon": 8, "dusk": 10, "night": 12, "clouds": 10, "tone": 8, "exposure": 8,
        "trees": 8, "shake": 10, "wet": 10, "rain": 12, "spray": 8, "dust": 8, "vapour": 8, "dense": 10, "stopgo": 8, "side": 6,
        "overhead": 5, "approach": 5, "low": 5, "far": 5}


def _full():
    """Every condition, grade, size, codec and bit rate: 232 short scenes, under an hour on two cores."""
    grades = (3.0, 0.0, 2.0, None, 1.0, 4.0, 0.5, 2.5, 5.0, 1.5, None, 3.5)
    scenes = [Scene(condition, 1000 + 100 * at + i, 10, smoke=grades[(at + i) % len(grades)], size="640x360")
              for at, (condition, count) in enumerate(FULL.items()) for i in range(count)]
    sizes = (("704x576", 8), ("960x540", 8), ("1280x720", 8), ("1920x1080", 6), ("2560x1440", 4), ("3840x2160", 3))
    scenes += [Scene("day", 3500 + i, seconds, smoke=3.0, size=size) for i, (size, seconds) in enumerate(sizes)]
    scenes += [Scene("dusk", 3510 + i, seconds, smoke=2.0, size=size) for i, (size, seconds) in enumerate(sizes[:4])]
    scenes += [Scene("day", 3520 + i, 6, smoke=3.0, size="1280x720", codec=codec, bitrate=bitrate)
               for codec in ("h264", "h265") for i, bitrate in enumerate((200, 500, 1000, 2000, 4000, 8000))]
    return scenes


SUITES = {"day": _day, "daily": _daily, "full": _full}


def render_scene(program, scene, folder, clean=False):
    """"" when the clip stands in the folder afterwards, else what went wrong."""
    clip, truth = folder / f"{scene.name}.mp4", folder / f"{scene.name}.json"
    if clip.is_file() and truth.is_file():
        return ""
    part = drawing.drafts(folder) / clip.name
    part.parent.mkdir(exist_ok=True)
    done = subprocess.run([str(program), *scene.arguments(part), *(["--clean"] if clean else [])], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"{scene.name}: {done.stderr.strip() or f'ended with {done.returncode}'}"
    try:
        part.with_suffix(".json").rename(truth)
        part.rename(clip)
    except FileNotFoundError as why:
        return f"{scene.name}: the renderer left no {pathlib.Path(why.filename).name}"
    return ""


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/evaluate render", description="Renders a suite of scenes with their truth.")
    parser.add_argument("suite", choices=sorted(SUITES), metavar="SUITE", help=", ".join(sorted(SUITES)))
    parser.add_argument("out", type=pathlib.Path, metavar="OUT", help="folder for the clips")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "samples" / "heiyan-scene",
                        metavar="PATH", help="the renderer (default: build/samples/heiyan-scene)")
    parser.add_argument("--clean", action="store_true", help="the same scenes without any smoke")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="scenes at once (default: 2)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth scene (default: all)")
    options = parser.parse_args(arguments)
    if options.every < 1:
        parser.error("--every: at least 1")
    if not options.program.is_file():
        print(f"evaluate: {options.program}: no renderer there; build it (ninja -C build) or name it by --program",
              file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    return drawing.draw_all(options.out, options.jobs,
                            [(scene.name, render_scene, options.program, scene, options.out, options.clean)
                             for scene in SUITES[options.suite]()[::options.every]])
