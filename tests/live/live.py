"""What the live tests share: pretended cameras (samples/heiyan_cameras.c) and a running `heiyan run`.

HEIYAN names the program as in tests/flow, HEIYAN_CAMERAS the cameras (default: beside it, under samples/).
"""
import contextlib
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "flow"))
import flow  # noqa: E402

CAMERAS = pathlib.Path(os.environ.get("HEIYAN_CAMERAS", pathlib.Path(flow.HEIYAN).parent / "samples" / "heiyan-cameras"))
DEMO = flow.ROOT / "samples" / "demo.mp4"


class Cameras:
    """heiyan-cameras; .ports holds the port of each. within: what its command begins with."""

    def __init__(self, *arguments, within=()):
        if not CAMERAS.exists():
            raise flow.Skip("heiyan-cameras was not built: gst-rtsp-server is missing")
        self.process = subprocess.Popen([*within, str(CAMERAS), *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.ports = []
        for line in self.process.stdout:
            if line.startswith("ready"):
                break
            self.ports.append(int(re.search(r":(\d+)/", line).group(1)))
        else:
            raise AssertionError("the cameras did not start")

    def fail(self, who, fault, amount=""):
        """Camera who, from 1, or "all"; returns when it is done."""
        self.process.stdin.write(f"{who} {fault} {amount}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().startswith("done"), (who, fault)

    def stop(self):
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def cameras(*arguments, within=()):
    crossing = Cameras(*arguments, within=within)
    try:
        yield crossing
    finally:
        crossing.stop()


class Site:
    """A running `heiyan run`; .log collects (monotonic time, line) of its standard error."""

    def __init__(self, rows, extra="", limits="{}"):
        listed = "\n".join("  - " + json.dumps(row) for row in rows)
        pathlib.Path("site.yaml").write_text(
            f"cameras:\n{listed}\nevidence: {{path: evidence, limits: {limits}}}\n"
            f"status: {{listen: \"127.0.0.1:0\"}}\n{extra}")
        self.log, self.address, self.told = [], None, threading.Event()
        self.process = subprocess.Popen([flow.HEIYAN, "run", "-c", "site.yaml", "--json"], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.records = []
        self.threads = [threading.Thread(target=self._read_log), threading.Thread(target=self._read_out)]
        for thread in self.threads:
            thread.start()
        if not self.told.wait(20):
            self.kill()
            raise AssertionError("it did not start: " + self.text())

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append((time.monotonic(), line.rstrip("\n")))
            found = re.search(r"status at (http://\S+)/status", line)
            if found:
                self.address = found.group(1)
                self.told.set()

    def _read_out(self):
        for line in self.process.stdout:
            self.records.append((time.time(), line))

    def text(self):
        return "\n".join(line for _, line in self.log)

    def get(self, path):
        try:
            return self.fetch(path).decode()
        except OSError as why:
            time.sleep(0.5)
            raise AssertionError(f"{why}; exit status {self.process.poll()}\n{self.text()}") from None

    def fetch(self, path):
        with urllib.request.urlopen(self.address + path, timeout=5) as answer:
            return answer.read()

    def status(self):
        return {camera["id"]: camera for camera in json.loads(self.get("/status"))["cameras"]}

    def wait(self, what, seconds):
        """Waits until what(status) is true; returns the seconds it took."""
        start = time.monotonic()
        while True:
            status = self.status()
            if what(status):
                return time.monotonic() - start
            if time.monotonic() - start > seconds:
                raise AssertionError(f"not within {seconds} s: {status}\n{self.text()}")
            time.sleep(0.1)

    def stop(self, number=signal.SIGTERM, rc=0):
        """Ends it; returns the seconds it took."""
        start = time.monotonic()
        self.process.send_signal(number)
        got = self.process.wait(60)
        self._join()
        assert got == rc, f"exit status {got}\n{self.text()}"
        return time.monotonic() - start

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._join()

    def _join(self):
        for thread in self.threads:
            thread.join()


@contextlib.contextmanager
def site(rows, extra="", limits="{}"):
    running = Site(rows, extra, limits)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()


def jpeg_size(data):
    at = 2
    while data[at + 1] not in (0xC0, 0xC2):
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    height, width = struct.unpack(">HH", data[at + 5:at + 9])
    return width, height


def rows(crossing, **more):
    """Settings of every pretended camera, cam1 ..."""
    return [{"id": f"cam{i}", "host": "127.0.0.1", "port": port, "path": "/main", **more}
            for i, port in enumerate(crossing.ports, 1)]
