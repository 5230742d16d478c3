/* object_fault_test.c: every system call of tempfile.h's objects fails in turn. Whatever happens:
 * what fails says why, nothing is lost, and nothing is left. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "objects.h"

/* What a call gave under faults. */
static int noted(int r)
{
	if (r < 0 && (strncmp(tf_error_text(), "cannot ", 7) != 0 || !strchr(tf_error_text(), ':')))
		check_failed(__FILE__, __LINE__, tf_error_text());
	return r;
}

/* Nothing is left but what the sweep has; at the latest now. Who can neither look at what it has
 * just made nor remove it has to leave it: then something has failed, and goes on failing. */
static void nothing_left(int others, bool has_failed)
{
	tf_cleanup();
	if (has_failed && fault.lasting && entries(".") > 1 + others)
		CHECK_IS(0, system("rm -rf tmp???????? .t*.????????"));
	CHECK_IS(1 + others, entries("."));
}

static bool is_whole(const char *path)
{
	return reads(path, "old") || reads(path, "new content");
}

static void persist_to(const char *target, const struct tf_publish *how, bool is_elsewhere)
{
	struct tf_options options = {.dir = "."};
	struct tf_file *file;
	int r;

	if (!(how && how->flags & TF_NO_REPLACE))
		put(target, "old");
	begin_faults();
	r = noted(tf_file_new(&options, &file));
	if (r == 0) {
		end_faults();
		write_to(tf_file_fd(file), "new content");
		begin_faults();
		r = noted(tf_file_persist(file, target, how));
		if (r == 0 || !there(target) || !reads(target, "new content"))
			r = r == 0 ? 0 : noted(tf_file_persist(file, target, how));
		tf_file_free(file);
	}
	end_faults();
	CHECK(!there(target) || is_whole(target));
	CHECK(r < 0 || reads(target, "new content"));
	(void)unlink(target);
	nothing_left(is_elsewhere, r < 0);
}

static void persist_one(void)
{
	const struct tf_publish how = {.flags = TF_MODE_OF_OLD, .mode = 0644};

	persist_to("target", &how, false);
}

static void persist_new(void)
{
	const struct tf_publish how = {.flags = TF_NO_REPLACE};

	persist_to("target", &how, false);
}

static void persist_elsewhere(void)
{
	if (!there("other"))
		other_filesystem("other");
	persist_to("other/target", NULL, true);
	if (fault.lasting && entries("other") > 0)
		CHECK_IS(0, system("rm -f other/.tmp????????")); /* as above */
	CHECK_IS(0, entries("other"));
}

static void atomic(void)
{
	int r;

	put("target", "old");
	begin_faults();
	r = noted(tf_atomic_write("target", "new content", 11, NULL));
	end_faults();
	CHECK(is_whole("target"));
	CHECK(r < 0 || reads("target", "new content"));
	CHECK(unlink("target") == 0);
	nothing_left(0, r < 0);
}

static void spool(void)
{
	struct tf_spool_options options = {.file = {.dir = "."}, .limit = 8};
	struct tf_spool *spool;
	char text[20] = "";
	bool has_failed;
	ssize_t r;

	CHECK_IS(0, tf_spool_new(&options, &spool));
	begin_faults();
	CHECK_IS(8, tf_spool_write(spool, "12345678", 8));
	r = noted((int)tf_spool_write(spool, "abcd", 4));
	end_faults();
	has_failed = r < 0;
	CHECK(r == 4 || r < 0);
	CHECK_IS(r < 0 ? 8 : 12, tf_spool_size(spool));
	CHECK_IS(r < 0 ? 8 : 12, tf_spool_tell(spool));
	if (r < 0)
		CHECK_IS(4, tf_spool_write(spool, "abcd", 4));
	CHECK_IS(0, tf_spool_seek(spool, 0, SEEK_SET));
	begin_faults();
	r = noted((int)tf_spool_read(spool, text, sizeof(text)));
	end_faults();
	CHECK(r < 0 || memcmp(text, "12345678abcd", (size_t)r) == 0);
	CHECK_IS(0, tf_spool_seek(spool, 0, SEEK_SET));
	CHECK_IS(12, tf_spool_read(spool, text, sizeof(text)));
	CHECK_TEXT("12345678abcd", text);
	begin_faults();
	tf_spool_free(spool);
	end_faults();
	nothing_left(0, has_failed);
}

static void directory(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_dir *dir;
	int r;

	begin_faults();
	r = noted(tf_dir_new(&options, &dir));
	if (r == 0) {
		(void)noted(tf_dir_subdir(dir, "a/b"));
		(void)noted(tf_dir_file(dir, "a/c/file", "x", 1));
		tf_dir_free(dir);
	}
	end_faults();
	nothing_left(0, r < 0);
}

static void upload(void)
{
	struct tf_upload_options options = {.file = {.dir = "."}};
	struct tf_upload *upload;
	int r;

	begin_faults();
	r = noted(tf_upload_new(&options, &upload));
	if (r == 0) {
		r = noted(tf_upload_write(upload, "new ", 4));
		if (r == 0)
			r = noted(tf_upload_write(upload, "content", 7));
		if (r == 0)
			r = noted(tf_upload_commit(upload, "d/target", NULL));
		CHECK(r < 0 || reads(tf_upload_final_path(upload), "new content"));
		tf_upload_free(upload);
	}
	end_faults();
	CHECK(r < 0 || there("d/target"));
	CHECK(!there("d/target") || reads("d/target", "new content"));
	(void)unlink("d/target");
	(void)rmdir("d");
	nothing_left(0, r < 0);
}

static void anonymous(void)
{
	struct tf_options options = {.dir = "."};
	int fd;

	begin_faults();
	fd = noted(tf_anonymous(&options));
	end_faults();
	if (fd >= 0)
		close(fd);
	nothing_left(0, fd < 0);
}

static void chosen(void)
{
	char dir[PATH_MAX];

	begin_faults();
	(void)noted(tf_tempdir(dir, sizeof(dir)));
	end_faults();
}

#define SWEEP(scenario, kinds)                                                                     \
	static void every_call_of_##scenario(void)                                                 \
	{                                                                                          \
		at_every_call(scenario, kinds);                                                    \
	}

SWEEP(persist_one, FAULT_KINDS)
SWEEP(persist_new, FAULT_KINDS)
SWEEP(persist_elsewhere, FAULT_KINDS)
SWEEP(atomic, FAULT_KINDS)
SWEEP(spool, FAULT_KINDS)
SWEEP(directory, FAULT_KINDS)
SWEEP(upload, FAULT_KINDS)
SWEEP(anonymous, FAULT_KINDS)
SWEEP(chosen, FAULT_KINDS)

const struct test object_fault_tests[] = {
	{"fault-persist", every_call_of_persist_one},
	{"fault-persist-new", every_call_of_persist_new},
	{"fault-persist-elsewhere", every_call_of_persist_elsewhere},
	{"fault-atomic", every_call_of_atomic},
	{"fault-spool", every_call_of_spool},
	{"fault-directory", every_call_of_directory},
	{"fault-upload", every_call_of_upload},
	{"fault-anonymous", every_call_of_anonymous},
	{"fault-tempdir", every_call_of_chosen},
	{NULL, NULL},
};
