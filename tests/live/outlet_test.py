#!/usr/bin/env python3
"""Outlets: everything sealed arrives, in order, once; through receivers that are down, wrong or hang, and through SIGKILL."""
import json
import os
import pathlib
import re
import signal
import stat
import sys
import time

import live
from live import flow
from receivers import PASSWORD, USER, broker, free_port, stage, web

NOWHERE = [{"id": "cam1", "host": "127.0.0.1", "port": 9, "path": "/none"}]  # no camera answers there


def outlet(**keys):
    return {"events": ["capture"], **keys}


def site(*outlets, rows=None):
    listed = "".join(f"  - {json.dumps(each, ensure_ascii=False)}\n" for each in outlets)
    return live.site(rows or NOWHERE, f"outlets:\n{listed}" if outlets else "")


def facts(running):
    assert running.process.poll() is None, f"it ended: {running.process.returncode} {running.text()}"
    return {each["name"]: each for each in json.loads(running.get("/status"))["outlets"]}


def wait(what, seconds, told=lambda: ""):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"not within {seconds} s {told()}"
        time.sleep(.05)


def settle(running, name, **wanted):
    """Waits until the outlet's facts are these."""
    wait(lambda: wanted.items() <= facts(running)[name].items(), 30, lambda: f"{facts(running)} {running.text()}")


def boxes(name):
    return sorted(pathlib.Path(f"evidence/.heiyan/outbox/{name}").glob("0*.json"))


def no_secret(running, *more):
    said = running.text() + running.get("/status") + running.get("/metrics") + "".join(more)
    for path in pathlib.Path("evidence").rglob("*"):
        if path.is_file() and path.stat().st_size < 1 << 20:
            said += path.read_bytes().decode(errors="replace")
    for word in (PASSWORD, "topsecret", "p%40ss"):
        assert word not in said, word


def http_whole():
    """Once each, in order, with pictures and headers; redirects to others are not followed."""
    with web() as receiver:
        ids = stage(0, 3)
        where = f"http://127.0.0.1:{receiver.port}/captures"
        with site(outlet(kind="http", url=where, user=USER, password=PASSWORD, header={"X-Token": "topsecret"})) as running:
            settle(running, "http", sent=3, waiting=0, state="ready", failed=0)
            assert re.search(r'^heiyan_outlet_sent_total\{outlet="http"\} 3$', running.get("/metrics"), re.M)
            no_secret(running)
            receiver.mode = 307
            running.stop()
        assert receiver.ids() == ids, receiver.ids()
        for (headers, parts), pack in zip(receiver.taken, flow.packs("evidence")):
            assert headers["X-Token"] == "topsecret" and headers["X-Heiyan-Kind"] == "capture", headers
            assert headers["Authorization"].startswith("Basic "), headers
            record = json.loads(parts.pop("record"))
            assert record.pop("message_id") == headers["Idempotency-Key"] and record.pop("message_kind") == "capture"
            assert record == json.loads((pack / "record.json").read_text())
            assert {"panorama-1", "panorama-2", "composite"} <= set(parts), set(parts)
            for name, data in parts.items():
                assert data == (pack / f"{name}.jpg").read_bytes(), name
        assert not boxes("http")
        more = stage(10, 1)
        with site(outlet(kind="http", url=where)) as running:
            settle(running, "http", waiting=1, state="retrying")
            assert "another host" in facts(running)["http"]["reason"], facts(running)
            receiver.mode = "ok"
            wait(lambda: receiver.ids() == ids + more, 20)
            running.stop()
        assert "0 problems" in flow.run("verify", "evidence").stdout


def receiver_fails():
    """Down, then 500, then silent, then wrong password, then well: nothing lost, nothing twice, order kept."""
    port, ids = free_port(), stage(0, 3)
    options = outlet(kind="http", name="platform", url=f"http://127.0.0.1:{port}/", password=PASSWORD, user=USER,
                     timeout_s=1, pictures=False)
    with site(options) as running:
        settle(running, "platform", waiting=3, state="retrying")
        assert len(boxes("platform")) == 3
        with web(port) as receiver:
            receiver.mode = 500
            wait(lambda: "answered 500" in facts(running)["platform"]["reason"], 20)
            receiver.mode = "hang"
            wait(lambda: "imeout" in facts(running)["platform"]["reason"], 20, lambda: facts(running))
            receiver.mode = 401
            settle(running, "platform", state="refused", sent=0)
            receiver.mode = "ok"
            settle(running, "platform", waiting=0, sent=3, state="ready")
            assert receiver.ids() == ids, receiver.ids()
            assert json.loads(receiver.taken[0][1]["record"])["message_id"] == ids[0]
            no_secret(running)
            running.stop()


