"""beside.py: tempfile of Python, by the verbs of beside.c, whose manual is there: the same lines for
the same, so that a test can compare."""

import os
import signal
import subprocess
import sys
import tempfile


def show(word, value):
    if isinstance(value, bytes):
        value = value.decode("latin-1").replace("\0", "0")
    print(f"{word} {value}")


def yes(value):
    return "yes" if value else "no"


def tempdir():
    show("dir", tempfile.gettempdir())


def tempdir_later(value):
    tempfile.gettempdir()
    os.environ["TMPDIR"] = value
    show("dir", tempfile.gettempdir())


def set_tempdir(value):
    tempfile.tempdir = value
    show("dir", tempfile.gettempdir())
    with tempfile.NamedTemporaryFile() as file:
        show("made in", os.path.dirname(file.name))


def default_prefix():
    show("prefix", tempfile.gettempprefix())


def affix(text):
    return None if text == "-" else text


def describe(path, prefix, suffix):
    name = os.path.basename(path)
    begin, end = "tmp" if prefix == "-" else prefix, affix(suffix) or ""
    show("begins and ends", yes(name.startswith(begin) and name.endswith(end)))
    show("drawn", len(name) - len(begin) - len(end))
    show("mode", oct(os.stat(path).st_mode & 0o7777)[2:])
    show("absolute", yes(os.path.isabs(path)))


def file(prefix, suffix, where):
    with tempfile.NamedTemporaryFile(
        prefix=affix(prefix), suffix=affix(suffix), dir=affix(where)
    ) as made:
        describe(made.name, prefix, suffix)
        show("in", os.path.dirname(made.name))
        show("inherited", yes(os.get_inheritable(made.fileno())))
        made.write(b"text")
        show("before flush", os.stat(made.name).st_size)
        made.flush()
        show("after flush", os.stat(made.name).st_size)
    show("there afterwards", yes(os.path.exists(made.name)))


def kept():
    with tempfile.NamedTemporaryFile(delete=False) as made:
        made.write(b"text")
    show("there afterwards", yes(os.path.exists(made.name)))
    os.unlink(made.name)


def gone():
    made = tempfile.NamedTemporaryFile()
    os.unlink(made.name)
    try:
        made.close()
        show("close", "ok")
    except OSError as error:
        show("close", os.strerror(error.errno))


def replaced():
    made = tempfile.NamedTemporaryFile()
    os.unlink(made.name)
    with open(made.name, "x"):
        pass
    made.close()
    there = os.path.exists(made.name)
    show("the other one stays", yes(there))
    if there:
        os.unlink(made.name)


def directory(prefix, suffix, script):
    made = tempfile.TemporaryDirectory(prefix=affix(prefix), suffix=affix(suffix))
    describe(made.name, prefix, suffix)
    subprocess.run(["sh", "-c", script, "sh", made.name], check=True)
    try:
        made.cleanup()
        show("cleanup", "ok")
    except OSError as error:
        show("cleanup", os.strerror(error.errno))
    show("there afterwards", yes(os.path.lexists(made.name)))


def anonymous():
    with tempfile.TemporaryFile() as made:
        show("links", os.fstat(made.fileno()).st_nlink)
        show("inherited", yes(os.get_inheritable(made.fileno())))
        show("named in the directory", len(os.listdir(tempfile.gettempdir())))
        made.write(b"text")
        made.seek(1)
        show("read", made.read())


def spool(limit, *operations):
    made = tempfile.SpooledTemporaryFile(max_size=int(limit))
    for operation in operations:
        word, *rest = operation.split(":")
        if word == "write":
            try:
                show(word, made.write(rest[0].encode()))
            except OSError:
                show(word, "failed")
        elif word == "read":
            show(word, made.read(int(rest[0])))
        elif word == "seek":
            try:
                made.seek(int(rest[0]), int(rest[1]))
                show(word, made.tell())
            except (OSError, ValueError):
                show(word, "refused")
        elif word == "tell":
            show(word, made.tell())
        elif word == "truncate":
            made.truncate(int(rest[0]))
        elif word == "rollover":
            made.rollover()
        elif word == "nowhere":
            tempfile.tempdir = "/nowhere"
        elif word == "fileno":
            show(word, yes(made.fileno() >= 0))
        elif word == "named":
            show(word, yes(isinstance(made.name, str)))
        elif word == "disk":
            show(word, yes(made._rolled))
    made.close()


def fails(prefix, where):
    try:
        tempfile.NamedTemporaryFile(prefix=affix(prefix), dir=affix(where))
        show("made", "yes")
    except OSError as error:
        show("error", os.strerror(error.errno))


def nowhere():
    try:
        show("dir", tempfile.gettempdir())
    except OSError as error:
        show("error", os.strerror(error.errno))


def forked():
    made = tempfile.NamedTemporaryFile()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        made.close()
        os._exit(0)
    os.waitpid(child, 0)
    there = os.path.exists(made.name)
    show("after the child", yes(there))
    if not there:
        made._closer.delete = False


def ended():
    globals()["held"] = tempfile.NamedTemporaryFile()
    sys.exit(0)


def terminated():
    globals()["held"] = tempfile.NamedTemporaryFile()
    os.kill(os.getpid(), signal.SIGTERM)


globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
