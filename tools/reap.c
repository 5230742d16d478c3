/* reap.c: `tmpguard reap`: dead sessions are cleaned.
 *
 * I1  Who cleans is tf__clean_session, which takes the lock alone and asks the members itself. What
 *     is asked before can only make reap leave more alone.
 * I2  A session goes only if all sessions inside its private TMPDIR have gone before it, or stay by
 *     what it says itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clean.h"
#include "escape.h"
#include "functions.h"
#include "members.h"
#include "report_text.h"
#include "session.h"
#include "session_look.h"
#include "sessions.h"
#include "subcommand.h"
#include "tmpguard.h"

static const char help[] =
	"usage: tmpguard reap [OPTION...] [DIR...]\n"
	"\n"
	"Removes what dead sessions of this user have left: those without a living process, that\n"
	"nobody has cleaned, because everything was killed at once. Looks in the temporary\n"
	"directories DIR; without any, in TMPGUARD_DIR, TMPDIR, /tmp and /var/tmp. What is to be\n"
	"kept stays, and so does every session that has processes or is kept.\n"
	"\n"
	"  --kept         kept sessions go as well, with what was kept\n"
	"  --dry-run      remove nothing, and print what would go\n"
	"  -v, --verbose  print what goes, and which sessions stay and why\n"
	"  -h, --help     this text\n"
	"  --version      the version\n"
	"\n"
	"Exit status: 0; 1 when something could not be read or removed, which is then named, and "
	"the\n"
	"rest done; 2 for wrong usage.\n";

struct reap {
	bool kept, dry_run, verbose;
	bool failed;
	bool leaves;                /* the session at hand has it that nothing is removed */
	uint64_t sessions, staying; /* gone, or would go; left alone */
	struct tf_sum gone, kept_files;
};

/* The sessions inside another. */
struct inside {
	struct reap *reap;
	const char *outer; /* path of that */
	bool stays;        /* one of them stays, and the other does not know */
};

/* --- what is said --- */

static bool prints(const struct reap *reap)
{
	return reap->verbose || reap->dry_run;
}

static void refuse(struct reap *reap, const char *path, const char *why)
{
	char *text = escape_copy(path);

	complain("reap: %s: %s", text ? text : "?", why);
	free(text);
	reap->failed = true;
}

static void print_session(const struct reap *reap, const char *what, const char *path)
{
	if (!prints(reap))
		return;
	printf("%s session ", what);
	escape_print(stdout, path);
	putchar('\n');
}

/* Says that a session stays. */
static void leave(struct reap *reap, const char *path, const char *why)
{
	reap->staying++;
	if (!prints(reap))
		return;
	fputs("left session ", stdout);
	escape_print(stdout, path);
	printf(": %s\n", why);
}

static void print_found(const char *what, const struct tf_found *found)
{
	printf("%s ", what);
	escape_print(stdout, found->path);
	fputs(S_ISDIR(found->mode) ? "/: " : ": ", stdout);
	report_text_size(stdout, found->bytes);
	if (found->inodes > 1)
		printf(" in %" PRIu64 " inodes", found->inodes);
	putchar('\n');
}

static void add(struct tf_sum *sum, const struct tf_found *found)
{
	sum->count++;
	sum->bytes += found->bytes;
	sum->inodes += found->inodes;
}

/* One file or directory of a session. */
static void found_one(void *arg, const struct tf_found *found)
{
	struct reap *reap = arg;

	if (found->status == TF_KEPT || (found->status == TF_LEAKED && reap->leaves)) {
		add(&reap->kept_files, found);
		if (prints(reap))
			print_found(reap->dry_run ? "would keep" : "kept", found);
	} else if (found->status == TF_LEAKED && found->error != 0) {
		refuse(reap, found->path, strerror(-found->error));
	} else if (found->status == TF_LEAKED) {
		add(&reap->gone, found);
		if (prints(reap))
			print_found(reap->dry_run ? "would remove" : "removed", found);
	}
}

static void print_sum(const char *what, const struct tf_sum *sum)
{
	printf("%s %" PRIu64 " (", what, sum->count);
	report_text_size(stdout, sum->bytes);
	printf(", %" PRIu64 " inode%s)", sum->inodes, sum->inodes == 1 ? "" : "s");
}

static void print_totals(const struct reap *reap)
{
	print_sum(reap->dry_run ? "SUMMARY: files and directories that would be removed:"
				: "SUMMARY: files and directories removed:",
		&reap->gone);
	if (reap->kept_files.count > 0)
		print_sum("; kept:", &reap->kept_files);
	printf("; sessions %s: %" PRIu64 ", left alone: %" PRIu64 "\n",
		reap->dry_run ? "that would be cleaned" : "cleaned", reap->sessions, reap->staying);
}

/* --- sessions --- */

