#!/usr/bin/env python3
"""Footage in, evidence out: what a scan leaves, says and repeats."""
import json
import math
import os
import pathlib
import random
import shutil
import subprocess

import clip
from flow import CUT, footage, main, packs, records, run, tree

NAMED = "cam01_20261123081500.mp4"


def start():
    os.mkdir("in")
    shutil.copy(footage("two"), "in/" + NAMED)


def leaves_packs():
    start()
    run("scan", "in")
    found = records("evidence")
    assert len(found) == 2, found
    for record, pack in zip(found, packs("evidence")):
        assert record["id"] == pack.name and record["id"].startswith("cam01_20261123T0815")
        assert record["time"]["clock_source"] == "file-name"
        assert record["time"]["start"].endswith("+08:00")
        assert record["source"]["name"] == NAMED
        assert record["time"]["start"] <= record["time"]["peak"] <= record["time"]["end"]
        assert 1 <= record["smoke"]["ringelmann"] <= 5, record["smoke"]
        names = {file["name"] for file in record["files"]}
        for name in ("panorama-1.jpg", "panorama-2.jpg", "close-up.jpg", "composite.jpg",
                     "density.png", "clip.mp4"):
            assert name in names and (pack / name).stat().st_size, name
        listed = {line.split()[1].lstrip("*") for line in (pack / "SHA256SUMS").read_text().splitlines()}
        assert listed == names | {"record.json"}, listed ^ names
        assert (pack / "composite.jpg").stat().st_size <= 1_000_000
    assert found[0]["previous"] is None and len(found[1]["previous"]) == 64
    # Peaks are where the vehicles drive: 4..9 s and 17..22 s into the file.
    assert 4 <= found[0]["source"]["media_time_s"] <= 10, found[0]["source"]
    assert 17 <= found[1]["source"]["media_time_s"] <= 23, found[1]["source"]
    assert "intact" in run("verify", "evidence").stdout


def checked_by_others():
    start()
    run("scan", "in")
    for pack in packs("evidence"):
        subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=pack, check=True)
        subprocess.run(["minisign", "-Vqm", "SHA256SUMS", "-p", "../../heiyan.pub"], cwd=pack,
                       check=True)


def clip_has_seconds_around():
    start()
    run("scan", "in")
    record, pack = records("evidence")[1], packs("evidence")[1]
    probe = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration:stream=codec_name",
                            "-of", "json", str(pack / "clip.mp4")], capture_output=True, check=True)
    found = json.loads(probe.stdout)
    # The second vehicle drives from 17 s to 22 s in 26 s of footage, with 5 s before and 4 s after it.
    assert found["streams"][0]["codec_name"] == "h264"
    assert float(found["format"]["duration"]) >= 13, found
    assert not (pack / "clip-preview.mp4").exists()
    assert record["source"]["clip_start"] <= record["time"]["start"]


def second_scan_writes_nothing():
    start()
    run("scan", "in")
    before = tree("evidence")
    second = run("scan", "--json", "in")
    assert second.stdout == "" and tree("evidence") == before
    assert "known already" in second.stderr
    os.rename("in/" + NAMED, "in/renamed.mp4")  # footage is known by its bytes
    run("scan", "in")
    assert tree("evidence") == before
    run("scan", "--again", "--camera", "cam01", "--start-time", "2026-11-23T08:15:00", "in")
    assert len(packs("evidence")) == 2


def same_bytes_whatever_jobs():
    os.mkdir("in")
    for number, name in enumerate(("two", "one", "clean", "two")):
        # The last is a camera of its own with the same footage at the same time: same ends, another camera.
        target = f"in/cam0{number}_2026112308{10 + number % 3}00.mp4"
        shutil.copy(footage(name), target)
    settings = "cameras: [" + ", ".join(f"{{id: cam0{n}}}" for n in range(4)) + "]\n"
    pathlib.Path("site.yaml").write_text(settings)
    lines = {}
    for jobs in ("1", "2", "4"):
        lines[jobs] = run("scan", "-c", "site.yaml", "-o", "e" + jobs, "--json", "--jobs", jobs, "in").stdout
    assert len(packs("e1")) == 5, packs("e1")
    assert tree("e1") == tree("e2") == tree("e4")
    assert lines["1"] == lines["2"] == lines["4"]


