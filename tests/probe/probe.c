/* probe.c: a program that does with temporary files whatever its arguments say, word by word.
 *
 *	probe mkstemp /tmp/aXXXXXX write hello fork { mkdtemp /tmp/bXXXXXX } wait raise KILL
 *
 * What it prints holds nothing that differs from run to run (random letters are masked), so that
 * the output of a run with the shim can be compared with the output of a run without it, as text.
 * `@` stands for the path of the last file or directory made, put in when its word is reached; `%`
 * is the same, put in when the block around it is handed to another program.
 *
 * Making           mkstemp T, mkostemp T FLAGS, mkstemps T LEN, mkostemps T LEN FLAGS, the same
 *                  with 64 at the end, mkdtemp T, tmpfile, tmpfile64, threads N COUNT T
 *                  open P FLAGS MODE, openat DIR P FLAGS MODE, creat P MODE, also with 64,
 *                  __open, __open64, __open_2 P FLAGS, __openat_2 DIR P FLAGS, also with 64,
 *                  openat2 DIR P FLAGS MODE RESOLVE, mkdir P MODE, mkdirat DIR P MODE,
 *                  shm_open P FLAGS MODE, template T (mkstemp)
 *                  DIR is `cwd` or a number; MODE is octal, or `-`: not passed; P may have %p in
 *                  it (the pid) or be NULL, BAD (a wild pointer), EDGE:path (the text is the last
 *                  before a page that cannot be read), UNENDED:path (and has no NUL)
 *                  storm N DIR: files made by open, interrupted by a handler that makes files
 *                  in PLACE, where the next of these calls is made: main, handler, vfork,
 *                  cancelled (a thread that is being cancelled), small-stack (8 KB of it)
 * Naming           mktemp T, tmpnam, tmpnam-null, tmpnam_r, tmpnam_r-null, tempnam DIR PREFIX (or
 *                  NULL), use (a file is made of the name), place DIR (what the name lies in, and
 *                  whether that is DIR), distinct N FUNCTION T
 * Using            write TEXT, bytes N, readback, close, unlink, rename TO, overwrite, populate,
 *                  create PATH, remove PATH, hold N DIR (descriptor N is for DIR from now on)
 * Telling          print, print-to FILE, pid, pid-to FILE, say TEXT, exists PATH (or <FILE: the
 *                  path that is in FILE), is-mine, loaded, others, quiet, group, output FILE
 * Waiting          sleep MS, touch PATH, wait-for PATH, wait-gone PATH, pause
 * Surroundings     umask N, limit NAME N, chdir D, closefrom N, nobody, setenv K V, unsetenv K,
 *                  clearenv, closefd N, catch SIG, ignore SIG, default SIG, setsid, daemon
 * Seccomp          filter, filter-syscall (nothing but to end), filter-nothing (allows all)
 * Other processes  fork { }, rawfork { }, vfork { }, posix_spawn { }, posix_spawnp { },
 *                  system { }, popen { }, thread { }, wait, no-children
 * Other programs   program PATH (run by the words below instead of the probe), execv { },
 *                  execve { }, execvp { }, execvpe { }, execl { }, execlp { }, execle { },
 *                  fexecve { }, execve-bare { } (an empty environment)
 * Ends             return N, exit N, _exit N, _Exit N, quick_exit N, exit_group N, abort,
 *                  raise SIG, segv, overflow, pthread_exit
 *
 * A forked child's block that comes to its end returns from main with 0. An exit status of 90 and
 * above says that the probe itself could not do what it was told.
 */
