#!/usr/bin/env python3
"""heiyan plate from outside: pictures without a plate, unusable files among good ones, the JSON of the contract."""
import json
import pathlib
import subprocess

from flow import main, run, scratch


def draw(path, source):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", "1", path], check=True)


def no_plate():
    with scratch():
        draw("grey.png", "color=c=gray:s=640x360")
        draw("noise.jpg", "nullsrc=s=640x360,geq=lum='random(1)*255':cb=128:cr=128")
        lines = run("plate", "--json", "grey.png", "noise.jpg").stdout.splitlines()
        assert [json.loads(line) for line in lines] == [{"file": "grey.png", "plates": []},
                                                        {"file": "noise.jpg", "plates": []}], lines
        assert "no plate" in run("plate", "grey.png").stdout
        assert "未发现号牌" in run("plate", "grey.png", env={"LC_ALL": "zh_CN.UTF-8", "LANG": "zh_CN.UTF-8"}).stdout


def the_rest_goes_on():
    with scratch():
        draw("grey.png", "color=c=gray:s=320x180")
        pathlib.Path("text.jpg").write_text("no picture\n")
        said = run("plate", "--json", "text.jpg", "missing.png", "grey.png", rc=1)
        assert "text.jpg" in said.stderr and "missing.png" in said.stderr, said.stderr
        assert json.loads(said.stdout)["file"] == "grey.png"


def refuses():
    with scratch():
        assert "image" in run("plate", rc=2).stderr
        draw("grey.png", "color=c=gray:s=320x180")
        pathlib.Path("model.onnx").write_text("no network\n")
        assert "model.onnx" in run("plate", "--model", "model.onnx", "grey.png", rc=2).stderr


main("plate", [no_plate, the_rest_goes_on, refuses])
