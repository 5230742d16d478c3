"""judge.py CORPUS REPLAY SHIM DIR [HALF]: has each entry of the corpus made again under the library,
by a process of the program's name that a shell has started, and looks which of them are gone when
that has ended.

Prints every wanted one that is gone, then for each half what was removed of what, and with HALF also
which temporary ones stayed. DIR has room for the files. As root, it goes on as somebody else: names
with the number of a user are judged differently for root.
"""
import hashlib
import os
import shutil
import subprocess
import sys

COLUMNS = ("half", "program", "call", "flags", "mode", "root", "name", "template", "label", "why")
TRY_AGAIN = 77


def read(path):
    with open(path, encoding="utf-8") as corpus:
        for line in corpus:
            if not line.startswith("#"):
                yield dict(zip(COLUMNS, line.rstrip("\n").split("\t")))


def half_of(program):
    return ("tuning", "held")[int(hashlib.sha256(program.encode()).hexdigest()[0], 16) % 2]


def is_idiom(entry):
    """Made by a call that the library sees, as a mkstemp makes its files; not by libc's."""
    return "temp" not in entry["call"] and entry["call"] != "unseen" and "-below" not in entry["call"] and (
        entry["flags"] == "dir" and entry["mode"] == "0700"
        or "excl" in entry["flags"] and entry["mode"] == "0600")


def rounds(entries):
    """Names that were made more than once are made one after the other."""
    while entries:
        names, now, later = set(), [], []
        for entry in entries:
            (later if entry["name"] in names else now).append(entry)
            names.add(entry["name"])
        yield now
        entries = later


def replay(program, entries, place):
    own = os.path.join(place, "bin", program)
    root = os.path.join(place, "root")
    lines = "".join("\t".join(e[c] for c in ("call", "flags", "mode", "name", "template")) + "\n" for e in entries)
    env = {"LD_PRELOAD": os.path.join(place, "shim.so"), "TMPDIR": root, "USER": "joanna", "LOGNAME": "joanna",
           "HOME": "/", "PATH": "/usr/bin:/bin"}
    os.path.exists(own) or os.link(os.path.join(place, "replay"), own)
    for _ in range(2000):
        done = subprocess.run(["/bin/sh", "-c", '"$@"; exit "$?"', "sh", own, root], input=lines, env=env, cwd="/", text=True, capture_output=True)
        if done.returncode != TRY_AGAIN:
            break
    paths = done.stdout.splitlines()
    if done.returncode != 0 or done.stderr or len(paths) != len(entries) or "" in paths:
        sys.exit(f"judge: {program}: status {done.returncode}: {done.stderr} {lines} {paths}")
    for entry, path in zip(entries, paths):
        entry["gone"] = not os.path.lexists(path)
    for name in os.listdir(root):
        path = os.path.join(root, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)


def count(half, what, entries):
    gone = sum(e["gone"] for e in entries)
    print(f"{half}: {what}: {gone} of {len(entries)} removed, {100 * gone // max(1, len(entries))} %")


def main():
    corpus, program, shim, place = sys.argv[1:5]
    entries = list(read(corpus))
    os.makedirs(os.path.join(place, "bin"))
    os.makedirs(os.path.join(place, "root"))
    shutil.copy(program, os.path.join(place, "replay"))
    shutil.copy(shim, os.path.join(place, "shim.so"))
    if os.getuid() == 0:
        for name in ("", "bin", "root", "replay", "shim.so"):
            os.chown(os.path.join(place, name), 65534, 65534)
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    for entry in entries:
        if entry["half"] != half_of(entry["program"]):
            sys.exit(f"judge: {entry['program']} is not of the half {entry['half']}")
    if sys.argv[5:]:
        entries = [e for e in entries if e["half"] == sys.argv[5]]
    for name in sorted({e["program"] for e in entries}):
        for some in rounds([e for e in entries if e["program"] == name]):
            replay(name, some, place)
    for entry in entries:
        if entry["label"] == "wanted" and entry["gone"] or sys.argv[5:] and entry["label"] == "temp" and not entry["gone"]:
            print("gone:" if entry["gone"] else "stays:", *(entry[c] for c in COLUMNS))
    for half in sorted({e["half"] for e in entries}, reverse=True):
        mine = [e for e in entries if e["half"] == half]
        temp = [e for e in mine if e["label"] == "temp"]
        count(half, "wanted", [e for e in mine if e["label"] == "wanted"])
        count(half, "temporary, by a mkstemp of their own", [e for e in temp if is_idiom(e)])
        count(half, "temporary, by libc's", [e for e in temp if "temp" in e["call"]])
        count(half, "temporary, all", temp)


main()