static int clean(struct reap *reap, const char *path)
{
	const struct tf_cleaning how = {
		.mode = reap->dry_run ? TF_CLEAN_LOOK : TF_CLEAN_REMOVE,
		.kept_too = reap->kept,
		.reclaims = true,
		.found = found_one,
		.arg = reap,
		.reports = !reap->dry_run,
		.function_name = function_name,
	};

	return tf__clean_session(path, &how);
}

/* Cleans a session that looked dead, or kept. Is it gone, or would it be? */
static bool clean_session(struct reap *reap, const char *path, const struct session_look *look)
{
	uint64_t kept = reap->kept_files.count;
	int r;

	reap->leaves = look->is_dry && !reap->kept;
	r = clean(reap, path);
	if (r > 0 || r == -EAGAIN || r == -EXDEV) {
		leave(reap, path, "live"); /* it has begun to be used */
		return false;
	}
	if (r < 0) {
		refuse(reap, path, strerror(-r));
		return false;
	}
	reap->sessions++;
	print_session(reap, reap->dry_run ? "would clean" : "cleaned", path);
	return kept == reap->kept_files.count;
}

/* Does it say itself that the session `inner`, inside it, stays? */
static bool keeps(const char *path, const char *inner)
{
	struct tf_keeping keeping;
	int session = tf__session_open(path);
	bool answer = false;

	if (session >= 0 && tf__keeping_read(&keeping, session) == 0) {
		answer = tf__keeps(&keeping, inner);
		tf__keeping_free(&keeping);
	}
	if (session >= 0)
		close(session);
	return answer;
}

static bool reap_session(struct reap *reap, const char *path);

static void reap_inside(void *arg, const char *path)
{
	struct inside *inside = arg;

	if (!reap_session(inside->reap, path) &&
		(inside->reap->kept || !keeps(inside->outer, path)))
		inside->stays = true;
}

/* I2 */
static bool holds_others(struct reap *reap, const char *path)
{
	struct inside inside = {.reap = reap, .outer = path};
	const struct sessions_visitor visitor = {.own = reap_inside, .arg = &inside};

	if (!sessions_visit_inside("reap", path, &visitor)) {
		reap->failed = true;
		return true;
	}
	return inside.stays;
}

/* Is it gone, or would it be? */
static bool reap_session(struct reap *reap, const char *path)
{
	struct session_look look = session_look(path);

	switch (look.state) {
	case SESSION_GONE:
		if (!reap->dry_run) /* whoever was making or removing it may be dead */
			(void)clean(reap, path);
		return true;
	case SESSION_UNCLEAR:
		refuse(reap, path, look.reason);
		return false;
	case SESSION_LIVE:
	case SESSION_LINGERING:
		leave(reap, path, session_state_text(look.state));
		return false;
	case SESSION_KEPT:
		if (!reap->kept) {
			leave(reap, path, "kept");
			return false;
		}
		break;
	case SESSION_DEAD:
		break;
	}
	if (!holds_others(reap, path))
		return clean_session(reap, path, &look);
	leave(reap, path, "a session inside it stays");
	return false;
}

static void reap_own(void *arg, const char *path)
{
	(void)reap_session(arg, path); /* it has said what there is to say */
}

/* A cleaner that was killed at the last moment leaves it empty; it is made again when needed. */
static void remove_above(void *arg, const char *path)
{
	const struct reap *reap = arg;

	if (!reap->dry_run)
		(void)rmdir(path); /* there may be sessions in it */
}

/* --- options --- */

/* -1: go on; else an exit status. */
static int take_option(void *arg, int option)
{
	struct reap *reap = arg;

	switch (option) {
	case 'k':
		reap->kept = true;
		return -1;
	case 'n':
		reap->dry_run = true;
		return -1;
	default: /* -v */
		reap->verbose = true;
		return -1;
	}
}

static const struct option options[] = {
	{"kept", no_argument, NULL, LONG_OPTION | 'k'},
	{"dry-run", no_argument, NULL, LONG_OPTION | 'n'},
	{"verbose", no_argument, NULL, LONG_OPTION | 'v'},
	SUBCOMMAND_OPTIONS,
};

static const struct subcommand subcommand = {
	.name = "reap",
	.help = help,
	.letters = ":vh",
	.options = options,
	.usage = EXIT_USAGE,
	.failed = 1,
	.take = take_option,
};

int command_reap(int argc, char **argv)
{
	struct reap reap = {0};
	const struct sessions_visitor visitor = {
		.own = reap_own, .above = remove_above, .arg = &reap};
	int status = subcommand_parse(&subcommand, argc, argv, &reap);
	bool ok;

	if (status >= 0)
		return status;
	ok = sessions_visit("reap", argv + optind, argc - optind, &visitor);
	if (prints(&reap))
		print_totals(&reap);
	ok &= finish_output("reap");
	return ok && !reap.failed ? 0 : 1;
}
