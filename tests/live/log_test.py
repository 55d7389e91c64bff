#!/usr/bin/env python3
"""Log lines: as text, as JSON, for the journal of systemd."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import live  # noqa: F401, finds flow
from live import flow

SITE = """cameras:
  - {id: cam1, host: 127.0.0.1, port: 1, path: "/\\"quoted\\""}
  - {id: cam2, url: "http://127.0.0.1/x"}
evidence: {path: evidence}
"""


def said(*options, settings="", journal=False):
    """Every line that a run of two seconds writes to standard error."""
    pathlib.Path("site.yaml").write_text(SITE + settings)
    reader, writer = os.pipe()
    env = {**os.environ, "LC_ALL": "zh_CN.UTF-8"}
    if journal:
        info = os.fstat(writer)
        env["JOURNAL_STREAM"] = f"{info.st_dev}:{info.st_ino}"
    process = subprocess.Popen([flow.HEIYAN, "run", "-c", "site.yaml", *options], stderr=writer, env=env)
    os.close(writer)
    while process.poll() is None and len(os.listdir(f"/proc/{process.pid}/task")) == 1:
        time.sleep(0.05)  # until it has threads SIGTERM just kills it
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    with open(reader, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    assert process.wait(20) == 0
    return lines


def check_json(lines):
    found = [json.loads(line) for line in lines]
    assert all(set(line) == {"time", "level", "camera", "text"} for line in found), found
    assert all(line["level"] in ("info", "warning", "error") and line["time"][10] == "T" for line in found), found
    of = {who: [line for line in found if line["camera"] == who] for who in (None, "cam1", "cam2")}
    assert "watching 2 cameras" in [line["text"] for line in of[None]], found
    assert of[None][-1]["text"] == "stopped: 0 new captures", found
    assert any(line["level"] == "warning" and line["text"].startswith("waiting: ") for line in of["cam1"]), found
    assert any(line["text"].startswith("misconfigured: ") for line in of["cam2"]), found
    assert sum(len(lines) for lines in of.values()) == len(found), found


def formats():
    check_json(said("--log", "json"))
    check_json(said(settings="log: json\n"))
    lines = said("--log", "text", settings="log: json\n")
    assert "info: watching 2 cameras" in lines, lines
    assert any(line.startswith("warning: cam1: waiting: ") for line in lines), lines


def journal():
    lines = said(journal=True)
    assert "<6>info: watching 2 cameras" in lines, lines
    assert any(line.startswith("<4>warning: cam1: waiting: ") for line in lines), lines
    lines = said("--log", "json", journal=True)
    assert all(line[:3] in ("<3>", "<4>", "<6>") for line in lines), lines
    check_json([line[3:] for line in lines])
    os.environ["JOURNAL_STREAM"] = "1:1"  # somebody else's
    try:
        assert "info: watching 2 cameras" in said()
    finally:
        del os.environ["JOURNAL_STREAM"]


def wrong():
    pathlib.Path("site.yaml").write_text(SITE + "log: xml\n")
    assert "site.yaml:5:6: 'log: xml' is none of text|json" in flow.run("run", "-c", "site.yaml", rc=2).stderr
    assert "xml" in flow.run("run", "-c", "site.yaml", "--log", "xml", rc=2).stderr


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("log", [formats, journal, wrong])
