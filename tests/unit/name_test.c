/* name_test.c: lib/name.c, lib/create.c, lib/text.c, and lib/public.c on top of them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "create.h"
#include "name.h"
#include "tempfile.h"
#include "text.h"

/* The library's own defaults; the small build sets both. */
#ifdef TF_LETTERS
static const bool is_small = true;
#else
#	define TF_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#	define TF_TRIES (62 * 62 * 62)
static const bool is_small = false;
#endif

enum { LETTERS = sizeof(TF_LETTERS) - 1 };

/* ---- names */

static void slot(void)
{
	static const struct {
		const char *template;
		long suffix, expected;
	} all[] = {
		{"XXXXXX", 0, 0},
		{"aXXXXXX", 0, 1},
		{"/tmp/aXXXXXX", 0, 6},
		{"XXXXXXXX", 0, 2}, /* the last six of eight */
		{"XXXXX", 0, -EINVAL},
		{"aXXXXX", 0, -EINVAL},
		{"", 0, -EINVAL},
		{"XXXXXXa", 0, -EINVAL},
		{"XXXxXX", 0, -EINVAL},
		{"XXXXXX.txt", 4, 0},
		{"aXXXXXX.txt", 4, 1},
		{"XXXXXX.txt", 3, -EINVAL},
		{"XXXXXX.txt", 5, -EINVAL},
		{"XXXXX.txt", 4, -EINVAL},
		{"XXXXXXXX", 2, 0},
		{"XXXXXXXX", 3, -EINVAL},
		{"XXXXXX", 6, -EINVAL},
		{"XXXXXX", 7, -EINVAL},
		{"XXXXXX", INT_MAX, -EINVAL},
		{"XXXXXX", -1, -EINVAL},
		{"XXXXXXaaaaaa", -6, -EINVAL},
		{"XXXXXX", INT_MIN, -EINVAL},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(check_note, sizeof(check_note), "%s, suffix of %ld", all[i].template,
			all[i].suffix);
		CHECK_IS(all[i].expected, tf__name_slot(all[i].template, all[i].suffix));
	}
}

static void fill_and_clear(void)
{
	char text[] = "<XXXXXXXXXXXXXXXXXXXXXXXXX>"; /* 25: more than two draws */

	tf__name_fill(text + 1, 25);
	CHECK(text[0] == '<' && text[26] == '>');
	CHECK_IS(25, strspn(text + 1, TF_LETTERS));
	tf__name_clear(text + 1, 25);
	CHECK_TEXT("<XXXXXXXXXXXXXXXXXXXXXXXXX>", text);
	tf__name_fill(text + 1, 0);
	CHECK_TEXT("<XXXXXXXXXXXXXXXXXXXXXXXXX>", text);
}

/* Every letter comes up at every place, none of them twice as often as it should. */
static void distribution(void)
{
	enum { NAMES = 20000, LEN = 12 };
	static int seen[LEN][256];

	for (int i = 0; i < NAMES; i++) {
		char text[LEN];

		tf__name_fill(text, LEN);
		for (int k = 0; k < LEN; k++)
			seen[k][(unsigned char)text[k]]++;
	}
	for (int k = 0; k < LEN; k++)
		for (const char *p = TF_LETTERS; *p != '\0'; p++) {
			int n = seen[k][(unsigned char)*p];

			CHECK(n > NAMES / LETTERS * 2 / 3 && n < NAMES / LETTERS * 3 / 2);
		}
}

static long random_fails(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_getrandom)
		return -EAGAIN;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static long random_is_short(long nr, long a, long b, long c, long d, long e, long f)
{
	return nr == SYS_getrandom ? 3 : tf__sys_raw(nr, a, b, c, d, e, f);
}

/* Without the kernel's randomness names still differ from call to call. */
static void differ(void)
{
	char first[10], second[10];
	int same = 0;

	for (int i = 0; i < 1000; i++) {
		tf__name_fill(first, sizeof(first));
		tf__name_fill(second, sizeof(second));
		CHECK(memchr(TF_LETTERS, first[9], LETTERS));
		same += memcmp(first, second, sizeof(first)) == 0;
	}
	CHECK(same <= (is_small ? 20 : 0));
}

static void without_random(void)
{
	tf__sys = random_fails;
	differ();
	tf__sys = random_is_short;
	differ();
}

enum { FORKED = 40 };

static void fill_child(void *arg)
{
	tf__name_fill(arg, FORKED);
}

