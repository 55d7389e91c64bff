#!/usr/bin/env python3
"""The evidence folder's disk: away at the start, away while events come, back again; and a folder that was removed."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime

import live
from live import flow

EVIDENCE = pathlib.Path("evidence")


def mount(*arguments):
    subprocess.run(list(arguments), check=True, capture_output=True)


@contextlib.contextmanager
def disk():
    """A disk that can be on ./evidence: plug() and unplug() it. In use it goes as one that is torn out does."""
    with flow.small_disk("200m"):
        EVIDENCE.mkdir()
        try:
            yield (lambda: mount("mount", "--bind", "small", "evidence"), lambda: mount("umount", "-l", "evidence"))
        finally:
            while os.path.ismount("evidence"):
                mount("umount", "-l", "evidence")


def health(site):
    try:
        with urllib.request.urlopen(site.address + "/healthz", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def wait_health(site, code, seconds=5):
    end = time.monotonic() + seconds
    while health(site)[0] != code:
        assert time.monotonic() < end, (health(site), site.text())
        time.sleep(0.1)


def check_away(site):
    wait_health(site, 503)
    told = json.loads(site.get("/status"))["disk"]
    assert told["state"] == "failing" and "not the one it was" in told["reason"], told
    end = time.monotonic() + 5
    while "no evidence is written: the evidence folder evidence" not in site.text():  # the status may be sooner
        assert time.monotonic() < end, site.text()
        time.sleep(0.1)


def nothing_written():
    assert not list(EVIDENCE.iterdir()), list(EVIDENCE.iterdir())


def moment(text):
    return datetime.fromisoformat(text).timestamp()


def wait_records(site, what, seconds):
    end = time.monotonic() + seconds
    while not what([json.loads(line) for _, line in site.records]):
        assert time.monotonic() < end, site.text()
        time.sleep(0.2)


def torn_out():
    """Not a file on the wrong disk, an alarm, cameras that go on, and events of that time sealed afterwards."""
    with disk() as (plug, unplug), live.cameras(live.DEMO) as crossing:
        plug()
        with live.site(live.rows(crossing)) as site:
            identity = (EVIDENCE / ".heiyan/identity").read_text()
            assert health(site)[0] == 200
            site.stop()
        unplug()
        nothing_written()
        with live.site(live.rows(crossing)) as site:
            check_away(site)
            site.wait(lambda now: now["cam1"]["state"] == "live", 15)
            nothing_written()
            plug()
            wait_health(site, 200)
            wait_records(site, len, 90)
            unplug()
            gone = time.time()
            check_away(site)
            time.sleep(20)  # a passage ends in it
            nothing_written()
            assert site.status()["cam1"]["state"] == "live"
            plug()
            wait_health(site, 200)
            back = time.time()
            assert "is back" in site.text(), site.text()
            wait_records(site, lambda all: any(gone < moment(r["time"]["end"]) < back - 5 for r in all), 40)
            site.stop()
        assert (EVIDENCE / ".heiyan/identity").read_text() == identity
        assert list((EVIDENCE / "health").iterdir())
        assert "0 problems" in flow.run("verify", "evidence").stdout
        assert len(flow.packs("evidence")) == len(site.records)
        unplug()
        nothing_written()


def removed():
    """A folder that somebody removed, on the same disk, begins anew, and is told; while it runs it is an alarm."""
    with live.cameras(flow.footage("clean")) as crossing:
        with live.site(live.rows(crossing)) as site:
            before = (EVIDENCE / ".heiyan/identity").read_text()
            shutil.rmtree(EVIDENCE)
            check_away(site)
            assert not EVIDENCE.exists()
            site.stop()
        assert not EVIDENCE.exists()
        with live.site(live.rows(crossing)) as site:
            assert "it begins anew" in site.text(), site.text()
            assert (EVIDENCE / ".heiyan/identity").read_text() != before
            assert health(site)[0] == 200
            site.stop()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("disk", [torn_out, removed])
