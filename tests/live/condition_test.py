#!/usr/bin/env python3
"""A camera that loses its focus, gets dirty or is turned away is told of, with a picture of it, and cleared when it is well again."""
import pathlib
import subprocess
import sys
import time

import live
from live import flow

DRAWN = {  # by one encoder: it is the picture that changes, not the stream
    "well": "null",
    "defocused": "gblur=sigma=5",
    "turned": "crop=iw/2:ih/2:0:0,scale=960:540",
    "dirty": "drawbox=x=0:y=0:w=iw*0.35:h=ih*0.45:color=gray@0.95:t=fill",
}
SPOILT = ("defocused", "turned", "dirty")


def draw(name):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(live.DEMO), "-vf", DRAWN[name], "-g", "25", "-bf", "0",
                    "-preset", "veryfast", f"{name}.mp4"], check=True)


def own_normal():
    for name in DRAWN:
        draw(name)
    with live.cameras("--other", "defocused.mp4", "well.mp4") as one, \
            live.cameras("--other", "turned.mp4", "well.mp4") as two, live.cameras("well.mp4") as three, \
            live.cameras("--other", "dirty.mp4", "well.mp4") as four:
        rows = [{**live.rows(crossing)[0], "id": name}
                for name, crossing in (("defocused", one), ("turned", two), ("well", three), ("dirty", four))]
        with live.site(rows) as site:
            site.wait(lambda now: all(c["state"] == "live" for c in now.values()), 15)
            time.sleep(70)
            assert all(c["picture"] == "good" for c in site.status().values()), site.status()
            for crossing in (one, two, four):
                crossing.fail(1, "resize")
            took = site.wait(lambda now: all(now[name]["picture"] == name for name in SPOILT), 120)
            assert took > 50, took
            print(f"  told after {took:.0f} s")
            time.sleep(1)
            for name in SPOILT:
                snapshot = pathlib.Path(f"evidence/health/{name}-condition.jpg").read_bytes()
                assert snapshot[:2] == b"\xff\xd8" and len(snapshot) > 10000, len(snapshot)
                assert f"{name}: the picture is {name}" in site.text(), site.text()
            for crossing in (one, two, four):
                crossing.fail(1, "none")
            site.wait(lambda now: all(c["picture"] == "good" for c in now.values()), 30)
            assert not pathlib.Path("evidence/health/well-condition.jpg").exists()
            assert "well: the picture" not in site.text(), site.text()
            site.stop()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("condition", [own_normal])
