/* run.c: `tmpguard run`: a session around a command.
 *
 * run makes the session, with a private TMPDIR inside, and is its root: nobody else cleans while it
 * lives. It removes what is left when the command has ended, before it returns; its janitor does if
 * run itself is killed, or if processes linger that still need the files.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "family.h"
#include "functions.h"
#include "journal.h"
#include "launch.h"
#include "members.h"
#include "notes.h"
#include "notinterposed.h"
#include "options.h"
#include "outcome.h"
#include "own_limits.h"
#include "parts.h"
#include "session.h"
#include "supervise.h"
#include "tmpguard.h"

struct run {
	struct options options;
	struct tf_session session;
	char tmp[TF_SESSION_PATH + 8];
	char shim[PATH_MAX];
	char janitor[PATH_MAX];
	struct outcome outcome;
	int dir;        /* of the session, locked against systemd-tmpfiles */
	int janitor_fd; /* pidfd, or below 0 */
	bool lacks_janitor;
};

static struct tf_launch launch;

/* --- the session --- */

/* What was looked for, and where. */
static void complain_of_shim(void)
{
	char own[PATH_MAX];

	if (parts_own_dir(own))
		complain("libtmpguard.so: not found in %s, in %s../lib nor in " TMPGUARD_LIBDIR,
			own, own);
	else
		complain("libtmpguard.so: not found in " TMPGUARD_LIBDIR
			 ", and where tmpguard itself lies cannot be told without /proc");
}

static int find_parts(struct run *run)
{
	static const char *const shims[] = {
		"libtmpguard.so",
		"../lib/libtmpguard.so",
		TMPGUARD_LIBDIR "/libtmpguard.so",
		NULL,
	};
	static const char *const janitors[] = {
		"tmpguard-janitor",
		"../libexec/tmpguard/tmpguard-janitor",
		TMPGUARD_LIBEXECDIR "/tmpguard-janitor",
		NULL,
	};

	if (!parts_find(shims, run->shim)) {
		complain_of_shim();
		return EXIT_TOOL;
	}
	if (!parts_find(janitors, run->janitor))
		run->janitor[0] = '\0'; /* then nobody cleans should run itself be killed */
	return -1;
}

static int try_place(struct run *run, const char *base)
{
	char real[PATH_MAX];
	int r = realpath(base, real) ? tf__session_draw(&run->session, real) : -errno;

	return r == 0 ? tf__session_check(&run->session) : r;
}

/* Draws a session in the first place that can be written to. */
static int find_place(struct run *run)
{
	const char *dir = run->options.set[TF_SET_DIR];
	const char *bases[] = {getenv("TMPDIR"), "/tmp", "/var/tmp"};
	int r = -ENOENT;

	if (dir) /* asked for, so nowhere else */
		return try_place(run, dir);
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]) && r < 0; i++)
		if (bases[i] && bases[i][0] != '\0')
			r = try_place(run, bases[i]);
	return r;
}

/* The loader splits LD_PRELOAD at spaces and colons: such a path gets a link without any. */
static int link_shim(struct run *run)
{
	char link[sizeof(run->session.path) + 16];

	if (!strpbrk(run->shim, " :"))
		return 0;
	snprintf(link, sizeof(link), "%s/libtmpguard.so", run->session.path);
	if (strpbrk(link, " :"))
		return -EINVAL;
	if (symlink(run->shim, link) < 0)
		return -errno;
	strcpy(run->shim, link);
	return 0;
}

/* Children of root's may change user: they must reach it and write to it. */
static int make_tmp(struct run *run)
{
	bool is_root = geteuid() == 0;

	snprintf(run->tmp, sizeof(run->tmp), "%s/tmp", run->session.path);
	if (mkdir(run->tmp, 0700) < 0 || (is_root && chmod(run->tmp, 01777) < 0))
		return -errno;
	share_link(&run->options.share, run->dir, run->tmp);
	return 0;
}

/* M5 at once, for the temp roots are those that the command sees. Without it the first member makes
 * one, which knows the usual ones; what lies in tmp/ goes anyway. */
