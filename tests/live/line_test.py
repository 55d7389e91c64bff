#!/usr/bin/env python3
"""Cameras behind a bad line: packets lost, late, none at all. HEIYAN_CUT: for how many seconds (default 11).

What is seen goes into the README's table.
"""
import os
import sys
import time

import live
from live import flow
from line import line

CUT = int(os.environ.get("HEIYAN_CUT", "11"))
# what the line does, for how long, the states that cameras behind it may be seen in (None: any)
TROUBLES = [
    ("5 % lost", {"loss": 0.05}, 10, {"live"}),
    ("300 ms late", {"delay_s": 0.3}, 8, {"live"}),
    ("both", {"loss": 0.05, "delay_s": 0.3}, 10, None),
    ("cut", {"cut": True}, CUT, {"live", "stalled", "waiting"}),
]
WELL = {"loss": 0.0, "delay_s": 0.0, "cut": False}
FAR = ("tcp", "udp")


def watch(site, seconds):
    seen = {name: set() for name in FAR}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = site.status()
        for name in FAR:
            seen[name].add(now[name]["state"])
        time.sleep(0.2)
    return seen


def way_back(site):
    """Seconds until each camera is live and gives new pictures."""
    before = {name: camera["frames"] for name, camera in site.status().items()}
    start, times = time.monotonic(), {}
    while len(times) < len(FAR):
        assert time.monotonic() - start < 30, site.text()
        for name, camera in site.status().items():
            if name in FAR and name not in times and camera["state"] == "live" and camera["frames"] > before[name]:
                times[name] = time.monotonic() - start
        time.sleep(0.05)
    return times


def bad_line():
    clip = flow.footage("clean")
    with line() as joined, live.cameras(clip) as near, \
            live.cameras("--cameras", 2, "--address", joined.far, clip, within=joined.inside) as far:
        listed = [{**row, "id": name, "host": joined.far, "transport": name}
                  for row, name in zip(live.rows(far), FAR)]
        with live.site(listed + [{**live.rows(near)[0], "id": "well"}]) as site:
            site.wait(lambda now: all(c["state"] == "live" for c in now.values()), 20)
            time.sleep(2)
            for what, trouble, seconds, allowed in TROUBLES:
                before = site.status()
                joined.__dict__.update(WELL, **trouble)
                seen = watch(site, seconds)
                after = site.status()
                joined.__dict__.update(WELL)
                back = way_back(site)
                lost = {name: after[name]["lost"] - before[name]["lost"] for name in FAR}
                for name in FAR:
                    print(f"  {what:11} {name}: seen as {'/'.join(sorted(seen[name])):20} lost {lost[name]}, "
                          f"{after[name]['fps']:.0f} fps, back in {back[name]:.1f} s")
                    assert not allowed or seen[name] <= allowed, (what, name, seen)
                    # That fast on a machine with nothing else to do.
                    assert back[name] <= 5 + os.getloadavg()[0], (what, name, back)
                if trouble.get("cut"):
                    assert all(seen[name] & {"stalled", "waiting"} for name in FAR), seen
                elif "loss" in trouble:
                    assert lost["udp"] > 0, lost
                time.sleep(2)
            well = site.status()["well"]
            assert well["drops"] == 0 and well["lost"] == 0 and well["connects"] == 1 and well["fps"] > 24, well
            site.stop()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("line", [bad_line])
