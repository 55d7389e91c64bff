#!/usr/bin/env python3
"""The officers' desk from outside: every route as its description says, people, decisions, restarts."""
import io
import json
import os
import pathlib
import shutil
import ssl
import stat
import subprocess
import threading
import urllib.request
import zipfile

from desk import Browser, Desk, Events, account, evidence, forget, quote
from flow import ROOT, certificate, footage, main, run

API = json.loads((ROOT / "src/review/page/openapi.json").read_text())


def resolve(schema):
    while "$ref" in schema:
        part = API
        for name in schema["$ref"].split("/")[1:]:
            part = part[name]
        schema = part
    if "allOf" in schema:
        whole = {"type": "object", "properties": {}}
        for part in schema["allOf"]:
            whole["properties"].update(resolve(part)["properties"])
        return whole
    return schema


TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


def fits(value, schema, where, optional=False):
    """Fails unless the value is as described: types, enums, and exactly the described members."""
    schema = resolve(schema)
    if value is None:
        assert schema.get("nullable") or None in schema.get("enum", []), f"{where} is null"
        return
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r} is none of {schema['enum']}"
        return
    kind = schema["type"]
    assert isinstance(value, TYPES[kind]), f"{where}: {value!r} is no {kind}"
    assert kind == "boolean" or not isinstance(value, bool), f"{where}: {value!r} is no {kind}"
    if kind == "array":
        for number, member in enumerate(value):
            fits(member, schema.get("items", {"type": "object"}), f"{where}[{number}]", optional)
    elif kind == "object" and "properties" in schema:
        known = schema["properties"]
        for name, member in value.items():
            # A line of verdicts carries what proves it beside what is described.
            assert name in known or optional, f"{where}.{name} is not described"
            if name in known:
                fits(member, known[name], f"{where}.{name}", name in ("verdicts", "record"))
        missing = set() if optional else set(known) - set(value)
        assert not missing, f"{where} lacks {missing}"


def described(path, method, status=200):
    content = API["paths"][path][method]["responses"][str(status)].get("content", {})
    return content.get("application/json", {}).get("schema")


def every_route_as_described():
    ids = evidence()
    first = quote(ids[0])
    todo = {(path, method) for path, methods in API["paths"].items() for method in methods}
    cases = [  # path as described, method, path asked, body, start of the content
        ("/api/openapi.json", "get", None, None, b"{"),
        ("/api/session", "get", None, None, b"{"),
        ("/api/summary", "get", None, None, b"{"),
        ("/api/captures", "get", "?limit=2&order=confidence", None, b"{"),
        ("/api/facets", "get", "?state=pending", None, b"{"),
        ("/api/captures/{id}", "get", "?preload=1", None, b"{"),
        ("/api/captures/{id}/files/{name}", "get", None, None, b"\xff\xd8"),
        ("/api/captures/{id}/thumbnail.jpg", "get", None, None, b"\xff\xd8"),
        ("/api/captures/{id}/integrity", "get", None, None, b'{"intact":true'),
        ("/api/captures/{id}/sheet.pdf", "get", None, None, b"%PDF"),
        ("/api/captures/{id}/decisions", "post", None, {"action": "confirm", "version": 0}, b"{"),
        ("/api/captures/{id}/handover.zip", "get", None, None, b"PK"),
        ("/api/decisions", "post", None, {"captures": [{"id": ids[1], "version": 0}, {"id": "none", "version": 0}],
                                          "action": "reject", "reason": "shadow"}, b"{"),
        ("/api/filters", "put", None, [{"name": "夜间", "query": "part=night"}], b"["),
        ("/api/filters", "get", None, None, b"["),
        ("/api/exports", "post", None, {"format": "xlsx", "query": "state=confirmed", "mark": False}, b"PK"),
        ("/api/reports/week", "get", "?week=2026-W48", None, b"{"),
        ("/api/reports/week.pdf", "get", "?week=2026-W48&language=en", None, b"%PDF"),
        ("/api/reports/week.xlsx", "get", "?week=2026-W48", None, b"PK"),
        ("/api/reports/public", "get", "?from=2026-11-01&to=2026-12-01", None, b"{"),
        ("/api/reports/precision", "get", "?from=2026-11-01", None, b"{"),
        ("/api/reports/what-if", "get", "?from=2026-11-01&camera=demo", None, b"{"),
        ("/api/devices", "get", None, None, b"{"),
        ("/api/logout", "post", None, {}, b"{"),
    ]
    with Desk() as desk:
        browser = Browser(desk)
        for path, method, query, body, start in cases:
            asked = path.replace("{id}", first).replace("{name}", "panorama-1.jpg") + (query or "")
            answer = browser.ask(method.upper(), asked, body)
            assert answer.status == 200, (asked, answer.status, answer.body[:300])
            assert answer.body.startswith(start), (asked, answer.body[:40])
            if schema := described(path, method):
                fits(answer.json, schema, path)
            todo.remove((path, method))
        many = browser.get("/api/captures?state=rejected").json["items"]
        assert [item["id"] for item in many] == [ids[1]] and many[0]["reason"] == "shadow"
        todo -= {("/api/login", "post"), ("/api/stream", "get")}  # in cases of their own, below
        assert not todo, todo