static void make_journal(struct run *run)
{
	char scratch[TF_PATH_MAX], cwd[PATH_MAX];
	struct tf_journal journal = {0};
	struct tf_roots roots;
	struct tf_places places = {
		.cwd = getcwd(cwd, sizeof(cwd)),
		.home = getenv("HOME"),
		.tmpdir = getenv("TMPDIR"),
		.dir = run->tmp[0] ? run->tmp : run->options.set[TF_SET_DIR],
	};
	int r;

	tf__roots_init(&roots, &places, scratch);
	r = tf__journal_open(&journal, run->session.path, &roots);
	if (tf__journal_is_open(&journal)) {
		tf__journal_set_reported(&journal);
		not_interposed_tell(&journal, run->options.command[0]);
	}
	if (r < 0)
		complain("run: the session's journal cannot be written: %s; files outside %s "
			 "may stay",
			strerror(-r), run->tmp[0] ? "its own TMPDIR" : "/tmp and the like");
}

/* The first report in JSON Lines is the one that a janitor writes should run be killed. */
static const char *first_lines(const struct options *options)
{
	for (int i = 0; i < options->n_reports; i++) {
		const struct report_target *target = &options->reports[i];

		if (target->format == REPORT_JSONL && strcmp(target->path, "-") != 0)
			return target->path;
	}
	return options->set[TF_SET_REPORT];
}

static int note_report(const struct run *run)
{
	char cwd[PATH_MAX], path[2 * PATH_MAX];
	const char *report = first_lines(&run->options);
	bool is_relative = report && report[0] != '/' && getcwd(cwd, sizeof(cwd));

	if (!report)
		return 0;
	snprintf(path, sizeof(path), "%s%s%s", is_relative ? cwd : "", is_relative ? "/" : "",
		report);
	return tf__notes_add(run->dir, "settings", "REPORT", path);
}

/* What a janitor has to know, and `tmpguard ls`. */
static int note_settings(const struct run *run)
{
	const char *persist = run->options.set[TF_SET_PERSIST];
	const char *outer = getenv("TMPGUARD_SESSION");
	char root[16];
	int r;

	snprintf(root, sizeof(root), "%d", run->session.root);
	r = tf__notes_add(run->dir, "settings", "MODE", "run");
	if (r == 0)
		r = tf__notes_add(run->dir, "settings", "ROOT", root);
	if (r == 0 && persist)
		r = tf__notes_add(run->dir, "settings", "PERSIST", persist);
	if (r == 0 && run->options.dry_run) /* should run be killed, nothing is removed either */
		r = tf__notes_add(run->dir, "settings", "DRY", "");
	if (r == 0 && outer)
		r = tf__notes_add(run->dir, "settings", "OUTER", outer);
	for (char **word = run->options.command; r == 0 && *word; word++)
		r = tf__notes_add(run->dir, "settings", "ARG", *word);
	return r == 0 ? note_report(run) : r;
}

/* The session around this one has to wait for it: our files may lie in its directories. */
static void tell_outer(pid_t janitor)
{
	const char *outer = getenv("TMPGUARD_SESSION");
	const char *path = outer ? strchr(outer, ':') : NULL;
	int dir = path ? tf__session_open(path + 1) : -1;
	int lock = dir < 0 ? -1 : tf__lock_take(dir, false);

	if (lock == -EAGAIN) /* alive; anything else is stale, or none of ours */
		(void)tf__members_add(dir, janitor, false); /* or it asks sessions in its tmp/ */
	if (lock >= 0)
		close(lock);
	if (dir >= 0)
		close(dir);
}

