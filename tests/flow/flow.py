"""What the flow tests share: a case counter, a scratch folder, the program, and a few clips drawn once per run.

Each script ends with the line `NAME: N passed, M failed, K skipped` and fails when a case failed or none ran.
HEIYAN names the program (default: build/heiyan), HEIYAN_CLIPS a folder to keep the drawn clips in.
"""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import traceback

import clip

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HEIYAN = os.environ.get("HEIYAN", str(ROOT / "build" / "heiyan"))


class Skip(Exception):
    """This machine cannot run the case."""


def run(*arguments, rc=0, env=None, **options):
    """Runs the program; the result has .stdout and .stderr as text. rc: the expected exit status, None = any."""
    result = subprocess.run([HEIYAN, *map(str, arguments)], capture_output=True, text=True,
                            env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(env or {})},
                            timeout=300, check=False, **options)
    if rc is not None and result.returncode != rc:
        raise AssertionError(f"heiyan {' '.join(map(str, arguments))}: exit status "
                             f"{result.returncode}, not {rc}\n{result.stdout}{result.stderr}")
    return result


def packs(folder):
    """The pack folders of an evidence folder, sorted."""
    return sorted(path.parent for path in pathlib.Path(folder).glob("????-??-??/*/record.json"))


def records(folder):
    return [json.loads((pack / "record.json").read_text()) for pack in packs(folder)]


def tree(folder):
    """Every file below the folder, .heiyan included, with the SHA-256 of its bytes."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def _clip_folder():
    recipe = hashlib.sha256((HERE / "clip.py").read_bytes() +
                            pathlib.Path(__file__).read_bytes()).hexdigest()[:16]
    base = pathlib.Path(os.environ.get("HEIYAN_CLIPS", tempfile.gettempdir()))
    folder = base / f"heiyan-clips-{os.getuid()}-{recipe}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


RECIPES = {
    # Two smoking vehicles and a clean one; more empty road than traffic, as the program needs it.
    "two": dict(seconds=26, vehicles=[clip.Vehicle(4, .35, .85), clip.Vehicle(11, .65),
                                      clip.Vehicle(17, .5, .85)]),
    # One smoking vehicle from 9 s to 14 s of 26 s: cut at CUT, the passage crosses the border.
    "one": dict(seconds=26, vehicles=[clip.Vehicle(9, .35, .85)], seed=1),
    "clean": dict(seconds=10, vehicles=[clip.Vehicle(3, .6)], seed=3),
    "hevc": dict(seconds=18, vehicles=[clip.Vehicle(6, .35, .85)], seed=4, codec="libx265",
                 options=("-x265-params", "log-level=none:keyint=25:pools=1")),
}
CUT = 12


def footage(name, suffix=".mp4"):
    """Path of a drawn clip; drawn on first use, then kept."""
    path = _clip_folder() / (name + suffix)
    if not path.exists():
        part = path.with_name(f"{os.getpid()}-{path.name}")
        clip.make(part, **RECIPES[name])
        part.rename(path)
    return path


def certificate(key="key.pem", chain="cert.pem"):
    """Writes the key and the certificate of localhost that nobody has signed."""
    if not shutil.which("openssl"):
        raise Skip("no openssl to make a certificate with")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", chain], check=True, capture_output=True)


@contextlib.contextmanager
def scratch():
    """A folder of its own, with the installation's key kept inside it; the working directory while it lasts."""
    before = os.getcwd()
    state = os.environ.get("HEIYAN_STATE")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="heiyan-flow-"))
    os.environ["HEIYAN_STATE"] = str(folder / "state")
    os.chdir(folder)
    try:
        yield folder
    finally:
        os.chdir(before)
        if state is None:
            del os.environ["HEIYAN_STATE"]
        else:
            os.environ["HEIYAN_STATE"] = state
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def small_disk(size, *options):
    """A disk of its own, mounted on ./small."""
    if os.getuid() != 0:
        raise Skip("a small disk needs root to mount")
    os.mkdir("small")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(("size=" + size, *options)), "tmpfs", "small"], check=False,
                      capture_output=True).returncode:
        raise Skip("may not mount here")
    try:
        yield pathlib.Path("small")
    finally:
        subprocess.run(["umount", "small"], check=True)
        os.rmdir("small")


def main(name, cases):
    """Runs functions of no arguments, each in a scratch folder."""
    passed = failed = skipped = 0
    wanted = sys.argv[1:]
    for case in cases:
        if wanted and case.__name__ not in wanted:
            continue
        try:
            with scratch():
                case()
            passed += 1
        except Skip as why:
            skipped += 1
            print(f"{name}: {case.__name__} skipped: {why}")
        except Exception:  # a case may fail in any way; the next still runs
            failed += 1
            print(f"{name}: {case.__name__} FAILED\n{traceback.format_exc()}")
    print(f"{name}: {passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed + skipped else 0)
