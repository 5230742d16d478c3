/* run.c: `tmpguard run`: a session around a command.
 *
 * run makes the session, with a private TMPDIR inside, and is its root: nobody else cleans while it
 * lives. It removes what is left when the command has ended, before it returns; its janitor does if
 * run itself is killed, or if processes linger that still need the files.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal.h"
#include "launch.h"
#include "members.h"
#include "report.h"
#include "session.h"
#include "supervise.h"
#include "tmpguard.h"

static const char help[] =
	"usage: tmpguard run [OPTION...] [--] COMMAND [ARG...]\n"
	"\n"
	"Runs COMMAND with a private TMPDIR and the tmpguard shim preloaded. When it has ended, "
	"removes\n"
	"the temporary files that it and its children left behind, and lists them on standard "
	"error.\n"
	"\n"
	"  --error-exitcode=N  exit with N (1 to 255) when something was left behind and COMMAND\n"
	"                      itself succeeded; default 0: report only\n"
	"  --linger=MODE       what to do about processes that outlive COMMAND: leave them and "
	"their\n"
	"                      files, which go when the last of them ends (default); wait for "
	"them;\n"
	"                      kill them (SIGTERM, after a second SIGKILL)\n"
	"  --no-private        leave TMPDIR alone\n"
	"  -q, --quiet         print no report\n"
	"  -v, --verbose       print totals even when nothing was left\n"
	"  --help, --version\n"
	"\n"
	"Environment: TMPGUARD_PERSIST=1 keeps every file. TMPGUARD_DISABLE=1 makes the shim do "
	"nothing.\n"
	"\n"
	"Exit status: that of COMMAND, or its signal; 125 when tmpguard itself fails, 126 when "
	"COMMAND\n"
	"cannot be run, 127 when it is not found.\n";

struct options {
	int error_exitcode;
	enum linger linger;
	bool no_private, quiet, verbose, keep;
	char **command;
};

struct run {
	struct options options;
	struct tf_session session;
	char tmp[TF_SESSION_PATH + 8];
	char shim[PATH_MAX];
	char janitor[PATH_MAX];
	int dir; /* of the session, locked against systemd-tmpfiles */
};

static struct tf_launch launch;

/* --- options --- */

static bool parse_number(const char *text, int min, int max, int *ret_n)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < min || n > max)
		return false;
	*ret_n = (int)n;
	return true;
}

static bool parse_linger(const char *text, enum linger *ret_linger)
{
	static const char *const names[] = {"leave", "wait", "kill"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret_linger = (enum linger)i;
			return true;
		}
	}
	return false;
}

/* -1: go on; else an exit status. */
static int parse_option(struct options *options, int option)
{
	switch (option) {
	case 'e':
		if (parse_number(optarg, 0, 255, &options->error_exitcode))
			return -1;
		complain("--error-exitcode=%s: not an exit status; use 0 to 255", optarg);
		return EXIT_TOOL;
	case 'l':
		if (parse_linger(optarg, &options->linger))
			return -1;
		complain("--linger=%s: use leave, wait or kill", optarg);
		return EXIT_TOOL;
	case 'p':
		options->no_private = true;
		return -1;
	case 'q':
		options->quiet = true;
		return -1;
	case 'v':
		options->verbose = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return 0;
	case 'V':
		puts("tmpguard " TMPGUARD_VERSION);
		return 0;
	default:
		return EXIT_TOOL;
	}
}

static int parse_persist(struct options *options)
{
	const char *value = getenv("TMPGUARD_PERSIST");

	if (!value || value[0] == '\0' || strcmp(value, "0") == 0)
		return -1;
	if (strcmp(value, "1") == 0) {
		options->keep = true;
		return -1;
	}
	complain("TMPGUARD_PERSIST=%s: use 1 to keep every file, 0 to remove them", value);
	return EXIT_TOOL;
}

static int parse_options(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{"error-exitcode", required_argument, NULL, 'e'},
		{"linger", required_argument, NULL, 'l'},
		{"no-private", no_argument, NULL, 'p'},
		{"quiet", no_argument, NULL, 'q'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	int option;
	int status = -1;

	opterr = 0;
	while (status < 0 && (option = getopt_long(argc, argv, "+:qvh", names, NULL)) >= 0) {
		if (option == ':')
			complain("run: %s: needs a value; try tmpguard run --help",
				argv[optind - 1]);
		else if (option == '?')
			complain("run: %s: no such option; try tmpguard run --help",
				argv[optind - 1]);
		status = parse_option(options, option);
	}
	if (status < 0)
		status = parse_persist(options);
	if (status < 0 && optind == argc) {
		complain("run: no command; usage: tmpguard run [OPTION...] [--] COMMAND [ARG...]");
		status = EXIT_TOOL;
	}
	options->command = argv + optind;
	return status;
}

/* --- the session --- */

/* A file beside the tool, or in a directory next to the tool's, or where it was installed. */
static bool find_part(char *ret_path, const char *const *places)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[len < 0 ? 0 : len] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		slash[1] = '\0';
	for (; *places; places++) {
		int n = snprintf(ret_path, PATH_MAX, "%s%s", **places == '/' ? "" : self, *places);

		if (n < PATH_MAX && access(ret_path, R_OK) == 0)
			return true;
	}
	return false;
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

	if (!find_part(run->shim, shims)) {
		complain("libtmpguard.so: not found beside tmpguard nor in " TMPGUARD_LIBDIR);
		return EXIT_TOOL;
	}
	if (!find_part(run->janitor, janitors))
		run->janitor[0] = '\0'; /* then nobody cleans should run itself be killed */
	return -1;
}

