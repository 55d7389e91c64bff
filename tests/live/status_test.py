#!/usr/bin/env python3
"""What `run` serves: the status page in a browser, thumbnails, up-time."""
import http.client
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import live
from live import flow

PAGE = flow.ROOT / "tests" / "page"


def fetch(site, path):
    """(status, headers, bytes)"""
    try:
        with urllib.request.urlopen(site.address + path, timeout=5) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def thumbnails():
    """Small, new, made once a second at most, and nobody waits for them."""
    with live.cameras("--cameras", 2, live.DEMO) as crossing, \
            live.site(live.rows(crossing) + [{"id": "dead", "host": "127.0.0.1", "port": 1}]) as site:
        site.wait(lambda now: all(now[c]["state"] == "live" for c in ("cam1", "cam2")), 15)
        time.sleep(1)
        code, headers, first = fetch(site, "/thumbnail/cam1.jpg")
        assert code == 200 and headers["Content-Type"] == "image/jpeg", (code, headers)
        assert live.jpeg_size(first) == (320, 180), live.jpeg_size(first)
        assert headers["Cache-Control"] == "no-store", headers
        assert fetch(site, "/thumbnail/cam1.jpg")[2] == first
        time.sleep(1.5)
        assert fetch(site, "/thumbnail/cam1.jpg")[2] != first
        for path in ("/event/dead.jpg", "/event/cam1.jpg", "/thumbnail/dead.jpg", "/thumbnail/none.jpg", "/thumbnail/cam1.png", "/thumbnail/.jpg",
                     "/thumbnail/" + "x" * 300 + ".jpg", "/page/main.js", "/page/../status", "/x"):
            assert fetch(site, path)[0] == 404, path
        crowd(site)
        now = site.status()
        assert all(now[c]["drops"] == 0 and now[c]["fps"] > 18 for c in ("cam1", "cam2")), now
        crossing.fail(1, "hang")
        site.wait(lambda now: now["cam1"]["state"] != "live", 15)
        assert fetch(site, "/thumbnail/cam1.jpg")[0] == 200, "the last picture stays"
        site.stop()


def only_as_this_machine():
    """A page from elsewhere that has its name point here is told nothing."""
    with live.site([{"id": "dead", "host": "127.0.0.1", "port": 1}]) as site:
        port = int(site.address.rsplit(":", 1)[1])
        for path in ("/", "/status", "/metrics", "/healthz", "/thumbnail/dead.jpg", "/page/style.css"):
            assert status_as(port, f"evil.example:{port}", path) == 403, path
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"):
            assert status_as(port, host, "/status") == 200, host
        for host in ("localhost", f"localhost:{port + 1}", f"localhost.evil.example:{port}"):
            assert status_as(port, host, "/status") == 403, host
        site.stop()


def status_as(port, host, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers={"Host": host})
    return connection.getresponse().status


def crowd(site):
    """Eight who ask without a pause for two seconds."""
    end, codes = time.monotonic() + 2, []

    def ask():
        while time.monotonic() < end:
            codes.append(fetch(site, "/thumbnail/cam2.jpg")[0])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) > 50 and set(codes) == {200}, codes


def uptime():
    """Seven days of DIR/health and the run that goes on."""
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    old = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600 - 8 * 86400))
    health = pathlib.Path("evidence/health")
    health.mkdir(parents=True)
    line = '{"camera":"cam1","watched_s":%d,"live_s":%d}\n'
    (health / f"{today}.jsonl").write_text(line % (1000, 750) + "damaged\n")
    (health / f"{old}.jsonl").write_text(line % (1000000, 0))
    with live.site([{"id": "cam1", "host": "127.0.0.1", "port": 1, "place": "桥"},
                    {"id": "cam2", "host": "127.0.0.1", "port": 1}],
                   "site: {name: 高平, direction: 由南向北}\n") as site:
        site.wait(lambda now: now["cam2"]["uptime_7d"] is not None, 10)
        now = site.status()
        assert 0.73 < now["cam1"]["uptime_7d"] <= 0.75, now["cam1"]
        assert now["cam2"]["uptime_7d"] == 0, now["cam2"]
        assert (now["cam1"]["place"], now["cam1"]["direction"]) == ("桥", "由南向北"), now["cam1"]
        told = json.loads(site.get("/status"))
        assert told["site"] == "高平" and told["disk"]["state"] == "good", told
        assert told["disk"]["limits"] == {"media_days": None, "record_days": None, "max_bytes": None, "min_free_bytes": None}, told
        site.stop()


def page():
    """In a browser: every camera a row, what fails stands out, in both languages, without a breach of its policy."""
    if not (PAGE / "node_modules").is_dir():
        raise flow.Skip("playwright-core is not there: npm ci --prefix tests/page")
    with live.cameras("--cameras", 3, live.DEMO) as crossing, \
            live.site(live.rows(crossing, place="建设路")) as site:
        site.wait(lambda now: all(c["state"] == "live" for c in now.values()), 15)
        crossing.fail(2, "404")
        site.wait(lambda now: now["cam2"]["state"] == "misconfigured", 15)
        site.wait(lambda now: now["cam1"]["open_event"] or now["cam1"]["last_event"], 60)
        _, headers, _ = fetch(site, "/")
        assert "script-src 'self'" in headers["Content-Security-Policy"], headers
        shots = os.environ.get("HEIYAN_SHOTS", ".")
        result = subprocess.run(["node", str(PAGE / "status_look.js"), site.address, shots], capture_output=True,
                                text=True, timeout=120, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        site.stop()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("status", [thumbnails, only_as_this_machine, uptime, page])
