#!/usr/bin/env python3
"""From a live camera to sealed packs: times, clip, secrets, an end in the middle."""
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from datetime import datetime

import live
from live import flow

PASSWORD = "p@ss#1/:% 密"


def moment(text):
    return datetime.fromisoformat(text).timestamp()


def seconds_of(clip):
    out = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(clip)],
                         capture_output=True, text=True, check=True)
    return float(out.stdout)


def verify(folder="evidence"):
    return flow.run("verify", folder).stdout


def check_pack(folder, record, sealed_at):
    start, end = moment(record["time"]["start"]), moment(record["time"]["end"])
    assert record["time"]["clock_source"] == "rtcp", record["time"]
    assert abs(record["time"]["clock_offset_s"]) < 0.5, record["time"]
    assert abs(end - sealed_at) < 15, (end, sealed_at)
    names = [reason["name"] for reason in record["reasons"]]
    length = seconds_of(folder / "clip.mp4")
    if "interrupted" in names:
        return "interrupted"
    # Two seconds on a machine that has nothing else to do.
    assert sealed_at - end <= 5 + 2 + 2 * os.getloadavg()[0], f"{sealed_at - end - 5:.1f} s after the post-roll"
    assert length >= end - start + 9.5, (length, end - start)
    clip_start = moment(record["source"]["clip_start"])
    assert clip_start <= start - 4.9, (clip_start, start)
    print(f"  {record['id']}: clip {length:.1f} s, sealed {sealed_at - end - 5:.2f} s after the post-roll")
    return "whole"


def encode(source, target, size):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(source), "-vf", f"scale={size}", "-g", "25", "-bf", "0",
                    "-sc_threshold", "0", "-preset", "veryfast", str(target)], check=True)


def live_loop():
    """A looped clip is a camera: packs come, whole, in time, verified; the end of the program ends an event. The same
    of a camera with a small stream to look at and a large one to keep."""
    encode(live.DEMO, "main.mp4", "1280:720")
    encode(live.DEMO, "sub.mp4", "640:360")
    login = ("--user", "admin", "--password", PASSWORD, "--digest")
    with live.cameras(*login, live.DEMO) as one, live.cameras(*login, "--sub", "sub.mp4", "main.mp4") as two:
        listed = live.rows(one, user="admin", password=PASSWORD)
        listed.append({"id": "large", "host": "127.0.0.1", "port": two.ports[0], "path": "/main", "user": "admin",
                       "analysis_path": "/sub", "password": PASSWORD})
        with live.site(listed) as site:
            first_pictures(site)
            metrics = site.get("/metrics")
            status = site.get("/status")
            assert re.search(r'^heiyan_camera_live\{camera="cam1"\} 1$', metrics, re.M), metrics
            assert re.search(r'^heiyan_camera_events_total\{camera="cam1"\} [2-9]', metrics, re.M), metrics
            assert site.get("/healthz").startswith("ok"), site.get("/healthz")
            time.sleep(9)  # into the next passage
            took = site.stop()
            assert took < 5, took
    kinds = {"cam1": [], "large": []}
    for at, line in site.records:
        record = json.loads(line)
        folder = next(pathlib.Path("evidence").glob(f"*/{record['id']}"))
        kinds[record["camera"]["id"]].append(check_pack(folder, record, at))
        if record["camera"]["id"] == "large":
            check_large(record)
    assert all(ends.count("whole") >= 2 for ends in kinds.values()), kinds
    assert "0 problems" in verify(), verify()
    assert len(flow.packs("evidence")) == len(site.records)
    check_secrets(site.text() + metrics + status + "".join(line for _, line in site.records))


def first_pictures(site):
    """Until every camera staged two events: each one's picture was there while its pack was still to come."""
    shown = {}

    def look(now):
        for camera in (c for c in now.values() if c["open_event"] != shown.get(c["id"], [None])[-1]):
            shown.setdefault(camera["id"], []).append(camera["open_event"])
            picture = site.fetch(f"/event/{camera['id']}.jpg")
            age = time.time() - moment(camera["open_event"] or camera["last_event"])
            size = (1280, 720) if camera["id"] == "large" else (camera["width"], camera["height"])
            assert live.jpeg_size(picture) == size, (live.jpeg_size(picture), size)
            if camera["open_event"]:
                # A second on a machine that has nothing else to do.
                assert age <= 1 + 2 * os.getloadavg()[0], f"{age:.2f} s after what it shows"
                print(f"  {camera['id']}: a first picture {age:.2f} s after what it shows")
        return all(c["events"] >= 2 for c in now.values())

    site.wait(look, 100)
    for camera in shown:
        assert sum(at is not None for at in shown[camera]) >= 2 and None in shown[camera], shown


def check_large(record):
    """The evidence is of the large stream, what was found in the small one scaled to it."""
    assert (record["source"]["width"], record["source"]["height"]) == (1280, 720), record["source"]
    x, y, w, h = record["vehicle"]["box"]
    assert 0 <= x and 0 <= y and x + w <= 1280 and y + h <= 720, record["vehicle"]
    assert w > 100, record["vehicle"]  # as the lorry is in the large one


def check_secrets(said):
    spellings = [PASSWORD, "p%40ss", "p@ss", "admin:"]
    for path in pathlib.Path("evidence").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(word.encode() in data for word in spellings), path
    assert not any(word in said for word in spellings), said


def changed_sets():
    """Other parameter sets on the way, of the same size and sent once: every picture of every clip is whole."""
    for name, profile, refs in (("plain", "baseline", 1), ("rich", "high", 4)):
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(live.DEMO), "-profile:v", profile, "-refs", str(refs), "-bf",
                        "0", "-g", "25", "-sc_threshold", "0", "-preset", "veryfast", name + ".mp4"], check=True)
    with live.cameras("--sets-once", "--other", "rich.mp4", "plain.mp4") as crossing, \
            live.site(live.rows(crossing)) as site:
        site.wait(lambda now: now["cam1"]["state"] == "live", 20)
        crossing.fail(1, "resize")
        site.wait(lambda now: now["cam1"]["events"] >= 2, 90)
        crossing.fail(1, "none")
        site.wait(lambda now: now["cam1"]["events"] >= 3, 60)
        assert site.status()["cam1"]["connects"] == 1
        site.stop()
    for pack in flow.packs("evidence"):
        told = subprocess.run(["ffmpeg", "-v", "error", "-i", str(pack / "clip.mp4"), "-f", "null", "-"],
                              capture_output=True, text=True, check=True).stderr
        assert not told, told[-2000:]
    assert verify().strip().endswith("intact")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("live", [live_loop, changed_sets])
