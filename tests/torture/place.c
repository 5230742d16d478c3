/* place.c: a directory with bystanders, named like what is made beside them.
 *
 * What the scenario publishes is told from what is temporary by its mode: nothing temporary that
 * lies directly in the place is a file of mode 0644.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "torture.h"

static const char stand_ins[] = "/dev/shm";
static const char stand_in_name[] = ".tmpguard-lock-";

static struct bystander {
	const char *path; /* in the place */
	char type;
	mode_t mode;
	const char *text; /* its content, or what it leads to */
	struct stat was;
} bystanders[] = {
	{"aBcDeFg", 'f', 0600, "a file's content", {0}},
	{"a1Y2z3Q", 'f', 0600, "another's", {0}},
	{"tmp4711x7Qk2b", 'f', 0600, "of a program with a mkstemp of its own", {0}},
	{"aQwErTy", 'd', 0700, NULL, {0}},
	{"aQwErTy/below", 'd', 0755, NULL, {0}},
	{"aQwErTy/below/aAsDfGh", 'f', 0600, "in a directory", {0}},
	{"aLiNkTo", 'l', 0777, "aBcDeFg", {0}},
	{"aDaNgLe", 'l', 0777, "nowhere", {0}},
};

#define EACH(b)                                                                                    \
	struct bystander *b = bystanders;                                                          \
	b < *(&bystanders + 1);                                                                    \
	b++

static void fail(const char *path)
{
	fprintf(stderr, "torture: %s: %s\n", path, strerror(errno));
	exit(2);
}

static const char *in(const struct place *place, const char *name)
{
	static char path[TEXT_SIZE];

	snprintf(path, sizeof(path), "%s/%s", place->dir, name);
	return path;
}

static void write_file(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path);
	close(fd);
}

static bool read_file(const char *path, char *ret_text, size_t size)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, ret_text, size - 1);

	if (fd >= 0)
		close(fd);
	if (len >= 0)
		ret_text[len] = '\0';
	return len >= 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path); /* what stays is seen by the next look */
	return 0;
}

/* On the way names what is there. */
static int open_up(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	fprintf(stderr, "  left: %s\n", path);
	return type == FTW_D || type == FTW_DNR ? chmod(path, 0700) : 0;
}

static void remove_all(const char *path)
{
	nftw(path, remove_entry, 16, FTW_PHYS | FTW_DEPTH);
}

/* --- bystanders --- */

static void make_bystander(const struct place *place, struct bystander *b)
{
	const char *path = in(place, b->path);

	if (b->type == 'd' && mkdir(path, b->mode) < 0 && errno != EEXIST)
		fail(path);
	if (b->type == 'l' && symlink(b->text, path) < 0)
		fail(path);
	if (b->type == 'f')
		write_file(path, b->mode, b->text);
}

/* Once all are made: making one changes the directory around it. */
static void note_bystanders(const struct place *place)
{
	for (EACH(b))
		if (lstat(in(place, b->path), &b->was) < 0)
			fail(b->path);
}

static bool is_overlay(const char *path)
{
	enum { OVERLAYFS = 0x794c7630 };
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == OVERLAYFS;
}

void place_make(struct place *place, const char *name, const char *parent, const char *other)
{
	snprintf(place->name, sizeof(place->name), "%s", name);
	snprintf(place->dir, sizeof(place->dir), "%s/place", parent);
	snprintf(place->log, sizeof(place->log), "%s/log", parent);
	snprintf(place->other, sizeof(place->other), "%s", other);
	if (mkdir(place->dir, 0755) < 0 && errno != EEXIST)
		fail(place->dir);
	if (mkdir(place->other, 0755) < 0 && errno != EEXIST)
		fail(place->other);
	for (EACH(b))
		make_bystander(place, b);
	note_bystanders(place);
	write_file(in(place, "target"), 0600, "old");
	write_file(place->log, 0600, "");
	place->has_stand_ins = is_overlay(place->dir);
}

void place_remove(const struct place *place)
{
	remove_all(place->dir);
	remove_all(place->other);
	unlink(place->log);
}

