#!/usr/bin/env python3
"""What a camera's vehicles taught is kept: over a kill and an end, and a damaged file is named and begun anew."""
import json
import pathlib
import sys
import time

import live
from live import flow

KEPT = pathlib.Path("evidence/.heiyan/baseline/cam1.json")


def passages(kept):
    return sum(day["passages"] for day in kept["days"])


def learned(site):
    return sum(day["passages"] for day in site.status()["cam1"]["baseline"]["days"])


def kept_over_restarts():
    with live.cameras(live.DEMO) as crossing:
        rows = live.rows(crossing, thresholds={"false_budget": 3})
        with live.site(rows) as site:
            site.wait(lambda now: now["cam1"]["baseline"]["days"] and learned(site) >= 2, 90)
            baseline = site.status()["cam1"]["baseline"]
            assert baseline["false_budget"] == 3, baseline
            assert 0.13 <= baseline["threshold"] <= 0.3, baseline
            assert 0.5 <= baseline["sensitivity"] <= 3, baseline
            assert 'heiyan_camera_sensitivity_grade{camera="cam1"} ' in site.get("/metrics")
            limit = time.monotonic() + 70
            while not KEPT.exists() or passages(json.loads(KEPT.read_text())) < 2:
                assert time.monotonic() < limit, "nothing was kept"
                time.sleep(0.5)
            before = passages(json.loads(KEPT.read_text()))
            site.kill()
        with live.site(rows) as site:
            site.wait(lambda now: now["cam1"]["baseline"]["days"] and learned(site) >= before, 15)
            assert "begins anew" not in site.text(), site.text()
            site.stop()
        assert passages(json.loads(KEPT.read_text())) >= before
        KEPT.write_text(KEPT.read_text()[:1000])
        with live.site(rows) as site:
            site.wait(lambda now: now["cam1"]["state"] == "live" and now["cam1"]["analysed_fps"] > 0, 30)
            assert "history of its vehicles begins anew: evidence/.heiyan/baseline/cam1.json is damaged" in site.text(), \
                site.text()
            assert learned(site) < before
            site.stop()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("baseline", [kept_over_restarts])