/* Draws a session in the first place that can be written to. */
static int find_place(struct run *run)
{
	const char *bases[] = {getenv("TMPGUARD_DIR"), getenv("TMPDIR"), "/tmp", "/var/tmp"};
	int r = -ENOENT;

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]) && r < 0; i++) {
		char real[PATH_MAX];

		if (!bases[i] || bases[i][0] == '\0')
			continue;
		r = realpath(bases[i], real) ? tf__session_draw(&run->session, real) : -errno;
		if (r == 0)
			r = tf__session_check(&run->session);
	}
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
	return 0;
}

/* M5 at once, for the temp roots are those that the command sees. */
static int make_journal(struct run *run)
{
	char scratch[TF_PATH_MAX], cwd[PATH_MAX];
	struct tf_journal journal = {0};
	struct tf_roots roots;
	struct tf_places places = {
		.cwd = getcwd(cwd, sizeof(cwd)),
		.home = getenv("HOME"),
		.tmpdir = getenv("TMPDIR"),
		.dir = run->tmp[0] ? run->tmp : NULL,
	};

	tf__roots_init(&roots, &places, scratch);
	return tf__journal_open(&journal, run->session.path, &roots);
}

static int make_session(struct run *run)
{
	int r = find_place(run);

	if (r < 0)
		return r;
	launch.program = run->janitor;
	launch.session = run->session.path;
	launch.root = getpid();
	if (run->janitor[0] != '\0')
		(void)tf__launch_janitor(&launch); /* not vital: run cleans, reap is there */
	r = tf__session_make(&run->session, geteuid() == 0 ? TF_SESSION_SHARED : TF_SESSION_OWN);
	if (r < 0)
		return r;
	run->dir = tf__session_open(run->session.path);
	if (run->dir >= 0)
		flock(run->dir, LOCK_SH | LOCK_NB);
	if (run->options.keep)
		r = tf__session_keep(&run->session);
	if (r == 0)
		r = link_shim(run);
	if (r == 0 && !run->options.no_private)
		r = make_tmp(run);
	if (r == 0)
		(void)make_journal(run); /* without one, what lies in tmp/ still goes */
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
	put_first("LD_PRELOAD", run->shim);
	/* gcc's runtime refuses to start behind a preload unless told not to look */
	put("ASAN_OPTIONS", "%s%sverify_asan_link_order=0", asan ? asan : "",
		asan && *asan ? ":" : "");
	if (run->dir >= 0)
		(void)tf__members_add(run->dir, getpid(), false); /* X1, should it be static */
}

/* --- the end --- */

static void add_member(void *arg, pid_t pid)
{
	const struct run *run = arg;

	(void)tf__members_add(run->dir, pid, false); /* a member without the shim has no lock */
	if (!run->options.quiet)
		fprintf(stderr, " %d", pid);
}

static int leave_to_janitor(struct run *run, int lingering)
{
	if (!run->options.quiet)
		fprintf(stderr, "==%d== tmpguard: %d process%s linger%s (pid", getpid(), lingering,
			lingering == 1 ? "" : "es", lingering == 1 ? "s" : "");
	supervise_each(add_member, run);
	if (!run->options.quiet)
		fputs("); the temporary files go when the last of them ends\n", stderr);
	return 0;
}

/* What was left behind: how many. */
static int clean(struct run *run)
{
	struct report report = {.tmp = run->tmp, .keep = run->options.keep};
	struct tf_cleaning how = {
		.members = TF_MEMBERS_HOME, .found = report_found, .arg = &report};
	int n, r;

	tf__lock_release(&run->session.lock);
	r = tf__clean_session(run->session.path, &how);
	if (r > 0 || r == -EAGAIN)
		complain("a process outside this command uses %s; it goes with that",
			run->session.path);
	else if (r < 0)
		complain("%s: cannot be removed whole: %s", run->session.path, strerror(-r));
	if (run->options.keep && r == 0 && report.n == 0 && !report.failed)
		(void)tf__session_remove(run->dir, run->session.path); /* nothing to keep */
	if (!run->options.quiet && (report.n > 0 || run->options.verbose))
		report_print(&report, run->options.command[0]);
	n = (int)report.n;
	report_free(&report);
	return run->options.keep ? 0 : n;
}

static int exec_failed(const struct run *run, int error)
{
	complain("run: %s: %s", run->options.command[0], strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

int command_run(int argc, char **argv)
{
	struct run run = {.dir = -1};
	struct supervised command;
	int left, lingering, r;
	int status = parse_options(&run.options, argc, argv);

	if (status < 0)
		status = find_parts(&run);
	if (status >= 0)
		return status;
	r = make_session(&run);
	if (r == 0)
		r = supervise_start(&command, run.options.command, prepare, &run);
	if (r < 0) {
		complain("run: cannot begin a session in %s: %s",
			run.session.path[0] ? run.session.path : "any temporary directory",
			strerror(-r));
		if (run.dir >= 0)
			(void)clean(&run);
		return EXIT_TOOL;
	}
	supervise_wait(&command);
	lingering = supervise_linger(&command, run.options.linger);
	left = lingering ? leave_to_janitor(&run, lingering) : clean(&run);
	if (command.exec_error != 0)
		return exec_failed(&run, command.exec_error);
	if (left > 0 && run.options.error_exitcode != 0 && command.status == 0)
		return run.options.error_exitcode;
	supervise_end(&command);
}