#include "probe.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool run_word0(const char *word)
{
	if (strcmp(word, "tmpfile") == 0 || strcmp(word, "tmpfile64") == 0)
		make_tmpfile(word);
	else if (strcmp(word, "print") == 0)
		say("%s", current()->path);
	else if (strcmp(word, "pid") == 0)
		say("%d", (int)getpid());
	else if (strcmp(word, "quiet") == 0)
		quiet = true;
	else if (strcmp(word, "loaded") == 0)
		say("shim: %s", shim_is_loaded() ? "loaded" : "not loaded");
	else if (strcmp(word, "others") == 0)
		say_others();
	else if (strcmp(word, "is-mine") == 0) {
		char about[256];
		describe(about, sizeof(about), current()->fd, current()->path);
		say("it is:%s", about);
	} else if (strcmp(word, "readback") == 0) {
		char text[256] = "";
		if (pread(current()->fd, text, sizeof(text) - 1, 0) < 0)
			die(CANNOT, "read", current()->path);
		say("content: %s", text);
	} else if (strcmp(word, "close") == 0) {
		close(current()->fd);
		current()->fd = -1;
	} else if (strcmp(word, "unlink") == 0) {
		errno = UNTOUCHED;
		int r = current()->is_dir ? rmdir(current()->path) : unlink(current()->path);
		say("unlink: %d errno=%s", r, error_name(errno));
	} else if (strcmp(word, "overwrite") == 0)
		overwrite(current()->path);
	else if (strcmp(word, "populate") == 0)
		populate(current()->path);
	else if (strcmp(word, "use") == 0)
		use_name();
	else if (strcmp(word, "pause") == 0)
		pause();
	else if (strcmp(word, "nobody") == 0)
		become_nobody();
	else if (strcmp(word, "filter") == 0)
		put_filter(false, false);
	else if (strcmp(word, "filter-syscall") == 0)
		put_filter(true, false);
	else if (strcmp(word, "filter-nothing") == 0)
		put_filter(false, true);
	else if (strcmp(word, "clearenv") == 0)
		clearenv();
	else if (strcmp(word, "setsid") == 0) {
		if (setsid() < 0)
			die(CANNOT, "setsid", "");
	} else if (strcmp(word, "daemon") == 0) {
		if (daemon(1, 1) < 0)
			die(CANNOT, "daemon", "");
	} else if (strcmp(word, "wait") == 0)
		wait_for_children();
	else if (strcmp(word, "no-children") == 0) {
		int status;
		pid_t pid = waitpid(-1, &status, 0x40000000 /* __WALL */ | WNOHANG);
		say("children: %s", pid < 0 ? error_name(errno) : pid == 0 ? "alive" : "dead");
	} else if (strcmp(word, "group") == 0)
		say("leader=%d foreground=%d", getpgrp() == getpid(),
			tcgetpgrp(STDIN_FILENO) == getpgrp());
	else if (strcmp(word, "abort") == 0)
		abort();
	else if (strcmp(word, "segv") == 0)
		crash();
	else if (strcmp(word, "overflow") == 0)
		say("%ld", deeper((volatile char *)self));
	else if (strcmp(word, "pthread_exit") == 0)
		pthread_exit(NULL);
	else
		return false;
	return true;
}

