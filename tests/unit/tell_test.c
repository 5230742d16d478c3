/* tell_test.c: lib/journal.c: what is told and not to be removed, what is to stay, and when. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "process.h"
#include "reader.h"

enum { FIRST_SLOTS = 64 }; /* of the first segment */

/* The n-th record of the journal as a cleaner reads it; false behind the last. */
static bool read_nth(const struct made *made, int n, struct tf_record *ret_record, char *ret_path)
{
	const struct tf_record *record;
	struct tf_reader reader;
	int dir = tf__session_open(made->session.path);

	CHECK(dir >= 0);
	CHECK_IS(0, tf__reader_open(&reader, dir));
	do
		record = tf__reader_next(&reader);
	while (record && n-- > 0);
	if (record) {
		memcpy(ret_record, record, sizeof(*record));
		strcpy(ret_path, record->path);
	}
	tf__reader_close(&reader);
	close(dir);
	return record;
}

static int count_records(const struct made *made)
{
	static struct tf_record record;
	char path[TF_PATH_MAX];
	int n = 0;

	while (read_nth(made, n, &record, path))
		n++;
	return n;
}

/* Tells of here/name as a file that is left alone. */
static void tell_alone(struct made *made, const char *name, enum tf_reason reason)
{
	struct tf_record head = {
		.kind = TF_KIND_FILE,
		.pid = 4711,
		.flags = (uint16_t)(TF_FLAG_LEFT_ALONE | reason << TF_REASON_SHIFT),
		.id = identity_of(in_here(name)),
	};

	tf__journal_tell(&made->journal, &head, in_here(name));
}

static void tell_program(struct made *made, const char *path, int pid)
{
	struct tf_record head = {.kind = TF_KIND_PROGRAM, .pid = pid, .flags = 3 << 8};

	tf__journal_tell(&made->journal, &head, path);
}

/* As many records of files that are gone as force sweeps. */
static void force_sweeps(struct made *made)
{
	char name[32];

	for (int i = 0; i < 3 * FIRST_SLOTS; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		CHECK(register_file(made, name) >= 0);
		CHECK(unlink(name) == 0);
	}
}

static void left_alone(void)
{
	struct tf_record record;
	struct made made;
	struct tf_identity id;
	char path[TF_PATH_MAX];

	begin_session(&made);
	put("file", "");
	id = identity_of("file");
	tell_alone(&made, "file", TF_REASON_NAME);
	CHECK(read_nth(&made, 0, &record, path));
	CHECK_TEXT(in_here("file"), path);
	CHECK_IS(TF_LIVE, record.state);
	CHECK_IS(TF_FLAG_LEFT_ALONE, record.flags & 0xff);
	CHECK_IS(TF_REASON_NAME, record.flags >> TF_REASON_SHIFT);
	CHECK_IS(4711, record.pid);
	CHECK(tf__same(&id, &record.id));
	CHECK(!tf__is_registered(&record));
	CHECK_IS(0, tf__journal_header(&made.journal)->created);
	CHECK_IS(0, tf__journal_header(&made.journal)->keeps);
	CHECK(!read_nth(&made, 1, &record, path));
	leave_session(&made);
}

/* There may be any number of them: when they are gone, or others, their slots are given again. */
static void left_alone_is_swept(void)
{
	struct made made;
	char name[32];

	begin_session(&made);
	put("stays", "");
	tell_alone(&made, "stays", TF_REASON_MODE);
	for (int i = 0; i < 10 * FIRST_SLOTS; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		put(name, "");
		tell_alone(&made, name, TF_REASON_MODE);
		CHECK(unlink(name) == 0);
	}
	CHECK_IS(1, tf__journal_header(&made.journal)->segments);
	{
		struct tf_record record;
		char path[TF_PATH_MAX];

		CHECK(read_nth(&made, 0, &record, path));
		CHECK_TEXT(in_here("stays"), path);
	}
	leave_session(&made);
}

/* A file of others on the name of one of ours: that name is done, whoever told of the other. */
static void left_alone_is_not_known(void)
{
	struct made made;
	struct tf_record record;
	char path[TF_PATH_MAX];

	begin_session(&made);
	CHECK(register_file(&made, "ours") >= 0);
	put("others", "");
	tell_alone(&made, "others", TF_REASON_MODE);
	CHECK(rename("others", "ours") == 0);
	force_sweeps(&made);
	for (int n = 0; read_nth(&made, n, &record, path); n++)
		CHECK(strcmp(path, in_here("ours")) != 0 && strcmp(path, in_here("others")) != 0);
	leave_session(&made);
}

/* One of ours on the name of a file of others: what was told is done, and ours has its own record.
 */
static void left_alone_means_no_other(void)
{
	struct made made;
	struct tf_record record;
	char path[TF_PATH_MAX];

	begin_session(&made);
	put("others", "");
	tell_alone(&made, "others", TF_REASON_MODE);
	CHECK(register_file(&made, "ours") >= 0);
	CHECK(link("ours", "another") == 0 && rename("another", "others") == 0);
	force_sweeps(&made);
	CHECK(read_nth(&made, 0, &record, path));
	for (int n = 0; read_nth(&made, n, &record, path); n++)
		CHECK(strcmp(path, in_here("others")) != 0);
	leave_session(&made);
}