def killed_with_waiting():
    """SIGKILL with messages waiting: the next start sends them, and what was sealed meanwhile, in order."""
    with web() as receiver:
        options = outlet(kind="http", url=f"http://127.0.0.1:{receiver.port}/", pictures=False)
        receiver.mode = 503
        ids = stage(0, 3)
        with site(options) as running:
            settle(running, "http", waiting=3)
            running.kill()
        assert len(boxes("http")) == 3
        ids += stage(10, 2)
        with site() as running:  # no outlet: sealed, and told to nobody
            wait(lambda: len(flow.packs("evidence")) == 5, 20)
            assert "3 messages wait" in running.text(), running.text()
            running.kill()
        flow.run("scan", "--camera", "cam1", "--start-time", "2026-11-23T10:00:30", flow.footage("one"))
        assert len(flow.packs("evidence")) == 6
        ids += stage(50, 1)
        receiver.mode = "ok"
        with site(options) as running:
            settle(running, "http", waiting=0, sent=6)
            running.stop()
        assert receiver.ids() == ids, receiver.ids()
        with site(options) as running:
            settle(running, "http", waiting=0, sent=0, state="ready")
            running.stop()
        assert receiver.ids() == ids


def killed_anywhere():
    """SIGKILL at any moment of queueing and sending: all arrive, in order but for repeats of what was not acknowledged."""
    kills = int(os.environ.get("HEIYAN_KILLS", "6"))
    with web() as receiver:
        options = outlet(kind="http", url=f"http://127.0.0.1:{receiver.port}/", pictures=False)
        with site(options) as running:
            running.stop()
        ids = []
        for kill in range(kills):
            ids += stage(10 * kill, 4)
            with site(options) as running:
                time.sleep(.04 * (kill % 10))
                running.kill()
        with site(options) as running:
            wait(lambda: set(receiver.ids()) == set(ids) and not boxes("http"), 90,
                 lambda: (set(ids) ^ set(receiver.ids()), len(flow.packs("evidence")), running.text()))
            running.stop()
        repeats = len(receiver.ids()) - len(ids)
        assert repeats <= kills, repeats  # one message at a time is on its way
        assert list(dict.fromkeys(receiver.ids())) == ids, receiver.ids()
        print(f"  killed {kills} times, {len(ids)} messages, {repeats} repeated")


def new_outlet_begins_now():
    stage(0, 2)
    with site() as running:
        wait(lambda: len(flow.packs("evidence")) == 2, 20)
        running.stop()
    ids = stage(10, 1)
    with web() as receiver:
        with site(outlet(kind="http", url=f"http://127.0.0.1:{receiver.port}/")) as running:
            settle(running, "http", sent=1, waiting=0)
            running.stop()
        assert receiver.ids() == ids


def template():
    return [{"field": "hphm"}, {"field": "gcsj", "name": "time"}, {"field": "site.device", "name": "sbbh"},
            {"field": "tp1"}, {"field": "message_id", "name": "xxbh"}]


def mqtt():
    """A real Mosquitto: names by template, the broker away and back, a wrong password."""
    ids = stage(0, 2) + stage(0, 1, "cam2")
    with broker() as server:
        options = outlet(kind="mqtt", host="127.0.0.1", port=server.port, topic="heiyan/{kind}/{camera}", user=USER,
                         password="topsecret", fields=template())
        with site(options) as running:
            settle(running, "mqtt", state="refused", waiting=3, sent=0)
            no_secret(running)
            running.stop()
        options["password"] = PASSWORD
        with site(options) as running:
            settle(running, "mqtt", sent=3, waiting=0, state="ready")
            no_secret(running)
            running.stop()
        wait(lambda: len(server.lines) == 3, 5)
        got = server.messages()
        assert sorted(body["xxbh"] for _, body in got) == sorted(ids), got
        assert {topic for topic, _ in got} == {"heiyan/capture/cam1", "heiyan/capture/cam2"}, got
        assert set(got[0][1]) == {"hphm", "time", "sbbh", "tp1", "xxbh"}, got[0]
        assert got[0][1]["tp1"] == "panorama-1.jpg" and got[0][1]["time"] == "2026-11-23 10:00:00.000", got[0]
        server.stop()
        more = stage(20, 2)
        with site(options) as running:
            settle(running, "mqtt", waiting=2, state="retrying")
            server.start()
            settle(running, "mqtt", waiting=0, sent=2)
            running.stop()
        wait(lambda: len(server.lines) == 5, 10)
        assert [body["xxbh"] for _, body in server.messages()[3:]] == more