static bool run_word1(const char *word, char *argument)
{
	char text[64];

	if (strcmp(word, "mkdtemp") == 0)
		make_dir(argument);
	else if (strcmp(word, "write") == 0) {
		if (write(current()->fd, argument, strlen(argument)) < 0)
			say("write: errno=%s", error_name(errno));
	} else if (strcmp(word, "bytes") == 0) {
		for (long left = atol(argument); left > 0; left--)
			if (write(current()->fd, "b", 1) != 1)
				die(CANNOT, "write", current()->path);
	} else if (strcmp(word, "rename") == 0) {
		if (rename(current()->path, argument) < 0)
			die(CANNOT, "rename", argument);
	} else if (strcmp(word, "create") == 0)
		write_file(argument, "created");
	else if (strcmp(word, "remove") == 0) {
		if (remove(argument) < 0)
			die(CANNOT, "remove", argument);
	} else if (strcmp(word, "program") == 0)
		snprintf(self, sizeof(self), "%s", argument);
	else if (strcmp(word, "in") == 0)
		call_from(argument);
	else if (strcmp(word, "place") == 0)
		tell_place(argument);
	else if (strcmp(word, "say") == 0)
		say("%s", argument);
	else if (strcmp(word, "print-to") == 0)
		write_file(argument, current()->path);
	else if (strcmp(word, "pid-to") == 0) {
		snprintf(text, sizeof(text), "%d", (int)getpid());
		write_file(argument, text);
	} else if (strcmp(word, "exists") == 0) {
		const char *path = argument[0] == '<' ? read_path(argument + 1) : argument;
		say("exists: %s", exists(path) ? "yes" : "no");
	} else if (strcmp(word, "output") == 0)
		send_output(argument);
	else if (strcmp(word, "sleep") == 0)
		sleep_ms(atol(argument));
	else if (strcmp(word, "touch") == 0)
		write_file(argument, "");
	else if (strcmp(word, "wait-for") == 0)
		wait_for(argument, true);
	else if (strcmp(word, "wait-gone") == 0)
		wait_for(argument, false);
	else if (strcmp(word, "umask") == 0)
		umask((mode_t)strtol(argument, NULL, 8));
	else if (strcmp(word, "chdir") == 0) {
		if (chdir(argument) < 0)
			die(CANNOT, "chdir", argument);
	} else if (strcmp(word, "closefrom") == 0)
		close_from(atoi(argument));
	else if (strcmp(word, "closefd") == 0)
		close(atoi(argument));
	else if (strcmp(word, "unsetenv") == 0)
		unsetenv(argument);
	else if (strcmp(word, "catch") == 0 || strcmp(word, "ignore") == 0 ||
		 strcmp(word, "default") == 0)
		set_action(word, argument);
	else if (strcmp(word, "raise") == 0)
		kill(getpid(), signal_number(argument));
	else
		return false;
	return true;
}

static bool run_word2(const char *word, char *first, char *second)
{
	if (strcmp(word, "setenv") == 0)
		setenv(first, second, 1);
	else if (strcmp(word, "limit") == 0)
		set_limit(first, second);
	else if (strcmp(word, "hold") == 0)
		hold(atoi(first), second);
	else if (strcmp(word, "storm") == 0)
		storm(atoi(first), second);
	else
		return false;
	return true;
}

static bool takes_block(char **words, int count)
{
	return count > 1 && strcmp(words[1], "{") == 0;
}

/* Gives the status to return from main with, or -1 if the words came to their end. */
int run_words(char **words, int count)
{
	int i = 0;

	while (i < count) {
		char **w = words + i;
		int left = count - i;
		char *argument[6] = {w[0]};
		for (int k = 1; k < 6 && k < left; k++)
			argument[k] = strcmp(w[k], "@") == 0 && has_made() ? current()->path : w[k];

		if (takes_block(w, left)) {
			int len = block_len(w + 1, left - 1);
			int status = run_block(w[0], w + 2, len);
			if (status >= 0)
				return status;
			i += len + 3;
			continue;
		}
		int used = make_file(w, left);
		if (used == 0)
			used = open_file(argument, left);
		if (used == 0)
			used = make_name(argument, left);
		if (used > 0) {
			i += used;
			continue;
		}
		if (left > 1 && strcmp(w[0], "return") == 0)
			return atoi(w[1]);
		if (left > 1)
			run_end(w[0], atoi(w[1]));
		if (left > 3 && strcmp(w[0], "threads") == 0) {
			make_in_threads(atoi(w[1]), atoi(w[2]), w[3]);
			i += 4;
		} else if (left > 3 && strcmp(w[0], "distinct") == 0) {
			tell_distinct(atoi(w[1]), w[2], w[3]);
			i += 4;
		} else if (run_word0(w[0]))
			i += 1;
		else if (left > 1 && run_word1(w[0], argument[1]))
			i += 2;
		else if (left > 2 && run_word2(w[0], argument[1], argument[2]))
			i += 3;
		else {
			errno = EINVAL;
			die(WRONG_WORD, "no such word, or too few after it:", w[0]);
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	static const char emulated[] =
		".emulated"; /* tests/aarch64: who is to start is beside us */
	const size_t end = sizeof(emulated) - 1;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		die(CANNOT, "readlink", "/proc/self/exe");
	if ((size_t)len > end && strcmp(self + len - end, emulated) == 0)
		self[(size_t)len - end] = '\0';
	check_company();
	int status = run_words(argv + 1, argc - 1);
	return status < 0 ? 0 : status;
}
