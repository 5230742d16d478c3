"""lib_bench.py SIDES RUST: what libtempfile costs beside others that do the same, as one table.

Each side of a row is a worker process (sides.c, side.py, side.pl, and RUST, built of side.rs where the
crate is there, else ""). A round has each of them do a few operations, one after the other, beginning
with another one each time: what slows the machine down for longer than that slows all of them. All are
on one processor. A side's figure is the median of its rounds per operation; the ratio is the median
of the rounds' own ratios of ours to that side, below 1 where ours is faster.

Files are made in TMPDIR (TMPDIR=/dev/shm for a tmpfs); but those of tmpfile, which does not ask, in /tmp.

BENCH_ROUNDS=N    rounds for each row (200), of which the first tenth does not count
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = {  # operation: (what it is, how often in a round)
    "file": ("named file, made and removed", 50),
    "anonymous": ("file without a name", 50),
    "directory": ("directory, made and removed", 50),
    "spool100": ("100 B written and read back", 100),
    "spool64K": ("64 KiB written and read back", 50),
    "spool1M": ("1 MiB written and read back", 5),
    "atomic": ("1 KiB replaced at once, no sync", 30),
}
NAMES = {
    "libc": "mkstemp, mkdtemp, tmpfile",
    "raw": "system calls alone",
    "python": "Python tempfile",
    "perl": "perl File::Temp",
    "rust": "Rust tempfile",
}


def commands(sides, rust, operation):
    """The workers that there are, ours first."""
    found = {"ours": [sides, "ours", operation]}
    spooled = operation.startswith("spool")
    if not spooled:
        found["raw"] = [sides, "raw", operation]
    if operation != "atomic":
        found["libc"] = [sides, "libc", operation]
    found["python"] = [sys.executable, os.path.join(HERE, "side.py"), operation]
    if shutil.which("perl") and not spooled and operation != "anonymous":
        found["perl"] = ["perl", os.path.join(HERE, "side.pl"), operation]
    if rust:
        found["rust"] = [rust, operation]
    return found


def ask(worker, times):
    worker.stdin.write(f"{times}\n")
    worker.stdin.flush()
    return int(worker.stdout.readline()) / times


def measure(found, times, rounds):
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = {side: subprocess.Popen(command, **pipe) for side, command in found.items()}
    taken = {side: [] for side in workers}
    sides = list(workers)
    for turn in range(rounds):
        for i in range(len(sides)):
            side = sides[(turn + i) % len(sides)]
            taken[side].append(ask(workers[side], times))
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    return {side: figures[rounds // 10 :] for side, figures in taken.items()}


def show(title, taken):
    ours = taken["ours"]
    print(f"{title:42} {statistics.median(ours) / 1000:10.2f} us")
    for side, figures in taken.items():
        if side == "ours":
            continue
        ratio = statistics.median(a / b for a, b in zip(ours, figures))
        print(f"  {NAMES[side]:40} {statistics.median(figures) / 1000:10.2f} us   {ratio:6.3f}")


def main():
    sides, rust = sys.argv[1:]
    rounds = int(os.environ.get("BENCH_ROUNDS", "200"))
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"{'per operation, median':42} {'time':>10}      ours / that")
    with tempfile.TemporaryDirectory(prefix="bench-") as where:
        os.environ["TMPDIR"] = where
        for operation, (title, times) in ROWS.items():
            show(title, measure(commands(sides, rust, operation), times, rounds))


main()
