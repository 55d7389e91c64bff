#!/usr/bin/env python3
"""What a stranger, a hostile page or a clumsy program may send to the officers' desk."""
import json
import os
import pathlib
import random
import socket
import statistics
import threading
import time
import urllib.parse

from desk import Browser, Desk, account, evidence, forget, quote
from flow import ROOT, main, run

API = json.loads((ROOT / "src/review/page/openapi.json").read_text())
SECRETS = (b"root:x:", b"untrusted comment", b"argon2id", b"heiyan.record.1", b"SQLite format", b"\"chain\"")
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"


def paths_lead_nowhere():
    ids = evidence()
    account_file = pathlib.Path(os.environ["HEIYAN_STATE"]) / "accounts.json"
    day = next(pathlib.Path("evidence").glob(f"*/{ids[0]}")).parent.name
    targets = ["../record.json", "record.json", "SHA256SUMS", "verdicts.jsonl", "../../heiyan.pub", "/etc/passwd",
               "../" * 12 + "etc/passwd", f"../{ids[1]}/clip.mp4", "../../.heiyan/ledger.sqlite", ".", "..", "",
               "clip.mp4/", "clip.mp4\0.jpg", "clip.mp4%00", "./clip.mp4", "CLIP.MP4", str(account_file),
               "file:///etc/passwd", "..;/record.json", "\\..\\record.json", "~/.ssh/id_rsa", f"{day}/{ids[0]}/clip.mp4"]
    encodings = [lambda text: text, quote, lambda text: quote(quote(text)),
                 lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
                 lambda text: text.replace("/", "%2f").replace("..", "%2e%2e"),
                 lambda text: text.replace("/", "%5c"), lambda text: text.replace(".", "%c0%ae").replace("/", "%c0%af"),
                 lambda text: text.replace("..", "....//")]
    places = [f"/api/captures/{quote(ids[0])}/files/{{}}", "/api/captures/{}", "/api/captures/{}/files/clip.mp4",
              "/api/captures/{}/thumbnail.jpg", "/api/captures/{}/sheet.pdf", "/api/captures/{}/handover.zip",
              "/page/{}", "/{}"]
    tried = 0
    with Desk() as desk:
        for place in places:
            for target in targets:
                for encode in encodings:
                    path = place.format(encode(target))
                    if any(ord(letter) <= 32 for letter in path):
                        continue  # cannot stand in a request line: see what_is_no_request
                    answer = desk.ask("GET", path)
                    tried += 1
                    # The page itself, and what a pack says about itself.
                    fine = path == "/" or urllib.parse.unquote(path).endswith(("/files/record.json", "/files/SHA256SUMS"))
                    assert answer.status == 200 if fine else answer.status in (400, 404), (path, answer.status)
                    assert fine or not any(secret in answer.body for secret in SECRETS), (path, answer.body[:200])
        for target in targets:
            answer = Browser(desk).decide(target, "confirm", 0)
            assert answer.status in (400, 404, 405), (target, answer.status)
        assert tried > 900 and len(Browser(desk).captures(state="pending")) == 3


def script_stays_text():
    ids = evidence()
    with Desk() as desk:
        browser = Browser(desk)
        answer = browser.decide(ids[0], "note", 0, text=SCRIPT)
        assert answer.json["verdicts"][0]["text"] == SCRIPT
        assert browser.put("/api/filters", [{"name": SCRIPT[:60], "query": SCRIPT}]).json[0]["query"] == SCRIPT
        asked = [browser.get("/api/captures?" + urllib.parse.urlencode({name: SCRIPT}))
                 for name in ("state", "text", "from", "camera", "order", "limit", SCRIPT)]
        asked += [browser.get(f"/api/captures/{quote(SCRIPT)}"), browser.get(f"/page/{quote(SCRIPT)}"),
                  browser.get(f"/{quote(SCRIPT)}"), browser.get("/api/reports/week?week=" + quote(SCRIPT)),
                  browser.decide(ids[0], SCRIPT, 0), browser.post("/api/exports", {SCRIPT: SCRIPT}),
                  browser.get(f"/api/captures/{quote(ids[0])}"), browser.get("/api/filters"),
                  browser.post("/api/decisions", {"captures": [{"id": SCRIPT, "version": 0}], "action": "confirm"})]
        for answer in asked:
            assert answer.headers["Content-Type"] in ("application/json", "text/plain; charset=utf-8"), answer.headers
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        table = browser.post("/api/exports", {"format": "csv", "mark": False})
        assert table.headers["Content-Type"].startswith("text/csv") and "attachment" in table.headers["Content-Disposition"]


