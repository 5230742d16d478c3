/* place_test.c: lib/roots.c, lib/tmpdir.c: which directories are for temporary files. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "tempfile.h"
#include "tmpdir.h"

static struct tf_roots roots_of(
	const char *tmpdir, const char *dir, const char *cwd, const char *home)
{
	struct tf_places places = {.tmpdir = tmpdir, .dir = dir, .cwd = cwd, .home = home};
	struct tf_roots roots;
	char scratch[TF_PATH_MAX];

	memset(&roots, 'x', sizeof(roots)); /* nothing is taken from what was there */
	tf__roots_init(&roots, &places, scratch);
	return roots;
}

static bool has(const struct tf_roots *roots, const char *entry)
{
	for (const char *e = roots->text; *e != '\0'; e += strlen(e) + 1)
		if (strcmp(e, entry) == 0)
			return true;
	return false;
}

static void standard(void)
{
	struct tf_roots roots = roots_of(NULL, NULL, NULL, NULL);

	CHECK(has(&roots, "+/tmp"));
	CHECK(tf__roots_hold(&roots, "/tmp") && tf__roots_hold(&roots, "/tmp/a/b"));
	CHECK(!tf__roots_hold(&roots, "/tmpfoo") && !tf__roots_hold(&roots, "/"));
	CHECK(!tf__roots_hold(&roots, "/usr") && !tf__roots_hold(&roots, ""));
	CHECK(tf__roots_name(&roots, "/tmp/xyz", 4) && !tf__roots_name(&roots, "/tmp/xyz", 8));
	CHECK(!tf__roots_name(&roots, "/tm", 3) && !tf__roots_name(&roots, "/tmp/", 5));
}

static void given(void)
{
	struct tf_roots roots;
	char entry[PATH_MAX + 1];

	put_dir("t", 0700);
	put_dir("d", 0700);
	CHECK(symlink("t", "link") == 0);
	roots = roots_of(in_here("t"), in_here("d"), NULL, NULL);
	snprintf(entry, sizeof(entry), "+%s", in_here("t"));
	CHECK(has(&roots, entry));
	snprintf(entry, sizeof(entry), "+%s", in_here("d"));
	CHECK(has(&roots, entry));
	/* by what it leads to, not as written */
	roots = roots_of(in_here("link"), in_here(".//d/../d/"), NULL, NULL);
	CHECK(has(&roots, entry));
	snprintf(entry, sizeof(entry), "+%s", in_here("t"));
	CHECK(has(&roots, entry));
	snprintf(entry, sizeof(entry), "+%s", in_here("link"));
	CHECK(!has(&roots, entry));
	/* what is no directory is no root */
	put("file", "");
	roots = roots_of(in_here("file"), in_here("none"), NULL, NULL);
	snprintf(entry, sizeof(entry), "+%s", in_here("file"));
	CHECK(!has(&roots, entry));
	roots = roots_of("", "", NULL, NULL);
	CHECK(has(&roots, "+/tmp") && !has(&roots, "+"));
}

static void never(void)
{
	struct tf_roots roots = roots_of("/", "/", NULL, NULL);

	CHECK(!has(&roots, "+/") && !tf__roots_hold(&roots, "/usr"));
	put_dir("home", 0700);
	put_dir("home/sub", 0700);
	roots = roots_of(in_here("home"), in_here("home/."), NULL, in_here("home"));
	CHECK(!tf__roots_hold(&roots, in_here("home")));
	CHECK(!tf__roots_hold(&roots, in_here("home/sub")));
	/* below it one may be */
	roots = roots_of(in_here("home/sub"), NULL, NULL, in_here("home"));
	CHECK(!tf__roots_hold(&roots, in_here("home")));
	CHECK(tf__roots_hold(&roots, in_here("home/sub")));
}

/* However HOME is written. */
static void never_home_otherwise_written(void)
{
	struct tf_roots roots;
	char slash[PATH_MAX + 8];

	put_dir("home", 0700);
	CHECK(symlink("home", "link") == 0);
	snprintf(slash, sizeof(slash), "%s/", in_here("home"));
	roots = roots_of(in_here("home"), NULL, NULL, slash);
	CHECK(!tf__roots_hold(&roots, in_here("home")));
	roots = roots_of(in_here("home"), NULL, NULL, in_here("link"));
	CHECK(!tf__roots_hold(&roots, in_here("home")));
}

