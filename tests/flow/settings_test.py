#!/usr/bin/env python3
"""Wrong settings and arguments are refused with a place and a hint; good ones are taken."""
import pathlib
import re

from flow import ROOT, footage, main, run

WRONG = [  # text, line, column, a word of the sentence
    ("site: {nmae: x}\n", 1, 8, "did you mean 'name'"),
    ("site:\n  name: a\n  colour: red\n", 3, 3, "unknown key 'colour'"),
    ("cameras:\n  - {id: a, port: 70000}\n", 2, 19, "outside 1 to 65535"),
    ("cameras:\n  - {id: a, port: many}\n", 2, 19, "whole number"),
    ("cameras:\n  - {id: a, role: side}\n", 2, 19, "rear|front|plate"),
    ("cameras:\n  - {id: a, judge: all}\n", 2, 20, "receding|approaching|both"),
    ("cameras:\n  - {url: x}\n", 2, 5, "'id'"),
    ("cameras:\n  - {id: a_b}\n", 2, 5, "letters, digits"),
    ("cameras:\n  - {id: a}\n  - {id: a}\n", 3, 5, "two cameras"),
    ("cameras: {id: a}\n", 1, 10, "must be a list"),
    ("cameras:\n  - {id: a, hours: noon}\n", 2, 20, "times of day"),
    ("cameras:\n  - {id: a, latitude: 91}\n", 2, 23, "outside -90 to 90"),
    ("cameras:\n  - {id: a, thresholds: {score: x}}\n", 2, 33, "number"),
    ("cameras:\n  - {id: a, heading: 400}\n", 2, 22, "360"),
    ("cameras:\n  - {id: a, thresholds: {false_budget: 0}}\n", 2, 40, "0.01"),
    ("cameras:\n  - {id: a, lanes: [{name: l, polygon: [[0, 0], [2, 0], [1, 1]]}]}\n", 2, 50, "fraction"),
    ("cameras:\n  - {id: a, lanes: [{name: l, polygon: [[0, 0], [1, 0]]}]}\n", 2, 40, "3 corners"),
    ("cameras:\n  - {id: a, masks: [{name: l}]}\n", 2, 21, "'polygon' is missing"),
    ("cameras:\n  - {id: a, zones: [{polygon: [[0, 0], [1, 0], [1, 1]]}]}\n", 2, 21, "'name'"),
    ("cameras:\n  - {id: a, zones: [{name: z}]}\n", 2, 21, "'polygon' is missing"),
    ("cameras:\n  - {id: a, zones: [" + ", ".join(["{name: z, polygon: [[0, 0], [1, 0], [1, 1]]}"] * 17) + "]}\n",
     2, 20, "at most 16"),
    ("site: {timezone: Mars/Base}\n", 1, 18, "unknown time zone"),
    ("site: {name: a, name: b}\n", 1, 17, "twice"),
    ("evidence: {limits: {media_days: 90, record_days: 30}}\n", 1, 20, "at least as long as its media"),
    ("review: {two_step: maybe}\n", 1, 20, "true or false"),
    ("review: {repeat: {times: 0}}\n", 1, 26, "outside 1 to 100"),
    ("review: {deadline: 5}\n", 1, 10, "unknown key 'deadline'"),
    ("review: {columns: [{caption: a}]}\n", 1, 20, "'field' is missing"),
    ("review: {tls: {cert: a}}\n", 1, 16, "unknown key 'cert'"),
    ("cameras:\n  - {id: a, role: \"rear|front\"}\n", 2, 19, "rear|front|plate"),
    ("cameras:\n  - {id: a, window: 3}\n", 2, 21, "two numbers"),
    ("cameras:\n  - {id: a, window: [3, -1]}\n", 2, 21, "smaller one first"),
    ("cameras:\n  - {id: a, window: [-2, 100]}\n", 2, 21, "-20 to 20"),
    ("outlets: [{kind: sms}]\n", 1, 18, "mqtt|http|program"),
    ("outlets: [{kind: mqtt, topic: a}]\n", 1, 11, "'host'"),
    ("outlets: [{kind: mqtt, host: a, topic: \"a/#\"}]\n", 1, 11, "'topic'"),
    ("outlets: [{kind: http, url: \"ftp://a/\"}]\n", 1, 11, "http://"),
    ("outlets: [{kind: http, url: \"http://u:p@a/\"}]\n", 1, 11, "'user'"),
    ("outlets: [{kind: http, url: \"http://a/\", header: [a]}]\n", 1, 50, "names and texts"),
    ("outlets: [{kind: program}]\n", 1, 11, "'command'"),
    ("outlets: [{kind: program, command: [a], events: [capture, x]}]\n", 1, 59, "capture|health"),
    ("outlets: [{kind: program, command: [a], fields: [{field: plates.text}]}]\n", 1, 11, "no such field"),
    ("outlets: [{kind: program, command: [a], fields: [{name: a}]}]\n", 1, 11, "'field' is missing"),
    ("outlets:\n  - {kind: program, command: [a]}\n  - {kind: program, command: [b]}\n", 3, 5, "same 'name'"),
    ("outlets: [{kind: program, command: [a], name: \"../a\"}]\n", 1, 11, "letters, digits"),
    ("plates: {reader: {file: missing.onnx}}\n", 1, 25, "cannot be opened"),
    ("plates: {reader: {alphabet: 京}}\n", 1, 18, "'file' is missing"),
    ("plates: {reader: {file: s.yaml, alphabet: 京沪I}}\n", 1, 43, "'I'"),
    ("plates: {reader: {file: s.yaml, decoding: beam}}\n", 1, 43, "ctc|positions"),
    ("plates: {reader: {file: s.yaml, width: 4}}\n", 1, 40, "outside 16"),
    ("plates: {finder: {file: s.yaml, output: list, columns: [x, y, w, h]}}\n", 1, 56, "score"),
    ("plates: {finder: {file: s.yaml, columns: [x, z]}}\n", 1, 46, "none of"),
    ("plates: {model: {}}\n", 1, 10, "known here are finder, reader"),
    ("site: [1, 2\n", 2, 1, "not YAML"),
    ("just words\n", 1, 1, "keys and values"),
]

