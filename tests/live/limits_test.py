#!/usr/bin/env python3
"""The limits of the evidence folder: media go first, whole packs later, only those that are done with."""
import pathlib
import sys
import time

import live
from live import flow

import desk as office


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.2)


def old_packs():
    """Two packs of 2020, the first of them rejected. Returns their folders."""
    flow.run("scan", "-o", "evidence", "--start-time", "2020-03-02T08:15:00", flow.footage("two"))
    first, second = flow.packs("evidence")
    with office.Desk() as desk:
        answer = office.Browser(desk).decide(first.name, "reject", 0, reason="shadow")
        assert answer.status == 200, answer.body
    return first, second


def run_with(limits, crossing):
    return live.site(live.rows(crossing), limits=limits)


def records_expire():
    """Rejected and old: media, then the record; a desk that is open loses it without an error; the chain holds."""
    with live.cameras(flow.footage("clean")) as crossing:
        first, second = old_packs()
        with run_with("{media_days: 30, record_days: 36500}", crossing) as site:
            wait_for(lambda: not (first / "clip.mp4").exists())
            assert (first / "record.json").exists() and (second / "clip.mp4").exists()
            site.stop()
        told = flow.run("verify", "evidence").stdout
        assert "2 packs, 1 retired, 0 damaged, 0 problems" in told, told
        with office.Desk() as desk:
            browser = office.Browser(desk)
            assert {item["id"] for item in browser.captures()} == {first.name, second.name}
            with run_with("{record_days: 400}", crossing) as site:
                wait_for(lambda: not first.exists())
                wait_for(lambda: "1 packs removed whole after 400 days" in site.text())
                wait_for(lambda: [item["id"] for item in browser.captures()] == [second.name])
                site.stop()
            assert browser.get("/api/captures/" + office.quote(first.name)).status == 404
            assert not desk.told(), desk.told()  # nothing is missed
        told = flow.run("verify", "evidence").stdout
        assert "1 packs, 0 retired, 0 damaged, 0 problems" in told and "1 more packs expired" in told, told
        with office.Desk("--reindex") as desk:  # the audit's last step is of a pack that is gone
            assert [item["id"] for item in office.Browser(desk).captures()] == [second.name]


def undecided_stays():
    """The default removes no record younger than three years, and nothing that waits for a decision."""
    with live.cameras(flow.footage("clean")) as crossing:
        first, second = old_packs()
        with run_with("{media_days: 1}", crossing) as site:
            wait_for(lambda: not first.exists())  # of 2020
            wait_for(lambda: "removed whole after 1095 days" in site.text())
            site.stop()
        assert (second / "clip.mp4").exists()
        with live.site(live.rows(crossing)) as site:  # without limits nothing is looked at
            site.stop()
        assert (second / "clip.mp4").exists()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("limits", [records_expire, undecided_stays])
