/* shared_test.c: lib/clean_place.c, and how a journal is asked for the directories that redirected
 * files lie in. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "clean.h"
#include "members.h"

enum { PLACE = TF_FLAG_PLACE | TF_FLAG_SHARED };

static int64_t intend(struct made *made, enum tf_kind kind, unsigned flags, const char *path)
{
	struct tf_record head = {.kind = kind, .pid = getpid(), .flags = (uint16_t)flags};
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char dir[PATH_MAX + 256];

	strcpy(dir, in_here(path));
	*strrchr(dir, '/') = '\0';
	return tf__journal_intend(&made->journal, &head, dir, strlen(dir), name);
}

static void settle(struct made *made, int64_t number, const char *path)
{
	struct tf_identity id = identity_of(path);

	CHECK(number >= 0);
	tf__journal_settle(&made->journal, number, &id);
}

static void add_dir(struct made *made, unsigned flags, const char *path)
{
	int64_t number = intend(made, TF_KIND_DIR, flags, path);

	put_dir(path, 0700);
	settle(made, number, path);
}

static void add_file(struct made *made, unsigned flags, const char *path)
{
	int64_t number = intend(made, TF_KIND_FILE, flags, path);

	put(path, "made");
	settle(made, number, path);
}

static void tell(void *arg, const struct tf_found *found)
{
	char *said = arg;

	sprintf(said + strlen(said), "%s=%s%s ", strrchr(found->path, '/') + 1,
		found->is_removed            ? "removed"
		: found->status == TF_LEAKED ? "leaked"
					     : "kept",
		found->record ? "" : "(unknown)");
}

static void cleans(struct made *made, enum tf_cleaning_mode mode, const char *expected)
{
	char said[1024] = "";
	struct tf_cleaning how = {
		.mode = mode,
		.members = TF_MEMBERS_HOME,
		.found = tell,
		.arg = said,
	};

	leave_session(made);
	CHECK_IS(0, tf__clean_session(made->session.path, &how));
	CHECK_TEXT(expected, said);
}

/* Whatever comes first in the journal. */
static void files_are_told_and_the_place_is_not(void)
{
	struct made made;

	begin_session(&made);
	add_dir(&made, PLACE, "qZ4");
	add_file(&made, 0, "qZ4/a");
	add_dir(&made, 0, "qZ4/b");
	put("qZ4/b/inside", "");
	add_dir(&made, PLACE, "empty");
	add_file(&made, 0, "c");
	cleans(&made, TF_CLEAN_REMOVE, "a=removed b=removed c=removed ");
	CHECK_IS(0, entries(here));
}

static void others_in_it_are_told(void)
{
	struct made made;

	begin_session(&made);
	add_dir(&made, PLACE, "qZ4");
	add_file(&made, 0, "qZ4/a");
	put("qZ4/lock", "");
	cleans(&made, TF_CLEAN_REMOVE, "a=removed lock=removed(unknown) ");
	CHECK_IS(0, entries(here));
}

static void left_to_be_seen(void)
{
	struct made made;

	begin_session(&made);
	add_dir(&made, PLACE, "qZ4");
	add_file(&made, 0, "qZ4/a");
	put("qZ4/lock", "");
	cleans(&made, TF_CLEAN_LEAVE, "a=leaked lock=leaked(unknown) ");
	CHECK(there("qZ4/a") && there("qZ4/lock"));
}

static void what_is_kept_keeps_the_place(void)
{
	struct made made;

	begin_session(&made);
	add_dir(&made, PLACE, "qZ4");
	add_file(&made, TF_FLAG_KEEP, "qZ4/a");
	add_file(&made, 0, "qZ4/b");
	put("qZ4/lock", "");
	add_dir(&made, PLACE, "empty");
	cleans(&made, TF_CLEAN_REMOVE, "a=kept b=removed lock=removed(unknown) ");
	CHECK_IS(1, entries("qZ4"));
	CHECK(reads("qZ4/a", "made") && !there("empty"));
}

/* Its maker was killed before it could say which directory it had made. */
static void intents(void)
{
	struct made made;

	begin_session(&made);
	CHECK(intend(&made, TF_KIND_DIR, PLACE, "qZ4") >= 0);
	put_dir("qZ4", 0);
	CHECK(intend(&made, TF_KIND_DIR, PLACE, "never") >= 0);
	cleans(&made, TF_CLEAN_REMOVE, "");
	CHECK_IS(0, entries(here));
}

static void replaced(void)
{
	struct made made;

	begin_session(&made);
	add_dir(&made, PLACE, "a");
	CHECK(rename("a", "published") == 0);
	put_dir("a", 0700);
	put("a/file", "stays");
	add_dir(&made, PLACE, "b");
	CHECK(rmdir("b") == 0 && symlink("a", "b") == 0);
	cleans(&made, TF_CLEAN_REMOVE, "");
	CHECK(there("published") && reads("a/file", "stays") && there("b"));
}

/* ---- asking the journal */

static void found(void)
{
	struct made made;
	struct tf_identity id, expected;
	uint32_t from = 0;
	char name[8] = "";

	begin_session(&made);
	put_dir("sub", 0700);
	add_dir(&made, 0, "aaa");                             /* somebody asked for it */
	add_dir(&made, TF_FLAG_PLACE, "bbb");                 /* for names alone */
	add_dir(&made, PLACE, "cc");                          /* another length */
	add_dir(&made, PLACE, "sub/ddd");                     /* elsewhere */
	CHECK(intend(&made, TF_KIND_DIR, PLACE, "eee") >= 0); /* not there yet */
	CHECK(!tf__journal_find_place(&made.journal, &from, here, strlen(here), 3, name, &id));
	add_dir(&made, PLACE, "fff");
	add_dir(&made, PLACE, "ggg");
	from = 0;
	CHECK(tf__journal_find_place(&made.journal, &from, here, strlen(here), 3, name, &id));
	expected = identity_of("fff");
	CHECK(strcmp(name, "fff") == 0 && tf__same(&id, &expected));
	CHECK(tf__journal_find_place(&made.journal, &from, here, strlen(here), 3, name, &id));
	CHECK_TEXT("ggg", name);
	CHECK(!tf__journal_find_place(&made.journal, &from, here, strlen(here), 3, name, &id));
	leave_session(&made);
}

/* With a path that takes several slots. */
static void found_by_a_long_path(void)
{
	struct made made;
	struct tf_identity id;
	uint32_t from = 0;
	char dir[251], place[256], name[8] = "";

	memset(dir, 'd', 250);
	begin_session(&made);
	dir[250] = '\0';
	put_dir(dir, 0700);
	snprintf(place, sizeof(place), "%s/qZ4", dir);
	add_dir(&made, PLACE, place);
	CHECK(tf__journal_find_place(
		&made.journal, &from, in_here(dir), strlen(in_here(dir)), 3, name, &id));
	CHECK_TEXT("qZ4", name);
	leave_session(&made);
}

const struct test shared_tests[] = {
	{"shared-files-are-told-and-the-place-is-not", files_are_told_and_the_place_is_not},
	{"shared-others-in-it-are-told", others_in_it_are_told},
	{"shared-left-to-be-seen", left_to_be_seen},
	{"shared-what-is-kept-keeps-the-place", what_is_kept_keeps_the_place},
	{"shared-intents", intents},
	{"shared-replaced", replaced},
	{"shared-found", found},
	{"shared-found-by-a-long-path", found_by_a_long_path},
	{0},
};
