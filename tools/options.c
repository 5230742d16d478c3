/* options.c: the options of `tmpguard run`. Each variable TMPGUARD_NAME but REPORT has an option
 * --name, which counts more; --report is for reports beside that one. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "report.h"
#include "subcommand.h"
#include "tmpguard.h"

static const char help[] =
	"usage: tmpguard run [OPTION...] [--] COMMAND [ARG...]\n"
	"\n"
	"Runs COMMAND with a private TMPDIR and the tmpguard shim preloaded. When it has ended, "
	"removes\n"
	"the temporary files that it and its children left behind, and lists them on standard "
	"error.\n"
	"\n"
	"Reports:\n"
	"  --report=[FORMAT:]FILE  write a report to FILE (- is standard output); FORMAT is text "
	"or\n"
	"                      jsonl, by default as FILE ends: .txt, .jsonl. Up to 16 times.\n"
	"                      TMPGUARD_REPORT=FILE adds JSON Lines to FILE\n"
	"  --error-exitcode=N  exit with N (1 to 255) when something was left behind and COMMAND\n"
	"                      itself succeeded; default 0: report only\n"
	"  -q, --quiet         print no report; what could not be removed is said all the same\n"
	"  -v, --verbose       print totals even when nothing was left, what was seen and left "
	"alone,\n"
	"                      and what was insecure\n"
	"\n"
	"What is removed:\n"
	"  --dry-run           report what would be removed, and remove nothing; tmpguard reap "
	"--kept\n"
	"                      removes it later\n"
	"  --persist=WHAT      keep files: 0 none, 1 all, on-failure all when COMMAND does not end "
	"with 0,\n"
	"                      else globs such as '*.log' separated by colons (TMPGUARD_PERSIST)\n"
	"  --keep-to=DIR       move what is kept to DIR\n"
	"  --track=WHAT        what counts as temporary: off, api, idiom (default), and ,shm after "
	"the\n"
	"                      last two (TMPGUARD_TRACK)\n"
	"  --exclude=GLOBS     programs whose files are not touched (TMPGUARD_EXCLUDE)\n"
	"  --lifetime=WHOSE    session: files go when COMMAND has ended (default); process: when "
	"the\n"
	"                      process that made them has (TMPGUARD_LIFETIME)\n"
	"  --linger=MODE       processes that outlive COMMAND: leave them, and what they may need\n"
	"                      until the last of them ends (default); wait for them; kill them\n"
	"                      (SIGTERM, after a second SIGKILL)\n"
	"\n"
	"Where and how:\n"
	"  --dir=DIR           make temporary files below DIR (TMPGUARD_DIR)\n"
	"  --redirect[=0|1]    files that programs make directly in /tmp and the like by a "
	"template: "
	"in the\n"
	"                      private TMPDIR or DIR if the name fits, else in a private directory "
	"beside\n"
	"                      (TMPGUARD_REDIRECT)\n"
	"  --prefix=TEXT       begin their names with TEXT where there is room (TMPGUARD_PREFIX)\n"
	"  --no-private        leave TMPDIR alone\n"
	"  --share=GLOB        link what is in the old TMPDIR by such a name into the private "
	"one;\n"
	"                      up to 16 times\n"
	"  --follow=0|1        put the shim into children whose environment lost it; default 1\n"
	"                      (TMPGUARD_FOLLOW)\n"
	"  --disable=0|1       1: load the shim, which then does nothing (TMPGUARD_DISABLE)\n"
	"  --help, --version\n"
	"\n"
	"Exit status: that of COMMAND, or its signal; 125 when tmpguard itself fails, 126 when "
	"COMMAND\n"
	"cannot be run, 127 when it is not found.\n";

enum { SETTING = 0x200 }; /* an option that is a setting, plus its number */

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

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && strcmp(text + len - end_len, end) == 0;
}

static bool parse_report(const char *text, struct report_target *ret_target)
{
	if (strcmp(text, "-") == 0)
		*ret_target = (struct report_target){REPORT_TEXT, text};
	else if (strncmp(text, "text:", 5) == 0)
		*ret_target = (struct report_target){REPORT_TEXT, text + 5};
	else if (strncmp(text, "jsonl:", 6) == 0)
		*ret_target = (struct report_target){REPORT_JSONL, text + 6};
	else if (ends_with(text, ".txt"))
		*ret_target = (struct report_target){REPORT_TEXT, text};
	else if (ends_with(text, ".jsonl"))
		*ret_target = (struct report_target){REPORT_JSONL, text};
	else
		return false;
	return ret_target->path[0] != '\0';
}

static int add_report(struct options *options, const char *text)
{
	if (options->n_reports == REPORTS) {
		complain("--report=%s: at most %d reports", text, REPORTS);
		return EXIT_TOOL;
	}
	if (!parse_report(text, &options->reports[options->n_reports])) {
		complain("--report=%s: no such format; use text:FILE, jsonl:FILE, or a FILE that "
			 "ends in .txt or .jsonl",
			text);
		return EXIT_TOOL;
	}
	options->n_reports++;
	return -1;
}

static int set(struct options *options, enum tf_setting setting, const char *value)
{
	const char *use = tf__setting_complaint(setting, value);
	char name[16];
	size_t i = 0;

	for (const char *p = tf__setting_name(setting); *p != '\0' && i < sizeof(name) - 1; p++)
		name[i++] = (char)tolower((unsigned char)*p);
	name[i] = '\0';
	if (use) {
		complain("--%s=%s: not allowed; use %s", name, value, use);
		return EXIT_TOOL;
	}
	options->set[setting] = value[0] ? value : NULL;
	options->is_option[setting] = true;
	return -1;
}

