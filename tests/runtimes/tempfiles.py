"""tempfiles.py HOW: every class and function of tempfile, ended as HOW says.

What is printed is the same in every run but for the names drawn at random.
"""

import multiprocessing
import os
import shutil
import signal
import stat
import sys
import tempfile

TEMP = tempfile.gettempdir()
KEPT = []  # what is open at the end


def show(what, path):
    info = os.lstat(path)
    kind = "directory" if stat.S_ISDIR(info.st_mode) else "file"
    print(f"{what}: {path} is a {kind}, {stat.S_IMODE(info.st_mode):o}, {info.st_nlink} links")


def draw(*names):
    """The names to be drawn next. One of 50 that are known by their draws alone may stay."""
    tempfile._name_sequence = iter(names) if names else None


def fill(path):
    os.makedirs(os.path.join(path, "below", "below"))
    for name in "one", "two":
        with open(os.path.join(path, "below", name), "w") as file:
            file.write(name)
    os.chmod(os.path.join(path, "below", "below"), 0o500)


def orderly():
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 100000)
        file.seek(0)
        print("TemporaryFile:", len(file.read()), os.fstat(file.fileno()).st_nlink, "links")
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"named")
        file.flush()
        show("NamedTemporaryFile", file.name)
        with open(file.name, "rb") as again:
            print(again.read())
    print(os.path.exists(file.name))
    with tempfile.NamedTemporaryFile("w", prefix="mine-", suffix=".txt", dir=".") as file:
        show("with prefix, suffix and dir", file.name)
    kept = tempfile.NamedTemporaryFile(delete=False)
    kept.close()
    show("delete=False", kept.name)
    os.unlink(kept.name)
    with tempfile.SpooledTemporaryFile(max_size=10) as file:
        file.write(b"12345")
        print("spooled:", file._rolled)
        file.write(b"6789012345")
        file.seek(3)
        print("rolled over:", file._rolled, file.read())
    with tempfile.TemporaryDirectory(prefix="mine-", suffix=".txt") as path:
        fill(path)
        show("TemporaryDirectory", path)
    print(os.path.exists(path))
    path = tempfile.TemporaryDirectory()
    path.cleanup()
    print(os.path.exists(path.name))
    fd, path = tempfile.mkstemp(text=True)
    os.close(fd)
    show("mkstemp", path)
    os.unlink(path)
    path = tempfile.mkdtemp()
    show("mkdtemp", path)
    shutil.rmtree(path)
    try:
        tempfile.mkstemp(dir="missing")
    except FileNotFoundError as error:
        print(error)
    print(sorted(os.listdir(".")), tempfile.gettempprefix())


def forgotten():
    """What was made in the temporary directory and never removed, and what was meant to stay."""
    for number in range(6):
        fd, path = tempfile.mkstemp()
        os.write(fd, b"%d" % number)
        show("mkstemp", path)
    draw("v557il2p", "28b54v49", "k3j_x9ab", "_q7xz2k_")
    for number in range(3):
        path = tempfile.mkdtemp("", "mine-")
        fill(path)
        show("mkdtemp", path)
    with tempfile.NamedTemporaryFile("w", prefix="mine-", suffix=".txt", delete=False) as file:
        file.write("kept")
    show("delete=False", file.name)
    draw()


def meant():
    """Files with names of their own, in TMPDIR; drawn names elsewhere; drawn and then renamed."""
    with open(os.path.join(TEMP, "by-name.txt"), "x") as file:
        file.write("made with open")
    os.close(os.open(os.path.join(TEMP, "notes.txt"), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    os.mkdir(os.path.join(TEMP, "folder"), 0o700)
    with open(os.path.join(TEMP, "folder", "a1b2c3d4"), "x") as file:
        file.write("in a directory that is not ours")
    with tempfile.NamedTemporaryFile("w", dir=os.path.join(TEMP, "folder"), delete=False) as file:
        file.write("below")
    os.rename(file.name, os.path.join(TEMP, "folder", "renamed"))
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("published beside")
    os.rename(file.name, os.path.join(TEMP, "published.txt"))
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("published")
    os.replace(file.name, "published.txt")
    with tempfile.NamedTemporaryFile("w", dir=".", delete=False) as file:
        file.write("outside the temporary directory")
    show("dir=.", file.name)
    shutil.move(tempfile.mkdtemp(), "moved")


def open_at_the_end():
    KEPT.append(tempfile.TemporaryFile())
    KEPT.append(tempfile.SpooledTemporaryFile(max_size=1))
    KEPT[-1].write(b"rolled over")
    KEPT.append(tempfile.TemporaryDirectory())
    fill(KEPT[-1].name)
    for _ in range(6):
        KEPT.append(tempfile.NamedTemporaryFile())
        show("NamedTemporaryFile", KEPT[-1].name)
    sys.stdout.flush()


def killed():
    open_at_the_end()
    os.kill(os.getpid(), signal.SIGKILL)


def exited():
    open_at_the_end()
    os._exit(7)


def forked():
    """A child's end takes nothing of its parent's, and what it made itself is the session's."""
    mine = tempfile.NamedTemporaryFile()
    reader, writer = os.pipe()
    if os.fork() == 0:
        path = tempfile.mkstemp()[1]
        os.write(writer, path.encode())
        os._exit(0)
    os.wait()
    path = os.read(reader, 4096).decode()
    show("the child's", path)
    show("the parent's", mine.name)
    for _ in range(3):
        tempfile.mkstemp()
    sys.exit(3)


def make(number):
    fd, path = tempfile.mkstemp()
    os.write(fd, b"%d" % number)
    os.close(fd)
    return path


def worked():
    """The files of workers are there for who started them, when they have ended, too."""
    for method in "fork", "spawn", "forkserver":
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            paths = pool.map(make, range(3))
        pool.join()
        for path in paths:
            with open(path) as file:
                print(method, path, file.read())
        queue = context.SimpleQueue()
        process = context.Process(target=queue.put, args=(method,))
        process.start()
        print(queue.get())
        process.join()
        print("it ended with", process.exitcode)
    with multiprocessing.Manager() as manager:
        print(manager.list([1, 2]))


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print("done")
