/* hazard_test.c: lib/hazard.c, and how the journal tells of what it describes: once, and not
 * without end. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "hazard.h"
#include "reader.h"

enum { FIRST_SLOTS = 64 }; /* of the first segment */

static struct tf_record head_of(enum tf_hazard hazard, const char *program, uint64_t caller)
{
	struct tf_record head = {
		.kind = TF_KIND_HAZARD,
		.pid = 4711,
		.function = 7,
		.caller = caller,
		.flags = (uint16_t)(hazard << TF_REASON_SHIFT),
	};

	snprintf(head.program, sizeof(head.program), "%s", program);
	return head;
}

static void tell(struct made *made, enum tf_hazard hazard, const char *program, uint64_t caller,
	const char *path)
{
	struct tf_record head = head_of(hazard, program, caller);

	tf__journal_tell(&made->journal, &head, path);
}

/* How many of them a cleaner reads. */
static int count(const struct made *made)
{
	const struct tf_record *record;
	struct tf_reader reader;
	int dir = tf__session_open(made->session.path);
	int n = 0;

	CHECK(dir >= 0);
	CHECK_IS(0, tf__reader_open(&reader, dir));
	while ((record = tf__reader_next(&reader)))
		n += record->kind == TF_KIND_HAZARD;
	tf__reader_close(&reader);
	close(dir);
	return n;
}

static void told_once(void)
{
	struct made made;

	begin_session(&made);
	for (int i = 0; i < 3; i++)
		tell(&made, TF_HAZARD_PREDICTABLE, "sh", 0x55550000123 + (uint64_t)i, "/tmp/log");
	CHECK_IS(1, count(&made));
	tell(&made, TF_HAZARD_PREDICTABLE, "sh", 0x55550000123, "/tmp/lo");
	tell(&made, TF_HAZARD_PREDICTABLE, "dash", 0x55550000123, "/tmp/log");
	tell(&made, TF_HAZARD_LINK, "sh", 0x55550000123, "/tmp/log");
	CHECK_IS(4, count(&made));
	CHECK_IS(0, tf__journal_header(&made.journal)->created);
	leave_session(&made);
}

/* Names that are drawn are another each time; the program is loaded at another page each time. */
static void told_once_by_caller(void)
{
	struct made made;

	begin_session(&made);
	tell(&made, TF_HAZARD_NAME_PRIVATE, "old", 0x55550000123, "/tmp/aBcDeF/gHiJkL");
	tell(&made, TF_HAZARD_NAME_PRIVATE, "old", 0x55550000123, "/tmp/aBcDeF/mNoPqR");
	tell(&made, TF_HAZARD_NAME_PRIVATE, "old", 0x7fff8881123, "/tmp/sTuVwX/yZaBcD");
	CHECK_IS(1, count(&made));
	tell(&made, TF_HAZARD_NAME_PRIVATE, "old", 0x55550000124, "/tmp/aBcDeF/eFgHiJ");
	CHECK_IS(2, count(&made));
	leave_session(&made);
}

static void no_more_than_the_most(void)
{
	struct made made;
	char path[32];

	begin_session(&made);
	for (int i = 0; i < TF_HAZARDS_MAX + 20; i++) {
		snprintf(path, sizeof(path), "/tmp/log%d", i);
		tell(&made, TF_HAZARD_PREDICTABLE, "sh", 1, path);
	}
	CHECK_IS(TF_HAZARDS_MAX, count(&made));
	leave_session(&made);
}

/* It was done, whatever has become of the file. */
static void not_swept(void)
{
	struct made made;
	char name[32];

	begin_session(&made);
	tell(&made, TF_HAZARD_PREDICTABLE, "sh", 1, "/none/log");
	for (int i = 0; i < 3 * FIRST_SLOTS; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		CHECK(register_file(&made, name) >= 0);
		CHECK(unlink(name) == 0);
	}
	CHECK_IS(1, tf__journal_header(&made.journal)->segments);
	CHECK_IS(1, count(&made));
	tell(&made, TF_HAZARD_PREDICTABLE, "sh", 1, "/none/log");
	CHECK_IS(1, count(&made));
	leave_session(&made);
}

/* ---- where each change is written by a call */

static long on_btrfs(long nr, long a, long b, long c, long d, long e, long f)
{
	long r = tf__sys_raw(nr, a, b, c, d, e, f);

	if (nr == SYS_fstatfs && r == 0)
		((long *)b)[0] = 0x9123683e;
	return r;
}

static void appended(void)
{
	struct made made;

	tf__sys = on_btrfs;
	begin_session(&made);
	CHECK(made.journal.is_appended);
	leave_session(&made);
	told_once();
	told_once_by_caller();
	no_more_than_the_most();
}

const struct test hazard_tests[] = {
	{"hazard-told-once", told_once},
	{"hazard-told-once-by-caller", told_once_by_caller},
	{"hazard-no-more-than-the-most", no_more_than_the_most},
	{"hazard-not-swept", not_swept},
	{"hazard-appended", appended},
	{0},
};
