"""label.py RAW: makes the corpus of what collect.sh has written, by the labels in labels.tsv, of which
the first that fits decides. What a scenario names outright is wanted: it is what was asked for.

Of what differs only in what was drawn, three are kept. Lines that no label fits are named, and left
out.
"""
import fnmatch
import hashlib
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SAME = 3


def half_of(program):
    return ("tuning", "held")[int(hashlib.sha256(program.encode()).hexdigest()[0], 16) % 2]


def labels():
    with open(os.path.join(HERE, "labels.tsv"), encoding="utf-8") as rules:
        return [line.rstrip("\n").split("\t") for line in rules if line.strip() and not line.startswith("#")]


def fits(rule, program, call, name):
    return all(fnmatch.fnmatchcase(text, glob) for text, glob in zip((program, call, name), rule))


def main():
    rules, kept, unknown = labels(), {}, set()
    scenarios = ""
    for name in sorted(os.listdir(os.path.join(HERE, "scenarios"))):
        with open(os.path.join(HERE, "scenarios", name), encoding="utf-8") as file:
            scenarios += file.read()
    with open(sys.argv[1], encoding="utf-8") as raw:
        lines = [line.rstrip("\n").split("\t") for line in raw]
    made = {(line[7], line[4], line[5]) for line in lines if "excl" in line[2]}
    for program, call, flags, mode, root, name, template, scenario in lines:
        if flags != "dir" and "excl" not in flags and (scenario, root, name) in made:
            continue  # opened again
        found = ("", "", "named", "wanted", "named by its user")
        if not re.search(re.escape(root + "/" + name) + r"(?![\w.-])", scenarios):
            found = next((rule for rule in rules if fits(rule, program, call, name)), None)
        if not found:
            unknown.add("\t".join((program, call, flags, mode, name)))
            continue
        alike = template if template != "-" else name if found[3] == "wanted" else found[2] + found[1]
        same = kept.setdefault((program, call, flags, mode, alike), [])
        row = (half_of(program), program, call, flags, mode, root, name, template, found[3], found[4])
        if len(same) < SAME and row not in same:
            same.append(row)
    for row in sorted(r for same in kept.values() for r in same):
        print(*row, sep="\t")
    for line in sorted(unknown):
        print(line, file=sys.stderr)


main()
