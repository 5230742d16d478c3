"""parse.py SCENARIO USER UID TRACE...: what processes created directly in a temp root, from the
files of `strace -ff`; lines of PROGRAM CALL FLAGS MODE ROOT NAME TEMPLATE SCENARIO, with tabs.

%p stands for the maker's process id, %u for its user's number, %s for the time in seconds.
"""
import os
import re
import sys
import time

ROOTS = ("/tmp", "/var/tmp", "/dev/shm")
FUNCTIONS = {"open64": "open", "__open": "open", "__open64": "open", "openat64": "openat"}
TEXT = r'"((?:[^"\\]|\\.)*)"'
CREATES = re.compile(r"(openat2?|open|creat|mkdirat|mkdir)\((?:(AT_FDCWD|-?\d+)(?:<((?:[^>\\]|\\.)*)>)?, )?" + TEXT)


def unquote(text):
    plain = text.encode("latin-1", "replace").decode("unicode_escape")
    return plain.encode("latin-1", "replace").decode("utf-8", "replace")


class Process:
    def __init__(self, pid, program="", cwd="/"):
        self.pid, self.program, self.cwd, self.mark = pid, program, cwd, None


def shown(name, pid, uid):
    def number(match):
        digits = match.group(0)
        if digits == str(pid):
            return "%p"
        if digits == uid:
            return "%u"
        if len(digits) >= 10 and abs(int(digits[:10]) - time.time()) < 86400:
            return "%s" + digits[10:]
        return digits

    return re.sub(r"\d+", number, name.replace("%", "%%"))


def flags_of(line):
    found = re.search(r"\b(O_[A-Z_|]+)", line)
    words = found.group(1).lower().replace("o_", "").split("|") if found else []
    return ",".join(w for w in words if w in ("creat", "excl", "trunc", "wronly", "rdwr", "append"))


def report(process, line, call, path):
    root, name = os.path.split(path)
    if root not in ROOTS or not name:
        return
    function, argument = process.mark or ("unseen", "")
    makes_dir = call.startswith("mkdir")
    temporary = function.startswith("mk") and "temp" in function
    if not temporary and not (function != "unseen" and os.path.basename(argument.rstrip("/")) == name):
        function, argument = "unseen", ""
    mode = re.findall(r", 0([0-7]*)\b(?=[),])", line.rsplit(" = ", 1)[0] + ")")
    template = os.path.basename(argument) if temporary else "-"
    print(process.program, FUNCTIONS.get(function, function), "dir" if makes_dir else flags_of(line) or "creat,trunc,wronly",
          "0" + (mode[-1] if mode else ""), root, shown(name, process.pid, sys.argv[3]),
          shown(template, process.pid, sys.argv[3]), sys.argv[1], sep="\t")


def handle(process, line, children):
    call = line.split("(", 1)[0]
    failed = re.search(r"\) += -1 ", line)
    if call == "faccessat":
        marked = re.search(r'"/idiom/([^/]*)/' + TEXT[1:], line)
        if marked and marked.group(1) == "exe":
            process.program = os.path.basename(unquote(marked.group(2)))
        elif marked:
            process.mark = (marked.group(1), unquote(marked.group(2)))
        return
    if failed:
        return
    if call in ("clone", "clone3", "fork", "vfork"):
        child = re.search(r"\) += (\d+)", line)
        if child:
            pid = process.pid if "CLONE_THREAD" in line else int(child.group(1))
            children[int(child.group(1))] = Process(pid, process.program, process.cwd)
    elif call == "execve":
        path = unquote(re.search(TEXT, line).group(1))
        process.program = os.path.basename(os.path.realpath(os.path.join(process.cwd, path)))
    elif call == "chdir":
        process.cwd = os.path.normpath(os.path.join(process.cwd, unquote(re.search(TEXT, line).group(1))))
    elif call == "fchdir":
        process.cwd = re.search(r"<(.*)>", line).group(1)
    else:
        made = CREATES.match(line)
        if made and (call.startswith("mkdir") or call == "creat" or "O_CREAT" in line):
            base = made.group(3) or process.cwd
            path = os.path.normpath(os.path.join(base, unquote(made.group(4))))
            report(process, line, call, path)
            process.mark = None


def is_first(path):
    with open(path, errors="replace") as trace:
        return re.match(r'execve\("[^"]*/env", \["env", "-i"', trace.readline())


def main():
    traces = {int(path.rsplit(".", 1)[1]): path for path in sys.argv[4:]}
    todo = sorted(traces)
    known = {pid: Process(pid, cwd=os.getcwd()) for pid in todo if is_first(traces[pid])}
    for _ in range(len(todo)):
        ready = [pid for pid in todo if pid in known]
        if not ready:
            break
        for pid in ready:
            todo.remove(pid)
            with open(traces[pid], errors="replace") as trace:
                for line in trace:
                    handle(known[pid], line, known)


main()
