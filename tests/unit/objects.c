/* objects.c: what objects.h declares. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "objects.h"

unsigned mode_of(const char *path)
{
	struct stat stat;

	CHECK(lstat(path, &stat) == 0);
	return stat.st_mode & 07777;
}

void write_to(int fd, const char *text)
{
	CHECK_IS(strlen(text), write(fd, text, strlen(text)));
}

const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *about(const char *before, const char *name, const char *after)
{
	static char texts[8][2 * PATH_MAX];
	static int next;
	char *text = texts[next++ % 8];

	snprintf(text, sizeof(texts[0]), "%s%s%s", before, in_here(name), after);
	return text;
}

void other_filesystem(const char *name)
{
	private_mounts();
	put_dir(name, 0700);
	mount_at("tmpfs", "tmpfs", name, "size=8m");
}

/* --- the order of calls --- */

static char record[1024];

static void note(const char *word)
{
	size_t len = strlen(record);

	if (len > 0 && strcmp(word, "write") == 0 && len >= 5 &&
		strcmp(record + len - 5, "write") == 0)
		return; /* as many as there are */
	snprintf(record + len, sizeof(record) - len, "%s%s", len > 0 ? " " : "", word);
}

static bool is_dir(long fd)
{
	struct stat stat;

	return fstat((int)fd, &stat) == 0 && S_ISDIR(stat.st_mode);
}

static long recording(long nr, long a, long b, long c, long d, long e, long f)
{
	static const struct {
		long nr;
		const char *word;
	} words[] = {
		{SYS_write, "write"},
		{SYS_pwrite64, "write"},
		{SYS_fchmod, "chmod"},
		{SYS_fchown, "chown"},
		{SYS_renameat2, "rename"},
		{SYS_linkat, "link"},
		{SYS_unlinkat, "unlink"},
		{SYS_mkdirat, "mkdir"},
	};
	long r = tf__sys_raw(nr, a, b, c, d, e, f);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (nr == words[i].nr)
			note(words[i].word);
	if (nr == SYS_fsync)
		note(is_dir(a) ? "sync-dir" : "sync");
	return r;
}

void begin_record(void)
{
	record[0] = '\0';
	tf__sys = recording;
}

const char *end_record(void)
{
	tf__sys = tf__sys_raw;
	return record;
}

/* --- what a kernel does not have --- */

static struct {
	long nr;
	int error;
	tf_sys_fn *next;
} refused;

static long refusing(long nr, long a, long b, long c, long d, long e, long f)
{
	/* a rename is refused with a flag only, a file only without a name */
	bool is_it = nr == refused.nr &&
		     (nr != SYS_renameat2 || e != 0 || refused.error == EXDEV) &&
		     (nr != SYS_openat || (c & TF_O_TMPFILE) == TF_O_TMPFILE);

	return is_it ? -refused.error : refused.next(nr, a, b, c, d, e, f);
}

void refuse(long nr, int error)
{
	if (error == 0) {
		tf__sys = refused.next;
		return;
	}
	refused.nr = nr;
	refused.error = error;
	refused.next = tf__sys;
	tf__sys = refusing;
}
