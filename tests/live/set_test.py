#!/usr/bin/env python3
"""Cameras of one lane: what the front camera saw of the same vehicle joins the rear one's event, or it is said why not."""
import json
import os
import pathlib
import subprocess
import sys
import time
from datetime import datetime

import live
from live import flow
import clip  # beside flow

SECONDS = 30  # of a loop: all cameras begin together and stay so
SMOKE_AT = 8
AFTER = 4  # the vehicle passes the front camera so much later
PATIENCE = 2


def footage(name, vehicles, seed):
    flow.RECIPES[name] = dict(seconds=SECONDS, vehicles=vehicles, seed=seed)
    return flow.footage(name)


def rear():
    return footage("set-rear", [clip.Vehicle(SMOKE_AT, .35, .85)], 11)


def one():
    """One vehicle in the window, one long before it."""
    return footage("set-one", [clip.Vehicle(1, .5, seconds=3), clip.Vehicle(SMOKE_AT + AFTER, .35, seconds=4)], 12)


def several():
    return footage("set-several", [clip.Vehicle(SMOKE_AT + 1, .35, seconds=3),
                                   clip.Vehicle(SMOKE_AT + AFTER + 2, .6, seconds=3)], 13)


PLATE = "晋E12345"


def near():
    """A car with a readable plate, drawn by heiyan-scene: passes before a camera that looks at plates."""
    path = flow.footage("set-rear").with_name("set-near.mp4")
    if path.exists():
        return path
    part = path.with_name(f"{os.getpid()}-{path.name}")
    scene = ["condition=day", "camera_height=5", "camera_pitch=14", "camera_fov=26", "camera_x=1.8", "lanes=1",
             "lanes_back=1", "greenery=0", "sun_azimuth=120", "sun_elevation=50", "sun=0.2", "haze=0.8", "noise=0.5",
             f"seconds={SECONDS}", "seed=9", "gop=25", "bframes=0", "preset=veryfast", "place=", "when=",
             f"vehicle=class=car lane=0 start={SMOKE_AT + AFTER} speed=40 plate={PLATE} plate_color=blue seed=1"]
    subprocess.run([str(live.CAMERAS.with_name("heiyan-scene")), *scene, "-o", str(part), "--truth", "near.json",
                    "--quiet"], check=True)
    part.rename(path)
    return path


def rows(crossing, sets):
    """A rear camera of each set and its front one; sets: (name, port of the front camera, its settings)."""
    listed = []
    for name, port, more in sets:
        common = {"host": "127.0.0.1", "path": "/main", "set": name}
        listed.append({"id": f"rear-{name}", "port": crossing.ports[0], **common})
        listed.append({"id": f"front-{name}", "role": "front", "port": port, **common, **more})
    listed.append({"id": "plate-one", "role": "plate", "port": crossing.ports[3], **common, "set": "one"})
    return listed


def folder_of(record):
    return next(pathlib.Path("evidence").glob(f"*/{record['id']}"))


def check_sums(record):
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder_of(record), check=True)


def moment(text):
    return datetime.fromisoformat(text).timestamp()


def check_joined(record, entry):
    assert entry["joined"] and entry["reason"] is None and entry["candidates"] == 1, entry
    assert entry["role"] == "front" and "panorama-front-1.jpg" in entry["files"], entry
    after = moment(entry["time"]) - moment(record["time"]["peak"])
    assert -2 <= after <= 10, entry
    roles = {file["name"]: file["role"] for file in record["files"]}
    assert roles["panorama-front-1.jpg"] == "front-panorama", roles
    for name in entry["files"]:
        assert (folder_of(record) / name).read_bytes()[:2] == b"\xff\xd8", name
    print(f"  joined {after:.1f} s after the peak: {entry['files']}")


def check_several(record, entry):
    assert not entry["joined"] and entry["reason"] == "several" and entry["candidates"] == 2, entry
    assert len(entry["times"]) == 2 and entry["time"] is None and not entry["files"], entry
    assert not any("front" in file["name"] for file in record["files"]), record["files"]


def check_down(record, entry):
    assert not entry["joined"] and entry["reason"] == "no-pictures" and entry["candidates"] == 0, entry


def check_narrow(record, entry):
    """Its window ends before the vehicle comes."""
    assert not entry["joined"] and entry["reason"] == "none" and entry["candidates"] == 0, entry


def check_plate(record, entry):
    """The rear one's pictures show no plate: the plate camera's becomes the record's."""
    assert entry["joined"] and entry["role"] == "plate", entry
    assert entry["files"] == ["panorama-close-1.jpg", "plate-close.jpg"], entry
    assert entry["plate"]["text"] == PLATE and entry["plate"]["box"], entry
    plate = record["plate"]
    assert (plate["text"], plate["camera"], plate["box"]) == (PLATE, "plate-one", None), plate
    print(f"  {plate['text']} of {plate['camera']}")


CHECKS = {"one": check_joined, "several": check_several, "down": check_down, "narrow": check_narrow}


def of_a_set():
    """One vehicle in the window joins; of two none does; a camera that is not there, or an empty window, is said; all in
    time. An event that waits at the end of the program is sealed at once."""
    with live.cameras("--cameras", 4, rear(), one(), several(), near()) as crossing:
        _, single, both, _ = crossing.ports
        sets = [("one", single, {}), ("several", both, {}), ("down", 9, {}), ("narrow", single, {"window": [-6, -3]})]
        with live.site(rows(crossing, sets)) as site:
            site.wait(lambda now: all(now[f"rear-{name}"]["events"] >= 1 for name, _, _ in sets), 100)
            status = site.status()
            assert status["front-one"]["state"] == "live" and status["front-one"]["events"] == 0, status
            end = time.monotonic() + 30
            while len(site.records) < len(sets) and time.monotonic() < end:
                time.sleep(0.2)
            site.wait(lambda now: now["rear-one"]["events"] >= 2, 60)
            took = site.stop()
            assert took < 6, f"{took:.1f} s to end"
    seen, ended = {}, 0
    for at, line in site.records:
        record = json.loads(line)
        name = record["camera"]["id"].removeprefix("rear-")
        assert name in CHECKS, f"{record['camera']['id']} is never judged"
        entry, *others = record["companions"]
        assert entry["camera"] == f"front-{name}", entry
        check_sums(record)
        ended += entry["reason"] == "ended"
        if entry["reason"] == "ended" or seen.get(name):
            continue
        CHECKS[name](record, entry)
        assert len(others) == (name == "one"), others
        for other in others:
            check_plate(record, other)
        seen[name] = True
        bound = moment(record["time"]["peak"]) + 10 + PATIENCE
        post_roll = moment(record["time"]["end"]) + 5
        late = at - max(bound, post_roll)
        assert late < 6 + 3 * os.getloadavg()[0], f"{name}: {late:.1f} s late"
        print(f"  {name}: {entry['candidates']} candidates, sealed {late:+.1f} s from its bound")
    assert len(seen) == len(sets), (list(seen), site.text())
    assert ended, "the last event was not sealed at the end"
    assert "0 problems" in flow.run("verify", "evidence").stdout
    check_schema([json.loads(line) for _, line in site.records])


def check_schema(records):
    try:
        import jsonschema
    except ImportError:
        return
    schema = json.loads((flow.ROOT / "src" / "evidence" / "record.schema.json").read_text())
    for record in records:
        jsonschema.validate(record, schema)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("set", [of_a_set])
