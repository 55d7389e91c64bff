#!/usr/bin/env python3
"""heiyan-composite: what it paints on a real clip is what its truth file says, and the program finds it."""
import json
import os
import pathlib
import subprocess

from flow import HEIYAN, footage, main, records, run, scratch

COMPOSITE = pathlib.Path(HEIYAN).resolve().parent / "samples" / "heiyan-composite"
WIDTH, HEIGHT = 640, 360


def composite(*arguments, rc=0):
    result = subprocess.run([COMPOSITE, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                            check=False)
    assert result.returncode == rc, f"exit status {result.returncode}, not {rc}: {result.stderr}"
    return result


def light(level):
    level = max(0, (level - 16) / 219)
    return ((level + 0.099) / 1.099) ** (1 / 0.45) if level >= 0.081 else level / 4.5


def luma(clip, number):
    data = subprocess.run(["ffmpeg", "-v", "error", "-i", clip, "-vf", f"select=eq(n\\,{number}),extractplanes=y",
                           "-frames:v", "1", "-f", "rawvideo", "-"], capture_output=True, check=True).stdout
    assert len(data) == WIDTH * HEIGHT, len(data)
    return data


def paints_what_it_says():
    with scratch():
        composite(footage("clean"), "--share", 1, "--grade", 3, "--airlight", 0.1, "--crf", 12, "--quiet",
                  "--clean", "clean.mp4", "-o", "smoke.mp4")
        truth = json.loads(pathlib.Path("smoke.json").read_text())
        smoking = [v for v in truth["vehicles"] if v["kind"] == "black"]
        assert len(smoking) == 1, truth["vehicles"]
        vehicle = smoking[0]
        assert vehicle["direction"] == "receding" and vehicle["grade"] == 3
        assert 2 < vehicle["visible_grade"] < 4.8, vehicle["visible_grade"]
        # The densest spot seen in the pictures, against the truth of that picture.
        number = max(vehicle["opacity"], key=lambda n: vehicle["opacity"][n] if n in vehicle["boxes"] else 0)
        before, after = luma("clean.mp4", number), luma("smoke.mp4", number)
        veil = 0.1 * light(115)  # the drawn road is 114..116
        least = 1
        for y in range(2, HEIGHT - 2):
            for x in range(2, WIDTH - 2):
                spots = [(y + j) * WIDTH + x + i for j in (-1, 0, 1) for i in (-1, 0, 1)]
                clear = sum(light(before[s]) for s in spots) / 9
                if clear > 4 * veil:
                    least = min(least, (sum(light(after[s]) for s in spots) / 9 - veil) / (clear - veil))
        print(f"  opacity seen {1 - least:.2f}, said {vehicle['opacity'][number]:.2f}")
        assert abs(1 - least - vehicle["opacity"][number]) < 0.1


def is_found():
    with scratch():
        composite(footage("clean"), "--share", 1, "--grade", 4, "--quiet", "--clean", "clean.mp4", "-o", "smoke.mp4")
        run("scan", "-o", "evidence", "smoke.mp4", "--quiet")
        assert len(records("evidence")) == 1
        run("scan", "-o", "none", "clean.mp4", "--quiet")
        assert not records("none")


def lists_and_refuses():
    with scratch():
        listed = composite("--list", footage("clean")).stdout
        assert "receding" in listed, listed
        said = composite(footage("clean"), "--vehicle", 99999, "-o", "x.mp4", rc=1).stderr
        assert "--list" in said and not os.path.exists("x.mp4"), said
        assert "no/such" in composite("no/such.mp4", "--list", rc=1).stderr
        assert "0 to 5" in composite(footage("clean"), "--grade", 9, "-o", "x.mp4", rc=2).stderr


main("composite", [paints_what_it_says, is_found, lists_and_refuses])