/* -1: go on; else an exit status. */
static int take_option(void *arg, int option)
{
	struct options *options = arg;

	if (option >= SETTING)
		return set(options, (enum tf_setting)(option - SETTING), optarg ? optarg : "1");
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
	case 'r':
		return add_report(options, optarg);
	case 'k':
		options->keep_to = optarg;
		return -1;
	case 's':
		return share_add(&options->share, optarg);
	case 'd':
		options->dry_run = true;
		return -1;
	case 'p':
		options->no_private = true;
		return -1;
	case 'q':
		options->quiet = true;
		return -1;
	default: /* -v */
		options->verbose = true;
		return -1;
	}
}

/* %p in TMPGUARD_REPORT is the session's root: this process. */
static int expand_report(struct options *options)
{
	static char path[PATH_MAX];
	char cwd[PATH_MAX];
	const char *value = options->set[TF_SET_REPORT];

	if (!value)
		return -1;
	if (!tf__report_path(value, getcwd(cwd, sizeof(cwd)), getpid(), path, sizeof(path))) {
		complain(
			"TMPGUARD_REPORT=%s: cannot be written: %s", value, strerror(ENAMETOOLONG));
		return EXIT_TOOL;
	}
	options->set[TF_SET_REPORT] = path;
	return -1;
}

/* What the environment says, where no option does. REPORT is one report more. */
static int read_environment(struct options *options)
{
	for (int i = 0; i < TF_SETTINGS; i++) {
		char name[32];
		const char *value, *use;

		snprintf(name, sizeof(name), "TMPGUARD_%s", tf__setting_name((enum tf_setting)i));
		value = getenv(name);
		if (!value || value[0] == '\0' || options->is_option[i])
			continue;
		use = tf__setting_complaint((enum tf_setting)i, value);
		if (use) {
			complain("%s=%s: not allowed; use %s", name, value, use);
			return EXIT_TOOL;
		}
		options->set[i] = value;
	}
	return expand_report(options);
}

static const struct option names[] = {
	{"error-exitcode", required_argument, NULL, LONG_OPTION | 'e'},
	{"linger", required_argument, NULL, LONG_OPTION | 'l'},
	{"report", required_argument, NULL, LONG_OPTION | 'r'},
	{"keep-to", required_argument, NULL, LONG_OPTION | 'k'},
	{"dry-run", no_argument, NULL, LONG_OPTION | 'd'},
	{"dir", required_argument, NULL, LONG_OPTION | (SETTING + TF_SET_DIR)},
	{"redirect", optional_argument, NULL, LONG_OPTION | (SETTING + TF_SET_REDIRECT)},
	{"prefix", required_argument, NULL, LONG_OPTION | (SETTING + TF_SET_PREFIX)},
	{"persist", required_argument, NULL, LONG_OPTION | (SETTING + TF_SET_PERSIST)},
	{"track", required_argument, NULL, LONG_OPTION | (SETTING + TF_SET_TRACK)},
	{"exclude", required_argument, NULL, LONG_OPTION | (SETTING + TF_SET_EXCLUDE)},
	{"lifetime", required_argument, NULL, LONG_OPTION | (SETTING + TF_SET_LIFETIME)},
	{"follow", required_argument, NULL, LONG_OPTION | (SETTING + TF_SET_FOLLOW)},
	{"disable", required_argument, NULL, LONG_OPTION | (SETTING + TF_SET_DISABLE)},
	{"no-private", no_argument, NULL, LONG_OPTION | 'p'},
	{"share", required_argument, NULL, LONG_OPTION | 's'},
	{"quiet", no_argument, NULL, LONG_OPTION | 'q'},
	{"verbose", no_argument, NULL, LONG_OPTION | 'v'},
	SUBCOMMAND_OPTIONS,
};

static const struct subcommand subcommand = {
	.name = "run",
	.help = help,
	.letters = "+:qvh",
	.options = names,
	.usage = EXIT_TOOL,
	.failed = EXIT_TOOL,
	.take = take_option,
};

/* By variable it may be an outer run's wish: then this one has short directories. */
static int check_redirect(const struct options *options)
{
	const char *redirect = options->set[TF_SET_REDIRECT];

	if (!options->is_option[TF_SET_REDIRECT] || !redirect || strcmp(redirect, "1") != 0 ||
		!options->no_private || options->set[TF_SET_DIR])
		return -1;
	complain("--redirect: with --no-private there is nowhere to put files; use --dir=DIR");
	return EXIT_TOOL;
}

int options_parse(struct options *options, int argc, char **argv)
{
	int status = subcommand_parse(&subcommand, argc, argv, options);

	if (status < 0)
		status = read_environment(options);
	if (status < 0 && options->no_private && options->share.n > 0) {
		complain("--share=%s: not with --no-private: TMPDIR is the old one",
			options->share.globs[0]);
		status = EXIT_TOOL;
	}
	if (status < 0)
		status = check_redirect(options);
	if (status < 0 && optind == argc) {
		complain("run: no command; usage: tmpguard run [OPTION...] [--] COMMAND [ARG...]");
		status = EXIT_TOOL;
	}
	options->command = argv + optind;
	return status;
}
