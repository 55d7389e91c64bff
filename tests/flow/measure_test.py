#!/usr/bin/env python3
"""measure and selftest from outside: known transmittance in, density out."""
import hashlib
import json
import pathlib
import subprocess

from flow import HEIYAN, main, run

BOARD = pathlib.Path(HEIYAN).resolve().parent / "samples" / "heiyan-board"
CORNERS = "260,125,710,145,695,440,272,425"

WIDTH, HEIGHT = 320, 180
REGION = (100, 60, 80, 60)


def encode(light):
    return 1.099 * light ** 0.45 - 0.099 if light >= 0.018 else 4.5 * light


def decode(level):
    return ((level + 0.099) / 1.099) ** (1 / 0.45) if level >= 0.081 else level / 4.5


def picture(path, opacity, airlight=0.12, base=0.55):
    """A grey road with bright lines; in REGION a plume of that opacity."""
    x0, y0, w, h = REGION
    rows = []
    for y in range(HEIGHT):
        row = bytearray()
        for x in range(WIDTH):
            level = 0.85 if x % 40 < 12 else base + ((x * 7 + y * 13) % 9 - 4) / 255
            light = decode(level)
            if opacity and x0 <= x < x0 + w and y0 <= y < y0 + h:
                light = (1 - opacity) * light + opacity * airlight * decode(base)
            row.append(round(255 * encode(light)))
        rows.append(bytes(row))
    gray = b"".join(rows)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s",
                    f"{WIDTH}x{HEIGHT}", "-i", "-", path], input=gray, check=True)


def measure(*extra):
    return run("measure", "--background", "b.png", "--frame", "f.png", "--region",
               ",".join(map(str, REGION)), *extra)


def known_transmittance():
    picture("b.png", 0)
    for opacity in (0, 0.2, 0.4, 0.6, 0.8):
        picture("f.png", opacity)
        result = json.loads(measure("--json").stdout)
        assert set(result) == {"opacity", "uncertainty", "ringelmann", "measurable", "model", "pixels"}
        assert abs(result["opacity"] - opacity) <= 0.05, (opacity, result)
        assert abs(result["opacity"] - opacity) <= result["uncertainty"], (opacity, result)
        assert result["measurable"] is True and result["pixels"] == REGION[2] * REGION[3]
        assert abs(result["ringelmann"] - 5 * result["opacity"]) < 0.006
    assert "Ringelmann" in measure().stdout


def dark_is_not_measurable():
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=0x060606:size=320x180",
                    "-frames:v", "1", "b.png"], check=True)
    subprocess.run(["cp", "b.png", "f.png"], check=True)
    result = json.loads(measure("--json").stdout)
    assert result["measurable"] is False and result["ringelmann"] is None, result


