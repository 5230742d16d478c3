#!/bin/sh
# leaky.sh PROGRAM: leaves temporary files behind in four ways that happen every day.

# A shell script that forgets what mktemp made.
list=$(mktemp)
head -c 20000 /dev/zero >"$list"

# A Python program that is killed inside the `with` that would have removed its directory.
if command -v python3 >/dev/null; then
	(
		python3 -c '
import os, signal, tempfile
with tempfile.TemporaryDirectory(prefix="python-") as directory:
    with open(os.path.join(directory, "model.bin"), "wb") as file:
        file.write(bytes(300000))
    os.kill(os.getpid(), signal.SIGKILL)'
		true # so that the shell in these parentheses waits, and says "Killed" to nobody
	) 2>/dev/null
fi

# A sort that is killed in the middle. Its input comes from a pipe that is not closed, so it has
# spilled, and waits for more.
pipe=$(mktemp -u)
mkfifo "$pipe"
exec 9<>"$pipe"
rm -f "$pipe"
LC_ALL=C sort -S 8M <&9 9<&- >/dev/null &
seq 600000 >&9
while kill -0 $! && ! ls "${TMPDIR:-/tmp}"/sort?????? >/dev/null 2>&1; do
	sleep 0.05
done
kill -KILL $!
wait $! 2>/dev/null

# A C program with /tmp written into it.
"$1"