def other_sites_change_nothing():
    ids = evidence()
    account("a", "admin")
    account("b", "admin")
    with Desk() as desk:
        me, other = Browser(desk, "a"), Browser(desk, "b")
        own = f"http://127.0.0.1:{desk.port}"
        body = {"action": "confirm", "version": 0}
        path = f"/api/captures/{quote(ids[0])}/decisions"
        for headers in ({"X-Heiyan-Token": None}, {"X-Heiyan-Token": ""}, {"X-Heiyan-Token": "0" * 64},
                        {"X-Heiyan-Token": other.token}, {"X-Heiyan-Token": me.token[:-1]},
                        {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": own + ".evil.example"},
                        {"Origin": f"http://127.0.0.1:{desk.port + 1}"}, {"Origin": f"http://evil.example/{own}"},
                        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}):
            for method, where, what in (("POST", path, body), ("PUT", "/api/filters", []), ("POST", "/api/logout", {}),
                                        ("POST", "/api/exports", {"format": "csv"}), ("POST", "/api/decisions", {
                                            "captures": [{"id": ids[0], "version": 0}], "action": "confirm"})):
                answer = me.ask(method, where, what, headers)
                assert answer.status == 403 and answer.code == "forbidden", (headers, where, answer.status)
        # Forms of other sites cannot send JSON.
        for type in (None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx"):
            assert me.ask("POST", path, json.dumps(body), {"Content-Type": type}).status == 400, type
        assert desk.ask("POST", "/api/login", json.dumps({"name": "a", "password": "correct horse battery"}),
                        {"Content-Type": "application/json", "Origin": "http://evil.example"}).status == 403
        # Nor look, where browsers say who asks.
        assert me.get("/api/captures", Sec_Fetch_Site="cross-site").status == 403
        assert "Access-Control-Allow-Origin" not in me.get("/api/captures", Origin="http://evil.example").headers
        assert me.captures(state="pending", text=ids[0])
        assert me.ask("POST", path, body, {"Origin": own, "Sec-Fetch-Site": "same-origin"}).status == 200


def sessions_are_not_given():
    evidence()
    account("a")
    with Desk() as desk:
        name = Browser(desk, "a").cookie.split("=")[0]
        chosen = f"{name}={'ab' * 32}"
        headers = {"Content-Type": "application/json", "Cookie": chosen}
        answer = desk.ask("POST", "/api/login", json.dumps({"name": "a", "password": "correct horse battery"}), headers)
        assert answer.status == 200 and answer.headers["Set-Cookie"].split(";")[0] != chosen
        assert desk.ask("GET", "/api/captures", headers={"Cookie": chosen}).status == 401
        first = Browser(desk, "a")
        old = first.cookie
        again = first.post("/api/login", {"name": "a", "password": "correct horse battery"})
        new = again.headers["Set-Cookie"].split(";")[0]
        assert new != old and again.json["token"] != first.token
        assert desk.ask("GET", "/api/captures", headers={"Cookie": old}).status == 401
        assert desk.ask("GET", "/api/captures", headers={"Cookie": new}).status == 200
        keys = {Browser(desk, "a").cookie for _ in range(20)}
        assert len(keys) == 20 and all(len(key.split("=")[1]) == 64 for key in keys)
        for wrong in ("", "0" * 64, new.split("=")[1][:-1], new.split("=")[1] + "0", "x" * 5000, new.upper()):
            assert desk.ask("GET", "/api/captures", headers={"Cookie": f"{name}={wrong}"}).status == 401, wrong


def guessing_is_slowed_down():
    evidence()
    account("a")
    account("b")

    def login(name, password, source):
        start = time.monotonic()
        answer = desk.ask("POST", "/api/login", json.dumps({"name": name, "password": password}),
                          {"Content-Type": "application/json"}, source)
        return answer, time.monotonic() - start

    with Desk() as desk:
        known, unknown = [], []
        for number in range(4):
            answers = []
            for name, times in (("a", known), (f"nobody{number}", unknown)):
                answer, seconds = login(name, "wrong password", f"127.0.1.{number + 1}")
                answers.append((answer.status, answer.body))
                times.append(seconds)
            assert answers[0] == answers[1] and answers[0][0] == 403, answers
        # An unknown name takes as long: a hash is computed for it too.
        assert statistics.median(unknown) > statistics.median(known) / 3, (known, unknown)
        for number in range(20):  # until the wait is long enough for a slow machine
            answer, _ = login("a", "wrong password", f"127.0.2.{number + 1}")
            if answer.status == 429 and int(answer.headers["Retry-After"]) >= 5:
                break
        locked, _ = login("a", "correct horse battery", "127.0.3.1")
        assert locked.status == 429 and locked.code == "locked" and int(locked.headers["Retry-After"]) > 0
        # From one address many names: the address is slowed.
        answers = [login(f"name{number}", "wrong password", "127.0.4.1")[0].status for number in range(7)]
        assert answers == [403] * 5 + [429] * 2, answers
        # Others go on.
        account("c")
        assert login("c", "correct horse battery", "127.0.5.1")[0].status == 200
        time.sleep(int(locked.headers["Retry-After"]) + 0.5)
        assert login("a", "correct horse battery", "127.0.3.1")[0].status == 200


def too_much():
    evidence()
    with Desk() as desk:
        browser = Browser(desk)
        head = f"Host: 127.0.0.1:{desk.port}\r\nX-Heiyan-Token: {browser.token}\r\nConnection: close\r\n" \
               "Content-Type: application/json\r\n"
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        for request, statuses in (
                (f"PUT /api/filters HTTP/1.1\r\n{head}Content-Length: 1048577\r\n\r\n".encode(), {413}),
                (f"PUT /api/filters HTTP/1.1\r\n{head}Content-Length: 99999999999999999999\r\n\r\n".encode(), {413, 400}),
                (f"PUT /api/filters HTTP/1.1\r\n{head}Content-Length: -1\r\n\r\n".encode(), {400, 413}),
                (f"PUT /api/filters HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 17 +
                 b"0\r\n\r\n", {413}),
                (f"PUT /api/filters HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 200, {None, 413}),
                (f"GET /{'a' * 9000} HTTP/1.1\r\n{head}\r\n".encode(), {414}),
                (f"GET /{'a' * 90000} HTTP/1.1\r\n{head}\r\n".encode(), {414, None}),
                (f"GET / HTTP/1.1\r\n{head}X: {'a' * 40000}\r\n\r\n".encode(), {431, None}),
                (f"GET / HTTP/1.1\r\n{head}{''.join(f'X{n}: y{chr(13)}{chr(10)}' for n in range(5000))}\r\n".encode(),
                 {431, None}),
                (f"GET /api/captures?{'&'.join(f'a{n}=1' for n in range(70))} HTTP/1.1\r\n{head}\r\n".encode(), {400}),
                (f"GET /api/captures?limit=1&limit=2 HTTP/1.1\r\n{head}\r\n".encode(), {400})):
            status = desk.raw(request)
            assert status in statuses, (request[:60], status)
        for body in ("[" * 100000, "{\"a\":" * 5000, "[" + "[]," * 100000 + "[]]", "\"" + "\\u0000" * 10 + "\"", "{", "",
                     "\xff", "nul", "[{\"name\":\"a\",\"name\":\"b\",\"query\":\"\"}]", "1e999999"):
            answer = browser.put("/api/filters", body)
            assert answer.status == 400 and answer.code == "argument", body[:40]
        answer = browser.post("/api/decisions", {"captures": [{"id": "x", "version": 0}] * 501, "action": "confirm"})
        assert answer.status == 400
        assert desk.alive()


def too_slow():
    evidence()
    ended = {}
    with Desk() as desk:
        host = f"Host: 127.0.0.1:{desk.port}\r\n".encode()

        def trickle(name, start, drop, pause):
            begin = time.monotonic()
            with desk.connect() as stream:
                try:
                    stream.sendall(start)
                    while time.monotonic() - begin < 40:
                        stream.settimeout(pause)
                        try:
                            if stream.recv(4096) == b"":
                                break
                        except TimeoutError:
                            stream.sendall(drop)
                except ConnectionError:
                    pass
            ended[name] = time.monotonic() - begin

        threads = [threading.Thread(target=trickle, args=arguments) for arguments in (
            ("silent", b"", b"", 41), ("line", b"GET /", b"a", .5),
            ("headers", b"GET / HTTP/1.1\r\n" + host, b"X: y\r\n", .5),
            ("body", b"PUT /api/filters HTTP/1.1\r\n" + host + b"Content-Length: 1000\r\n\r\n", b" ", .5),
            ("second", b"GET /api/session HTTP/1.1\r\n" + host + b"\r\nGET /", b"a", .5))]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            start = time.monotonic()
            assert desk.alive()
            assert time.monotonic() - start < 10, "others wait for the slow ones"
            time.sleep(1)
        assert len(ended) == 5 and all(seconds < 35 for seconds in ended.values()), ended
        # One address cannot take all connections.
        streams = []
        for _ in range(150):
            try:
                streams.append(desk.connect(patience=5))
            except OSError:
                break
        assert desk.ask("GET", "/api/session", headers={"Host": f"127.0.0.1:{desk.port}"}, source="127.0.0.2").status == 200
        for stream in streams:
            stream.close()
        deadline = time.monotonic() + 10
        while True:
            try:
                assert desk.alive()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(.2)


def words_for_the_database():
    ids = evidence()
    payloads = ["'", "' OR 1=1 --", "' OR '1'='1", "\"; DROP TABLE capture; --", "1; DELETE FROM capture", "1) OR (1=1",
                "x' UNION SELECT name FROM sqlite_master --", "\\", "%", "*", "?", "?1", ":a", "@a", "$a", "0x31", "-1",
                "1e309", "NaN", "null", "9" * 400, "a" * 401, "," * 100, "pending,' OR 1=1 --", "\u202e", "'||(SELECT 1)||'",
                "GLOB '*'", "a OR b", "\"a\" NEAR b", "NOT", "(", "[a-z]*"]
    names = [parameter.get("name") or parameter["$ref"].rsplit("/", 1)[1]
             for parameter in API["paths"]["/api/captures"]["get"]["parameters"]]
    assert len(names) == 18
    with Desk() as desk:
        browser = Browser(desk)
        for name in names:
            for payload in payloads:
                query = urllib.parse.urlencode({name: payload})
                for path in ("/api/captures?", "/api/facets?"):
                    answer = browser.get(path + query)
                    assert answer.status in (200, 400), (path, query, answer.status, answer.body)
                    if answer.status == 200 and path == "/api/captures?" and name not in ("limit", "order", "after"):
                        # Taken literally: nothing is called that; commas alone are no wish at all.
                        assert not answer.json["items"] or payload == "," * 100, (query, answer.body[:200])
                answer = browser.post("/api/exports", {"format": "csv", "query": query, "mark": False})
                assert answer.status in (200, 400), (query, answer.body)
        for path in ("/api/reports/week?site=", "/api/reports/week?week=", "/api/reports/what-if?camera=",
                     "/api/reports/precision?from=", "/api/reports/public?to=", "/api/captures/"):
            for payload in payloads:
                answer = browser.get(path + quote(payload))
                assert answer.status in (200, 400, 404), (path, payload, answer.status)
        assert [item["id"] for item in browser.captures(text="_")] == [item["id"] for item in browser.captures()]
        assert len(browser.captures()) == len(ids)


def only_this_machine_without_accounts():
    ids = evidence()
    with Desk() as desk:
        port = desk.port
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}"):
            assert desk.ask("GET", "/", headers={"Host": host}).status == 200, host
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", "localhost", f"127.0.0.1:{port + 1}",
                     f"127.0.0.1.evil.example:{port}", f"localhost.:{port}", f"0.0.0.0:{port}", "", f"127.0.0.1:{port}@evil"):
            for path in ("/", "/api/session", f"/api/captures/{quote(ids[0])}"):
                answer = desk.ask("GET", path, headers={"Host": host})
                assert answer.status in (400, 403), (host, path, answer.status)
        for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "x-forwarded-for", "X-Real-IP",
                     "Via"):
            for path in ("/", "/api/session", "/api/captures"):
                assert desk.ask("GET", path, headers={name: "192.0.2.1"}).status == 403, name
        assert desk.raw(b"GET / HTTP/1.1\r\n\r\n") == 400
        assert desk.raw(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\n\r\n".encode()) == 400
        assert desk.raw(b"GET / HTTP/1.0\r\n\r\n") == 403
        # From the first account on everybody logs in, whatever they saw before.
        before = Browser(desk)
        account("a")
        assert before.get("/api/captures").status == 401
        assert desk.ask("GET", "/api/session", headers={"Host": "desk.example", "X-Forwarded-For": "192.0.2.1"}).status == 200
        (pathlib.Path(os.environ["HEIYAN_STATE"]) / "accounts.json").write_text("{")
        assert before.get("/api/captures").status == 500  # damaged accounts let nobody in
        run("account", "list", rc=1)


def what_is_no_request():
    evidence()
    chance = random.Random(6)
    words = [b"GET", b"POST", b"HEAD", b" ", b"/", b"/api/captures", b"?", b"%", b"%00", b"HTTP/1.1", b"HTTP/9.9", b"\r\n",
             b"\n", b"\r", b"\0", b"Host: 127.0.0.1", b"Content-Length: 5", b"Content-Length: -5", b":", b"Range: bytes=",
             b"Transfer-Encoding: chunked", b"0\r\n", b"ffffffffffffffff\r\n", b"Cookie: heiyan=", b"\xff\xfe", b"a" * 3000]
    with Desk() as desk:
        for _ in range(400):
            data = b"".join(chance.choice(words) for _ in range(chance.randrange(1, 30)))
            with desk.connect() as stream:
                try:
                    stream.sendall(data)
                    stream.shutdown(socket.SHUT_WR)
                    while stream.recv(65536):
                        pass
                except ConnectionError:
                    pass
        assert desk.alive()


try:
    main("review attacks", [paths_lead_nowhere, script_stays_text, other_sites_change_nothing, sessions_are_not_given,
                            guessing_is_slowed_down, too_much, too_slow, words_for_the_database,
                            only_this_machine_without_accounts, what_is_no_request])
finally:
    forget()