static bool is_unchanged(const struct place *place, const struct bystander *b)
{
	char text[TEXT_SIZE];
	const char *path = in(place, b->path);
	struct stat now;

	if (lstat(path, &now) < 0 || now.st_ino != b->was.st_ino || now.st_mode != b->was.st_mode ||
		now.st_nlink != b->was.st_nlink || now.st_size != b->was.st_size ||
		now.st_mtim.tv_sec != b->was.st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != b->was.st_mtim.tv_nsec)
		return false;
	return b->type != 'f' ||
	       (read_file(path, text, sizeof(text)) && strcmp(text, b->text) == 0);
}

static int restore_bystanders(const struct place *place)
{
	int n = 0;

	for (EACH(b)) {
		if (is_unchanged(place, b))
			continue;
		fprintf(stderr, "  lost: bystander %s\n", in(place, b->path));
		if (b->type != 'd')
			remove_all(in(place, b->path));
		make_bystander(place, b);
		n++;
	}
	if (n > 0)
		note_bystanders(place);
	return n;
}

/* --- what the scenario publishes --- */

static int restore_target(const struct place *place)
{
	char text[TEXT_SIZE];
	const char *path = in(place, "target");
	bool is_there = read_file(path, text, sizeof(text));

	if (is_there && strcmp(text, "old") == 0)
		return 0;
	write_file(path, 0600, "old");
	if (is_there && strcmp(text, "new") == 0)
		return 0;
	fprintf(stderr, "  lost: %s, the target of an atomic writer\n", path);
	return 1;
}

static bool is_lost(const char *what, const char *path)
{
	char text[TEXT_SIZE];

	if (strcmp(what, "wanted") != 0)
		return true; /* a living process missed it */
	return !read_file(path, text, sizeof(text)) || strcmp(text, "wanted") != 0;
}

static int check_log(const struct place *place)
{
	char what[16], path[TEXT_SIZE];
	FILE *log = fopen(place->log, "re");
	int n = 0;

	if (!log)
		fail(place->log);
	while (fscanf(log, "%15s %511s", what, path) == 2) {
		if (is_lost(what, path)) {
			fprintf(stderr, "  lost: %s %s\n", what, path);
			n++;
		}
		if (strcmp(what, "wanted") == 0)
			unlink(path);
	}
	fclose(log);
	if (truncate(place->log, 0) < 0)
		fail(place->log);
	return n;
}

/* --- looking --- */

static bool is_published(int dir, const char *name)
{
	struct stat st;

	return strcmp(name, "target") == 0 ||
	       (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		       ((st.st_mode & 0777) == 0644 || strncmp(name, "wanted-", 7) == 0));
}

static bool may_be_there(int dir, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	for (EACH(b))
		if (strcmp(name, b->path) == 0)
			return true;
	return is_published(dir, name);
}

static bool is_no_stand_in(int dir, const char *name)
{
	(void)dir;
	return strncmp(name, stand_in_name, strlen(stand_in_name)) != 0;
}

typedef bool may_fn(int dir, const char *name);

/* How many entries may not be there, or how many were removed. */
static int look(const char *path, may_fn *may, bool removes)
{
	DIR *dir = opendir(path);
	char full[TEXT_SIZE * 2];
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir))) {
		if (may(dirfd(dir), entry->d_name))
			continue;
		n++;
		if (!removes)
			break;
		snprintf(full, sizeof(full), "%s/%s", path, entry->d_name);
		nftw(full, open_up, 16, FTW_PHYS);
		remove_all(full);
	}
	if (dir)
		closedir(dir);
	return n;
}

static int look_at_all(const struct place *place, bool removes)
{
	int n = look(place->dir, may_be_there, removes);

	if (n == 0 || removes)
		n += look(place->other, may_be_there, removes);
	if (place->has_stand_ins && (n == 0 || removes))
		n += look(stand_ins, is_no_stand_in, removes);
	return n;
}

bool place_is_clean(const struct place *place)
{
	return look_at_all(place, false) == 0;
}

int place_clear(const struct place *place)
{
	return look_at_all(place, true);
}

static void remove_published(const struct place *place)
{
	DIR *dir = opendir(place->dir);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, "target") != 0 && is_published(dirfd(dir), entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0); /* killed before it was told */
	if (dir)
		closedir(dir);
}

int place_restore(const struct place *place)
{
	int n = restore_bystanders(place) + restore_target(place) + check_log(place);

	remove_published(place);
	return n;
}
