/* notes_test.c: lib/notes.c, lib/keeping.c: what a session writes down, and what stays by it. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "keeping.h"

static void write_bytes(const char *path, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK_IS(len, write(fd, bytes, len));
	close(fd);
}

/* The notes lie in the test's own directory. */
static int add(const char *name, const char *value)
{
	return tf__notes_add(AT_FDCWD, "notes", name, value);
}

static const char *value_of(const struct tf_notes *notes, const char *name)
{
	const char *value = tf__notes_value(notes, name, NULL);

	return value ? value : "(none)";
}

static void read_back(void)
{
	struct tf_notes notes;
	const char *arg;

	CHECK_IS(0, add("PERSIST", "*.log"));
	CHECK_IS(0, add("ARG", "sh"));
	CHECK_IS(0, add("ARGS", "another name"));
	CHECK_IS(0, add("ARG", ""));
	CHECK_IS(0, add("ARG", "a=b\nc"));
	CHECK_IS(0, add("EMPTY", ""));
	CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "notes"));
	CHECK_TEXT("*.log", value_of(&notes, "PERSIST"));
	CHECK_TEXT("another name", value_of(&notes, "ARGS"));
	CHECK_TEXT("", value_of(&notes, "EMPTY"));
	CHECK_TEXT("(none)", value_of(&notes, "AR"));
	CHECK_TEXT("(none)", value_of(&notes, "REPORT"));
	arg = tf__notes_value(&notes, "ARG", NULL);
	CHECK(arg);
	CHECK_TEXT("sh", arg);
	arg = tf__notes_value(&notes, "ARG", arg);
	CHECK(arg);
	CHECK_TEXT("", arg);
	arg = tf__notes_value(&notes, "ARG", arg);
	CHECK(arg);
	CHECK_TEXT("a=b\nc", arg);
	CHECK(!tf__notes_value(&notes, "ARG", arg));
	tf__notes_free(&notes);
	CHECK(!notes.text && notes.len == 0);
	tf__notes_free(&notes);
}

static void nothing_there(void)
{
	struct tf_notes notes = {.len = 1};

	CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "notes"));
	CHECK(notes.len == 0 && !tf__notes_value(&notes, "A", NULL));
	tf__notes_free(&notes);
	put("notes", "");
	CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "notes"));
	CHECK(notes.len == 0 && !tf__notes_value(&notes, "A", NULL));
	tf__notes_free(&notes);
	CHECK_IS(-ENOTDIR, tf__notes_read(&notes, AT_FDCWD, "notes/notes"));
}

/* Up to TF_NOTES_MAX bytes are read, all of them; one more is too many. */
static void too_large(void)
{
	char *bytes = malloc(TF_NOTES_MAX + 1);
	struct tf_notes notes = {0};

	memset(bytes, 'x', TF_NOTES_MAX + 1);
	memcpy(bytes + TF_NOTES_MAX - 6, "\0A=end", 6);
	write_bytes("notes", bytes, TF_NOTES_MAX);
	CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "notes"));
	CHECK_TEXT("end", value_of(&notes, "A")); /* it has its NUL though the file has not */
	tf__notes_free(&notes);
	write_bytes("notes", bytes, TF_NOTES_MAX + 1);
	CHECK_IS(-EFBIG, tf__notes_read(&notes, AT_FDCWD, "notes"));
	CHECK(!notes.text);
	free(bytes);
}

static void not_ours(void)
{
	struct tf_notes notes = {0};

	put("precious", "A=b");
	CHECK(symlink("precious", "notes") == 0);
	CHECK_IS(-ELOOP, tf__notes_read(&notes, AT_FDCWD, "notes"));
	CHECK_IS(-ELOOP, add("A", "c"));
	CHECK(unlink("notes") == 0);
	put_dir("notes", 0700);
	CHECK_IS(-EPERM, tf__notes_read(&notes, AT_FDCWD, "notes"));
	CHECK_IS(-EISDIR, add("A", "c"));
	CHECK(rmdir("notes") == 0);
	CHECK(reads("precious", "A=b"));
	CHECK(!notes.text);
	if (geteuid() != 0)
		return;
	put("notes", "A=b");
	CHECK(chown("notes", 65534, 65534) == 0);
	CHECK_IS(-EPERM, tf__notes_read(&notes, AT_FDCWD, "notes"));
}

static void nobody_waits(int signal)
{
	(void)signal;
	check_failed(__FILE__, __LINE__, "a FIFO is not waited for");
}

