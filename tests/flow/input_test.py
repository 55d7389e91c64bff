#!/usr/bin/env python3
"""Bad input: each with a clear message, and the rest of the job done."""
import os
import pathlib
import shutil
import subprocess

from flow import HEIYAN, Skip, footage, main, packs, run, small_disk, tree


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def beside_good(bad, *words, rc=1):
    """The bad file is named with a reason, the good one beside it is analysed."""
    shutil.copy(footage("one"), "good.mp4")
    for extra in ([], ["--jobs", "1"]):
        result = run("scan", "-o", "e" + str(len(extra)), "--quiet", *extra, bad, "good.mp4", rc=rc)
        assert pathlib.Path(bad).name in result.stderr, result.stderr
        assert any(word in result.stderr for word in words), result.stderr
        assert len(packs("e" + str(len(extra)))) == 1
    run("verify", "e0")
    return result


def empty_file():
    pathlib.Path("empty.mp4").touch()
    beside_good("empty.mp4", "empty")
    run("scan", "-o", "e3", "empty.mp4", rc=2)


def text_named_mp4():
    pathlib.Path("text.mp4").write_text("this is no video\n" * 1000)
    beside_good("text.mp4", "not a video")


def noise_named_mp4():
    pathlib.Path("noise.mp4").write_bytes(bytes((i * i * 31 + i // 7) & 255 for i in range(200000)))
    beside_good("noise.mp4", "not a video", "no video", "cannot", "damaged")


def without_video():
    ffmpeg("-f", "lavfi", "-i", "sine=duration=3", "-c:a", "aac", "sound.mp4")
    beside_good("sound.mp4", "no video")


def truncated():
    data = footage("two", ".mkv").read_bytes()
    pathlib.Path("cut.mkv").write_bytes(data[:len(data) * 6 // 10])
    result = run("scan", "--quiet", "cut.mkv")
    assert "cut.mkv" in result.stderr and "truncated" in result.stderr, result.stderr
    assert len(packs("evidence")) == 1, packs("evidence")


def truncated_without_index():
    data = footage("two").read_bytes()
    pathlib.Path("cut.mp4").write_bytes(data[:len(data) // 2])  # its index stood at the end
    beside_good("cut.mp4", "cut off before its index", "damaged")


def damaged_in_the_middle():
    data = bytearray(footage("two", ".mkv").read_bytes())
    for at in range(len(data) // 3, len(data) // 3 + 20000, 7):
        data[at] ^= 0x5A
    pathlib.Path("hurt.mkv").write_bytes(data)
    result = run("scan", "--quiet", "hurt.mkv")
    assert "hurt.mkv" in result.stderr and "damaged" in result.stderr, result.stderr
    run("verify", "evidence")


def tiny_picture():
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=16x16:rate=25:duration=3", "-pix_fmt", "yuv420p", "tiny.mp4")
    beside_good("tiny.mp4", "16x16")


def huge_picture():
    # 8K: decoded, or refused clearly.
    ffmpeg("-f", "lavfi", "-i", "color=gray:size=7680x4320:rate=2:duration=1", "-preset", "ultrafast",
           "-pix_fmt", "yuv420p", "huge.mp4")
    result = run("scan", "--quiet", "huge.mp4", rc=None)
    assert result.returncode == 0 or "7680x4320" in result.stderr, result.stderr
    ffmpeg("-f", "lavfi", "-i", "color=gray:size=9000x5000:rate=1:duration=1", "-c:v", "mjpeg",
           "-pix_fmt", "yuvj420p", "larger.avi")
    beside_good("larger.avi", "9000x5000")


def unreadable_file():
    if os.getuid() == 0:
        raise Skip("root reads everything")
    shutil.copy(footage("clean"), "locked.mp4")
    os.chmod("locked.mp4", 0)
    beside_good("locked.mp4", "Permission denied")


def missing_path():
    beside_good("nowhere.mp4", "No such file")
    run("scan", "nowhere.mp4", rc=2)


def folder_without_footage():
    os.mkdir("docs")
    pathlib.Path("docs/a.txt").write_text("x")
    result = run("scan", "docs", rc=2)
    assert "no footage" in result.stderr
    assert not os.path.exists("evidence")


def readonly_evidence_folder():
    shutil.copy(footage("one"), "good.mp4")
    os.mkdir("ro")
    if os.getuid() == 0:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", "ro"], check=False,
                          capture_output=True).returncode:
            raise Skip("may not mount here")
    else:
        os.chmod("ro", 0o555)
    try:
        result = run("scan", "-o", "ro/evidence", "good.mp4", rc=2)
        assert "ro/evidence" in result.stderr, result.stderr
    finally:
        if os.getuid() == 0:
            subprocess.run(["umount", "ro"], check=True)


def full_disk():
    shutil.copy(footage("two"), "two.mp4")
    run_full = 0
    for size in ("1500k", "2600k", "400k"):
        with small_disk(size):
            result = run("scan", "--quiet", "-o", "small/evidence", "two.mp4", rc=None)
            if result.returncode:
                run_full += 1
                assert result.returncode in (1, 2), result
                assert "No space left" in result.stderr or "no space left" in result.stderr, result.stderr
            # What is finished stays, and is whole.
            if os.path.isdir("small/evidence/chain"):
                run("verify", "small/evidence")
            if not os.path.exists("moved") and os.path.isdir("small/evidence"):
                shutil.copytree("small/evidence", "moved", symlinks=True)
    assert run_full, "no size was too small"
    run("scan", "-o", "moved", "two.mp4")  # with room again, the rest is done
    assert len(packs("moved")) == 2
    run("verify", "moved")


def held_by_another():
    shutil.copy(footage("two"), "two.mp4")
    first = subprocess.Popen([HEIYAN, "scan", "--quiet", "two.mp4"])
    try:
        for _ in range(2000):
            if os.path.exists("evidence/.heiyan/lock") or first.poll() is not None:
                break
        result = run("scan", "two.mp4", rc=None)
        assert result.returncode in (0, 2), result
        assert result.returncode == 0 or "evidence" in result.stderr, result.stderr
    finally:
        first.wait()
    assert len(packs("evidence")) == 2
    before = tree("evidence")
    run("scan", "two.mp4")
    assert tree("evidence") == before


main("input", [empty_file, text_named_mp4, noise_named_mp4, without_video, truncated,
               truncated_without_index, damaged_in_the_middle, tiny_picture, huge_picture, unreadable_file,
               missing_path, folder_without_footage, readonly_evidence_folder, full_disk, held_by_another])