static void programs(void)
{
	struct tf_record record;
	struct made made;
	char path[TF_PATH_MAX];

	begin_session(&made);
	for (int i = 0; i < 5; i++)
		tell_program(&made, "/bin/first", 100 + i);
	tell_program(&made, "/second", 200);
	tell_program(&made, "/bin/firs", 300);
	CHECK(read_nth(&made, 0, &record, path));
	CHECK_TEXT("/bin/first", path);
	CHECK_IS(TF_KIND_PROGRAM, record.kind);
	CHECK_IS(100, record.pid);
	CHECK_IS(5, record.caller);
	CHECK_IS(3, record.flags >> TF_REASON_SHIFT);
	CHECK(!tf__is_registered(&record));
	CHECK(read_nth(&made, 1, &record, path));
	CHECK_TEXT("/second", path);
	CHECK_IS(1, record.caller);
	CHECK(read_nth(&made, 2, &record, path));
	CHECK_TEXT("/bin/firs", path);
	CHECK(!read_nth(&made, 3, &record, path));
	CHECK_IS(0, tf__journal_header(&made.journal)->created);
	leave_session(&made);
}

/* The path of a program need not be there, or may be another by now: it was run. */
static void programs_are_not_swept(void)
{
	struct tf_record record;
	struct made made;
	char path[TF_PATH_MAX];

	begin_session(&made);
	tell_program(&made, "/none/program", 1);
	force_sweeps(&made);
	tell_program(&made, "/none/program", 2);
	CHECK_IS(1, tf__journal_header(&made.journal)->segments);
	CHECK(read_nth(&made, 0, &record, path));
	CHECK_TEXT("/none/program", path);
	CHECK_IS(2, record.caller);
	leave_session(&made);
}

/* What has no directory or does not fit is not told, and harms nothing. */
static void untold(void)
{
	char *path = malloc(2 * TF_PATH_MAX);
	struct made made;

	begin_session(&made);
	tell_program(&made, "relative", 1);
	tell_program(&made, "", 1);
	memset(path, 'p', 2 * TF_PATH_MAX);
	path[0] = '/';
	path[TF_PATH_MAX] = '\0';
	tell_program(&made, path, 1);
	CHECK_IS(0, count_records(&made));
	path[TF_PATH_MAX - 1] = '\0';
	tell_program(&made, path, 1);
	CHECK_IS(1, count_records(&made));
	free(path);
	leave_session(&made);
}

static void flags_to_stay(void)
{
	struct tf_record head = {.kind = TF_KIND_FILE};
	struct tf_journal second = {0};
	struct tf_record record;
	struct made made;
	char path[TF_PATH_MAX];
	int64_t number;

	begin_session(&made);
	CHECK_IS(0, tf__journal_open(&second, made.session.path, &made.roots));
	CHECK(register_file(&made, "goes") >= 0);
	CHECK_IS(0, tf__journal_header(&second)->keeps);
	head.flags = TF_FLAG_KEEP;
	number = tf__journal_intend(&made.journal, &head, here, strlen(here), "abc");
	CHECK(number >= 0);
	CHECK(tf__journal_header(&second)->keeps); /* for all processes, from the intent on */
	tf__journal_rename(&made.journal, number, "def");
	CHECK(read_nth(&made, 1, &record, path));
	CHECK_TEXT(in_here("def"), path);
	CHECK_IS(TF_FLAG_KEEP, record.flags);
	CHECK_IS(TF_INTENT, record.state);
	CHECK(tf__is_registered(&record));
	CHECK(read_nth(&made, 0, &record, path));
	CHECK_IS(0, record.flags);
	tf__journal_drop(&made.journal, number);
	CHECK_IS(1, count_records(&made));
	unmap_journal(&second);
	leave_session(&made);
}

/* Who joins later sees it, and who cleans. */
static void reported(void)
{
	struct tf_journal second = {0};
	struct tf_reader reader;
	struct made made;
	int dir;

	begin_session(&made);
	CHECK(!tf__journal_header(&made.journal)->is_reported);
	tf__journal_header(&made.journal)->is_reported = true;
	CHECK_IS(0, tf__journal_open(&second, made.session.path, &made.roots));
	CHECK(tf__journal_header(&second)->is_reported);
	dir = tf__session_open(made.session.path);
	CHECK_IS(0, tf__reader_open(&reader, dir));
	CHECK(reader.header->is_reported && !reader.header->keeps);
	tf__reader_close(&reader);
	close(dir);
	unmap_journal(&second);
	leave_session(&made);
}

/* The time of the intent: nothing that was made after it was born before it. */
static void when(void)
{
	struct tf_record record;
	struct made made;
	char path[TF_PATH_MAX];
	uint64_t before, after;
	int64_t number;

	begin_session(&made);
	before = tf__file_time();
	number = register_intent(&made, TF_KIND_FILE, "file");
	after = tf__file_time();
	CHECK(number >= 0);
	CHECK(read_nth(&made, 0, &record, path));
	CHECK(record.when >= before);
	CHECK(record.when <= after);
	usleep(20000); /* more than the coarse clock's step */
	put("file", "");
	tf__journal_settle(&made.journal, number, &(struct tf_identity){.ino = 1});
	CHECK(read_nth(&made, 0, &record, path));
	CHECK(record.when <= after); /* settling does not change it */
	leave_session(&made);
}

const struct test tell_tests[] = {
	{"tell-left-alone", left_alone},
	{"tell-left-alone-is-swept", left_alone_is_swept},
	{"tell-left-alone-is-not-known", left_alone_is_not_known},
	{"tell-left-alone-means-no-other", left_alone_means_no_other},
	{"tell-programs", programs},
	{"tell-programs-are-not-swept", programs_are_not_swept},
	{"tell-untold", untold},
	{"tell-flags-to-stay", flags_to_stay},
	{"tell-reported", reported},
	{"tell-when", when},
	{0},
};
