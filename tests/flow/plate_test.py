#!/usr/bin/env python3
"""heiyan plate from outside: pictures without a plate, unusable files among good ones, the JSON of the contract."""
import json
import pathlib
import subprocess

from flow import HEIYAN, main, run, scratch


SCENE = pathlib.Path(HEIYAN).resolve().parent / "samples" / "heiyan-scene"
ROAD = ("width=1280", "height=720", "camera_fov=24", "camera_height=4", "camera_pitch=12")
CAR = "vehicle=class=car lane=0 start=0 speed=36 plate=晋E58A21 seed=4"
LORRY = "vehicle=class=box lane=1 start=0 speed=36 plate=冀D48216 plate_color=yellow rows=2 seed=5"


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


def near(plate, corners):
    wanted = [corners[i:i + 2] for i in range(0, 8, 2)]
    return all(abs(a - b) < 5 for got, want in zip(plate["corners"], wanted) for a, b in zip(got, want))


def on_vehicles():
    with scratch():
        subprocess.run([SCENE, *ROAD, CAR, LORRY, "--quiet", "--clean", "--still", "60", "-o", "road.png", "--truth", "road.json"], check=True)
        plates = json.loads(run("plate", "--json", "road.png").stdout)["plates"]
        for vehicle in json.loads(pathlib.Path("road.json").read_text())["vehicles"]:
            found = [plate for plate in plates if near(plate, vehicle["plate_corners"]["60"])]
            assert found, (vehicle["plate"], plates)
            assert found[0]["colour"] == vehicle["plate_color"] and found[0]["rows"] == vehicle["plate_rows"], found
            assert found[0]["text"][2:] == vehicle["plate"][2:], found


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
        for option in "--model", "--finder":
            assert "model.onnx" in run("plate", option, "model.onnx", "grey.png", rc=2).stderr


main("plate", [no_plate, on_vehicles, the_rest_goes_on, refuses])
