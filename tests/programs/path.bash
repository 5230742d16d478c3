# path.bash: SYSTEM_PATH, where Debian's packages put their programs, daemons and databases, and not
# what else a machine has; for run.sh and the harness.

# shellcheck shell=bash disable=SC2034
SYSTEM_PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/games
for directory in /usr/lib/postgresql/*/bin /usr/libexec/postgresql*; do # Debian; Alpine
	[[ ! -d $directory ]] || SYSTEM_PATH+=:$directory
done
unset directory
