#!/usr/bin/env python3
"""heiyan plate from outside: pictures without a plate, unusable files among good ones, the JSON of the contract."""
import hashlib
import json
import pathlib
import subprocess

import onnx
from flow import HEIYAN, ROOT, footage, main, records, run, scratch


SCENE = pathlib.Path(HEIYAN).resolve().parent / "samples" / "heiyan-scene"
ROAD = ("width=1280", "height=720", "camera_fov=24", "camera_height=4", "camera_pitch=12")
CAR = "vehicle=class=car lane=0 start=0 speed=36 plate=晋E58A21 seed=4"
TIPPER = "vehicle=class=tipper lane=1 start=0 speed=36 plate=冀D48216 plate_color=yellow rows=2 seed=5"
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


def painted_number():
    """On a lorry's tail: never a plate, even where it is read as one, and the plate's witness."""
    views = [([*ROAD, CAR, TIPPER], number) for number in ("50", "60", "70")]
    views.append((["--random", "dusk", "--seed", "3058", "--seconds", "8"], "100"))
    plates = []
    with scratch():
        for options, number in views:
            subprocess.run([SCENE, *options, "--quiet", "--clean", "--still", number, "-o", "road.png", "--truth", "road.json"], check=True)
            corners = [vehicle["plate_corners"].get(number) for vehicle in json.loads(pathlib.Path("road.json").read_text())["vehicles"]]
            for plate in json.loads(run("plate", "--json", "road.png").stdout)["plates"]:
                assert any(near(plate, quad) for quad in corners if quad), plate
                plates.append(plate)
    assert any(plate["painted"] for plate in plates if plate["text"] == "冀D48216"), plates
    assert not any(plate["painted"] for plate in plates if plate["text"] == "晋E58A21"), plates


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


def alphabet():
    text = (ROOT / "src" / "plate" / "grammar.c").read_text()
    return [part.split('"')[1] for part in text[text.index("plate_alphabet["):text.index("};")].split(",") if '"' in part]


def settings_of(path, reader=None, finder=None):
    def group(keys):
        return "{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}"

    parts = [f"  {name}: {group(keys)}\n" for name, keys in (("reader", reader), ("finder", finder)) if keys]
    pathlib.Path(path).write_text("plates:\n" + "".join(parts))
    return path


def own_networks():
    """The program's own networks as files, and the reader with its classes backwards, the blank last, steps before classes: all read
    the same, to the last digit of their confidence or nearly."""
    models, letters = ROOT / "models", alphabet()
    with scratch():
        subprocess.run([SCENE, *ROAD, CAR, LORRY, "--quiet", "--clean", "--still", "60", "-o", "road.png"], check=True)
        own = json.loads(run("plate", "--json", "road.png").stdout)
        assert own["plates"]
        classes = len(letters) + 1
        onnx.change(models / "plate-reader.onnx", pathlib.Path("other.onnx"), list(range(classes))[::-1], (0, 3, 1, 2), b"10")
        for file in "reader", "finder":
            pathlib.Path(f"{file}.onnx").write_bytes((models / f"plate-{file}.onnx").read_bytes())
        other = {"file": "other.onnx", "alphabet": "".join(letters[::-1]), "blank": "last", "output": "steps-classes"}
        for reader, finder in ({"file": "reader.onnx"}, {"file": "finder.onnx"}), (other, None):
            said = run("plate", "-c", settings_of("s.yaml", reader, finder), "--json", "road.png").stdout
            assert plain(json.loads(said)) == plain(own), (said, own)
            assert "good" in run("check", "-c", "s.yaml").stdout
        assert "other.onnx" in run("plate", "-c", settings_of("s.yaml", dict(other, output="classes-steps")), "road.png", rc=2).stderr
        for wrong in dict(other, blank="first"), dict(other, alphabet="".join(letters)):
            said = run("plate", "-c", settings_of("s.yaml", wrong), "--json", "road.png").stdout
            assert plain(json.loads(said)) != plain(own), wrong


def plain(line):
    """A line without the last digits of its numbers."""
    return json.loads(json.dumps(line), parse_float=lambda text: round(float(text), 4))


def networks_that_do_not_fit():
    with scratch():
        models = ROOT / "models"
        draw("grey.png", "color=c=gray:s=320x180")
        pathlib.Path("text.onnx").write_text("no network\n")
        for reader, finder, words in (({"file": "text.onnx"}, None, "text.onnx"),
                                      ({"file": models / "plate-reader.onnx", "alphabet": "京A0"}, None, "4 classes"),
                                      ({"file": models / "plate-reader.onnx", "colours": "grey"}, None, "plate-reader.onnx"),
                                      (None, {"file": models / "plate-finder.onnx", "stride": 16}, "256 x 160"),
                                      (None, {"file": models / "plate-reader.onnx"}, "plate-reader.onnx")):
            settings_of("s.yaml", reader, finder)
            for command in ("check",), ("scan", footage("clean")), ("plate", "grey.png"):
                said = run(command[0], "-c", "s.yaml", *command[1:], rc=2).stderr
                assert words in said, (reader, finder, said)


def record_names_the_network():
    with scratch():
        onnx.change(ROOT / "models" / "plate-reader.onnx", pathlib.Path("other.onnx"), turn=(0, 3, 1, 2))
        settings_of("s.yaml", {"file": "other.onnx", "output": "steps-classes"})
        run("scan", "-c", "s.yaml", "--quiet", footage("one"))
        found = records("evidence")
        wanted = hashlib.sha256(pathlib.Path("other.onnx").read_bytes()).hexdigest()
        assert found and all(record["software"]["models"]["plate-reader"] == wanted for record in found)
        own = hashlib.sha256((ROOT / "models" / "plate-finder.onnx").read_bytes()).hexdigest()
        assert all(record["software"]["models"]["plate-finder"] == own for record in found)


main("plate", [no_plate, on_vehicles, painted_number, the_rest_goes_on, refuses, own_networks, networks_that_do_not_fit,
               record_names_the_network])
