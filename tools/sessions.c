/* sessions.c: finding the session directories below temporary directories.
 *
 * They are BASE/.tmpguard-UID[.RANDOM]/NAME. Everybody can write to BASE: what has the name is only
 * taken for the directory of this user's sessions when it is a real one, has our number in its
 * name, is ours, and closed to others' writing, so that what is in it can only be our own work.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "session.h"
#include "sessions.h"
#include "text.h"
#include "tmpguard.h"

struct visit {
	const char *command;
	const struct sessions_visitor *visitor;
	struct identity {
		dev_t dev;
		ino_t ino;
	} * seen; /* directories that were looked into */
	int n_seen;
	bool failed;
};

static void refuse(struct visit *visit, const char *path, int error)
{
	char *text = escape_copy(path);

	complain("%s: %s: %s", visit->command, text ? text : "?", strerror(error));
	free(text);
	visit->failed = true;
}

/* --- names --- */

/* The number in ".tmpguard-UID" or ".tmpguard-UID.RANDOM", or -1. */
static int64_t uid_of_name(const char *name)
{
	const char *rest = tf__after(name, ".tmpguard-");
	uint64_t uid;

	if (!rest || tf__number(&rest, &uid) < 0 || uid > UINT32_MAX)
		return -1;
	return *rest == '\0' || *rest == '.' ? (int64_t)uid : -1;
}

static bool is_above_name(const char *name)
{
	return uid_of_name(name) >= 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names)
{
	for (char **name = names; name && *name; name++)
		free(*name);
	free(names);
}

static bool add_name(char ***names, size_t *n, const char *name)
{
	char **more = realloc(*names, (*n + 2) * sizeof(*more));

	if (!more)
		return false;
	*names = more;
	more[*n] = strdup(name);
	more[*n + 1] = NULL;
	return more[(*n)++] != NULL;
}

/* The names that `wanted` takes, in order, ending in NULL, all of them read before anything is done
 * about them; takes fd. NULL, and errno, when the directory could not be read to its end. */
static char **read_names(int fd, bool (*wanted)(const char *name))
{
	char **names = calloc(1, sizeof(*names));
	DIR *dir = names ? fdopendir(fd) : NULL;
	struct dirent *entry;
	size_t n = 0;
	int error;

	if (!dir) {
		free(names);
		close(fd);
		return NULL;
	}
	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && (!wanted(entry->d_name) || add_name(&names, &n, entry->d_name)));
	error = entry ? ENOMEM : errno;
	closedir(dir);
	if (error != 0 && error != ENOENT) { /* that is said of a directory that has gone */
		free_names(names);
		errno = error;
		return NULL;
	}
	qsort(names, n, sizeof(*names), compare);
	return names;
}

/* --- what is in them --- */

static void tell_other(struct visit *visit, const char *path, uid_t owner)
{
	if (visit->visitor->other)
		visit->visitor->other(visit->visitor->arg, path, owner);
}

static bool is_of_others(const char *name)
{
	int64_t uid = uid_of_name(name);

	return uid >= 0 && uid != geteuid();
}

/* What is no directory, or is gone by now, is nobody's. Where that cannot be told, others may have
 * mounted what only they can look at; of ours it is said. */