def heads_and_headers():
    ids = evidence()
    with Desk() as desk:
        browser = Browser(desk)
        for path in ("/", "/page/style.css", "/api/captures", f"/api/captures/{quote(ids[0])}/files/clip.mp4",
                     "/api/none", f"/api/captures/{quote(ids[0])}/thumbnail.jpg"):
            whole, head = browser.get(path), browser.ask("HEAD", path)
            assert head.status == whole.status and head.body == b"", path
            assert head.headers["Content-Length"] == whole.headers["Content-Length"] == str(len(whole.body)), path
            for answer in (whole, head):
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy, policy
                assert "unsafe" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                kept = "/files/" in path or "thumbnail" in path or path == "/" or "/page/" in path
                assert answer.headers["Cache-Control"] == ("private, no-cache" if kept else "no-store"), path
        for path, type in (("/", "text/html"), ("/page/index.html", "text/html"), ("/page/main.js", "text/javascript"),
                           ("/page/style.css", "text/css"), ("/page/mark.svg", "image/svg+xml"),
                           ("/api/openapi.json", "application/json")):
            answer = browser.get(path)
            assert answer.status == 200 and answer.headers["Content-Type"].startswith(type), path
        for path in (ROOT / "src/review/page").iterdir():
            assert browser.get(f"/page/{path.name}").body == path.read_bytes(), path
        for method in ("PUT", "DELETE", "POST"):
            assert browser.ask(method, "/api/captures", {}).status == 405
        for method in ("OPTIONS", "TRACE", "PATCH", "BREW"):
            assert desk.ask(method, "/").status == 405


def ranges_of_a_clip():
    ids = evidence()
    with Desk() as desk:
        browser = Browser(desk)
        path = f"/api/captures/{quote(ids[0])}/files/clip.mp4"
        whole = browser.get(path)
        clip = next(pathlib.Path("evidence").glob(f"*/{ids[0]}/clip.mp4")).read_bytes()
        assert whole.body == clip and whole.headers["Accept-Ranges"] == "bytes"
        for range, part in (("0-0", clip[:1]), ("100-199", clip[100:200]), ("1000-", clip[1000:]),
                            ("-77", clip[-77:]), (f"0-{len(clip) * 9}", clip)):
            answer = browser.get(path, Range=f"bytes={range}")
            assert answer.status == 206 and answer.body == part, range
            start = 0 if range[0] != "-" else len(clip) - 77
            start = int(range.split("-")[0]) if range[0] != "-" else start
            assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(part) - 1}/{len(clip)}"
        for range in (f"{len(clip)}-", "5-4", "-0", "x", "99999999999999999999-", "0x0-1", "--1"):
            answer = browser.get(path, Range=f"bytes={range}")
            assert answer.status == 416 and answer.headers["Content-Range"] == f"bytes */{len(clip)}", range
        many = browser.get(path, Range="bytes=" + ",".join(["0-"] * 1000))
        assert many.status == 200 and many.body == clip
        tag = whole.headers["ETag"]
        assert browser.get(path, If_None_Match=tag).status == 304
        assert browser.get(path, If_None_Match='"other"').status == 200
        assert browser.get(path, If_Range=tag, Range="bytes=0-9").status == 206
        assert browser.get(path, If_Range='"other"', Range="bytes=0-9").status == 200


