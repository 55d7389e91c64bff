"""How many plates `heiyan plate` reads in pictures named after their plate.

Pictures fall into two halves by the SHA-256 of their name: the even half may have been trained on, the odd half measures.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

from plates.names import even, text_of

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SURE = 0.95


def read(program, paths):
    """{path: best plate or None}"""
    result = subprocess.run([program, "plate", "--json", *map(str, paths)], capture_output=True, text=True, check=False)
    if result.stderr:
        print(result.stderr, end="", file=sys.stderr)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return {pathlib.Path(line["file"]): (line["plates"] or [None])[0] for line in lines}


def share(part, whole):
    return f"{part:4}/{whole:<4} {100 * part / whole:5.1f} %" if whole else "   -"


def row(name, paths, plates):
    exact = tail = found = sure = sure_right = 0
    for path in paths:
        plate, text = plates.get(path), text_of(path)
        if not plate:
            continue
        found += 1
        exact += plate["text"] == text
        tail += plate["text"][1:] == text[1:]
        if plate["confidence"] >= SURE:
            sure += 1
            sure_right += plate["text"] == text
    print(f"{name:32} {share(found, len(paths))}  {share(exact, len(paths))}  {share(tail, len(paths))}  "
          f"{share(sure_right, sure)} of {sure}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/evaluate plates", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "heiyan", metavar="PATH")
    options = parser.parse_args(arguments)
    if not os.access(options.program, os.X_OK):
        parser.error(f"{options.program}: not a program; build it or name it by --program")
    print(f"{'':32} {'read':16} {'exact':16} {'without province':16} right of those stated at >= {SURE}")
    for folder in options.folders:
        paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
        if not paths:
            parser.error(f"{folder}: no pictures")
        plates = read(options.program, paths)
        row(f"{folder.name}, odd half", [p for p in paths if not even(p)], plates)
        row(f"{folder.name}, even half (trained)", [p for p in paths if even(p)], plates)
    return 0
