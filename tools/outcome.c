/* outcome.c: what `tmpguard run` finds at its command's end, cleaned, moved and reported. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chain.h"
#include "clean.h"
#include "functions.h"
#include "keepto.h"
#include "members.h"
#include "outcome.h"
#include "records.h"
#include "report_text.h"
#include "tmpguard.h"

/* A pipe without a reader is an error, and nothing to wait for. */
static int open_report(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC | flags, 0666);

	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, flags & O_APPEND);
	return fd;
}

static int check_report(const struct report_target *target)
{
	int fd;

	if (strcmp(target->path, "-") == 0)
		return -1;
	fd = open_report(target->path, O_TRUNC);
	if (fd >= 0) {
		close(fd);
		return -1;
	}
	complain("--report=%s: cannot be written: %s", target->path, strerror(errno));
	return EXIT_TOOL;
}

int outcome_check(const struct options *options)
{
	int status = -1;

	for (int i = 0; i < options->n_reports && status < 0; i++)
		status = check_report(&options->reports[i]);
	if (status < 0 && options->set[TF_SET_REPORT]) {
		int fd = tf__report_open(options->set[TF_SET_REPORT]);

		if (fd < 0) {
			complain("TMPGUARD_REPORT=%s: cannot be written: %s",
				options->set[TF_SET_REPORT], strerror(-fd));
			return EXIT_TOOL;
		}
		close(fd);
	}
	return status < 0 && options->keep_to ? keepto_check(options->keep_to) : status;
}

/* A file without a name, wherever there is room for one. */
static int open_lines(void)
{
	int fd = memfd_create("tmpguard-report", MFD_CLOEXEC);

	return fd >= 0 ? fd : open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

int outcome_begin(struct outcome *outcome)
{
	struct tf_report_head head = {
		.directory = outcome->session,
		.mode = "run",
		.root = outcome->root,
		.notes = &outcome->settings,
	};
	int r;

	(void)tf__notes_read(&outcome->settings, outcome->dir, "settings"); /* only told */
	(void)tf__notes_read(&outcome->end, outcome->dir, "end");
	outcome->fd = open_lines();
	if (outcome->fd < 0)
		return -errno;
	r = tf__report_begin(&outcome->report, outcome->fd, &head, function_name);
	if (r < 0) {
		close(outcome->fd);
		outcome->fd = -1;
	}
	return r;
}

void outcome_process(struct outcome *outcome, pid_t pid)
{
	char path[40], name[32];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, name, sizeof(name) - 1);
	if (fd >= 0)
		close(fd);
	name[len < 0 ? 0 : len] = '\0';
	name[strcspn(name, "\n")] = '\0';
	if (strcmp(name, "tmpguard-janito") == 0) /* as much of it as the kernel keeps */
		return;                           /* of an inner session: it ends with that */
	if (outcome->fd >= 0)
		tf__report_process(&outcome->report, pid, name);
}

/* Without a report, for --error-exitcode. */
static void count(void *arg, const struct tf_found *found)
{
	struct tf_report *report = arg;

	report->sums.leaked.count += found->status == TF_LEAKED;
}

static struct tf_cleaning how_to_clean(struct outcome *outcome)
{
	return (struct tf_cleaning){
		.mode = outcome->options->dry_run ? TF_CLEAN_LEAVE : TF_CLEAN_REMOVE,
		.members = TF_MEMBERS_HOME,
		.found = outcome->fd >= 0 ? tf__report_found : count,
		.arg = &outcome->report,
		.sums = &outcome->report.sums,
	};
}

int outcome_clean(struct outcome *outcome)
{
	struct tf_cleaning how = how_to_clean(outcome);
	int r = tf__clean_session(outcome->session, &how);

	outcome->is_complete = r == 0;
	outcome->is_short = r == -EMFILE || r == -ENFILE || r == -ENOMEM;
	return r;
}

int outcome_linger(struct outcome *outcome)
{
	struct tf_cleaning how = how_to_clean(outcome);
	int r;

	how.who.is_parent = true;
	r = tf__clean_lingering(outcome->session, &how);
	outcome->is_complete = r == 0;
	return r;
}

/* --- reports --- */

static void copy_lines(FILE *lines, FILE *out)
{
	char buf[8192];
	size_t n;

	rewind(lines);
	while ((n = fread(buf, 1, sizeof(buf), lines)) > 0)
		fwrite(buf, 1, n, out);
}

static FILE *open_target(const char *path, int flags)
{
	int fd = open_report(path, flags);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

static void write_target(
	const struct report_target *target, int flags, FILE *lines, const struct records *report)
{
	bool is_stdout = strcmp(target->path, "-") == 0;
	FILE *out = is_stdout ? stdout : open_target(target->path, flags);
	bool failed = !out;

	if (out && target->format == REPORT_JSONL)
		copy_lines(lines, out);
	else if (out)
		report_text(out, report, true);
	if (out)
		failed = fflush(out) != 0 || ferror(out);
	if (out && !is_stdout)
		failed = fclose(out) != 0 || failed;
	if (failed)
		complain("%s: the report could not be written: %s", target->path, strerror(errno));
}

static void write_reports(const struct outcome *outcome, FILE *lines, const struct records *report)
{
	const struct options *options = outcome->options;

	for (int i = 0; i < options->n_reports; i++)
		write_target(&options->reports[i], O_TRUNC, lines, report);
	if (options->set[TF_SET_REPORT]) {
		struct report_target target = {REPORT_JSONL, options->set[TF_SET_REPORT]};

		write_target(&target, O_APPEND, lines, report);
	}
	if (!options->quiet)
		report_text(stderr, report, options->verbose);
	else if (!outcome->is_short) /* then they are not there to stay, and run has said that */
		report_text_failures(stderr, report);
}

/* Reads the lines again, and does what is to be done with them. */
static void tell(struct outcome *outcome)
{
	struct records_set set = {0};
	FILE *lines;

	if (lseek(outcome->fd, 0, SEEK_SET) < 0 || !(lines = fdopen(outcome->fd, "r+e"))) {
		complain("the report cannot be read again: %s", strerror(errno));
		close(outcome->fd);
		return;
	}
	(void)records_read(&set, lines, "report", NULL); /* it complains itself */
	if (set.reports)
		write_reports(outcome, lines, set.reports);
	if (set.reports)
		chain_keep_outcome(outcome, set.reports);
	if (set.reports && outcome->options->keep_to && !outcome->options->dry_run)
		keepto_move(outcome, set.reports);
	records_free(&set);
	fclose(lines);
}

uint64_t outcome_end(struct outcome *outcome)
{
	struct tf_report_end end = {
		.end = &outcome->end,
		.is_dry = outcome->options->dry_run,
		.is_complete = outcome->is_complete,
	};
	uint64_t left = outcome->report.sums.leaked.count;
	int r;

	if (outcome->fd < 0)
		return left;
	r = tf__report_end(&outcome->report, &end);
	if (r < 0)
		complain("the report is not whole: %s", strerror(-r));
	tell(outcome);
	return left;
}
