"""side.py: `python3 side.py OPERATION`: a worker of lib_bench.py with Python's tempfile."""

import os
import sys
import tempfile
import time

DATA = b"x" * (1 << 20)
DIR = os.environ["TMPDIR"]


def file():
    tempfile.NamedTemporaryFile().close()


def anonymous():
    tempfile.TemporaryFile().close()


def directory():
    tempfile.TemporaryDirectory().cleanup()


def spool(amount):
    data = DATA[:amount]

    def run():
        with tempfile.SpooledTemporaryFile(max_size=1 << 20) as made:
            made.write(data)
            made.seek(0)
            made.read()

    return run


def atomic():
    fd, path = tempfile.mkstemp(dir=DIR)
    with os.fdopen(fd, "wb") as out:
        out.write(DATA[:1024])
    os.replace(path, DIR + "/python-target")


RUN = {
    "file": file,
    "anonymous": anonymous,
    "directory": directory,
    "spool100": spool(100),
    "spool64K": spool(65536),
    "spool1M": spool(1 << 20),
    "atomic": atomic,
}[sys.argv[1]]

for line in sys.stdin:
    start = time.monotonic_ns()
    for _ in range(int(line)):
        RUN()
    print(time.monotonic_ns() - start, flush=True)