def cut_files_are_one_stream():
    os.mkdir("in")
    run("scan", "-o", "whole", "--camera", "cam01", "--start-time", "2026-11-23T08:15:00", footage("one"))
    clip.cut(footage("one"), "in/cam01_20261123081500.mp4", f"in/cam01_202611230815{CUT}.mp4", CUT)
    run("scan", "-o", "parts", "in")
    whole, parts = records("whole"), records("parts")
    assert len(whole) == len(parts) == 1, (whole, parts)
    # The clip crosses the border: it begins in the first file whichever file holds the peak.
    assert parts[0]["source"]["clip_start"] < "2026-11-23T08:15:10", parts[0]["source"]
    for record in whole + parts:  # the vehicle drives from 9 s to 14 s, its smoke stays a little longer
        assert "2026-11-23T08:15:09" <= record["time"]["peak"] <= "2026-11-23T08:15:17", record["time"]


def later_file_changes_nothing_earlier():
    os.mkdir("in")
    clip.cut(footage("one"), "in/cam01_20261123081500.mp4", "later.mp4", CUT)
    run("scan", "in")
    early = {name: tree("evidence")[name] for name in tree("evidence") if "/cam01_" in name}
    os.rename("later.mp4", f"in/cam01_202611230815{CUT}.mp4")
    run("scan", "in")
    now = tree("evidence")
    assert all(now.get(name) == value for name, value in early.items())
    assert len(packs("evidence")) == 1, packs("evidence")
    run("verify", "evidence")


def json_and_quiet():
    start()
    result = run("scan", "--json", "--quiet", "in")
    assert result.stderr == "", result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in lines] == [record["id"] for record in records("evidence")]
    assert lines == records("evidence")


def hevc_has_preview():
    run("scan", "--camera", "h", "--start-time", "2026-11-23T08:15:00", footage("hevc"))
    for pack, record in zip(packs("evidence"), records("evidence")):
        assert record["source"]["codec"] == "hevc"
        for name, codec in (("clip.mp4", "hevc"), ("clip-preview.mp4", "h264")):
            probe = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,pix_fmt",
                                    "-of", "csv=p=0", str(pack / name)], capture_output=True,
                                   text=True, check=True)
            assert probe.stdout.startswith(codec) and "yuv420p" in probe.stdout, probe.stdout
    assert len(packs("evidence")) == 1


def containers_of_recorders():
    """The same packets in another container give the same event; other codecs are analysed to their end."""
    os.mkdir("in")
    recorders = (("mp4", ["-c", "copy"]), ("mkv", ["-c", "copy"]), ("ts", ["-c", "copy"]),
                 ("flv", ["-c", "copy"]), ("avi", ["-c:v", "mpeg4", "-q:v", "2", "-g", "25"]),
                 ("dav", ["-c:v", "mpeg2video", "-q:v", "2", "-g", "25", "-f", "vob"]),
                 ("mov", ["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"]))
    for number, (ending, options) in enumerate(recorders):
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(footage("one")), *options,
                        f"in/cam{number}_20261123081500.{ending}"], check=True)
    result = run("scan", "in")
    assert f"from {len(recorders)} files" in result.stderr, result.stderr
    found = {record["camera"]["id"]: record for record in records("evidence")}
    for number in range(1, 4):
        same = [found[camera] for camera in ("cam0", f"cam{number}")]
        # Containers round stamps to milliseconds: near, not equal.
        assert abs(same[0]["source"]["media_time_s"] - same[1]["source"]["media_time_s"]) < 0.1, same
        assert abs(same[0]["smoke"]["opacity"] - same[1]["smoke"]["opacity"]) < 0.02, same
    run("verify", "evidence")


def stills_are_a_sequence():
    os.mkdir("stills")
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(footage("one")), "-q:v", "2", "stills/%05d.jpg"],
                   check=True)
    run("scan", "--camera", "s", "--start-time", "2026-11-23T08:15:00", "stills")
    assert len(packs("evidence")) == 1, packs("evidence")
    roles = {file["name"]: file["role"] for file in records("evidence")[0]["files"]}
    assert roles["clip.mp4"] == "clip-encoded", roles
    # Beside a video, pictures are not footage.
    shutil.copy(footage("clean"), "stills/clip.mp4")
    result = run("scan", "-o", "e2", "stills")
    assert "650 files that are no footage" in result.stderr and not packs("e2"), result.stderr


