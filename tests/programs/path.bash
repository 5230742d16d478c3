# path.bash: PATH with the directories of daemons and databases, for run.sh and the harness.

# shellcheck shell=bash
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/games
for directory in /usr/lib/postgresql/*/bin /usr/libexec/postgresql*; do # Debian; Alpine
	[[ ! -d $directory ]] || PATH+=:$directory
done
unset directory