static int begin_session(struct run *run)
{
	int r = find_place(run);

	if (r < 0)
		return r;
	launch.program = run->janitor;
	launch.session = run->session.path;
	launch.root = getpid();
	run->lacks_janitor = run->janitor[0] == '\0' || tf__launch_janitor(&launch) < 0;
	if (launch.pid > 0) {
		run->janitor_fd = sys_pidfd(launch.pid);
		tell_outer(launch.pid);
	}
	r = tf__session_make(&run->session, geteuid() == 0 ? TF_SESSION_SHARED : TF_SESSION_OWN);
	if (r < 0)
		return r;
	run->dir = tf__session_open(run->session.path);
	if (run->dir < 0)
		return run->dir;
	(void)flock(run->dir, LOCK_SH | LOCK_NB); /* only systemd-tmpfiles asks for it */
	r = note_settings(run);
	if (r == 0)
		r = link_shim(run);
	if (r == 0 && !run->options.no_private)
		r = make_tmp(run);
	if (r == 0)
		make_journal(run);
	return r;
}

static int make_session(struct run *run)
{
	mode_t mask = umask(0); /* modes are meant as they are */
	int r = begin_session(run);

	umask(mask);
	return r;
}

/* --- the child --- */

static void put(const char *name, const char *format, const char *a, const char *b)
{
	char *value;

	if (asprintf(&value, format, a, b) < 0 || setenv(name, value, 1) < 0) {
		complain("%s: %s", name, strerror(errno));
		_exit(EXIT_TOOL);
	}
	free(value);
}

static void put_first(const char *name, const char *value)
{
	const char *old = getenv(name);

	if (!old || old[0] == '\0')
		put(name, "%s%s", value, "");
	else if (strcmp(old, value) != 0 &&
		 !(strncmp(old, value, strlen(value)) == 0 && old[strlen(value)] == ':'))
		put(name, "%s:%s", value, old);
}

/* What was said by an option counts for the command as if the environment said it. */
static void put_settings(const struct options *options)
{
	unsetenv("TMPGUARD_REPORT"); /* it is ours to write */
	for (int i = 0; i < TF_SETTINGS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "TMPGUARD_%s", tf__setting_name((enum tf_setting)i));
		if (i != TF_SET_REPORT && options->is_option[i])
			put(name, "%s%s", options->set[i] ? options->set[i] : "", "");
	}
}

/* X1, should it be static; F1: those above it are none of the session's. */
static void note_command(int session)
{
	struct tf_kin command = {.pid = getpid()};

	(void)tf__members_add(session, command.pid, false); /* then the lock tells alone */
	(void)tf__family_add(session, &command, NULL);      /* then all stays while any linger */
}

/* In the child: the environment that makes it and its heirs members. */
static void prepare(void *arg)
{
	static const char *const names[] = {"TMPDIR", "TMP", "TEMP"}; /* the latter where set */
	const struct run *run = arg;
	const char *asan = getenv("ASAN_OPTIONS");
	char root[16];

	snprintf(root, sizeof(root), "%d", run->session.root);
	put("TMPGUARD_SESSION", "%s:%s", root, run->session.path);
	for (size_t i = 0; run->tmp[0] != '\0' && i < 3; i++)
		if (i == 0 || getenv(names[i]))
			put(names[i], "%s%s", run->tmp, "");
	put_settings(&run->options);
	put_first("LD_PRELOAD", run->shim);
	/* gcc's runtime refuses to start behind a preload unless told not to look */
	put("ASAN_OPTIONS", "%s%sverify_asan_link_order=0", asan ? asan : "",
		asan && *asan ? ":" : "");
	if (run->dir >= 0)
		note_command(run->dir);
	limits_restore();
}

/* --- the end --- */

static void add_member(void *arg, pid_t pid)
{
	struct run *run = arg;

	(void)tf__members_add(run->dir, pid, false); /* a member without the shim has no lock */
	outcome_process(&run->outcome, pid);
}

/* Processes live on: what they do not need goes now, and the rest when the last of them ends, by
 * the janitor. */
static int leave_to_janitor(struct run *run)
{
	supervise_each(add_member, run);
	return outcome_linger(&run->outcome);
}

static int clean(struct run *run)
{
	const struct timespec moment = {.tv_nsec = 2000000};
	int r;

	tf__lock_release(&run->session.lock);
	r = outcome_clean(&run->outcome);
	for (int left = 20; r == -EAGAIN && left > 0; left--) {
		/* who reads a dying process's /proc/PID/environ has its memory, and so its lock */
		nanosleep(&moment, NULL);
		r = outcome_clean(&run->outcome);
	}
	if (r > 0 || r == -EAGAIN)
		complain("a process outside this command uses %s; it goes with that",
			run->session.path);
	else if (r < 0)
		complain("%s: cannot be removed whole: %s", run->session.path, strerror(-r));
	return r;
}