def accounts_by_command():
    env = pathlib.Path(os.environ["HEIYAN_STATE"])
    assert run("account", "list").stdout == ""
    account("王审核")
    account("li@desk", "approver", "--sites", "高平,晋城")
    assert run("account", "list").stdout == "li@desk\tapprover\t高平,晋城\n王审核\treviewer\n"
    assert stat.S_IMODE((env / "accounts.json").stat().st_mode) == 0o600
    assert "horse" not in (env / "accounts.json").read_text()
    for arguments, text, words in ((["add", "王审核"], "long enough password", "already"),
                                   (["add", "x"], "short", "at least 10"), (["add", "x"], "", "no password"),
                                   (["add", "a b"], "long enough password", "letters"),
                                   (["add", "--role", "king", "x"], "long enough password", "no role"),
                                   (["remove", "nobody"], "", "there is no account"), (["add"], "", "account takes"),
                                   (["list", "x"], "", "account takes"), ([], "", "account takes"),
                                   (["remove", "--role", "admin", "x"], "", "for add")):
        result = run("account", *arguments, rc=2, input=text)
        assert words in result.stderr, (arguments, result.stderr)
    run("account", "remove", "王审核")
    assert run("account", "list").stdout == "li@desk\tapprover\t高平,晋城\n"


def refused_to_start():
    evidence()
    hint = run("review", "--listen", "0.0.0.0:0", "evidence", rc=2).stderr
    assert "heiyan account add" in hint, hint
    assert "no evidence folder" in run("review", "--listen", "127.0.0.1:0", "nowhere", rc=2).stderr
    for listen in ("8471", "example.org:80", "127.0.0.1:99999", "[::1]"):
        assert "ADDR:PORT" in run("review", "--listen", listen, "evidence", rc=2).stderr
    assert "TLS" in run("review", "--listen", "127.0.0.1:0", "--tls-cert", "x", "evidence", rc=2).stderr
    assert "takes one" in run("review", rc=2).stderr
    with Desk() as desk:
        assert "another heiyan" in run("review", "--listen", "127.0.0.1:0", "evidence", rc=2).stderr
        shutil.copytree("evidence", "other")
        taken = run("review", "--listen", f"127.0.0.1:{desk.port}", "other", rc=2).stderr
        assert "in use" in taken, taken
    account("chief", "admin")
    with Desk(listen="0.0.0.0:0") as desk:
        assert desk.ask("GET", "/api/captures", headers={"Host": "desk.example"}).code == "login"
    with Desk(listen="[::1]:0") as desk:
        assert desk.ask("GET", "/api/captures", headers={}, source="::1").code == "login"