static void after_fork(void)
{
	tf_sys_fn *ways[] = {tf__sys_raw, random_fails};
	char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 2; i++) {
		tf__sys = ways[i];
		tf__name_fill(shared + 2048, 10);
		for (int k = 0; k < 3; k++)
			in_child(fill_child, shared + 64 * k);
		tf__name_fill(shared + 64 * 3, FORKED);
		for (int k = 0; k < 4; k++)
			for (int m = 0; m < k; m++)
				CHECK(memcmp(shared + 64 * k, shared + 64 * m, FORKED) != 0);
	}
}

/* ---- the loop */

struct calls {
	int n, then;
	char last[16];
};

static int create_then(void *arg, const char *path)
{
	struct calls *calls = arg;

	CHECK(strlen(path) == 10 && path[0] == 'a' && path[7] == '.');
	CHECK_IS(6, strspn(path + 1, TF_LETTERS));
	strcpy(calls->last, path);
	return --calls->n > 0 ? -EEXIST : calls->then;
}

static void only_eexist_is_retried(void)
{
	static const int results[] = {0, 7, -EACCES, -ENOENT, -EINTR, -EMFILE, -ENOSPC, -ENOTDIR};

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		for (int n = 1; n <= 3; n++) {
			char path[] = "aXXXXXX.tt";
			struct calls calls = {.n = n, .then = results[i]};

			CHECK_IS(results[i], tf__create(path, 1, 6, create_then, &calls));
			CHECK_IS(0, calls.n);
			CHECK_TEXT(calls.last, path); /* what was tried last */
		}
}

static void tries_are_bounded(void)
{
	char path[] = "aXXXXXX.tt";
	struct calls calls = {.n = INT_MAX};

	CHECK_IS(-EEXIST, tf__create(path, 1, 6, create_then, &calls));
	CHECK_IS(TF_TRIES, INT_MAX - calls.n);
	CHECK_TEXT(calls.last, path);
}

/* ---- the public functions */

static void create_file(void)
{
	char name[] = "aXXXXXX.txt", bad[] = "aXXXXX.txt";
	struct stat st;
	int fd, dir;

	umask(0);
	fd = tf_create_file(AT_FDCWD, name, 4, O_APPEND | O_WRONLY);
	CHECK(fd >= 0 && strcmp(name + 7, ".txt") == 0 && name[0] == 'a');
	CHECK(fstat(fd, &st) == 0);
	CHECK_IS(S_IFREG | 0600, st.st_mode);
	CHECK_IS(O_RDWR | O_APPEND, fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND));
	CHECK_IS(FD_CLOEXEC, fcntl(fd, F_GETFD));
	CHECK(unlink(name) == 0); /* of so few names the next may be the same */
	close(fd);
	CHECK_IS(-EINVAL, tf_create_file(AT_FDCWD, bad, 4, 0));
	CHECK_TEXT("aXXXXX.txt", bad);
	put_dir("d", 0700);
	dir = open("d", O_PATH | O_DIRECTORY | O_CLOEXEC);
	strcpy(name, "aXXXXXX.txt");
	fd = tf_create_file(dir, name, 4, 0);
	CHECK(fd >= 0 && !there(name) && entries("d") == 1);
	close(fd);
	close(dir);
}

static void create_fails(void)
{
	char name[] = "no/aXXXXXX", dir[] = "no/aXXXXXX";

	CHECK_IS(-ENOENT, tf_create_file(AT_FDCWD, name, 0, 0));
	CHECK_TEXT("no/aXXXXXX", name);
	CHECK_IS(-ENOENT, tf_create_dir(AT_FDCWD, dir));
	CHECK_TEXT("no/aXXXXXX", dir);
}

static void create_dir(void)
{
	char name[] = "dXXXXXX";
	struct stat st;

	umask(0);
	CHECK_IS(0, tf_create_dir(AT_FDCWD, name));
	CHECK(lstat(name, &st) == 0);
	CHECK_IS(S_IFDIR | 0700, st.st_mode);
	strcpy(name, "dXXXXX");
	CHECK_IS(-EINVAL, tf_create_dir(AT_FDCWD, name));
}

/* The small build runs out of names: 64 there are. What is there is never opened or replaced. */
static void names_run_out(void)
{
	int made = 0, refused = 0;

	if (!is_small) /* 62^6 names do not run out; the loop's bound has its own test */
		return;
	put("precious", "");
	for (int i = 0; i < 600; i++) {
		char name[] = "aXXXXXX";
		int fd = tf_create_file(AT_FDCWD, name, 0, 0);

		if (fd >= 0) {
			CHECK_IS(1, write(fd, "1", 1));
			close(fd);
			made++;
		} else {
			CHECK_IS(-EEXIST, fd);
			CHECK_TEXT("aXXXXXX", name);
			refused++;
		}
	}
	CHECK(made <= 64 && made > 50 && refused == 600 - made);
	CHECK_IS(made + 1, entries(here));
}

