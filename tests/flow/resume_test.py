#!/usr/bin/env python3
"""Killed at any moment and started again, a scan ends as if nothing had happened.

HEIYAN_KILLS: how many random moments to try (default 15; scripts/kill_test 200).
"""
import os
import random
import shutil
import signal
import subprocess
import time

from flow import HEIYAN, footage, main, packs, records, run, tree

KILLS = int(os.environ.get("HEIYAN_KILLS", "15"))


def prepare():
    os.mkdir("in")
    for number, name in enumerate(("two", "clean", "one")):
        shutil.copy(footage(name), f"in/cam01_20261123081{number}00.mp4")
    shutil.copy(footage("two"), "in/cam02_20261123081030.mp4")


SETTINGS = "cameras: [{id: cam01}, {id: cam02}]\n"
SCAN = ["scan", "--quiet", "-c", "site.yaml", "--jobs", "2"]


def start(folder):
    with open("site.yaml", "w", encoding="utf-8") as out:
        out.write(SETTINGS)
    return subprocess.Popen([HEIYAN, *SCAN, "-o", folder, "in"], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def whole_scan():
    before = time.monotonic()
    assert start("whole").wait() == 0
    return tree("whole"), time.monotonic() - before


def ids(folder):
    return [record["id"] for record in records(folder)]


def killed():
    prepare()
    expected, seconds = whole_scan()
    chance = random.Random(20261123)
    early = 0
    for number in range(KILLS):
        folder = f"e{number}"
        # One to three kills in a row, each at a random moment of a whole scan.
        for _ in range(chance.choice((1, 1, 2, 3))):
            scan = start(folder)
            try:
                scan.wait(chance.uniform(0, 1.05) * seconds)
            except subprocess.TimeoutExpired:
                early += 1
                scan.send_signal(signal.SIGKILL)
                scan.wait()
        # Between the kill and the next run everything that is there is whole.
        if os.path.isdir(folder + "/.heiyan"):
            run("scan", *SCAN[1:], "-o", folder, "in")
        else:
            assert start(folder).wait() == 0
        assert ids(folder) == ids("whole"), (ids(folder), ids("whole"))
        result = run("verify", folder)
        assert "intact" in result.stdout
        now = tree(folder)
        assert now == expected, sorted(name for name in now.keys() | expected.keys()
                                       if now.get(name) != expected.get(name))
        shutil.rmtree(folder)
    print(f"resume: {early} kills hit a running scan")
    assert early >= KILLS // 2, "too few kills came in time"


def stopped_politely():
    prepare()
    expected, seconds = whole_scan()
    scan = start("e")
    time.sleep(seconds / 3)
    scan.send_signal(signal.SIGTERM)
    assert scan.wait(timeout=20) in (0, 1)
    assert start("e").wait() == 0
    assert tree("e") == expected
    assert len(packs("e")) == 5


main("resume", [killed, stopped_politely])
