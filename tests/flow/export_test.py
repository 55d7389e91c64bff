#!/usr/bin/env python3
"""heiyan export: tables and packs from the command line, also beside a running desk."""
import csv
import os
import pathlib
import zipfile

from desk import Browser, Desk, evidence, forget
from flow import main, run

SETTINGS = """
cameras: [{id: demo}]
review:
  columns:
    - {field: device, caption: sbbh}
    - {field: time, caption: gcsj}
    - {field: plate, caption: hphm}
"""


def table(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def tables_and_packs():
    ids = evidence()
    run("export", "evidence", "--format", "csv", "-o", "all.csv")
    rows = table("all.csv")
    assert rows[0][0] == "No." and len(rows) == 1 + len(ids), rows
    assert [row[0] for row in rows[1:]] == ["1", "2", "3"]
    run("export", "evidence", "--format", "csv", "-o", "one.csv", "--camera", "demo")
    assert len(table("one.csv")) == 2
    run("export", "evidence", "--format", "zip", "-o", "all.zip")
    with zipfile.ZipFile("all.zip") as packed:
        assert packed.testzip() is None
        names = packed.namelist()
    assert names[0] == "ledger.csv" and all(any(f"/{id}/clip.mp4" in name for name in names) for id in ids)
    run("export", "evidence", "--format", "xlsx", "-o", "all.xlsx")
    with zipfile.ZipFile("all.xlsx") as book:
        assert sum(name.startswith("xl/media/") for name in book.namelist()) == len(ids)  # thumbnails


def columns_of_the_settings():
    evidence()
    pathlib.Path("site.yaml").write_text(SETTINGS)
    run("export", "-c", "site.yaml", "evidence", "--format", "csv", "-o", "platform.csv")
    assert table("platform.csv")[0] == ["sbbh", "gcsj", "hphm"]


def chinese_where_the_locale_is():
    evidence()
    run("export", "evidence", "--format", "csv", "-o", "all.csv", env={"LANG": "zh_CN.UTF-8", "LC_ALL": "zh_CN.UTF-8"})
    assert table("all.csv")[0][:2] == ["序号", "点位"]


def marked_once():
    evidence()
    run("export", "evidence", "--format", "csv", "-o", "new.csv", "--exported", "no", "--mark")
    assert len(table("new.csv")) == 4
    run("export", "evidence", "--format", "csv", "-o", "new.csv", "--exported", "no", "--mark")
    assert len(table("new.csv")) == 1
    assert run("verify", "evidence").stdout.endswith("intact\n")


def beside_a_running_desk():
    ids = evidence()
    with Desk() as desk:
        browser = Browser(desk)
        assert browser.decide(ids[0], "confirm", 0).status == 200
        run("export", "evidence", "--format", "csv", "-o", "now.csv", "--state", "confirmed")
        assert len(table("now.csv")) == 2
        refused = run("export", "evidence", "--format", "csv", "-o", "marked.csv", "--mark", rc=1)
        assert "another heiyan" in refused.stderr and not os.path.exists("marked.csv")


def wrong_arguments():
    evidence()
    for arguments in (["evidence"], ["evidence", "--format", "doc", "-o", "x"], ["evidence", "--format", "csv"],
                      ["nowhere", "--format", "csv", "-o", "x"], ["evidence", "--format", "csv", "-o", "x", "--state", "y"],
                      ["--format", "csv", "-o", "x"]):
        result = run("export", *arguments, rc=2)
        assert result.stderr.startswith("error:"), result.stderr
        assert not os.path.exists("x")
    result = run("export", "evidence", "--format", "csv", "-o", "no/where/x", rc=1)
    assert "no/where/x" in result.stderr


try:
    main("export", [tables_and_packs, columns_of_the_settings, chinese_where_the_locale_is, marked_once,
                    beside_a_running_desk, wrong_arguments])
finally:
    forget()