def refuses():
    picture("b.png", 0)
    subprocess.run(["ffmpeg", "-v", "error", "-i", "b.png", "-vf", "scale=160:90", "f.png"], check=True)
    assert "320x180" in run("measure", "--background", "b.png", "--frame", "f.png", "--region",
                            "10,10,20,20", rc=2).stderr
    for region in ("300,10,50,20", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,0,0,5"):
        run("measure", "--background", "b.png", "--frame", "b.png", "--region", region, rc=2)
    result = run("measure", "--background", "none.png", "--frame", "b.png", "--region", "1,1,9,9", rc=1)
    assert "none.png" in result.stderr


def golden_pictures():
    first = run("selftest").stdout
    assert " 0 not" in first and run("selftest").stdout == first
    assert run("selftest", env={"HEIYAN_CPU": "c"}).stdout == first


def draw_board(path, *arguments):
    subprocess.run([BOARD, "--width", "960", "--height", "540", "--corners", CORNERS, "-o", path, *arguments],
                   check=True, capture_output=True)


def board(*arguments, rc=0, env=None):
    result = run("measure", "--board", "--json", "--corners", CORNERS, *arguments, rc=rc, env=env)
    return json.loads(result.stdout)


def board_levels():
    for name, arguments in (("good.jpg", ()), ("noisy.jpg", ("noise=3", "across=0.4", "blur=1.2", "exposure=0.25")),
                            ("clip.mp4", ("--frames", "3", "--limited"))):
        draw_board(name, *arguments)
        check = board("-o", "record.pdf", name)
        assert check["verdict"] == "passes" and check["allowed_error"] == 0.25, check
        assert [f["nominal"] for f in check["fields"]] == [0.25 * i for i in range(9)]
        for field in check["fields"]:
            assert abs(field["error"]) <= 0.1 and field["passes"] is True, (name, field)
            assert abs(field["ringelmann"] - 5 * field["opacity"]) < 0.006
        assert pathlib.Path("record.pdf").read_bytes()[:5] == b"%PDF-"
        assert check["pictures"][0]["sha256"] == hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest()
    assert abs(board("-o", "record.pdf", "--at", "0.05", "clip.mp4")["fields"][8]["error"]) <= 0.1
    assert "99" in run("measure", "--board", "--corners", CORNERS, "--at", "99", "-o", "r.pdf", "clip.mp4", rc=2).stderr


def board_pages():
    """What the record says, in both languages."""
    pathlib.Path("site.yaml").write_text("site: {name: 高平, place: 建设路, device: 140581-03}\ncameras:\n  - {id: cam03, lane: '2'}\n")
    for name in ("cam03_20261128101500.jpg", "second.jpg"):
        draw_board(name, "--seed", str(len(name)))
    pictures = ("cam03_20261128101500.jpg", "second.jpg")
    for locale, words in (("zh_CN.UTF-8", ("林格曼黑度板现场核查记录", "结论：合格", "核查人", "建设路")),
                          ("C.UTF-8", ("Check with a Ringelmann board", "result: passes", "checked by", "建设路"))):
        pathlib.Path("cam03_20261128101500-check.pdf").unlink(missing_ok=True)
        check = board("-c", "site.yaml", *pictures, env={"LC_ALL": locale})
        assert check["record"] == "cam03_20261128101500-check.pdf" and check["site"]["device"] == "140581-03"
        assert check["camera"] == "cam03" and check["taken"] == "2026-11-28T10:15:00.000+08:00"
        assert check["fields"][8]["spread"] is not None and len(check["pictures"]) == 2
        text = subprocess.run(["pdftotext", "-layout", check["record"], "-"], capture_output=True, text=True,
                              check=True).stdout
        assert text.count("\f") == 1, "more than a page"
        for word in (*words, "140581-03", "2026-11-28 10:15:00", "2.00", "±0.25", *(p["sha256"] for p in check["pictures"])):
            assert word in text, (locale, word, text)
    assert "-o" in run("measure", "--board", "--corners", CORNERS, pictures[0], rc=2).stderr  # no record is written over
    for layout in ("0,0.5,1/1.5,2,2.5/3,4,5/1,1,1/1,1,1", "/".join(["0,1,2,0"] * 9)):  # still one page
        draw_board("many.jpg", "--levels", layout, "--rim", "15")
        check = board("--levels", layout, "--rim", "15", "-o", "many.pdf", "many.jpg", rc=None)
        assert {f["nominal"] for f in check["fields"]} == {float(n) for row in layout.split("/") for n in row.split(",")}
        text = subprocess.run(["pdftotext", "-layout", "many.pdf", "-"], capture_output=True, text=True, check=True).stdout
        assert text.count("\f") == 1, "more than a page"


def board_that_errs():
    draw_board("bent.jpg", "curve=1.3")
    check = board("-o", "r.pdf", "bent.jpg", rc=1)
    assert check["verdict"] == "fails" and check["fields"][8]["error"] > 0.25 and check["fields"][0]["passes"], check
    draw_board("glare.jpg", "glare=0.3", "glare_x=0.5", "glare_y=0.5", "glare_radius=0.07")
    check = board("-o", "r.pdf", "glare.jpg", rc=1)
    assert check["verdict"] == "undecided" and check["fields"][4]["reason"] == "uneven", check
    assert check["fields"][4]["ringelmann"] is None and check["fields"][3]["passes"] is True
    for arguments, reason in ((("exposure=1.2",), "overexposed"), (("exposure=0.03",), "dark")):
        draw_board("bad.jpg", *arguments)
        check = board("-o", "r.pdf", "bad.jpg", rc=1)
        assert {f["reason"] for f in check["fields"]} == {reason}, check
    draw_board("good.jpg")
    corners = CORNERS.split(",")
    turned = ",".join(corners[4:] + corners[:4])
    check = json.loads(run("measure", "--board", "--json", "--corners", turned, "-o", "r.pdf", "good.jpg", rc=1).stdout)
    assert check["verdict"] == "fails" and check["corners_turned"] == 2, check


def board_refuses():
    draw_board("good.jpg")
    mirrored = ",".join(",".join(CORNERS.split(",")[i:i + 2]) for i in (2, 0, 6, 4))
    for corners in (mirrored, "1,2,3", "a", "1,1,2,2,3,3,4,4"):
        run("measure", "--board", "--corners", corners, "-o", "r.pdf", "good.jpg", rc=2)
    assert "top left" in run("measure", "--board", "good.jpg", rc=2).stderr
    for arguments in (("--levels", "0,9"), ("--rim", "3"), ("--size", "900"), ("--time", "noon"), ("--at", "-1"),
                      ("--background", "good.jpg"), ("-c", "none.yaml")):
        run("measure", "--board", "--corners", CORNERS, *arguments, "good.jpg", rc=2)
    assert "none.jpg" in run("measure", "--board", "--corners", CORNERS, "none.jpg", rc=1).stderr
    run("measure", "--board", "--corners", CORNERS, rc=2)
    assert not list(pathlib.Path(".").glob("*.pdf"))
    for locale, word in (("zh_CN.UTF-8", "黑度板"), ("C.UTF-8", "error of")):
        assert word in run("measure", "--help", env={"LC_ALL": locale}).stdout


main("measure", [known_transmittance, dark_is_not_measurable, refuses, golden_pictures, board_levels, board_pages, board_that_errs,
                 board_refuses])
