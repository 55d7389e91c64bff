"""How many plates `heiyan plate` reads in pictures named after their plate; on stills of roads, by a list of what stands where; and in
clips without legible plates, where every reading is false.

Named pictures fall into two halves by the SHA-256 of their name: the even half may have been trained on, the odd half measures.
"""
import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from plates.names import even, text_of

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SURE = 0.95
FRAMES = 24  # looked at of each clip, evenly over its time


def read(program, paths):
    """{path: plates, best first}"""
    result = subprocess.run([program, "plate", "--json", *map(str, paths)], capture_output=True, text=True, check=False)
    if result.stderr:
        print(result.stderr, end="", file=sys.stderr)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return {pathlib.Path(line["file"]): line["plates"] for line in lines}


def share(part, whole):
    return f"{part:4}/{whole:<4} {100 * part / whole:5.1f} %" if whole else "   -"


def row(name, paths, plates):
    exact = tail = found = sure = sure_right = 0
    for path in paths:
        if not plates.get(path):
            continue
        plate, text = plates[path][0], text_of(path)
        found += 1
        exact += plate["text"] == text
        tail += plate["text"][1:] == text[1:]
        if plate["confidence"] >= SURE:
            sure += 1
            sure_right += plate["text"] == text
    print(f"{name:32} {share(found, len(paths))}  {share(exact, len(paths))}  {share(tail, len(paths))}  "
          f"{share(sure_right, sure)} of {sure}")


def within(plate, place):
    x, y, w, h = plate["box"]
    left, top, width, height = (float(place[key]) for key in "xywh")
    return abs(x + w / 2 - left - width / 2) < width / 2 and abs(y + h / 2 - top - height / 2) < height / 2


def roadside(program, table, stills):
    """One line a plate: TSV of file, x, y, w, h, layers, colour, text, conf; those of confidence A and B count."""
    with open(table, encoding="utf-8") as lines:
        places = [place for place in csv.DictReader((line for line in lines if line[0] != "#"), delimiter="\t") if place["conf"] in "AB"]
    paths = {path.name: path for path in pathlib.Path(stills).rglob("*.jpg")}
    found = read(program, sorted({paths[place["file"]] for place in places}))
    right = []
    for place in places:
        plates = [plate for plate in found.get(paths[place["file"]], []) if within(plate, place)]
        text, shown = (plates[0]["text"], plates[0]["shown"]) if plates else ("", "not found")
        right.append((place["layers"], text == place["text"], text[1:] == place["text"][1:]))
        print(f"  {place['file']} {place['w']:>3} px, {place['layers']} row(s), {place['colour']:6} "
              f"{place['text']:9} {text or '-':9} {shown}")
    for rows in "12":
        of = [line for line in right if line[0] == rows]
        print(f"roadside, {rows} row(s): exact {share(sum(line[1] for line in of), len(of))}, "
              f"without province {share(sum(line[2] for line in of), len(of))}")


def clean(program, clips):
    count, texts = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for i, clip in enumerate(clips):
            length = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", clip],
                                    capture_output=True, text=True, check=True).stdout
            subprocess.run(["ffmpeg", "-v", "error", "-i", clip, "-vf", f"fps={FRAMES / float(length)}", f"{folder}/{i}-%03d.png"],
                           check=True)
        for plates in read(program, sorted(pathlib.Path(folder).iterdir())).values():
            count += 1
            texts += [plate["text"] for plate in plates if plate["text"]]
    print(f"without plates: {len(texts)} read in {count} pictures {' '.join(texts)}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/evaluate plates", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--roadside", nargs=2, metavar=("TSV", "STILLS"))
    parser.add_argument("--clean", nargs="+", default=[], metavar="CLIP")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "heiyan", metavar="PATH")
    options = parser.parse_args(arguments)
    if not os.access(options.program, os.X_OK):
        parser.error(f"{options.program}: not a program; build it or name it by --program")
    if options.folders:
        print(f"{'':32} {'read':16} {'exact':16} {'without province':16} right of those stated at >= {SURE}")
    for folder in options.folders:
        paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
        if not paths:
            parser.error(f"{folder}: no pictures")
        plates = read(options.program, paths)
        row(f"{folder.name}, odd half", [p for p in paths if not even(p)], plates)
        row(f"{folder.name}, even half (trained)", [p for p in paths if even(p)], plates)
    if options.roadside:
        roadside(options.program, *options.roadside)
    if options.clean:
        clean(options.program, options.clean)
    return 0