static void exempt(void)
{
	struct tf_roots roots;

	put_dir("t", 0700);
	put_dir("t/build", 0700);
	put_dir("t/build/tmp", 0700);
	put_dir("t/build/tmp/work", 0700);
	roots = roots_of(in_here("t"), NULL, in_here("t/build"), NULL);
	CHECK(tf__roots_hold(&roots, in_here("t")));
	CHECK(tf__roots_hold(&roots, in_here("t/buildings")));
	CHECK(!tf__roots_hold(&roots, in_here("t/build")));
	CHECK(!tf__roots_hold(&roots, in_here("t/build/tmp")));
	roots = roots_of(in_here("t"), NULL, NULL, in_here("t/build"));
	CHECK(!tf__roots_hold(&roots, in_here("t/build/tmp")));
	/* a root of one's own inside it counts */
	roots = roots_of(in_here("t/build/tmp"), in_here("t"), in_here("t/build"), NULL);
	CHECK(!tf__roots_hold(&roots, in_here("t/build")));
	CHECK(tf__roots_hold(&roots, in_here("t/build/tmp")));
	CHECK(tf__roots_name(&roots, in_here("t/build/tmp"), strlen(in_here("t/build/tmp"))));
	/* and a tree inside that one is exempt again */
	roots = roots_of(in_here("t/build/tmp"), in_here("t"), in_here("t/build/tmp/work"), NULL);
	CHECK(tf__roots_hold(&roots, in_here("t/build/tmp")));
	CHECK(!tf__roots_hold(&roots, in_here("t/build/tmp/work")));
	/* being in the root itself exempts nothing */
	roots = roots_of(in_here("t"), NULL, in_here("t"), NULL);
	CHECK(tf__roots_hold(&roots, in_here("t/build")));
}

/* A directory whose path has `len` characters. */
static void put_long_dir(char *ret_path, const char *name, size_t len)
{
	size_t at = strlen(in_here(name));

	put_dir(name, 0700);
	strcpy(ret_path, in_here(name));
	while (at < len) {
		size_t n = len - at > 250 ? 200 : len - at - 1;

		ret_path[at] = '/';
		memset(ret_path + at + 1, 'd', n);
		at += n + 1;
		ret_path[at] = '\0';
		CHECK(mkdir(ret_path, 0700) == 0);
	}
	CHECK_IS(len, strlen(ret_path));
}

/* What does not fit is not a root; a tree to be exempted that does not fit removes all roots. */
static void overflow(void)
{
	struct tf_roots roots;
	char a[TF_ROOTS_SIZE], b[TF_ROOTS_SIZE];

	put_long_dir(a, "a", TF_ROOTS_SIZE - 3); /* sign, path, NUL, and the NUL at the end */
	roots = roots_of(in_here("a"), a, NULL, NULL);
	CHECK(tf__roots_hold(
		&roots, a)); /* the first that was given, and there is room for no more */
	CHECK(!tf__roots_hold(&roots, in_here("a")) && !tf__roots_hold(&roots, "/tmp"));
	put_long_dir(b, "b", TF_ROOTS_SIZE - 2);
	roots = roots_of(b, NULL, NULL, NULL);
	CHECK(!tf__roots_hold(&roots, b) == !tf__roots_hold(&roots, here));
	CHECK(tf__roots_hold(&roots, "/tmp"));
	roots = roots_of(here, NULL, b, NULL);
	CHECK_TEXT("", roots.text);
	CHECK(!tf__roots_hold(&roots, "/tmp") && !tf__roots_hold(&roots, here));
}