static void public_remove(void)
{
	int dir;

	put("file", "");
	CHECK(symlink("file", "link") == 0);
	put_dir("d", 0700);
	put_dir("d/e", 0700);
	put("d/e/f", "");
	CHECK_IS(-ENOENT, tf_remove(AT_FDCWD, "none"));
	CHECK_IS(0, tf_remove(AT_FDCWD, "link"));
	CHECK(there("file"));
	dir = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_IS(0, tf_remove(dir, "e"));
	close(dir);
	CHECK_IS(0, tf_remove(AT_FDCWD, "d"));
	CHECK_IS(1, entries(here));
}

static void keeps_errno(void)
{
	char name[] = "no/aXXXXXX";

	errno = 4711;
	(void)tf_create_file(AT_FDCWD, name, 0, 0);
	(void)tf_remove(AT_FDCWD, "none");
	CHECK_IS(4711, errno);
}

/* ---- texts */

static void texts(void)
{
	char buf[8], one[1];
	struct tf_text text = tf__text(buf, sizeof(buf));
	struct tf_text tiny = tf__text(one, sizeof(one));

	CHECK_TEXT("", buf);
	tf__text_add(&text, "abc");
	tf__text_add_number(&text, 0);
	tf__text_add_number(&text, 123);
	CHECK(!text.full && text.len == 7);
	CHECK_TEXT("abc0123", buf);
	tf__text_add(&text, "");
	CHECK(!text.full);
	tf__text_add(&text, "x");
	CHECK(text.full);
	CHECK_TEXT("abc0123", buf);
	text = tf__text(buf, sizeof(buf));
	tf__text_add(&text, "12345678");
	CHECK(text.full && buf[0] == '\0');
	tf__text_add(&text, "a"); /* what came after something that did not fit */
	CHECK(buf[0] == '\0');
	tf__text_add(&tiny, "a");
	CHECK(tiny.full && one[0] == '\0');
	CHECK(tf__equal("", "") && tf__equal("ab", "ab") && !tf__equal("ab", "abc") &&
		!tf__equal("abc", "ab"));
	CHECK_TEXT("c", tf__after("abc", "ab"));
	CHECK_TEXT("", tf__after("ab", "ab"));
	CHECK(!tf__after("a", "ab") && !tf__last_slash("abc"));
	CHECK_TEXT("/c", tf__last_slash("/a/b/c"));
}

static void numbers(void)
{
	char buf[32];
	struct tf_text text = tf__text(buf, sizeof(buf));
	const char *p;
	uint64_t n = 5;

	tf__text_add_number(&text, UINT64_MAX);
	CHECK_TEXT("18446744073709551615", buf);
	p = "0012x";
	CHECK_IS(0, tf__number(&p, &n));
	CHECK_IS(12, n);
	CHECK_TEXT("x", p);
	p = "x";
	CHECK_IS(-EINVAL, tf__number(&p, &n));
	p = "-1";
	CHECK_IS(-EINVAL, tf__number(&p, &n));
	p = "";
	CHECK_IS(-EINVAL, tf__number(&p, &n));
	p = "99999999999999999999";
	CHECK_IS(-EINVAL, tf__number(&p, &n));
	CHECK_IS(12, n);
}

static void small_files(void)
{
	char buf[5];

	put("f", "123456789");
	CHECK_IS(4, tf__read_file(AT_FDCWD, "f", buf, sizeof(buf)));
	CHECK_TEXT("1234", buf);
	put("f", "12");
	CHECK_IS(2, tf__read_file(AT_FDCWD, "f", buf, sizeof(buf)));
	CHECK_TEXT("12", buf);
	CHECK_IS(-ENOENT, tf__read_file(AT_FDCWD, "none", buf, sizeof(buf)));
	CHECK(symlink("f", "link") == 0);
	CHECK_IS(-ELOOP, tf__read_file(AT_FDCWD, "link", buf, sizeof(buf)));
	CHECK_IS(-EISDIR, tf__read_file(AT_FDCWD, ".", buf, sizeof(buf)));
}

const struct test name_tests[] = {
	{"name-slot", slot},
	{"name-fill-and-clear", fill_and_clear},
	{"name-distribution", distribution},
	{"name-without-random", without_random},
	{"name-after-fork", after_fork},
	{"create-only-eexist-is-retried", only_eexist_is_retried},
	{"create-tries-are-bounded", tries_are_bounded},
	{"public-create-file", create_file},
	{"public-create-fails", create_fails},
	{"public-create-dir", create_dir},
	{"public-names-run-out", names_run_out},
	{"public-remove", public_remove},
	{"public-keeps-errno", keeps_errno},
	{"text-building", texts},
	{"text-numbers", numbers},
	{"text-small-files", small_files},
	{0},
};