static void fifo(void)
{
	struct tf_notes notes = {0};
	int reader;

	CHECK(mkfifo("notes", 0600) == 0);
	CHECK(signal(SIGALRM, nobody_waits) != SIG_ERR);
	alarm(5);
	CHECK_IS(-EPERM, tf__notes_read(&notes, AT_FDCWD, "notes"));
	CHECK(add("A", "b") < 0);
	reader = open("notes", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(reader >= 0);
	CHECK_IS(-EPERM, add("A", "b")); /* nobody's pipe is written to */
	close(reader);
	CHECK(!notes.text);
}

/* A write that was cut off in the middle harms no entry but its own, wherever it was cut. */
static void torn(void)
{
	static const char whole[] = "\0A=first\0\0ARG=second";
	struct tf_notes notes;

	for (size_t len = 0; len <= sizeof(whole); len++) {
		write_bytes("notes", whole, len);
		CHECK_IS(0, add("B", "third"));
		CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "notes"));
		CHECK_TEXT("third", value_of(&notes, "B"));
		if (len >= 8)
			CHECK_TEXT("first", value_of(&notes, "A"));
		tf__notes_free(&notes);
	}
}

/* Several writers at once: every entry is whole. */
static void write_many(void *arg)
{
	const char *name = arg;

	for (int i = 0; i < 200; i++)
		CHECK_IS(0, add(name, "a value that is the same each time"));
}

static void many_writers(void)
{
	static char names[][2] = {"A", "B", "C"};
	struct tf_notes notes;
	pid_t pids[3];

	for (int i = 0; i < 3; i++)
		pids[i] = start(write_many, names[i]);
	for (int i = 0; i < 3; i++)
		finish(pids[i]);
	CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "notes"));
	for (int i = 0; i < 3; i++) {
		const char *value = NULL;
		int n = 0;

		while ((value = tf__notes_value(&notes, names[i], value))) {
			CHECK_TEXT("a value that is the same each time", value);
			n++;
		}
		CHECK_IS(200, n);
	}
	tf__notes_free(&notes);
}

/* An error, where the kernel would send SIGXFSZ; and no part of the entry is there. */
static void file_size_limit(void)
{
	struct tf_notes notes;

	CHECK_IS(0, add("A", "b")); /* five bytes */
	limit(RLIMIT_FSIZE, 10);
	CHECK_IS(-EFBIG, add("B", "cd"));
	CHECK_IS(0, add("C", "d"));
	CHECK_IS(-EFBIG, add("D", ""));
	CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "notes"));
	CHECK_IS(10, notes.len);
	CHECK_TEXT("d", value_of(&notes, "C"));
	CHECK_TEXT("(none)", value_of(&notes, "B"));
	tf__notes_free(&notes);
}

static void full_disk(void)
{
	private_mounts();
	put_dir("full", 0700);
	mount_at("tmpfs", "none", "full", "size=4k");
	CHECK(chdir("full") == 0);
	{
		char page[4096] = {0};

		write_bytes("notes", page, sizeof(page));
	}
	CHECK_IS(-ENOSPC, add("A", "b"));
	CHECK(chdir("..") == 0);
}

/* ---- keeping */

static struct tf_keeping keeping_of(const char *persist, const char *end, const char *end_value)
{
	struct tf_keeping keeping;

	(void)unlink("settings");
	(void)unlink("end");
	if (persist)
		CHECK_IS(0, tf__notes_add(AT_FDCWD, "settings", "PERSIST", persist));
	if (end)
		CHECK_IS(0, tf__notes_add(AT_FDCWD, "end", end, end_value));
	CHECK_IS(0, tf__keeping_read(&keeping, AT_FDCWD));
	return keeping;
}

/* Each value of PERSIST with each way that a root can end. */
static void values_and_ends(void)
{
	static const struct {
		const char *persist;
		bool all, all_if_failed, some;
	} values[] = {
		{NULL, false, false, false},
		{"", false, false, false},
		{"0", false, false, false},
		{"1", true, true, false},
		{"on-failure", false, true, false},
		{"*.log", false, false, true},
		{"yes", true, true, false}, /* malformed: everything */
		{"on_failure", true, true, false},
		{"*.log:yes", true, true, false},
	};
	static const struct {
		const char *name, *value;
		bool has_failed;
	} ends[] = {
		{NULL, NULL, true}, /* nobody saw it */
		{"STATUS", "0", false},
		{"STATUS", "1", true},
		{"STATUS", "00", true},
		{"STATUS", "", true},
		{"SIGNAL", "9", true},
		{"SIGNAL", "0", true},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]); k++) {
			struct tf_keeping keeping =
				keeping_of(values[i].persist, ends[k].name, ends[k].value);
			bool all = ends[k].has_failed ? values[i].all_if_failed : values[i].all;

			snprintf(check_note, sizeof(check_note), "PERSIST=%s, %s=%s",
				values[i].persist ? values[i].persist : "(unset)",
				ends[k].name ? ends[k].name : "",
				ends[k].value ? ends[k].value : "");
			CHECK_IS(all, keeping.all);
			CHECK_IS(values[i].some, tf__keeps_some(&keeping));
			CHECK_IS(all, tf__keeps(&keeping, "/tmp/a"));
			CHECK_IS(all || values[i].some, tf__keeps(&keeping, "/tmp/a.log"));
			tf__keeping_free(&keeping);
		}
	check_note[0] = '\0';
}

