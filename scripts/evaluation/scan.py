"""Runs `heiyan scan` on clips, one evidence folder per clip, and reads the records it leaves."""
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import resource
import subprocess
import tempfile
import time


@dataclasses.dataclass
class Scan:
    records: list
    status: int       # exit status of the program
    message: str      # what it said on stderr
    wall_s: float


def read_records(folder):
    """The records of an evidence folder, by media time."""
    records = [json.loads(path.read_text(encoding="utf-8"))
               for path in sorted(pathlib.Path(folder).glob("????-??-??/*/record.json"))]
    return sorted(records, key=lambda r: (r["source"]["media_time_s"] or 0, r["id"]))


def scan_clip(program, clip, folder, state, options=()):
    """Scans one clip into folder; never raises for what the program does."""
    started = time.monotonic()
    done = subprocess.run([str(program), "scan", "--quiet", "--jobs", "1", *options, "-o", str(folder),
                           str(clip.path)], capture_output=True, text=True, check=False,
                          env={**os.environ, "HEIYAN_STATE": str(state), "LANG": "C.UTF-8"})
    return Scan(read_records(folder), done.returncode, done.stderr.strip(), time.monotonic() - started)


def scan_clips(program, clips, keep=None, jobs=1, options=(), progress=None):
    """([Scan per clip], CPU seconds in all). keep: folder in which the evidence stays, EVIDENCE/NUMBER-STEM per clip."""
    with tempfile.TemporaryDirectory(prefix="heiyan-evaluate-") as scratch:
        base = pathlib.Path(keep) if keep else pathlib.Path(scratch) / "evidence"
        base.mkdir(parents=True, exist_ok=True)
        state = pathlib.Path(scratch) / "state"
        state.mkdir()
        folders = [base / f"{i + 1:03}-{clip.path.stem}" for i, clip in enumerate(clips)]
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
            running = [pool.submit(scan_clip, program, clip, folder, state, options)
                       for clip, folder in zip(clips, folders)]
            for count, future in enumerate(concurrent.futures.as_completed(running), 1):
                future.result()
                if progress:
                    progress(count, len(clips))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
        return [future.result() for future in running], cpu