CONTRACT = """\
site: {name: 高平, place: 建设路与神农路口, region: "140581"}
cameras:
  - {id: cam01, url: "rtsp://192.0.2.11/Streaming/Channels/101", analysis_url: "rtsp://192.0.2.11/Streaming/Channels/102"}
  - {id: cam02, host: 192.0.2.12, user: admin, password: "p@ss#1", path: "/cam/realmonitor?channel=1&subtype=0", direction: 由南向北}
evidence: {path: evidence}
status: {listen: "127.0.0.1:8480"}
"""


def each_wrong_key():
    for text, line, column, words in WRONG:
        pathlib.Path("s.yaml").write_text(text)
        for command in (["check", "-c", "s.yaml"], ["scan", "-c", "s.yaml", footage("clean")]):
            result = run(*command, rc=2)
            found = re.search(r"s\.yaml:(\d+):(\d+): (.*)", result.stderr)
            assert found, (text, result.stderr)
            assert (int(found[1]), int(found[2])) == (line, column), (text, result.stderr)
            assert words in found[3], (text, result.stderr)


def the_contract_and_nothing():
    for text in (CONTRACT, "", "# nothing\n"):
        pathlib.Path("s.yaml").write_text(text)
        assert "good" in run("check", "-c", "s.yaml").stdout
    assert "missing.yaml" in run("check", "-c", "missing.yaml", rc=2).stderr


def arguments():
    pathlib.Path("s.yaml").write_text(CONTRACT)
    clean = footage("clean")
    for wrong, word in ((["scan", "--jobs", "0", clean], "--jobs"), (["scan", "--jobz", clean], "--jobz"),
                        (["scan"], "scan"), (["scan", "--start-time", "yesterday", clean], "yesterday"),
                        (["scan", "-c", "s.yaml", "--camera", "cam09", clean], "cam09"),
                        (["scan", "--camera", "a/b", clean], "a/b"), (["fly"], "fly"), ([], "heiyan"),
                        (["verify"], "verify"), (["verify", "nowhere"], "nowhere"), (["check"], "check"),
                        (["measure", "--background", "x"], "--region"), (["scan", "-o"], "-o")):
        result = run(*wrong, rc=2)
        assert word in result.stderr + result.stdout, (wrong, result)


def help_in_both_languages():
    for command in ("scan", "review", "account", "verify", "check", "measure", "selftest"):
        assert command in run(command, "--help").stdout
        assert command in run("--help").stdout
    assert "证据目录" in run("scan", "--help", env={"LC_ALL": "zh_CN.UTF-8"}).stdout
    assert run("--version").stdout.startswith("heiyan ")


def known_keys(before, after=""):
    """The keys that may stand at a place, as the refusal of an unknown one lists them."""
    pathlib.Path("s.yaml").write_text(before + "{zzzzzzzz: 1}" + after)
    return re.search(r"known here are (.*)", run("check", "-c", "s.yaml", rc=2).stderr)[1].split(", ")


def readme_names_every_key():
    groups = {"": "", "site.": "site: ", "site.violation.": "site: {violation: ", "evidence.": "evidence: ",
              "evidence.limits.": "evidence: {limits: ", "review.": "review: ",
              "review.repeat.": "review: {repeat: ", "review.tls.": "review: {tls: ", "review.columns[].": "review: {columns: [",
              "outlets[].": "outlets: [", "outlets[].tls.": "outlets: [{tls: ",
              "outlets[].fields[].": "outlets: [{fields: [", "status.": "status: ", "plates.": "plates: ",
              "plates.finder.": "plates: {finder: ", "plates.reader.": "plates: {reader: ", "cameras[].": "cameras: [",
              "cameras[].thresholds.": "cameras: [{id: a, thresholds: "}
    for language in ("README.md", "README.zh-CN.md"):
        text = (ROOT / language).read_text()
        named = set(re.findall(r"`([a-z_\[\].]+)`", text))
        parents = {prefix.rstrip(".[]") for prefix in groups}
        for prefix, before in groups.items():
            after = "".join({"[": "]", "{": "}"}[c] for c in reversed(before) if c in "[{")
            for key in known_keys(before, after):
                path = prefix + key
                assert path in named or path in parents, f"{language} does not name {path}"


main("settings", [readme_names_every_key, each_wrong_key, the_contract_and_nothing, arguments, help_in_both_languages])
