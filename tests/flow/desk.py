"""A review server over a real evidence folder, for the flow tests: started, asked, stopped."""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

from flow import HEIYAN, ROOT, footage, packs, run

_made = {}


def evidence():
    """Copies an evidence folder of three captures, and the key that sealed it, into the scratch folder."""
    if not _made:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="heiyan-desk-"))
        _made["folder"] = folder
        state = {"HEIYAN_STATE": str(folder / "state")}
        run("scan", "-c", ROOT / "samples/demo.yaml", "-o", folder / "evidence", "--start-time", "2026-11-25T08:00:00",
            ROOT / "samples/demo.mp4", env=state)
        run("scan", "-o", folder / "evidence", "--start-time", "2026-11-23T08:15:00", footage("two"), env=state)
        assert len(packs(folder / "evidence")) == 3
    shutil.copytree(_made["folder"] / "evidence", "evidence")
    shutil.copytree(_made["folder"] / "state", os.environ["HEIYAN_STATE"])
    return [pack.name for pack in packs("evidence")]


def forget():
    if _made:
        shutil.rmtree(_made.pop("folder"), ignore_errors=True)


def account(name, role="reviewer", *options, password="correct horse battery"):
    run("account", "add", "--role", role, *options, name, input=password + "\n")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        assert self.headers["Content-Type"] == "application/json", self.headers["Content-Type"]
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


class Browser:
    """One person's browser: keeps the cookie and the token."""

    def __init__(self, desk, name=None, password="correct horse battery"):
        self.desk, self.cookie, self.token = desk, None, None
        if name:
            answer = self.post("/api/login", {"name": name, "password": password})
            assert answer.status == 200, answer.body
            self.token = answer.json["token"]
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        else:
            self.token = self.get("/api/session").json["token"]

    def ask(self, method, path, body=None, headers=None):
        """headers: what is None is left out."""
        given = {"X-Heiyan-Token": self.token if method not in ("GET", "HEAD") else None, "Cookie": self.cookie,
                 "Content-Type": "application/json" if body is not None else None, **(headers or {})}
        given = {name: value for name, value in given.items() if value is not None}
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        return self.desk.ask(method, path, body, given)

    def get(self, path, **headers):
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path, body, **headers):
        return self.ask("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def put(self, path, body):
        return self.ask("PUT", path, body)

    def captures(self, **filters):
        answer = self.get("/api/captures?" + urllib.parse.urlencode(filters))
        assert answer.status == 200, answer.body
        return answer.json["items"]

    def decide(self, id, action, version, **more):
        return self.post(f"/api/captures/{quote(id)}/decisions", {"action": action, "version": version, **more})


def quote(text):
    return urllib.parse.quote(text, safe="")


class Desk:
    """`heiyan review` as a context: with Desk() as desk."""

    def __init__(self, *arguments, listen="127.0.0.1:0", folder="evidence", source=None):
        self.arguments = ["review", *map(str, arguments), "--listen", listen, folder]
        self.source = source

    def __enter__(self):
        self.log = open("review.log", "w+")
        self.process = subprocess.Popen([HEIYAN, *self.arguments], stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
        line = self.process.stdout.readline()
        found = re.search(r"(https?)://(\S+):(\d+)$", line.strip())
        if not found:
            self.process.wait(10)
            raise AssertionError(f"review does not start: {line}{self.told()}")
        self.scheme, self.host, self.port = found[1], found[2].strip("[]"), int(found[3])
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        rc = self.process.wait(30)
        told = self.told()
        self.log.close()
        self.process.stdout.close()
        if kind:
            print(told)
        else:
            assert rc in (0, -signal.SIGKILL), f"review ended with {rc}\n{told}"
            assert "Sanitizer" not in told and "runtime error" not in told, told

    def told(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def connect(self, source="127.0.0.1", patience=30):
        return socket.create_connection((self.host, self.port), patience, source_address=(source, 0))

    def ask(self, method, path, body=None, headers=None, source="127.0.0.1"):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60, source_address=(source, 0))
        try:
            connection.putrequest(method, path, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
            data = body.encode() if isinstance(body, str) else body
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def raw(self, data, patience=30):
        """Sends bytes as they are; the status of the answer, None when the connection was just closed."""
        with self.connect(patience=patience) as stream:
            answer = b""
            try:
                stream.sendall(data)
                while part := stream.recv(65536):
                    answer += part
            except ConnectionError:
                pass
        found = re.match(rb"HTTP/1\.1 (\d+) ", answer)
        return int(found[1]) if found else None

    def alive(self):
        return self.ask("GET", "/api/session").status == 200


class Events:
    """Follows /api/stream; next(seconds) is the next event as (name, data), None when none comes."""

    def __init__(self, desk, browser):
        self.stream = desk.connect()
        cookie = f"Cookie: {browser.cookie}\r\n" if browser.cookie else ""
        self.stream.sendall(f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\n{cookie}\r\n".encode())
        self.text, self.ended = "", False
        deadline = time.monotonic() + 10
        while "retry:" not in self.text and time.monotonic() < deadline:
            self._more(1)
        assert "text/event-stream" in self.text, self.text

    def _more(self, seconds):
        self.stream.settimeout(seconds)
        try:
            part = self.stream.recv(65536)
            self.ended = self.ended or part == b"" or part.endswith(b"0\r\n\r\n")
            self.text += part.decode()
        except TimeoutError:
            pass

    def next(self, seconds=10):
        deadline = time.monotonic() + seconds
        while True:
            found = re.search(r"event: (\w+)\ndata: (.*)\n\n", self.text)
            if found:
                self.text = self.text[found.end():]
                return found[1], json.loads(found[2])
            left = deadline - time.monotonic()
            if left <= 0 or self.ended:
                return None
            self._more(left)

    def close(self):
        self.stream.close()
