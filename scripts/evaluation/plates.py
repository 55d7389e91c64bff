"""How many plates `heiyan plate` reads in pictures named after their plate; on stills of roads, by a list of what stands where; in
clips without legible plates, where every reading is false; and on rendered roads with traffic, where a reading that is on no plate is.

Named pictures fall into two halves by the SHA-256 of their name: the even half may have been trained on, the odd half measures.
"""
import argparse
import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from plates.names import even, text_of

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SURE = 0.95
FRAMES = 24  # looked at of each clip, evenly over its time
PROVINCES, LETTERS, DIGITS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼", "ABCDEFGHJKLMNPQRSTUVWXYZ", "0123456789"
CONDITIONS = "day shadow overcast noon dusk night rain wet dense exposure trees dust vapour side overhead approach low far".split()


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


def on_a_plate(plate, truth, frame):
    x, y, w, h = plate["box"]
    for vehicle in truth["vehicles"]:
        corners = vehicle["plate_corners"].get(frame)
        if corners:
            middle, size = sum(corners[0::2]) / 4, max(corners[0::2]) - min(corners[0::2])
            if abs(x + w / 2 - middle) < size / 2 and abs(y + h / 2 - sum(corners[1::2]) / 4) < size / 2:
                return True
    return False


def roads(program, number):
    """Rendered roads with vehicles, 1280 x 720, of all conditions."""
    scene, still = program.parent / "samples" / "heiyan-scene", "100"
    texts, truths = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(number):
            path = pathlib.Path(folder) / f"{seed}.png"
            subprocess.run([scene, "--quiet", "--clean", "--random", CONDITIONS[seed % len(CONDITIONS)], "--seed", str(3000 + seed),
                            "--seconds", "8", "--still", still, "-o", path, "--truth", path.with_suffix(".json")], check=True)
            truths[path] = json.loads(path.with_suffix(".json").read_text())
        for path, plates in read(program, sorted(truths)).items():
            texts += [plate["text"] for plate in plates if plate["text"] and not on_a_plate(plate, truths[path], still)]
    print(f"rendered roads: {len(texts)} read where no plate is in {number} pictures {' '.join(texts)}")


def clean(program, clips, frames):
    count, texts = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for i, clip in enumerate(clips):
            length = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", clip],
                                    capture_output=True, text=True, check=True).stdout
            subprocess.run(["ffmpeg", "-v", "error", "-i", clip, "-vf", f"fps={frames / float(length)}", f"{folder}/{i}-%03d.png"],
                           check=True)
        for plates in read(program, sorted(pathlib.Path(folder).iterdir())).values():
            count += 1
            texts += [plate["text"] for plate in plates if plate["text"]]
    print(f"without plates: {len(texts)} read in {count} pictures {' '.join(texts)}")


def width_of(corners):
    return (corners[2] - corners[0] + corners[4] - corners[6]) / 2


def number(rng):
    return rng.choice(PROVINCES) + rng.choice(LETTERS) + "".join(rng.choice(DIGITS + DIGITS + LETTERS) for _ in range(5))


def passages(program, count, wide):
    """Lorries with yellow plates of two rows drive away, through H.264; of each the four frames in which the plate is nearest to `wide`
    pixels are read, and the surest reading counts."""
    scene = program.parent / "samples" / "heiyan-scene"
    found = exact = tail = 0
    with tempfile.TemporaryDirectory() as folder:
        clip = pathlib.Path(folder) / "clip.mp4"
        for seed in range(count):
            rng = random.Random(seed)
            text = number(rng)
            lorry = (f"class={rng.choice(('box', 'flatbed', 'tipper', 'mixer'))} lane=1 start=-1.4 speed={rng.randint(25, 45)} "
                     f"dirt={rng.random():.2f} plate={text} plate_color=yellow rows=2 seed={seed}")
            subprocess.run([scene, "width=1280", "height=720", f"camera_fov={20.5 * 60 / wide:.1f}", "camera_height=5", "camera_pitch=12",
                            "seconds=1.6", "bitrate=4000", f"seed={seed}", f"sun_azimuth={rng.randint(0, 359)}",
                            f"sun_elevation={rng.randint(15, 70)}", f"noise={rng.uniform(0.5, 3):.2f}", f"vehicle={lorry}",
                            "--clean", "--quiet", "-o", clip], check=True)
            seen = json.loads(clip.with_suffix(".json").read_text())["vehicles"][0]["plate_corners"]
            frames = sorted(seen, key=lambda frame: abs(width_of(seen[frame]) - wide))[:4]
            stills = [clip.with_name(f"{frame}.png") for frame in frames]
            for frame, still in zip(frames, stills):
                subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", clip, "-vf", f"select=eq(n\\,{frame})", "-frames:v", "1", still], check=True)
            plates = [plate for plates in read(program, stills).values() for plate in plates[:1]]
            said = max(plates, key=lambda plate: plate["confidence"])["text"] if plates else ""
            found += bool(said)
            exact += said == text
            tail += said[1:] == text[1:]
            widths = [round(width_of(seen[frame])) for frame in frames]
            print(f"  {text} {said or '-':8} {min(widths)} to {max(widths)} px")
    print(f"two rows at {wide} px, through video: read {share(found, count)}, exact {share(exact, count)}, "
          f"without province {share(tail, count)}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/evaluate plates", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--roadside", nargs=2, metavar=("TSV", "STILLS"))
    parser.add_argument("--clean", nargs="+", default=[], metavar="CLIP")
    parser.add_argument("--frames", type=int, default=FRAMES, metavar="N", help="looked at of each clip of --clean (%(default)s)")
    parser.add_argument("--roads", type=int, default=0, metavar="N", help="rendered roads to look at")
    parser.add_argument("--passages", type=int, default=0, metavar="N", help="lorries with plates of two rows to render")
    parser.add_argument("--width", type=int, default=60, metavar="PIXELS", help="of the plates of --passages (%(default)s)")
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
        clean(options.program, options.clean, options.frames)
    if options.roads:
        roads(options.program, options.roads)
    if options.passages:
        passages(options.program, options.passages, options.width)
    return 0
