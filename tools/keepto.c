/* keepto.c: `run --keep-to=DIR`: what is kept goes to a directory of its own. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "keepto.h"
#include "members.h"
#include "remove.h"
#include "session.h"
#include "tmpguard.h"

enum { NUMBERS = 10000 }; /* of one name */

static const unsigned no_replace = 1; /* RENAME_NOREPLACE */

int keepto_check(const char *dir)
{
	int r = tf__session_check_base(dir);

	if (r == 0)
		return -1;
	complain("--keep-to=%s: cannot be used: %s", dir, strerror(-r));
	return EXIT_TOOL;
}

/* Renames to the first of `target`, `target.1`, `target.2`... that is free. */
static int rename_free(const char *path, char *target, size_t len)
{
	int r = -1;

	for (int i = 0; i < NUMBERS; i++) {
		if (i > 0)
			snprintf(target + len, 16, ".%d", i);
		r = (int)syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, target, no_replace);
		if (r == 0 || errno != EEXIST)
			break;
	}
	return r < 0 ? -errno : 0;
}

/* cp knows how to copy everything that a tree may hold. */
static int copy(const char *path, const char *to)
{
	const char *argv[] = {"cp", "-a", "-T", "--", path, to, NULL};
	extern char **environ;
	int status = 0;
	pid_t pid;
	int r = posix_spawnp(&pid, "cp", NULL, NULL, (char *const *)argv, environ);

	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 0 : -EIO;
}

/* By its parent's descriptor: it may be on another mount than where we are, but not be one. */
static int remove_whole(const char *path)
{
	char above[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct tf_removal removal = {0};
	int dir, r;

	snprintf(above, sizeof(above), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	dir = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	r = tf__remove(dir, slash + 1, NULL, NULL, &removal);
	close(dir);
	return r;
}

/* To another filesystem: copied beside the target first, so that the name there is always whole. */
static int move_across(const char *path, const char *dir, char *target, size_t len)
{
	char beside[PATH_MAX];
	int r;

	snprintf(beside, sizeof(beside), "%s/.tmpguard-%d", dir, getpid());
	r = copy(path, beside);
	if (r == 0)
		r = rename_free(beside, target, len);
	if (r == 0)
		return remove_whole(path); /* it is there twice else */
	(void)remove_whole(beside);        /* what stays can be seen */
	return r;
}

static int move(const char *path, const char *dir)
{
	char target[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int len = snprintf(target, sizeof(target) - 16, "%s%s", dir, slash);
	int r;

	if (len >= (int)sizeof(target) - 16)
		return -ENAMETOOLONG;
	r = rename_free(path, target, (size_t)len);
	return r == -EXDEV ? move_across(path, dir, target, (size_t)len) : r;
}

/* Several records may stand for one file (a link); the second finds it gone. */
static bool move_all(const char *dir, const struct records *report)
{
	bool all = report->summary.is_there && report->summary.complete;

	for (const struct record_file *file = report->files; file; file = file->next) {
		int r = file->status == RECORD_KEPT ? move(file->path, dir) : 0;

		if (r == 0 || r == -ENOENT)
			continue;
		complain("%s: stays there, it cannot be moved to %s: %s", file->path, dir,
			strerror(-r));
		all = false;
	}
	return all;
}

/* What there was has been told, and written down. */
static void ignore(void *arg, const struct tf_found *found)
{
	(void)arg;
	(void)found;
}

/* When all has been moved, what it lay in goes, too. */
void keepto_move(struct outcome *outcome, const struct records *report)
{
	const struct tf_cleaning how = {
		.mode = TF_CLEAN_REMOVE,
		.members = TF_MEMBERS_HOME,
		.kept_too = true,
		.found = ignore,
	};
	const struct timespec moment = {.tv_nsec = 2000000};

	if (report->summary.totals[RECORD_KEPT].count == 0)
		return;
	if (!move_all(outcome->options->keep_to, report) || outcome->options->dry_run)
		return;
	/* who reads a dying process's memory holds the lock; in the end `reap --kept` removes it */
	for (int left = 20; left > 0 && tf__clean_session(outcome->session, &how) == -EAGAIN;
		left--)
		nanosleep(&moment, NULL);
}
