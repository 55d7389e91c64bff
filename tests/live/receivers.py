"""Receivers for the outlet tests: a web server and a real Mosquitto, both on loopback; and packs that wait for a seal."""
import contextlib
import email
import email.policy
import http.server
import json
import pathlib
import shutil
import socket
import subprocess
import threading
import time

from live import flow

USER, PASSWORD = "platform", "p@ss#1/:% 密"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---- packs ----

def _sealed():
    """A pack of a drawn clip; scanned on first use, then kept."""
    folder = flow.footage("one").parent / "sealed"
    if not folder.exists():
        part = folder.with_name(f"{folder.name}-{time.monotonic_ns()}")
        flow.run("scan", "--camera", "cam1", "--start-time", "2026-11-23T08:15:00", "-o", part, flow.footage("one"))
        part.rename(folder)
    return flow.packs(folder)[0]


def stage(first, count, camera="cam1"):
    """Leaves packs in evidence/.heiyan/ready, as a `run` does that was killed before it sealed them; returns their ids."""
    ids = []
    for second in range(first, first + count):
        ready = pathlib.Path("evidence/.heiyan/ready") / f"{second:06}-{camera}"
        shutil.copytree(_sealed(), ready)
        for name in ("SHA256SUMS", "SHA256SUMS.minisig", "composite.jpg"):
            (ready / name).unlink()
        record = json.loads((ready / "record.json").read_text())
        assert record["files"].pop()["name"] == "composite.jpg"
        when = f"2026-11-23T10:{second // 60:02}:{second % 60:02}.000+08:00"
        record["time"].update(start=when, peak=when, end=when, clock_source="receipt")
        record["camera"]["id"] = camera
        record["source"]["footage"] = None
        (ready / "record.json").write_text(json.dumps(record))
        ids.append(f"{camera}_20261123T10{second // 60:02}{second % 60:02}.000+0800:capture")
    return ids


# ---- HTTP ----

class Web:
    """Takes POSTs; .mode is "ok", a status to answer with, or "hang"; .taken holds what was answered with 200."""

    def __init__(self, port=0):
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.take(self, body)

            def log_message(self, *_):
                pass

        self.mode, self.taken, self.tries = "ok", [], []
        self.release = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a sender that was killed is none
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(.05,), daemon=True).start()

    def take(self, request, body):
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        self.tries.append(request.headers["Idempotency-Key"])
        mode = self.mode
        if mode == "hang":
            self.release.wait(60)
            return
        answer = mode if isinstance(mode, int) else 200
        if answer == 200:
            parts = {}
            if request.headers["Content-Type"].startswith("multipart/"):
                message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
                for part in message.iter_parts():
                    name = part.get_param("name", header="Content-Disposition")
                    parts[name] = part.get_payload(decode=True)
            else:
                parts["record"] = body
            self.taken.append((dict(request.headers), parts))
        request.send_response(answer)
        if 300 <= answer < 400:
            request.send_header("Location", "http://localhost:1/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def ids(self):
        return [headers["Idempotency-Key"] for headers, _ in self.taken]

    def stop(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def web(port=0):
    server = Web(port)
    try:
        yield server
    finally:
        server.stop()


# ---- MQTT ----

class Broker:
    """Mosquitto with one user; .lines collects "topic payload" of all that was published."""

    def __init__(self, port, tls):
        self.port, self.lines = port, []
        if not shutil.which("mosquitto_sub") or not shutil.which("mosquitto"):
            raise flow.Skip("mosquitto and mosquitto-clients are not installed")
        here = pathlib.Path("broker").absolute()
        here.mkdir(exist_ok=True)
        subprocess.run(["mosquitto_passwd", "-b", "-c", here / "users", USER, PASSWORD], check=True, capture_output=True)
        secure = ""
        if tls:
            flow.certificate(here / "key.pem", here / "ca.pem")
            secure = f"certfile {here}/ca.pem\nkeyfile {here}/key.pem\n"
        (here / "conf").write_text(f"user root\nlistener {port} 127.0.0.1\n{secure}allow_anonymous false\n"
                                   f"password_file {here}/users\npersistence true\npersistence_location {here}/\n")
        (here / "users").chmod(0o600)
        self.start()
        command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-u", USER, "-P", PASSWORD, "-q", "1", "-t", "#",
                   "-v", "-i", "reader", "-c", *(["--cafile", str(here / "ca.pem")] if tls else [])]
        self.reader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=lambda: self.lines.extend(iter(self.reader.stdout.readline, "")), daemon=True)
        self.thread.start()
        time.sleep(.5)  # until it has subscribed

    def start(self):
        self.process = subprocess.Popen(["mosquitto", "-c", "broker/conf"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(.05)
        raise AssertionError("mosquitto did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def messages(self):
        return [(line.split(" ", 1)[0], json.loads(line.split(" ", 1)[1])) for line in list(self.lines)]


@contextlib.contextmanager
def broker(tls=False):
    server = Broker(free_port(), tls)
    try:
        yield server
    finally:
        server.reader.kill()
        server.reader.wait()
        server.stop()