def walks_as_it_should():
    for folder in ("in/.hidden", "in/sub", "in/old-evidence"):
        os.makedirs(folder)
    for folder in ("in/.hidden", "in/sub", "in/old-evidence"):
        shutil.copy(footage("clean"), folder + "/a.mp4")
    pathlib.Path("in/old-evidence/heiyan.pub").write_text("x")
    os.symlink("..", "in/sub/loop")
    pathlib.Path("in/notes.txt").write_text("notes")
    result = run("scan", "in")
    assert "from 1 files" in result.stderr and "1 files that are no footage" in result.stderr, result.stderr


def changed_settings_need_again():
    start()
    pathlib.Path("site.yaml").write_text("site: {place: 甲}\n")
    run("scan", "-c", "site.yaml", "in")
    before = tree("evidence")
    pathlib.Path("site.yaml").write_text("site: {place: 乙}\n")
    result = run("scan", "-c", "site.yaml", "in")
    assert "--again" in result.stderr and tree("evidence") == before, result.stderr
    pathlib.Path("site.yaml").write_text("site: {place: 甲}\nevidence: {path: evidence}\n")
    result = run("scan", "-c", "site.yaml", "in")  # what does not touch the evidence is no change
    assert "--again" not in result.stderr, result.stderr


def settings_reach_the_record():
    start()
    pathlib.Path("site.yaml").write_text(
        'site: {name: 高平, place: 建设路, region: "140581", device: D1, latitude: 35.8, longitude: 112.9,\n'
        "       violation: {text: 排放黑烟, code: '7099'}}\n"
        "cameras:\n  - {id: cam01, direction: 由南向北, device: D2, lanes: [\n"
        "      {name: 全部, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}]}\n")
    run("scan", "-c", "site.yaml", "in")
    record = records("evidence")[0]
    assert record["site"] == {"name": "高平", "device": "D2", "place": "建设路", "direction": "由南向北",
                              "region": "140581", "latitude": 35.8, "longitude": 112.9}, record["site"]
    assert record["camera"] == {"id": "cam01", "role": "rear", "lane": "全部"}, record["camera"]
    pathlib.Path("site.yaml").write_text("cameras: [{id: cam01, hours: '20:00-06:00'}]\n")
    run("scan", "-c", "site.yaml", "-o", "night", "in")
    assert not packs("night")


def start_time_given():
    os.mkdir("in")
    for name in ("a", "b"):
        shutil.copy(footage("one" if name == "a" else "two"), f"in/{name}.mp4")
    run("scan", "--start-time", "2026-11-23T08:00:00+08:00", "in/a.mp4", "in/b.mp4")
    found = records("evidence")
    assert len(found) == 3 and all(r["time"]["clock_source"] == "argument" for r in found)
    assert found[0]["time"]["peak"] < "2026-11-23T08:00:26" < found[1]["time"]["peak"], found


def haze_is_taken_off():
    start()
    subprocess.run(["ffmpeg", "-v", "error", "-i", "in/" + NAMED, "-vf", "eq=contrast=0.6:brightness=0.08", "-crf", "18",
                    "hazy.mp4"], check=True)
    run("scan", "in")
    run("scan", "-o", "hazy", "hazy.mp4")
    clear, hazy = records("evidence"), records("hazy")
    assert len(clear) == len(hazy) == 2, (clear, hazy)
    for one, other in zip(clear, hazy):
        assert "haze" not in one["conditions"] and "haze" in other["conditions"], other["conditions"]
        assert abs(one["smoke"]["opacity"] - other["smoke"]["opacity"]) < 0.12, (one["smoke"], other["smoke"])


