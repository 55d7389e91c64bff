#!/usr/bin/env python3
"""measure and selftest from outside: known transmittance in, density out."""
import json
import subprocess

from flow import main, run

WIDTH, HEIGHT = 320, 180
REGION = (100, 60, 80, 60)


def encode(light):
    return 1.099 * light ** 0.45 - 0.099 if light >= 0.018 else 4.5 * light


def decode(level):
    return ((level + 0.099) / 1.099) ** (1 / 0.45) if level >= 0.081 else level / 4.5


def picture(path, opacity, airlight=0.12, base=0.55):
    """A grey road with bright lines; in REGION a plume of that opacity."""
    x0, y0, w, h = REGION
    rows = []
    for y in range(HEIGHT):
        row = bytearray()
        for x in range(WIDTH):
            level = 0.85 if x % 40 < 12 else base + ((x * 7 + y * 13) % 9 - 4) / 255
            light = decode(level)
            if opacity and x0 <= x < x0 + w and y0 <= y < y0 + h:
                light = (1 - opacity) * light + opacity * airlight * decode(base)
            row.append(round(255 * encode(light)))
        rows.append(bytes(row))
    gray = b"".join(rows)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s",
                    f"{WIDTH}x{HEIGHT}", "-i", "-", path], input=gray, check=True)


def measure(*extra):
    return run("measure", "--background", "b.png", "--frame", "f.png", "--region",
               ",".join(map(str, REGION)), *extra)


def known_transmittance():
    picture("b.png", 0)
    for opacity in (0, 0.2, 0.4, 0.6, 0.8):
        picture("f.png", opacity)
        result = json.loads(measure("--json").stdout)
        assert set(result) == {"opacity", "uncertainty", "ringelmann", "measurable", "model", "pixels"}
        assert abs(result["opacity"] - opacity) <= 0.05, (opacity, result)
        assert abs(result["opacity"] - opacity) <= result["uncertainty"], (opacity, result)
        assert result["measurable"] is True and result["pixels"] == REGION[2] * REGION[3]
        assert abs(result["ringelmann"] - 5 * result["opacity"]) < 0.006
    assert "Ringelmann" in measure().stdout


def dark_is_not_measurable():
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=0x060606:size=320x180",
                    "-frames:v", "1", "b.png"], check=True)
    subprocess.run(["cp", "b.png", "f.png"], check=True)
    result = json.loads(measure("--json").stdout)
    assert result["measurable"] is False and result["ringelmann"] is None, result


def refuses():
    picture("b.png", 0)
    subprocess.run(["ffmpeg", "-v", "error", "-i", "b.png", "-vf", "scale=160:90", "f.png"], check=True)
    assert "320x180" in run("measure", "--background", "b.png", "--frame", "f.png", "--region",
                            "10,10,20,20", rc=2).stderr
    for region in ("300,10,50,20", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,0,0,5"):
        run("measure", "--background", "b.png", "--frame", "b.png", "--region", region, rc=2)
    result = run("measure", "--background", "none.png", "--frame", "b.png", "--region", "1,1,9,9", rc=1)
    assert "none.png" in result.stderr


def golden_pictures():
    first = run("selftest").stdout
    assert " 0 not" in first and run("selftest").stdout == first
    assert run("selftest", env={"HEIYAN_CPU": "c"}).stdout == first


main("measure", [known_transmittance, dark_is_not_measurable, refuses, golden_pictures])
