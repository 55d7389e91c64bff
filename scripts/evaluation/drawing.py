"""Clips made several at a time: in a hidden folder of drafts, from which each moves to its place when it is complete."""
import concurrent.futures
import sys


def drafts(out):
    """The folder of drafts in OUT; draw_all removes it when nothing is left in it."""
    return out / ".rendering"


def draw_all(out, jobs, tasks):
    """Runs (name, function, arguments...), each of which returns "" or what went wrong; prints the one or the other. Exit status."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        results = [(name, pool.submit(*call)) for name, *call in tasks]
        for name, result in results:
            problem = result.result()
            failed += bool(problem)
            print(problem or name, file=sys.stderr if problem else sys.stdout, flush=True)
    if drafts(out).is_dir() and not any(drafts(out).iterdir()):
        drafts(out).rmdir()
    return 1 if failed else 0
