#!/usr/bin/env python3
"""Killed at any moment, the desk loses no decision that it acknowledged, and verify stays clean.

HEIYAN_KILLS: how many random moments to try (default 15; scripts/kill_test 200).
"""
import http.client
import json
import os
import pathlib
import random
import shutil
import threading

from desk import Browser, Desk, evidence, forget
from flow import main, run, small_disk

KILLS = int(os.environ.get("HEIYAN_KILLS", "15"))


def lines(id):
    path = next(pathlib.Path("evidence").glob(f"????-??-??/{id}")) / "verdicts.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def decide_until_killed(browser, ids, versions, acknowledged):
    """Notes, one capture after the other, as fast as they are taken."""
    number = 0
    while True:
        id = ids[number % len(ids)]
        text = f"{id} {versions[id]}"
        try:
            answer = browser.decide(id, "note", versions[id], text=text)
        except (OSError, http.client.HTTPException):
            return
        assert answer.status == 200, answer.body
        acknowledged.append((id, text))
        versions[id] = answer.json["version"]
        number += 1


def acknowledged_decisions_outlive_a_kill():
    ids = evidence()
    chance = random.Random(20261126)
    acknowledged = []
    for _ in range(KILLS):
        versions = {id: len(lines(id)) for id in ids}
        with Desk() as desk:
            browser = Browser(desk)
            killer = threading.Timer(chance.uniform(0, 0.4), desk.process.kill)
            killer.start()
            decide_until_killed(browser, ids, versions, acknowledged)
            desk.process.wait()
            killer.join()
        with Desk() as desk:  # finishes what was cut off
            shown = {item["id"]: item["version"] for item in Browser(desk).captures()}
        for id in ids:
            assert shown[id] == len(lines(id)), (shown[id], len(lines(id)))
        assert run("verify", "evidence").stdout.endswith("intact\n")
    said = {(id, line["text"]) for id in ids for line in lines(id)}
    lost = [one for one in acknowledged if one not in said]
    assert not lost, f"{len(lost)} of {len(acknowledged)} lost: {lost[:3]}"
    assert len(acknowledged) > KILLS, len(acknowledged)


def a_full_disk_refuses_the_decision():
    """A decision that does not fit on the disk is refused, nothing is half-written, and the next one is taken."""
    ids = evidence()
    with small_disk("24M") as disk:
        shutil.copytree("evidence", disk / "evidence")
        with Desk(folder=str(disk / "evidence")) as desk:
            browser = Browser(desk)
            with open(disk / "filler", "wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(b"x" * 4096)
                except OSError:
                    pass
            refused = 0
            for number in range(40):
                answer = browser.decide(ids[0], "note", number - refused, text="x" * 400)
                if answer.status != 200:
                    assert answer.status == 507 and answer.code == "full", answer.body
                    refused += 1
                    break
            assert refused, "the disk never was full"
            os.remove(disk / "filler")
            version = browser.get(f"/api/captures/{ids[0]}").json["version"]
            assert browser.decide(ids[0], "note", version, text="again").status == 200
        assert run("verify", str(disk / "evidence")).stdout.endswith("intact\n")


try:
    main("decide", [acknowledged_decisions_outlive_a_kill, a_full_disk_refuses_the_decision])
finally:
    forget()
