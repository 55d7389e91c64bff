#!/usr/bin/env python3
"""scripts/evaluate from outside: figures of clean vehicles side by side, suites of scenes."""
import json
import pathlib
import subprocess
import sys

from flow import HEIYAN, ROOT, footage, main

BUILD = pathlib.Path(HEIYAN).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))


def evaluate(*arguments, rc=0):
    result = subprocess.run([sys.executable, "-B", ROOT / "scripts" / "evaluate", *map(str, arguments)], capture_output=True,
                            text=True, timeout=600, check=False)
    assert result.returncode == rc, f"exit status {result.returncode}, not {rc}: {result.stdout}{result.stderr}"
    return result.stdout


def features():
    """The drawn road is one grey with noise of one level: behind its clean vehicles there is next to nothing."""
    tool = ("--program", BUILD / "tests" / "road-trace")
    out = evaluate("features", *tool, "--json", "f.json", f"clean={footage('clean')}", f"smoke={footage('two')}")
    assert "clean: 1 clips, 0.2 min, 1 clean passages" in out, out
    groups = json.loads(pathlib.Path("f.json").read_text())
    assert abs(groups["clean"][0]["d1"]) < 0.03 and groups["clean"][0]["edge"] > 0.05, groups
    # Without truth every vehicle counts as clean: the two that smoke show.
    assert max(p["d1"] for p in groups["smoke"]) > 0.15, groups
    assert out.count("\n") >= 12 and "noise of calm cells" in out
    assert evaluate("features", *tool, "nothing", rc=2) == ""


def suites():
    from evaluation.suites import SUITES
    for name, make in SUITES.items():
        scenes = make()
        assert len({scene.name for scene in scenes}) == len(scenes), name
    scenes = SUITES["full"]()
    assert len(scenes) >= 200
    listed = subprocess.run([BUILD / "samples" / "heiyan-scene", "--help"], capture_output=True, text=True, check=True).stdout
    known = set(listed.split("Conditions of --random:")[1].split())
    assert {scene.condition for scene in scenes} <= known
    assert {scene.bitrate for scene in scenes} >= {200, 8000} and {scene.smoke for scene in scenes} >= {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}


def densities():
    """A plume that looks denser from afar than in the picture of record: each error against its own truth."""
    from types import SimpleNamespace
    from evaluation.report import density
    vehicle = SimpleNamespace(visible_grade=4.5, grade=3, opacity={50: 0.4, 51: 0.5, 52: 0.6, 90: 0.9})
    smoke = {"measurable": True, "opacity": 0.52, "uncertainty": 0.3}
    event = SimpleNamespace(vehicle=vehicle, clip=SimpleNamespace(fps=25),
                            record={"smoke": smoke, "source": {"media_time_s": 2.04}})
    found = density([event])
    assert abs(found["mean_error"] - 0.38) < 1e-9 and abs(found["mean_error_pictured"] - 0.02) < 1e-9, found
    assert abs(found["mean_error_nominal"] - 0.08) < 1e-9 and found["within_10_points_nominal"] == 1, found
    assert found["coverage"] == 0 and found["within_10_points"] == 0, found
    vehicle.opacity = {}
    assert density([event])["mean_error_pictured"] is None


def size_classes():
    """A bus is as large as a lorry; a vehicle whose class nobody knows is not counted."""
    from types import SimpleNamespace
    from evaluation.report import classes
    events = [SimpleNamespace(vehicle=SimpleNamespace(large=large), record={"vehicle": {"class": said}})
              for large, said in ((True, "lorry"), (True, "car"), (False, "car"), (False, "other"), (None, "lorry"))]
    assert classes(events + [SimpleNamespace(vehicle=None)]) == {"found": 3, "of": 4, "share": 0.75}