static void plain(void)
{
	static const struct {
		struct tf_places places;
		bool is_plain;
	} all[] = {
		{{0}, true},
		{{.cwd = "/", .home = "/srv"}, true},
		{{.cwd = "/tmpfoo", .home = "/srv/a", .tmpdir = "/tmp", .dir = "/var/tmp"}, true},
		{{.cwd = "/tmp"}, false},
		{{.cwd = "/tmp/a"}, false},
		{{.cwd = "/var/tmp/x"}, false},
		{{.cwd = "(unreachable)/"}, false},
		{{.home = "/dev/shm/x"}, false},
		{{.home = ""}, false},
		{{.tmpdir = "/tmp/"}, false},
		{{.tmpdir = "/mine"}, false},
		{{.dir = "/mine"}, false},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		CHECK_IS(all[i].is_plain, tf__places_are_plain(&all[i].places));
}

static void real_dir(void)
{
	char path[PATH_MAX];

	put_dir("d", 0700);
	CHECK(symlink("d", "link") == 0);
	CHECK_IS(strlen(in_here("d")), tf__real_dir("link/../link/.", path, sizeof(path)));
	CHECK_TEXT(in_here("d"), path);
	CHECK_IS(-ENAMETOOLONG, tf__real_dir("d", path, strlen(in_here("d")) + 1));
	CHECK_IS(-ENOENT, tf__real_dir("none", path, sizeof(path)));
	put("file", "");
	CHECK_IS(-ENOTDIR, tf__real_dir("file", path, sizeof(path)));
}

/* ---- choosing one */

static void try_as_nobody(void *arg)
{
	(void)arg;
	become_nobody();
	put_dir("closed", 0500);
	CHECK_IS(-EACCES, tf__tmpdir_try("closed"));
}

static void tried(void)
{
	CHECK_IS(0, tf__tmpdir_try("."));
	CHECK_IS(-ENOENT, tf__tmpdir_try("none"));
	put("file", "");
	CHECK_IS(-ENOTDIR, tf__tmpdir_try("file"));
	CHECK_IS(1, entries(here)); /* nothing is left */
	in_child(try_as_nobody, NULL);
}

static long without_tmpfile(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_openat && (c & TF_O_TMPFILE) == TF_O_TMPFILE)
		return -EOPNOTSUPP;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void tried_without_tmpfile(void)
{
	tf__sys = without_tmpfile;
	tried();
}

static void full_and_read_only(void)
{
	static char bytes[4096];
	int fd;

	private_mounts();
	put_dir("full", 0700);
	mount_at("tmpfs", "none", "full", "size=16k");
	fd = open("full/filler", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	close(fd);
	CHECK_IS(-ENOSPC, tf__tmpdir_try("full"));
	CHECK_IS(1, entries("full"));
	put_dir("ro", 0700);
	mount_at("tmpfs", "none", "ro", "ro"); /* the option's text is the filesystem's own */
	if (access("ro", W_OK) < 0)
		CHECK_IS(-EROFS, tf__tmpdir_try("ro"));
}

static void chosen(void)
{
	const char *candidates[] = {NULL, "", "none", "d", "e"};
	const char *dir = "untouched";

	CHECK_IS(-ENOENT, tf__tmpdir_choose(candidates, 4, &dir));
	CHECK_TEXT("untouched", dir);
	put_dir("e", 0700);
	CHECK_IS(0, tf__tmpdir_choose(candidates, 5, &dir));
	CHECK_TEXT("e", dir);
	put_dir("d", 0700);
	CHECK_IS(0, tf__tmpdir_choose(candidates, 5, &dir));
	CHECK_TEXT("d", dir);
}

static void tempdir(void)
{
	char path[PATH_MAX] = "untouched";

	setenv("TMPDIR", in_here("none"), 1);
	setenv("TEMP", here, 1);
	setenv("TMP", "/tmp", 1);
	CHECK_IS(-ERANGE, tf_tempdir(path, strlen(here)));
	CHECK_TEXT("untouched", path);
	CHECK_IS(0, tf_tempdir(path, strlen(here) + 1));
	CHECK_TEXT(here, path);
	put_dir("none", 0700); /* tried once, while the variables are what they are */
	CHECK_IS(0, tf_tempdir(path, sizeof(path)));
	CHECK_TEXT(here, path);
	setenv("TMP", "/var/tmp", 1);
	CHECK_IS(0, tf_tempdir(path, sizeof(path)));
	CHECK_TEXT(in_here("none"), path);
	CHECK_IS(1, entries(here));
	setenv("TMPDIR", "none", 1); /* the same, wherever we go */
	for (int i = 0; i < 2; i++) {
		CHECK_IS(0, tf_tempdir(path, sizeof(path)));
		CHECK_TEXT(in_here("none"), path);
		CHECK_IS(0, chdir("/"));
	}
	CHECK_IS(0, chdir(here));
}

const struct test place_tests[] = {
	{"roots-standard", standard},
	{"roots-given", given},
	{"roots-never", never},
	{"roots-never-home-otherwise-written", never_home_otherwise_written},
	{"roots-exempt", exempt},
	{"roots-overflow", overflow},
	{"roots-plain", plain},
	{"roots-real-dir", real_dir},
	{"tmpdir-tried", tried},
	{"tmpdir-tried-without-tmpfile", tried_without_tmpfile},
	{"tmpdir-full-and-read-only", full_and_read_only},
	{"tmpdir-chosen", chosen},
	{"tmpdir-public", tempdir},
	{0},
};
