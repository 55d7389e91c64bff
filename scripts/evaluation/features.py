"""Side by side: what clean vehicles leave behind in groups of clips, so that rendered scenes can be held against real ones.

One group per NAME=PATH; the same name again adds to it. What the vehicles of a clip show is measured by road-trace, a tool of
the build. Only passages that the detector would judge count (a vehicle that recedes, seen wide and long enough); of clips with
truth those of smoking vehicles are left out, and NAME-smoke.* where its clean twin NAME-clean.* stands beside it.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys

from evaluation import matching, truth

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NOT_JUDGED = {"too short", "too small", "standing", "not receding", "not approaching"}
QUANTILES = ((0.25, "q25"), (0.5, "median"), (0.75, "q75"), (0.9, "p90"))
FEATURES = (
    ("d1", "d, mean 0.5-1 width behind"),
    ("trail", "d, densest place there"),
    ("peak", "d, densest place of the free wake"),
    ("rough", "roughness of the wake (d)"),
    ("slope", "gradient in the wake (d per cell)"),
    ("edge", "gradient at the vehicle's outline"),
    ("hue", "hue, ln(blue/red) against the road"),
    ("noise", "noise of calm cells (d)"),
)


@dataclasses.dataclass
class Group:
    clips: int = 0
    seconds: float = 0.0
    passages: list = dataclasses.field(default_factory=list)


def passages_of(program, clip):
    """The passages road-trace prints for a clip that may be compared."""
    done = subprocess.run([str(program), str(clip.path)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise truth.TruthError(f"{clip.path}: {done.stderr.strip()}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [p for p in lines if "boxes" in p and p["why"] not in NOT_JUDGED and not smokes(clip, p)]


def smokes(clip, passage):
    """Whether the passage is that of a vehicle that smokes, vapours or raises dust by the truth."""
    best, found = matching.LEAST_IOU, None
    for second, *box in passage["boxes"][::4]:
        for vehicle in clip.vehicles:
            for near in matching.near_boxes(vehicle, second * clip.fps, clip.fps):
                overlap = matching.iou(near, box)
                if overlap > best:
                    best, found = overlap, vehicle
    return found is not None and found.grade > 0


def has_clean_twin(clip):
    stem = clip.path.stem
    return stem.endswith("-smoke") and any(clip.path.parent.glob(stem[:-len("-smoke")] + "-clean.*"))


def quantile(values, at):
    if len(values) < 2:
        return values[0]
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[round(at * 100) - 1]


def table(groups):
    lines = []
    names = list(groups)
    heads = [f"{name}: {group.clips} clips, {group.seconds / 60:.1f} min, {len(group.passages)} clean passages"
             for name, group in groups.items()]
    lines += heads + ["", " " * 36 + "".join(f"{name:^32}" for name in names),
                      " " * 36 + "".join("".join(f"{label:>8}" for _, label in QUANTILES) for _ in names)]
    for key, label in FEATURES:
        row = f"{label:36}"
        for group in groups.values():
            values = [p[key] for p in group.passages if p[key] is not None]
            row += "".join(f"{quantile(values, at):8.3f}" if values else f"{'-':>8}" for at, _ in QUANTILES)
        lines.append(row)
    return "\n".join(lines)


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/evaluate features", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="+", metavar="NAME=PATH")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "tests" / "road-trace", metavar="PATH",
                        help="the built tool (default: build/tests/road-trace)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="clips at once (default: 1)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every passage's figures to FILE")
    options = parser.parse_args(arguments)
    if not os.access(options.program, os.X_OK):
        parser.error(f"{options.program}: not a program; build it (ninja -C build) or name it by --program")
    groups, work = {}, []
    try:
        for word in options.groups:
            name, equals, path = word.partition("=")
            if not equals or not name:
                parser.error(f"{word}: NAME=PATH is needed")
            group = groups.setdefault(name, Group())
            work += [(group, clip) for clip in truth.find_clips([path]) if not has_clean_twin(clip)]
        with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, options.jobs)) as pool:
            found = pool.map(lambda job: passages_of(options.program, job[1]), work)
            for (group, clip), passages in zip(work, found):
                group.clips += 1
                group.seconds += clip.seconds
                group.passages += passages
    except truth.TruthError as why:
        print(f"evaluate: {why}", file=sys.stderr)
        return 2
    print(table(groups))
    if options.json:
        rows = {name: [{key: p[key] for key, _ in FEATURES} for p in group.passages] for name, group in groups.items()}
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0