def confidences():
    """Each capture counts in the band of what its record says; a false one is not right."""
    from types import SimpleNamespace
    from evaluation.report import calibration
    said = ((0.5, True), (0.7, False), (0.6, True), (0.95, False), (0.99, False))
    rows = calibration([SimpleNamespace(record={"smoke": {"confidence": value}}, false=false) for value, false in said])
    assert {band: (row["right"]["found"], row["right"]["of"]) for band, row in rows.items()} == {
        "0-0.6": (0, 1), "0.6-0.8": (1, 2), "0.8-0.9": (0, 0), "0.9-0.95": (0, 0), ">=0.95": (2, 2)}, rows
    assert abs(rows["0.6-0.8"]["said"] - 0.65) < 1e-9 and rows["0.8-0.9"]["said"] is None, rows


def renders_clean():
    program = ("--program", BUILD / "samples" / "heiyan-scene")
    assert evaluate("render", "full", "out", "--every", "1000", "--clean", *program).split() == ["day-1000-g3-640x360"]
    truth = json.loads(pathlib.Path("out/day-1000-g3-640x360.json").read_text())
    assert truth["vehicles"] and not any(v["grade"] for v in truth["vehicles"])
    assert sorted(p.name for p in pathlib.Path("out").iterdir()) == ["day-1000-g3-640x360.json", "day-1000-g3-640x360.mp4"]


def varies():
    """Clips without truth in every way, each without vehicles; one with truth where that can follow."""
    from evaluation.variants import VARIANTS
    movie = ("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=12.5:duration=1", "-pix_fmt", "yuv420p")
    pathlib.Path("in").mkdir()
    subprocess.run([*movie, "in/clean.mp4"], check=True)
    subprocess.run([*movie, "in/smoke.mp4"], check=True)
    boxes = {"3": [10, 20, 30, 40]}
    pathlib.Path("in/smoke.json").write_text(json.dumps({"width": 320, "height": 240, "fps": 12.5, "vehicles": [{"id": 1, "grade": 2, "plate": "A", "boxes": boxes}]}))
    made = evaluate("vary", "out", "in").split()
    assert set(made) == {f"clean-{name}" for name in VARIANTS if name != "backwards"} | {
        f"smoke-{name}" for name, variant in VARIANTS.items() if variant.follow}, made
    assert json.loads(pathlib.Path("out/clean-noise.json").read_text()) == {"vehicles": [], "condition": "noise"}
    kept = json.loads(pathlib.Path("out/smoke-haze.json").read_text())
    assert kept["condition"] == "haze" and kept["vehicles"][0]["boxes"] == boxes
    moved = {name: json.loads(pathlib.Path(f"out/smoke-{name}.json").read_text())
             for name in ("mirrored", "smaller", "larger", "slower", "faster")}
    assert {name: known["vehicles"][0]["boxes"]["3"] for name, known in moved.items()} == {
        "mirrored": [280, 20, 30, 40], "smaller": [5, 10, 15, 20], "larger": [60, 120, 180, 240],
        "slower": boxes["3"], "faster": boxes["3"]}, moved
    assert [moved[name]["fps"] for name in ("slower", "faster")] == [6.25, 20]
    assert moved["larger"]["width"] == 1920 and "plate" not in moved["larger"]["vehicles"][0]
    sizes = {name: subprocess.run(["ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "stream=width,height,codec_name",
                                   f"out/clean-{name}.mp4"], capture_output=True, text=True, check=True).stdout.strip()
             for name in ("nearer", "smaller", "larger", "few-bits-h265")}
    assert sizes == {"nearer": "h264,320,240", "smaller": "h264,160,120", "larger": "h264,1920,1440",
                     "few-bits-h265": "hevc,320,240"}, sizes
    assert sorted(p.name for p in pathlib.Path("out").iterdir() if p.name.startswith(".")) == []
    evaluate("vary", "twice", "in", "--only", "backwards")
    assert pathlib.Path("twice/clean-backwards.mp4").is_file() and not pathlib.Path("twice/smoke-backwards.mp4").exists()


main("evaluate", [features, suites, densities, size_classes, confidences, renders_clean, varies])