def mqtt_tls():
    ids = stage(0, 1)
    with broker(tls=True) as server:
        options = outlet(kind="mqtt", host="127.0.0.1", port=server.port, topic="a", user=USER, password=PASSWORD,
                         tls={"ca": "/etc/ssl/certs"})
        with site(options) as running:
            settle(running, "mqtt", state="retrying", waiting=1)
            running.stop()
        options["tls"] = {"ca": "broker/ca.pem"}
        with site(options) as running:
            settle(running, "mqtt", sent=1, waiting=0)
            running.stop()
        options["tls"] = {"ca": "broker/none.pem"}
        stage(5, 1)
        with site(options) as running:
            settle(running, "mqtt", state="misconfigured", waiting=1)
            running.stop()
        wait(lambda: len(server.lines) == 1, 5)
        assert server.messages()[0][1]["message_id"] == ids[0]


def script(name, text):
    path = pathlib.Path(name)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path.absolute())


def program():
    """Fails, then works; hangs; refuses one message for ever; is not there."""
    ids = stage(0, 3)
    command = script("take", 'test -e open || { echo "closed $HEIYAN_MESSAGE_KIND" >&2; exit 3; }\n'
                             'test -s "$HEIYAN_PACK/record.json" || exit 4\n'
                             'case $HEIYAN_MESSAGE_ID in *0001.000*) exit 65 ;; esac\n'
                             'cat >> got; echo >> got\n')
    hang = script("hang", "sleep 1000\n")
    outlets = [outlet(kind="program", command=[command]), outlet(kind="program", name="slow", command=[hang], timeout_s=1),
               outlet(kind="program", name="none", command=["/nowhere/at-all"])]
    with site(*outlets) as running:
        settle(running, "program", state="retrying", waiting=3, reason="take ended with 3: closed capture")
        settle(running, "none", state="misconfigured", waiting=3)
        wait(lambda: "did not end within 1 s" in facts(running)["slow"]["reason"], 20)
        pathlib.Path("open").touch()
        settle(running, "program", waiting=0, sent=2, lost=1)
        assert running.stop() < 5
    got = [json.loads(line)["message_id"] for line in pathlib.Path("got").read_text().splitlines()]
    assert got == [ids[0], ids[2]], got
    assert "given up" in running.text() and ids[1] in running.text(), running.text()
    refused = list(pathlib.Path("evidence/.heiyan/outbox/program/refused").iterdir())
    assert len(refused) == 1 and len(boxes("slow")) == 3, refused


def one_holds_up_none():
    """A receiver that hangs: others get theirs at once, sealing goes on, the end comes at once."""
    with web() as slow, web() as quick:
        slow.mode = "hang"
        stage(0, 3)
        with site(outlet(kind="http", name="slow", url=f"http://127.0.0.1:{slow.port}/"),
                  outlet(kind="http", name="quick", url=f"http://127.0.0.1:{quick.port}/")) as running:
            settle(running, "quick", sent=3, waiting=0)
            assert facts(running)["slow"]["waiting"] == 3 and facts(running)["slow"]["state"] == "sending"
            assert len(flow.packs("evidence")) == 3
            assert running.stop() < 3


def reload(running, *outlets):
    """Other outlets, and SIGHUP; returns when they are taken."""
    before = running.text().count("settings read again")
    text = pathlib.Path("site.yaml").read_text().split("outlets:")[0]
    listed = "".join(f"  - {json.dumps(each)}\n" for each in outlets)
    pathlib.Path("site.yaml").write_text(text + (f"outlets:\n{listed}" if outlets else ""))
    running.process.send_signal(signal.SIGHUP)
    wait(lambda: running.text().count("settings read again") > before, 15, running.text)