def logging_in_and_out():
    ids = evidence()
    account("王审核")
    account("guest", "viewer")
    account("far", "approver", "--sites", "别处")
    with Desk() as desk:
        nobody = desk.ask("GET", "/api/session").json
        assert nobody["name"] is None and nobody["token"] is None and nobody["accounts"] is True
        for path, methods in API["paths"].items():
            for method in methods:
                if path in ("/api/openapi.json", "/api/session", "/api/login"):
                    continue
                answer = desk.ask(method.upper(), path.replace("{id}", quote(ids[0])).replace("{name}", "clip.mp4"),
                                  "{}" if method != "get" else None)
                assert answer.status == 401 and answer.code == "login", (path, answer.status)
        answer = desk.ask("POST", "/api/login", json.dumps({"name": "王审核", "password": "correct horse battery"}),
                          {"Content-Type": "application/json"})
        fits(answer.json, described("/api/login", "post"), "login")
        cookie = answer.headers["Set-Cookie"]
        for word in ("HttpOnly", "SameSite=Strict", "Path=/"):
            assert word in cookie, cookie
        assert "Secure" not in cookie
        officer = Browser(desk, "王审核")
        assert officer.get("/api/session").json["role"] == "reviewer"
        assert len(officer.captures()) == 3
        assert officer.post("/api/exports", {"format": "csv"}).status == 403
        assert officer.get(f"/api/captures/{quote(ids[0])}/handover.zip").status == 403
        guest = Browser(desk, "guest")
        assert len(guest.captures()) == 3
        assert guest.decide(ids[0], "confirm", 0).status == 403
        assert guest.post("/api/decisions", {"captures": [], "action": "confirm"}).status == 403
        far = Browser(desk, "far")
        assert far.captures() == [] and far.get("/api/facets").json["total"] == 0
        for rest in ("", "/files/clip.mp4", "/thumbnail.jpg", "/sheet.pdf", "/handover.zip"):
            assert far.get(f"/api/captures/{quote(ids[0])}{rest}").status == 404, rest
        assert far.decide(ids[0], "confirm", 0).status == 404
        assert officer.post("/api/logout", {}).status == 200
        assert officer.get("/api/captures").status == 401
        # Accounts change while the server runs.
        run("account", "remove", "guest")
        assert guest.get("/api/captures").status == 401
        account("guest", "admin")
        assert guest.get("/api/captures").status == 401  # the same name, another account
        assert Browser(desk, "guest").get("/api/session").json["role"] == "admin"


def a_changed_file_is_told():
    ids = evidence()
    picture = next(pathlib.Path("evidence").glob(f"*/{ids[0]}")) / "panorama-1.jpg"
    with Desk() as desk:
        browser = Browser(desk)
        asked = f"/api/captures/{quote(ids[0])}/integrity"
        assert browser.get(asked).json == {"intact": True, "problems": []}
        picture.write_bytes(picture.read_bytes() + b"x")
        assert browser.get(asked).json == {"intact": False, "problems": ["panorama-1.jpg was changed"]}


def opened_cases_are_logged():
    ids = evidence()
    account("王审核")
    with Desk() as desk:
        officer = Browser(desk, "王审核")
        officer.get(f"/api/captures/{quote(ids[0])}?preload=1")
        assert not pathlib.Path("evidence/access.jsonl").exists()
        officer.get(f"/api/captures/{quote(ids[1])}")
        officer.get(f"/api/captures/{quote(ids[2])}/sheet.pdf")
    lines = [json.loads(line) for line in pathlib.Path("evidence/access.jsonl").read_text().splitlines()]
    assert [(line["who"], line["pack"]) for line in lines] == [("王审核", ids[1]), ("王审核", ids[2])]