/* All is done, and a janitor would only find that out. Whoever waits for us, such as the session
 * around this one, finds nobody alive. */
static void end_janitor(const struct run *run)
{
	enum { MILLISECONDS = 1000 };

	if (run->janitor_fd < 0)
		return;
	(void)syscall(SYS_pidfd_send_signal, run->janitor_fd, SIGKILL, NULL, 0);
	(void)sys_wait_fd(run->janitor_fd, MILLISECONDS);
}

/* As a janitor would have done at its start. */
static void reclaim(const struct run *run)
{
	const struct tf_cleaning how = {.function_name = function_name};

	if (run->lacks_janitor)
		tf__clean_others(run->session.path, &how);
}

static int exec_status(int error)
{
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

/* How the command has ended, for what is kept on failure and for the report. */
static void note_end(const struct run *run, int status)
{
	char text[16];
	bool is_signal = WIFSIGNALED(status);

	snprintf(text, sizeof(text), "%d", is_signal ? WTERMSIG(status) : WEXITSTATUS(status));
	(void)tf__notes_add(run->dir, "end", is_signal ? "SIGNAL" : "STATUS", text);
}

/* Cleans or leaves, and reports. What was left behind: how many. */
static uint64_t finish(struct run *run, const struct supervised *command, int lingering)
{
	const struct options *options = &run->options;
	int r;

	run->outcome.options = options;
	run->outcome.session = run->session.path;
	run->outcome.dir = run->dir;
	run->outcome.root = run->session.root;
	note_end(
		run, command->exec_error ? exec_status(command->exec_error) << 8 : command->status);
	r = outcome_begin(&run->outcome);
	if (r < 0)
		complain("there will be no report: %s", strerror(-r));
	if (lingering)
		(void)leave_to_janitor(run);
	else if (clean(run) == 0)
		end_janitor(run);
	else
		(void)tf__notes_add(run->dir, "end", "REPORTED", ""); /* else it is told twice */
	reclaim(run);
	return outcome_end(&run->outcome);
}

static int exec_failed(const struct run *run, int error)
{
	complain("run: %s: %s", run->options.command[0], strerror(error));
	return exec_status(error);
}

static int cannot_begin(struct run *run, int error)
{
	const struct options *options = &run->options;
	const char *dir = options->set[TF_SET_DIR];

	if (dir && run->dir < 0)
		complain("%s=%s: cannot be used: %s",
			options->is_option[TF_SET_DIR] ? "--dir" : "TMPGUARD_DIR", dir,
			strerror(-error));
	else
		complain("run: cannot begin a session in %s: %s",
			run->session.path[0] ? run->session.path : "any temporary directory",
			strerror(-error));
	if (run->dir >= 0) {
		tf__lock_release(&run->session.lock);
		(void)tf__session_remove(run->dir, run->session.path); /* nothing was made in it */
	}
	return EXIT_TOOL;
}

int command_run(int argc, char **argv)
{
	static struct run run = {.dir = -1, .janitor_fd = -1};
	struct supervised command;
	uint64_t left;
	int r;
	int status = options_parse(&run.options, argc, argv);

	if (status < 0)
		status = outcome_check(&run.options);
	if (status < 0)
		status = find_parts(&run);
	if (status >= 0)
		return status;
	limits_lift();
	r = make_session(&run);
	if (r == 0)
		r = supervise_start(&command, run.options.command, prepare, &run);
	if (r < 0)
		return cannot_begin(&run, r);
	supervise_wait(&command);
	left = finish(&run, &command, supervise_linger(&command, run.options.linger));
	if (command.exec_error != 0)
		return exec_failed(&run, command.exec_error);
	if (left > 0 && run.options.error_exitcode != 0 && command.status == 0)
		return run.options.error_exitcode;
	supervise_end(&command);
}