def reloaded():
    """SIGHUP takes outlets as well: what waits is kept for an outlet of its name, what did not change is not touched."""
    with web() as good, web() as other:
        stage(0, 3)
        def to(name, port, **more):
            return outlet(kind="http", name=name, url=f"http://127.0.0.1:{port}/", header={"A": "topsecret"}, **more)
        steady, dead = to("steady", good.port), to("moved", free_port())
        with site(steady, dead) as running:
            settle(running, "steady", sent=3, waiting=0)
            settle(running, "moved", state="retrying", waiting=3)
            reload(running, dead, steady)  # another order
            assert facts(running)["steady"]["sent"] == 3 and facts(running)["moved"]["failed"] > 0
            reload(running, steady)  # away
            assert list(facts(running)) == ["steady"] and len(boxes("moved")) == 3
            assert "3 messages wait in evidence/.heiyan/outbox/moved" in running.text(), running.text()
            reload(running, steady, to("moved", other.port), to("late", other.port))
            settle(running, "moved", sent=3, waiting=0)
            assert facts(running)["steady"]["sent"] == 3
            assert facts(running)["late"] == {**facts(running)["late"], "sent": 0, "waiting": 0, "state": "ready"}
            reload(running)
            assert facts(running) == {}
            reload(running, to("late", other.port, fields=template()))
            settle(running, "late", state="ready")
            no_secret(running)
            running.stop()
        ids = [pack.name + ":capture" for pack in flow.packs("evidence")]
        assert sorted(good.ids()) == ids and sorted(other.ids()) == ids, (good.ids(), other.ids())


def reloaded_while_hanging():
    """A receiver that hangs holds up neither the reload nor its own successor."""
    with web() as slow, web() as quick:
        slow.mode = "hang"
        stage(0, 3)
        with site(outlet(kind="http", name="a", url=f"http://127.0.0.1:{slow.port}/")) as running:
            settle(running, "a", state="sending", waiting=3)
            reload(running, outlet(kind="http", name="a", url=f"http://127.0.0.1:{quick.port}/"))
            settle(running, "a", sent=3, waiting=0)
            assert running.stop() < 3
        assert len(quick.ids()) == 3, quick.ids()


def first_outlet_by_reload():
    """Begun without outlets, it takes its first by a reload; the next pack goes there."""
    with live.cameras(live.DEMO) as crossing, web() as receiver:
        with site(rows=live.rows(crossing)) as running:
            reload(running, outlet(kind="http", url=f"http://127.0.0.1:{receiver.port}/"))
            settle(running, "http", state="ready")
            wait(lambda: receiver.ids(), 100, running.text)
            running.stop()
        names = [pack.name + ":capture" for pack in flow.packs("evidence")]
        assert set(receiver.ids()) <= set(names) and len(set(receiver.ids())) == len(receiver.ids())


def health():
    """A camera that is live, goes and comes back is told so, and its captures come too."""
    with live.cameras(live.DEMO) as crossing, web() as receiver:
        with site({"kind": "http", "url": f"http://127.0.0.1:{receiver.port}/"}, rows=live.rows(crossing)) as running:
            def states():
                bodies = [json.loads(parts["record"]) for _, parts in list(receiver.taken)]
                return [body["state"] for body in bodies if body["message_kind"] == "health"]
            wait(lambda: states() == ["live"], 25, running.text)
            crossing.fail(1, "refuse")
            wait(lambda: len(states()) == 2, 25, running.text)
            crossing.fail(1, "none")
            wait(lambda: len(states()) == 3, 25, running.text)
            assert states()[1] in ("waiting", "stalled") and states()[2] == "live", states()
            body = json.loads(receiver.taken[0][1]["record"])
            assert body["schema"] == "heiyan.health.1" and body["camera"]["id"] == "cam1", body
            wait(lambda: any("composite" in parts for _, parts in list(receiver.taken)), 100, running.text)
            running.stop()
        assert len(set(receiver.ids())) == len(receiver.ids()), receiver.ids()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("outlets", [http_whole, receiver_fails, killed_with_waiting, killed_anywhere, new_outlet_begins_now, mqtt,
                          mqtt_tls, program, one_holds_up_none, reloaded,
                          reloaded_while_hanging, first_outlet_by_reload, health])