def debug_video_shows_and_changes_nothing():
    start()
    run("scan", "-o", "plain", "in")
    result = run("scan", "-o", "drawn", "--debug-video", "in")
    videos = list(pathlib.Path("drawn/debug").iterdir())
    assert len(videos) == 1 and videos[0].name.startswith(NAMED[:-4] + "-"), videos
    assert "drawn/debug" in result.stderr, result.stderr
    leave = lambda folder: {name: value for name, value in tree(folder).items() if not name.startswith("debug/")}
    assert leave("plain") == leave("drawn")
    probe = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries",
                            "stream=codec_name,width,height,nb_read_frames:format=duration", "-of", "json",
                            str(videos[0])], capture_output=True, check=True)
    found = json.loads(probe.stdout)
    stream = found["streams"][0]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("h264", 1280, 720), stream
    # 26 s at 12.5 views a second, and the last one stands for a moment.
    assert 300 <= int(stream["nb_read_frames"]) <= 340 and 26 <= float(found["format"]["duration"]) <= 34, found
    # A captured vehicle is drawn in red: at 7 s the first one is on its way, at 1 s the road is empty.
    reds = []
    for second in (1, 7):
        frame = subprocess.run(["ffmpeg", "-v", "error", "-ss", str(second), "-i", str(videos[0]), "-frames:v", "1",
                                "-vf", "crop=848:480:0:0", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"],
                               capture_output=True, check=True).stdout
        reds.append(sum(frame[i] > 180 and frame[i + 1] < 80 and frame[i + 2] < 80 for i in range(0, len(frame), 3)))
    assert reds[0] < 100 < 500 < reds[1], reds
    before = tree("drawn")
    run("scan", "-o", "drawn", "--debug-video", "in")  # known footage is drawn again, sealed no more
    assert tree("drawn") == before
    run("verify", "drawn")
    shutil.move("drawn/debug", "gone")
    pathlib.Path("drawn/debug").write_text("in the way")
    assert "debug" in run("scan", "-o", "drawn", "--debug-video", "in", rc=2).stderr


def draw_stand(path, smoke, width=320, height=180, seconds=24):
    """A lorry drives in, stands from 5 s to 18 s, drives on; smoke: opacity of what churns beside it, 0 = none."""
    road = clip._road(width, height, random.Random(5))
    encoder = subprocess.Popen(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}",
                                "-r", "12.5", "-i", "-", "-pix_fmt", "yuv420p", "-g", "12", "-crf", "18", path],
                               stdin=subprocess.PIPE)
    for number in range(int(seconds * 12.5)):
        time, rows = number / 12.5, [bytearray(row) for row in road]
        away = max(0, 5 - time, time - 18)
        if away == 0 and smoke:
            for puff in range(3):
                churn = 0.75 + 0.4 * math.sin(5.1 * time + 2 * puff) * math.cos(3.3 * time - puff)
                clip._veil(rows, width, height, 192 + 7 * puff, 128 + 4 * math.sin(2 * time + puff), 22, 16, smoke * churn / 2)
        top = int(66 + (120 if time < 5 else -120) * away)
        for row in range(max(0, top), min(height, top + 66)) if away < 1 else ():
            rows[row][120:176] = bytes([215 if (row - top) % 22 < 11 else 40]) * 56
        encoder.stdin.write(b"".join(rows))
    encoder.stdin.close()
    assert encoder.wait() == 0


def zone_names_where_it_stood():
    os.mkdir("in")
    draw_stand("in/smoke.mp4", 0.8)
    draw_stand("in/clean.mp4", 0)
    zone = "zones: [{name: 称重位, polygon: [[0, 0.1], [1, 0.1], [1, 1], [0, 1]]}]"
    pathlib.Path("site.yaml").write_text("cameras: [{id: smoke, " + zone + "}, {id: clean, " + zone + "}]\n")
    run("scan", "-c", "site.yaml", "in")
    found = records("evidence")
    assert [record["camera"]["id"] for record in found] == ["smoke"], found
    smoke = found[0]["smoke"]
    assert smoke["zone"] == "称重位" and 1.5 <= smoke["ringelmann"] <= 4.5, smoke
    reasons = {reason["name"]: reason["text"] for reason in found[0]["reasons"]}
    assert "相对空区域" in reasons["zone_depth"] and "turbulence" in reasons, reasons
    assert 5 <= found[0]["source"]["media_time_s"] <= 19, found[0]["source"]
    run("verify", "evidence")
    run("scan", "-o", "without", "in")  # the smoke of a vehicle that stands needs a zone
    assert not packs("without")


main("scan", [leaves_packs, checked_by_others, clip_has_seconds_around, second_scan_writes_nothing,
              same_bytes_whatever_jobs, cut_files_are_one_stream, later_file_changes_nothing_earlier,
              json_and_quiet, hevc_has_preview, containers_of_recorders, stills_are_a_sequence,
              walks_as_it_should, changed_settings_need_again, settings_reach_the_record,
              start_time_given, haze_is_taken_off, debug_video_shows_and_changes_nothing,
              zone_names_where_it_stood])
