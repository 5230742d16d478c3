/* fault_terms_test.c: sessions of which something stays, or that are reported, under fault.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "clean.h"
#include "fault.h"
#include "json.h"
#include "members.h"

/* Of all that can be told and can stay something. */
static void make_some(struct made *made)
{
	struct tf_record flagged = {.kind = TF_KIND_FILE, .flags = TF_FLAG_KEEP};
	struct tf_record program = {.kind = TF_KIND_PROGRAM};
	struct tf_identity id;
	int64_t number;
	char tmp[TF_SESSION_PATH + 16];

	begin_session(made);
	CHECK(register_file(made, "goes") >= 0);
	CHECK(register_file(made, "by.glob") >= 0);
	CHECK(register_file(made, "asked") >= 0);
	CHECK(register_dir(made, "dir") >= 0);
	put("dir/by.glob", "1");
	put("dir/goes", "12");
	number = tf__journal_intend(&made->journal, &flagged, here, strlen(here), "dir/flagged");
	put("dir/flagged", "made");
	id = identity_of("dir/flagged");
	tf__journal_settle(&made->journal, number, &id);
	tf__journal_tell(&made->journal, &program, "/bin/program");
	snprintf(tmp, sizeof(tmp), "%s/tmp", made->session.path);
	put_dir(tmp, 0700);
	strcat(tmp, "/entry");
	put(tmp, "");
	put_note(made, "settings", "ARG", "sh");
	put_note(made, "end", "STATUS", "0");
}

/* Every line that is there is whole. How many files they tell of. */
static int read_report(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int n = 0;
	FILE *f = fopen("report", "r");

	if (!f)
		return 0;
	while ((len = getline(&line, &size, f)) > 0) {
		struct arena arena = {0};
		const struct json_value *value;
		struct json_error error;

		CHECK(line[len - 1] == '\n');
		CHECK_IS(0, json_read(&arena, line, (size_t)len, &error, &value));
		n += json_member(value, "path") != NULL;
		arena_free(&arena);
	}
	free(line);
	fclose(f);
	CHECK(unlink("report") == 0);
	return n;
}

static int clean_faulty(const struct made *made)
{
	struct tf_cleaning how = {.members = TF_MEMBERS_HOME};
	int r;

	begin_faults();
	r = tf__clean_session(made->session.path, &how);
	end_faults();
	return r;
}

static const char *const files[] = {
	"goes", "by.glob", "asked", "dir/flagged", "dir/goes", "dir/by.glob"};

static bool some_are_there(void)
{
	bool any = there("dir");

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		any = any || there(files[i]);
	return any;
}

static void remove_all(void)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)unlink(files[i]);
	(void)rmdir("dir");
}

static void reported(void)
{
	struct made made;
	int r;

	make_some(&made);
	put_note(&made, "settings", "REPORT", in_here("report"));
	tf__journal_header(&made.journal)->keeps = 0;
	CHECK(unlink("dir/flagged") == 0);
	leave_session(&made);
	r = clean_faulty(&made);
	CHECK(fault.hits > 0 || r == 0);
	CHECK(r == 0 || there(made.session.path));
	if (there(made.session.path))
		CHECK_IS(0, clean_later(&made, false));
	CHECK(!there(made.session.path));
	CHECK(r == 0 || !some_are_there()); /* else it was told why */
	remove_all();
	r = read_report();
	CHECK(fault.hits > 0 || r == 6);
	remove_rest();
	CHECK_IS(1, entries(here));
}

static void reported_at_every_call(void)
{
	at_every_call(reported, FAULT_KINDS);
}

static void check_kept(void)
{
	CHECK(reads("by.glob", "made") && reads("asked", "made") && reads("dir/flagged", "made"));
	CHECK(reads("dir/by.glob", "1"));
}

/* A cleaner that comes later finds them kept, and one that shall removes them. */
static void check_later(const struct made *made, int r)
{
	int dir = tf__session_open(made->session.path);

	CHECK(r != 0 || tf__session_is_kept(dir) == 1);
	close(dir);
	CHECK_IS(0, clean_later(made, false));
	check_kept();
	CHECK(r == 0 || (!there("goes") && !there("dir/goes")));
	CHECK_IS(0, clean_later(made, true));
	CHECK(!there("by.glob") && !there("asked") && !there("dir/flagged") && !there("dir"));
	CHECK(!there("goes") && !there(made->session.path));
}

/* A call that fails is never taken for leave to remove what is to stay. */
static void kept(void)
{
	struct made made;
	int r;

	make_some(&made);
	put_note(&made, "settings", "PERSIST", "by.*");
	put_note(&made, "settings", "REPORT", in_here("report"));
	put_note(&made, "persist", NULL, in_here("asked"));
	leave_session(&made);
	r = clean_faulty(&made);
	check_kept();
	if (there(made.session.path))
		check_later(&made, r);
	else /* where their directory could not be opened they stay with all else in it */
		CHECK(fault.hits > 0 && r == 0);
	remove_all();
	r = read_report();
	CHECK(fault.hits > 0 || r == 8); /* dir twice */
	remove_rest();
	CHECK_IS(1, entries(here));
}

static void kept_at_every_call(void)
{
	at_every_call(kept, FAULT_KINDS);
}

const struct test fault_terms_tests[] = {
	{"fault-reported", reported_at_every_call},
	{"fault-kept", kept_at_every_call},
	{0},
};