def two_people_at_once():
    ids = evidence()
    account("a", "approver")
    account("b", "approver")
    with Desk() as desk:
        people = [Browser(desk, "a"), Browser(desk, "b")]
        version = 0
        for round in range(12):
            answers, gate = [None, None], threading.Barrier(2)

            def decide(number):
                gate.wait()
                answers[number] = people[number].decide(ids[0], "note", version, text=f"第 {round} 轮 {number}")
            threads = [threading.Thread(target=decide, args=(number,)) for number in (0, 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(answer.status for answer in answers) == [200, 409], [answer.body for answer in answers]
            loser = next(answer for answer in answers if answer.status == 409)
            fits(loser.json, described("/api/captures/{id}/decisions", "post", 409), "conflict")
            assert loser.code == "conflict" and loser.json["case"]["version"] == version + 1
            version += 1
        verdicts = people[0].get(f"/api/captures/{quote(ids[0])}").json["verdicts"]
        assert len(verdicts) == 12
    assert "intact" in run("verify", "evidence").stdout


def two_steps_by_settings():
    ids = evidence()
    pathlib.Path("site.yaml").write_text("review: {two_step: true, repeat: {times: 3, months: 12}, deadline_days: 5, "
                                         "local_prefix: 晋E}\n")
    account("first")
    account("second", "approver")
    with Desk("-c", "site.yaml") as desk:
        first, second = Browser(desk, "first"), Browser(desk, "second")
        rules = first.get("/api/session").json["rules"]
        assert rules == {"two_step": True, "repeat_times": 3, "repeat_months": 12, "deadline_days": 5, "local": "晋E"}
        assert first.decide(ids[0], "confirm", 0).json["state"] == "reviewed"
        assert first.decide(ids[0], "confirm", 1).status == 403
        assert second.decide(ids[0], "confirm", 1).json["state"] == "confirmed"
        assert second.decide(ids[0], "strike_off", 2).status == 409
        assert "case" not in second.decide(ids[0], "strike_off", 2).json
        assert second.decide(ids[1], "confirm", 0).json["state"] == "reviewed"
        assert second.decide(ids[1], "confirm", 1).status == 403  # the same person
        answer = first.decide(ids[2], "correct", 0, plate="晋E12345", plate_colour="yellow")
        assert answer.json["plate"] == "晋E12345" and answer.json["corrected"] is True
        for wrong, status in (({"plate": "'; DROP TABLE"}, 400), ({"plate_colour": "red"}, 400), ({}, 400)):
            assert first.decide(ids[2], "correct", 1, **wrong).status == status, wrong
        for wrong in ({"action": "export", "version": 1}, {"action": "confirm"}, {"action": "confirm", "version": "1"},
                      {"action": "reject", "version": 1}, {"action": "reject", "version": 1, "reason": "dislike"},
                      {"action": "note", "version": 1, "text": "x" * 501}, {"action": "note", "version": 1, "who": "x"},
                      [], "confirm"):
            answer = first.post(f"/api/captures/{quote(ids[2])}/decisions", wrong)
            assert answer.status == 400 and answer.code == "argument", (wrong, answer.body)


def saved_filters():
    evidence()
    account("a")
    account("b", "viewer")
    filters = [{"name": "夜间 <b>", "query": "part=night&state=pending"}]
    with Desk() as desk:
        a, b = Browser(desk, "a"), Browser(desk, "b")
        assert a.get("/api/filters").json == []
        assert a.put("/api/filters", filters).json == filters
        assert b.get("/api/filters").json == []
        for wrong in ({}, [{}], [{"name": "x"}], [{"name": "x", "query": 1}], [{"name": "x", "query": "", "more": 1}],
                      [{"name": "x" * 61, "query": ""}], [{"name": "x", "query": ""}] * 51):
            assert a.put("/api/filters", wrong).status == 400, wrong
    with Desk() as desk:
        assert Browser(desk, "a").get("/api/filters").json == filters
    assert stat.S_IMODE((pathlib.Path(os.environ["HEIYAN_STATE"]) / "filters.json").stat().st_mode) == 0o600


def exports_leave_the_house():
    ids = evidence()
    pathlib.Path("site.yaml").write_text("review: {columns: [{field: id, caption: 编号}, {field: plate}]}\n")
    with Desk() as desk:
        browser = Browser(desk)
        answer = browser.post("/api/exports", {"format": "csv", "query": "text=demo", "mark": True})
        lines = answer.body.decode().splitlines()
        assert answer.body.startswith(b"\xef\xbb\xbf") and len(lines) == 2 and '"demo"' in lines[1], lines
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert [item["id"] for item in browser.captures(exported="yes")] == [ids[2]]
        whole = browser.post("/api/exports", {"format": "zip", "mark": False})
        names = zipfile.ZipFile(io.BytesIO(whole.body)).namelist()
        assert all(any(id in name and name.endswith("record.json") for name in names) for id in ids), names
        browser.decide(ids[0], "confirm", 0)
        pack = zipfile.ZipFile(io.BytesIO(browser.get(f"/api/captures/{quote(ids[0])}/handover.zip").body))
        assert pack.testzip() is None
        for ending in ("SHA256SUMS", "verdicts.jsonl", "clip.mp4", ".pdf"):
            assert any(name.endswith(ending) for name in pack.namelist()), pack.namelist()
        for wrong in ({}, {"format": "doc"}, {"format": "csv", "mark": 1}, {"format": "csv", "query": "nope=1"},
                      {"format": "csv", "query": "grade=9"}, {"format": "csv", "language": "fr"}):
            assert browser.post("/api/exports", wrong).status == 400, wrong
        assert browser.get("/api/reports/week?week=2026-W99").status == 400
        assert browser.get("/api/reports/week.pdf?week=x").status == 400
        assert browser.get("/api/reports/week?weak=2026-W48").status == 400
        assert browser.get("/api/reports/precision?from=yesterday").status == 400
        assert not any(pathlib.Path("evidence/.heiyan/outgoing").iterdir())
    with Desk("-c", "site.yaml") as desk:
        table = Browser(desk).post("/api/exports", {"format": "csv", "mark": False}).body.decode("utf-8-sig")
        assert table.splitlines()[0] == '"编号","号牌"', table


def events_arrive():
    ids = evidence()
    account("near", "approver")
    account("far", "viewer", "--sites", "别处")
    with Desk("-c", ROOT / "samples/demo.yaml") as desk:
        near, far = Browser(desk, "near"), Browser(desk, "far")
        hears, deaf = Events(desk, near), Events(desk, far)
        near.decide(ids[2], "confirm", 0)
        assert hears.next() == ("decision", {"id": ids[2], "state": "confirmed", "version": 1})
        run("scan", "-o", "evidence", "--start-time", "2026-11-24T08:15:00", "--camera", "new", footage("one"))
        name, data = hears.next(20)
        assert name == "capture" and data["id"].startswith("new_20261124"), (name, data)
        assert near.get("/api/captures/" + quote(data["id"])).status == 200
        assert deaf.next(1) is None and not deaf.ended
        run("account", "remove", "near")  # takes effect with the next event at the latest
        account("other", "approver")
        Browser(desk, "other").decide(ids[2], "hand_over", 1)
        assert hears.next(20) is None and hears.ended
        hears.close()
        deaf.close()


def restarts_keep_decisions():
    ids = evidence()
    with Desk() as desk:
        browser = Browser(desk)
        assert browser.decide(ids[0], "confirm", 0).status == 200
        assert browser.decide(ids[1], "reject", 0, reason="dust").status == 200
        desk.kill()
    with Desk() as desk:
        before = Browser(desk).captures()
        assert [item["state"] for item in sorted(before, key=lambda item: item["id"])] == \
            [{ids[0]: "confirmed", ids[1]: "rejected"}.get(id, "pending") for id in sorted(ids)]
        assert Browser(desk).decide(ids[1], "undo", 1).json["state"] == "pending"
        before = Browser(desk).captures()
    with Desk("--reindex") as desk:
        assert Browser(desk).captures() == before
    database = pathlib.Path("evidence/.heiyan/ledger.sqlite")
    database.write_bytes(b"not a database" * 1000)
    with Desk() as desk:
        assert Browser(desk).captures() == before
    assert "intact" in run("verify", "evidence").stdout


def over_tls():
    evidence()
    certificate()
    account("王审核")
    wrong = run("review", "--listen", "127.0.0.1:0", "--tls-cert", "cert.pem", "--tls-key", "cert.pem", "evidence", rc=2)
    assert "cert.pem" in wrong.stderr
    with Desk("--tls-cert", "cert.pem", "--tls-key", "key.pem") as desk:
        assert desk.scheme == "https"
        trust = ssl.create_default_context(cafile="cert.pem")
        request = urllib.request.Request(
            f"https://127.0.0.1:{desk.port}/api/login", headers={"Content-Type": "application/json"},
            data=json.dumps({"name": "王审核", "password": "correct horse battery"}).encode())
        with urllib.request.urlopen(request, context=trust, timeout=30) as answer:
            assert "; Secure" in answer.headers["Set-Cookie"]
            assert json.load(answer)["name"] == "王审核"


try:
    main("review", [every_route_as_described, heads_and_headers, ranges_of_a_clip, accounts_by_command, refused_to_start,
                    logging_in_and_out, opened_cases_are_logged, a_changed_file_is_told, two_people_at_once,
                    two_steps_by_settings, saved_filters, exports_leave_the_house, events_arrive,
                    restarts_keep_decisions, over_tls])
finally:
    forget()