static void globs(void)
{
	struct tf_keeping keeping = keeping_of("*.log:/tmp/a/*:core.[0-9]", "STATUS", "0");

	CHECK(tf__keeps(&keeping, "/tmp/b/x.log"));
	CHECK(tf__keeps(&keeping, "/tmp/a/x"));
	CHECK(tf__keeps(&keeping, "/elsewhere/core.7"));
	CHECK(!tf__keeps(&keeping, "/tmp/x"));
	CHECK(!tf__keeps(&keeping, "/tmp/ax"));
	CHECK(!tf__keeps(&keeping, "/tmp/x.log.gz"));
	CHECK(!tf__keeps(&keeping, "/tmp/core.77"));
	tf__keeping_free(&keeping);
}

static void listed_paths(void)
{
	static const char torn_at_the_end[] = "\0/tmp/a\0\0\0/tmp/dir/b\0relative\0/tmp/long";
	struct tf_keeping keeping;

	write_bytes("persist", torn_at_the_end, sizeof(torn_at_the_end) - 1);
	CHECK_IS(0, tf__notes_add(AT_FDCWD, "persist", NULL, "/tmp/last"));
	keeping = keeping_of(NULL, NULL, NULL);
	CHECK(tf__keeps_some(&keeping) && !keeping.all);
	CHECK(tf__keeps(&keeping, "/tmp/a"));
	CHECK(tf__keeps(&keeping, "/tmp/a/below/it"));
	CHECK(tf__keeps(&keeping, "/tmp/dir/b"));
	CHECK(tf__keeps(&keeping, "/tmp/long"));
	CHECK(tf__keeps(&keeping, "/tmp/last"));
	CHECK(!tf__keeps(&keeping, "/tmp/ab")); /* a sibling with the same prefix */
	CHECK(!tf__keeps(&keeping, "/tmp/a.b"));
	CHECK(!tf__keeps(&keeping, "/tmp/dir")); /* above it */
	CHECK(!tf__keeps(&keeping, "/tmp"));
	CHECK(!tf__keeps(&keeping, "/tmp/relative"));
	CHECK(!tf__keeps(&keeping, "/"));
	tf__keeping_free(&keeping);
}

/* What cannot be read is not taken for nothing to keep. */
static void unreadable(void)
{
	static const char *const files[] = {"settings", "persist", "end"};
	struct tf_keeping keeping = {.all = true};

	CHECK_IS(0, tf__notes_add(AT_FDCWD, "settings", "PERSIST", "on-failure"));
	for (int i = 0; i < 3; i++) {
		CHECK(i > 0 || rename("settings", "whole") == 0);
		CHECK(symlink("whole", files[i]) == 0);
		CHECK_IS(-ELOOP, tf__keeping_read(&keeping, AT_FDCWD));
		CHECK(keeping.all && !keeping.settings.text);
		CHECK(unlink(files[i]) == 0);
		CHECK(i > 0 || rename("whole", "settings") == 0);
	}
	CHECK_IS(0, tf__keeping_read(&keeping, AT_FDCWD));
	tf__keeping_free(&keeping);
}

const struct test notes_tests[] = {
	{"notes-read-back", read_back},
	{"notes-nothing-there", nothing_there},
	{"notes-too-large", too_large},
	{"notes-not-ours", not_ours},
	{"notes-fifo", fifo},
	{"notes-torn", torn},
	{"notes-many-writers", many_writers},
	{"notes-file-size-limit", file_size_limit},
	{"notes-full-disk", full_disk},
	{"keeping-values-and-ends", values_and_ends},
	{"keeping-globs", globs},
	{"keeping-listed-paths", listed_paths},
	{"keeping-unreadable", unreadable},
	{0},
};