static bool is_dir(
	struct visit *visit, int above, const char *name, const char *path, struct stat *ret_stat)
{
	if (fstatat(above, name, ret_stat, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISDIR(ret_stat->st_mode);
	if (errno != ENOENT && !is_of_others(name))
		refuse(visit, path, errno);
	return false;
}

static void visit_name(struct visit *visit, int above, const char *above_path, const char *name)
{
	char path[TF_SESSION_PATH];
	struct stat stat;

	if (snprintf(path, sizeof(path), "%s/%s", above_path, name) >= (int)sizeof(path))
		return; /* longer than any session's */
	if (!is_dir(visit, above, name, path, &stat))
		return;
	if (stat.st_uid == geteuid())
		visit->visitor->own(visit->visitor->arg, path);
	else
		tell_other(visit, path, stat.st_uid);
}

/* Nothing of others' is taken for ours, whoever seems to own what is in it. */
static void visit_other(struct visit *visit, int above, const char *path, const struct stat *stat)
{
	int fd = fcntl(above, F_DUPFD_CLOEXEC, 0);
	char **names = fd < 0 ? NULL : read_names(fd, tf__is_session_name);
	char session[PATH_MAX];

	if (!names)
		tell_other(visit, path, stat->st_uid);
	for (char **name = names; name && *name; name++)
		if (snprintf(session, sizeof(session), "%s/%s", path, *name) < PATH_MAX)
			tell_other(visit, session, stat->st_uid);
	free_names(names);
}

static void visit_own(struct visit *visit, int above, const char *path, const struct stat *stat)
{
	int fd = fcntl(above, F_DUPFD_CLOEXEC, 0);
	char **names = NULL;

	if (fd >= 0 && (stat->st_mode & 022) != 0) { /* others may have put anything there */
		close(fd);
		errno = EPERM;
	} else if (fd >= 0) {
		names = read_names(fd, tf__is_session_name);
	}
	if (!names) {
		refuse(visit, path, errno);
		return;
	}
	for (char **name = names; *name; name++)
		visit_name(visit, above, path, *name);
	free_names(names);
	if (visit->visitor->above)
		visit->visitor->above(visit->visitor->arg, path);
}

/* One that has the number of another than its owner's is nobody's. */
static void visit_above(struct visit *visit, int base, const char *base_path, const char *name)
{
	char path[PATH_MAX];
	struct stat stat;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", base_path, name) >= TF_SESSION_PATH ||
		!is_dir(visit, base, name, path, &stat))
		return;
	fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &stat) < 0) {
		refuse(visit, path, errno);
		close(fd);
		return;
	}
	if (stat.st_uid != geteuid() && fd < 0)
		tell_other(visit, path, stat.st_uid);
	else if (stat.st_uid != geteuid())
		visit_other(visit, fd, path, &stat);
	else if (uid_of_name(name) != geteuid())
		;
	else if (fd >= 0)
		visit_own(visit, fd, path, &stat);
	else if (errno != ENOENT)
		refuse(visit, path, errno);
	if (fd >= 0)
		close(fd);
}

/* --- temporary directories --- */

/* Was it looked into under another name? If not, it counts as such from now on. */
static bool was_seen(struct visit *visit, int fd)
{
	struct identity *more;
	struct stat stat;

	if (fstat(fd, &stat) < 0)
		return false;
	for (int i = 0; i < visit->n_seen; i++)
		if (visit->seen[i].dev == stat.st_dev && visit->seen[i].ino == stat.st_ino)
			return true;
	more = realloc(visit->seen, (size_t)(visit->n_seen + 1) * sizeof(*more));
	if (more) {
		visit->seen = more;
		more[visit->n_seen++] = (struct identity){stat.st_dev, stat.st_ino};
	}
	return false;
}

/* Takes base. */
static void visit_open(struct visit *visit, int base, const char *dir)
{
	char real[PATH_MAX];
	int fd = fcntl(base, F_DUPFD_CLOEXEC, 0);
	char **names = fd < 0 ? NULL : read_names(fd, is_above_name);

	if (!names || !realpath(dir, real)) {
		refuse(visit, dir, errno);
	} else {
		if (strcmp(real, "/") == 0)
			real[0] = '\0';
		for (char **name = names; *name; name++)
			visit_above(visit, base, real, *name);
	}
	free_names(names);
	close(base);
}

static void visit_base(struct visit *visit, const char *dir, bool is_asked_for)
{
	int base = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (base >= 0 && was_seen(visit, base))
		close(base);
	else if (base >= 0)
		visit_open(visit, base, dir);
	else if (is_asked_for || errno != ENOENT)
		refuse(visit, dir, errno);
}

bool sessions_visit(
	const char *command, char *const *dirs, int n, const struct sessions_visitor *visitor)
{
	const char *const usual[] = {getenv("TMPGUARD_DIR"), getenv("TMPDIR"), "/tmp", "/var/tmp"};
	struct visit visit = {.command = command, .visitor = visitor};

	for (int i = 0; i < n; i++)
		visit_base(&visit, dirs[i], true);
	for (int i = 0; n == 0 && i < (int)(sizeof(usual) / sizeof(usual[0])); i++)
		if (usual[i] && usual[i][0] != '\0')
			visit_base(&visit, usual[i], false);
	free(visit.seen);
	return !visit.failed;
}

bool sessions_visit_inside(
	const char *command, const char *session, const struct sessions_visitor *visitor)
{
	struct visit visit = {.command = command, .visitor = visitor};
	char tmp[TF_SESSION_PATH + 8];
	int base;

	snprintf(tmp, sizeof(tmp), "%s/tmp", session);
	base = open(tmp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (base >= 0)
		visit_open(&visit, base, tmp);
	else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		refuse(&visit, tmp, errno);
	return !visit.failed;
}
