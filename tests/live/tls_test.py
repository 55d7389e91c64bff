#!/usr/bin/env python3
"""Cameras by TLS: a certificate of nobody's before a pretended camera, as real ones have."""
import contextlib
import json
import socket
import ssl
import sys
import threading

import live
from live import flow
from capture_test import PASSWORD, check_secrets


def pass_on(source, to):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
    for end in (source, to):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def serve(door, context, port):
    while True:
        try:
            plain, _ = door.accept()
        except OSError:
            return
        try:
            secure = context.wrap_socket(plain, server_side=True)
        except OSError:  # no TLS is spoken
            plain.close()
            continue
        camera = socket.create_connection(("127.0.0.1", port))
        for one, other in ((secure, camera), (camera, secure)):
            threading.Thread(target=pass_on, args=(one, other), daemon=True).start()


@contextlib.contextmanager
def secured(port):
    """The port of a door that speaks TLS alone and leads to a camera's port."""
    flow.certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("cert.pem", "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=serve, args=(door, context, port), daemon=True).start()
        yield door.getsockname()[1]


def by_tls():
    """By address and by field, a capture with its secrets kept; what does not speak TLS, or alone, is named and tried again."""
    with live.cameras("--user", "admin", "--password", PASSWORD, "--digest", live.DEMO) as crossing, secured(crossing.ports[0]) as door:
        login = {"user": "admin", "password": PASSWORD}
        rows = [{"id": "url", "url": f"rtsps://127.0.0.1:{door}/main", **login},
                {"id": "field", "host": "127.0.0.1", "port": door, "path": "/main", "transport": "tls", **login},
                {"id": "plain", "host": "127.0.0.1", "port": crossing.ports[0], "path": "/main", "transport": "tls", **login},
                {"id": "secure", "host": "127.0.0.1", "port": door, "path": "/main", **login}]
        with live.site(rows) as site:
            site.wait(lambda now: all(now[one]["state"] == "live" and now[one]["events"] for one in ("url", "field")), 100)
            for name in ("plain", "secure"):
                camera = site.status()[name]
                assert camera["state"] in ("connecting", "waiting", "stalled") and not camera["frames"], camera
                assert f"{name}: stalled" in site.text() or f"{name}: waiting" in site.text(), site.text()
            status = site.get("/status")
            site.stop()
    assert {json.loads(line)["camera"]["id"] for _, line in site.records} >= {"url", "field"}
    assert "0 problems" in flow.run("verify", "evidence").stdout
    check_secrets(status + site.text() + "".join(line for _, line in site.records))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    flow.main("tls", [by_tls])
