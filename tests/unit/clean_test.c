/* clean_test.c: lib/clean.c and lib/clean_one.c: the session's files go, all of them, and nothing
 * else does. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "clean.h"
#include "members.h"
#include "text.h"

/* What the cleaner told, as one text: for each in order "name=leaked ", with "removed" in its place
 * where it went, and with the error where it could not. */
static void tell(void *arg, const struct tf_found *found)
{
	static const char *const words[] = {
		[TF_LEAKED] = "leaked",
		[TF_KEPT] = "kept",
		[TF_LINGERING] = "lingering",
		[TF_LEFT_ALONE] = "seen",
		[TF_NOT_INTERPOSED] = "program",
		[TF_HAZARD] = "hazard",
	};
	char *said = arg;
	const char *slash = strrchr(found->path, '/');

	CHECK(!found->is_removed || (found->status == TF_LEAKED && found->error == 0));
	sprintf(said + strlen(said), "%s=%s", slash ? slash + 1 : found->path,
		found->is_removed ? "removed" : words[found->status]);
	if (found->error != 0)
		sprintf(said + strlen(said), "%d", found->error);
	strcat(said, " ");
}

static int clean(struct made *made, char *ret_said)
{
	struct tf_cleaning how = {
		.members = TF_MEMBERS_HOME,
		.found = ret_said ? tell : NULL,
		.arg = ret_said,
	};

	leave_session(made);
	if (ret_said)
		ret_said[0] = '\0';
	return tf__clean_session(made->session.path, &how);
}

/* Cleans, and the session is gone. */
static void cleans(struct made *made, const char *expected)
{
	char said[4096];

	CHECK_IS(0, clean(made, said));
	CHECK_TEXT(expected, said);
	CHECK(!there(made->session.path));
}

static void by_identity(void)
{
	struct made made;

	begin_session(&made);
	put("bystander", "stays");
	register_file(&made, "file");
	register_dir(&made, "dir");
	put("dir/inside", "");
	put_dir("dir/deeper", 0500);
	register_file(&made, "gone");
	CHECK(unlink("gone") == 0);
	cleans(&made, "file=removed dir=removed ");
	CHECK(reads("bystander", "stays"));
	CHECK_IS(1, entries(here));
}

/* A file that was published by a rename stays, and so does what took its name. */
static void published(void)
{
	struct made made;

	begin_session(&made);
	register_file(&made, "a");
	CHECK(rename("a", "published") == 0);
	register_file(&made, "b");
	CHECK(rename("b", "published too") == 0);
	put("b", "somebody else's");
	register_dir(&made, "c");
	CHECK(rename("c", "published dir") == 0);
	put_dir("c", 0700);
	put("c/file", "stays");
	register_file(&made, "d");
	CHECK(unlink("d") == 0);
	CHECK(symlink("published", "d") == 0);
	cleans(&made, "");
	CHECK(reads("published", "made") && reads("published too", "made"));
	CHECK(reads("b", "somebody else's") && there("published dir") && reads("c/file", "stays"));
	CHECK(there("d"));
}

/* `sed -i` on a temporary file: another file of the session has its name now. */
static void renamed_onto(void)
{
	struct made made;

	begin_session(&made);
	register_file(&made, "a");
	register_file(&made, "sedXYZ");
	CHECK(rename("sedXYZ", "a") == 0);
	cleans(&made, "a=removed ");
	CHECK_IS(0, entries(here));
}

static void renamed_onto_among_many(void)
{
	struct made made;
	char name[32];

	begin_session(&made);
	register_file(&made, "a");
	for (int i = 0; i < 1400; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		register_file(&made, name);
	}
	CHECK(rename("f1399", "a") == 0);
	put("published", "");
	CHECK(rename("f1000", "published") == 0);
	CHECK_IS(0, clean(&made, NULL));
	CHECK_IS(1, entries(here));
	CHECK(reads("published", "made"));
}

/* ---- makers that died between intent and identity */

static void intents(void)
{
	struct made made;

	begin_session(&made);
	put("older", "somebody's");
	put_dir("older dir", 0700);
	usleep(20000); /* more than the coarse clock's step */
	CHECK(register_intent(&made, TF_KIND_FILE, "none") >= 0);
	CHECK(register_intent(&made, TF_KIND_FILE, "older") >= 0);
	CHECK(register_intent(&made, TF_KIND_DIR, "older dir") >= 0);
	CHECK(register_intent(&made, TF_KIND_FILE, "younger") >= 0);
	CHECK(register_intent(&made, TF_KIND_DIR, "younger dir") >= 0);
	CHECK(register_intent(&made, TF_KIND_FILE, "wrong kind") >= 0);
	CHECK(register_intent(&made, TF_KIND_DIR, "wrong kind too") >= 0);
	CHECK(register_intent(&made, TF_KIND_FILE, "symlink") >= 0);
	put("younger", "");
	put_dir("younger dir", 0700);
	put_dir("wrong kind", 0700);
	put("wrong kind too", "");
	CHECK(symlink("older", "symlink") == 0);
	cleans(&made, "younger=removed younger dir=removed ");
	CHECK(reads("older", "somebody's") && there("older dir") && there("symlink"));
	CHECK(!there("younger") && !there("younger dir"));
	CHECK_IS(5, entries(here));
}

/* A file made right after the intent is never taken for an older one. */
static void intent_and_file_at_once(void)
{
	struct made made;
	char name[32];

	begin_session(&made);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		CHECK(register_intent(&made, TF_KIND_FILE, name) >= 0);
		put(name, "");
	}
	CHECK_IS(0, clean(&made, NULL));
	CHECK_IS(0, entries(here));
}

static void intent_of_another_user(void)
{
	struct made made;

	if (geteuid() != 0)
		skip("another user's file is made by root");
	begin_session(&made);
	CHECK(register_intent(&made, TF_KIND_FILE, "f") >= 0);
	put("f", "another user's");
	CHECK(chown("f", 65534, 65534) == 0);
	cleans(&made, "");
	CHECK(reads("f", "another user's"));
}

/* ---- where things lie */

static void outside_the_roots(void)
{
	struct tf_record head = {.kind = TF_KIND_FILE};
	struct made made;
	struct tf_identity id;
	struct tf_text roots;
	char said[256];
	int64_t number;

	put_dir("root", 0700);
	put_dir("outside", 0700);
	put("outside/f", "precious");
	begin_session(&made);
	/* TMPDIR of the test itself lies in a root: only ours shall count here */
	made.roots = (struct tf_roots){{0}};
	roots = tf__text(made.roots.text, TF_ROOTS_SIZE - 1);
	tf__text_add(&roots, "+");
	tf__text_add(&roots, in_here("root"));
	CHECK(!roots.full);
	tf__journal_header(&made.journal)->roots = made.roots;
	number = tf__journal_intend(
		&made.journal, &head, in_here("outside"), strlen(in_here("outside")), "f");
	CHECK(number >= 0);
	id = identity_of("outside/f");
	tf__journal_settle(&made.journal, number, &id);
	CHECK_IS(0, clean(&made, said));
	CHECK_TEXT("", said);
	CHECK(reads("outside/f", "precious"));
}

/* Neither the last nor any earlier directory on the way may have become a symlink. */
static void parent_replaced(const char *dir, const char *moved)
{
	struct made made;
	char said[256];

	put_dir("p", 0700);
	put_dir("p/q", 0700);
	begin_session(&made);
	register_file(&made, "p/q/f");
	CHECK(rename(dir, moved) == 0);
	CHECK(symlink(in_here(moved), dir) == 0);
	CHECK(reads("p/q/f", "made"));
	CHECK_IS(0, clean(&made, said));
	CHECK_TEXT("f=leaked-40 ", said);
	CHECK(reads("p/q/f", "made"));
	CHECK(unlink(dir) == 0 && rename(moved, dir) == 0);
	CHECK(unlink("p/q/f") == 0 && rmdir("p/q") == 0 && rmdir("p") == 0);
}

static void parent_is_symlink(void)
{
	parent_replaced("p/q", "elsewhere");
	parent_replaced("p", "elsewhere");
}

static long without_openat2(long nr, long a, long b, long c, long d, long e, long f)
{
	return nr == SYS_openat2 ? -ENOSYS : tf__sys_raw(nr, a, b, c, d, e, f);
}

static void parent_is_symlink_old_kernel(void)
{
	struct made made;

	tf__sys = without_openat2;
	parent_is_symlink();
	begin_session(&made);
	register_file(&made, "f");
	cleans(&made, "f=removed ");
	CHECK_IS(0, entries(here));
}

static void parent_gone(void)
{
	struct made made;

	put_dir("p", 0700);
	begin_session(&made);
	register_file(&made, "p/f");
	register_file(&made, "g");
	CHECK(unlink("p/f") == 0 && rmdir("p") == 0);
	put("p", "a file now");
	cleans(&made, "g=removed ");
	CHECK(reads("p", "a file now"));
}

static void two_dirs_in_turn(void)
{
	struct made made;
	char name[32];

	put_dir("p", 0700);
	put_dir("pq", 0700);
	begin_session(&made);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%s/f%d", i % 2 ? "p" : "pq", i);
		register_file(&made, name);
	}
	CHECK_IS(0, clean(&made, NULL));
	CHECK_IS(0, entries("p"));
	CHECK_IS(0, entries("pq"));
}

/* ---- the private TMPDIR */

static void private_tmp(void)
{
	struct made made;
	char tmp[TF_SESSION_PATH + 8], path[TF_SESSION_PATH + 32];

	begin_session(&made);
	put_dir("kept", 0700);
	put("kept/file", "precious");
	snprintf(tmp, sizeof(tmp), "%s/tmp", made.session.path);
	put_dir(tmp, 0700);
	snprintf(path, sizeof(path), "%s/file", tmp);
	put(path, "whoever made it");
	snprintf(path, sizeof(path), "%s/link", tmp);
	CHECK(symlink(in_here("kept"), path) == 0);
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "%s/d%d", tmp, i);
		put_dir(path, 0500);
	}
	CHECK_IS(0, clean(&made, NULL));
	CHECK(reads("kept/file", "precious"));
	CHECK_IS(1, entries(here));
}

static void private_tmp_is_symlink(void)
{
	struct made made;
	char tmp[TF_SESSION_PATH + 8];

	begin_session(&made);
	put_dir("kept", 0700);
	put("kept/file", "precious");
	snprintf(tmp, sizeof(tmp), "%s/tmp", made.session.path);
	CHECK(symlink(in_here("kept"), tmp) == 0);
	CHECK_IS(0, clean(&made, NULL));
	CHECK(reads("kept/file", "precious"));
	CHECK_IS(1, entries(here));
}

/* ---- who may, and when */

static void kept(void)
{
	struct made made;
	char said[256], session[TF_SESSION_PATH];

	begin_session(&made);
	register_file(&made, "file");
	put_note(&made, "settings", "PERSIST", "1");
	strcpy(session, made.session.path);
	CHECK_IS(0, clean(&made, said));
	CHECK_TEXT("file=kept ", said); /* told, and not removed */
	CHECK(reads("file", "made") && there(session));
}

static void only_told(void)
{
	struct tf_cleaning how = {.mode = TF_CLEAN_LOOK};
	struct made made;

	begin_session(&made);
	register_file(&made, "file");
	leave_session(&made);
	CHECK_IS(0, tf__clean_session(made.session.path, &how));
	CHECK(reads("file", "made"));
	cleans(&made, "file=removed ");
	CHECK_IS(0, entries(here));
}

static void nap(void *arg)
{
	gate_open(arg);
	for (;;)
		pause();
}

static void members_alive(void)
{
	struct gate gate = gate_new();
	struct made made;
	char said[256];
	pid_t pid = start(nap, &gate);
	int dir;

	gate_wait(&gate);
	gate_free(&gate);
	begin_session(&made);
	register_file(&made, "file");
	dir = tf__session_open(made.session.path);
	CHECK_IS(0, tf__members_add(dir, pid, false));
	close(dir);
	CHECK_IS(pid, clean(&made, said));
	CHECK_TEXT("", said);
	CHECK(reads("file", "made"));
	finish_killed(pid);
	cleans(&made, "file=removed ");
	CHECK_IS(0, entries(here));
}

static void lock_held(void)
{
	struct tf_cleaning how = {0};
	struct made made;

	begin_session(&made);
	register_file(&made, "file");
	CHECK_IS(-EAGAIN, tf__clean_session(made.session.path, &how));
	CHECK(reads("file", "made"));
	cleans(&made, "file=removed ");
}

/* Two cleaners at once: one of them does it, the other sees that. */
static void clean_too(void *arg)
{
	struct tf_cleaning how = {.wait = true, .members = TF_MEMBERS_HOME};
	struct made *made = arg;

	CHECK_IS(0, tf__clean_session(made->session.path, &how));
	CHECK(!there(made->session.path));
}

static void two_cleaners(void)
{
	for (int i = 0; i < 50; i++) {
		struct made made;
		char name[32];
		pid_t pids[3];

		begin_session(&made);
		for (int k = 0; k < 20; k++) {
			snprintf(name, sizeof(name), "f%d", k);
			register_file(&made, name);
		}
		leave_session(&made);
		for (int k = 0; k < 3; k++)
			pids[k] = start(clean_too, &made);
		for (int k = 0; k < 3; k++)
			finish(pids[k]);
		CHECK_IS(0, entries(here));
	}
}

/* What cannot be read is not taken for the end of the journal. */
static long chunks_fail(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_pread64 && d >= 4096)
		return -EIO;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void unreadable_journal(void)
{
	struct tf_cleaning how = {.members = TF_MEMBERS_HOME};
	struct made made;

	begin_session(&made);
	register_file(&made, "file");
	leave_session(&made);
	tf__sys = chunks_fail;
	CHECK_IS(-EIO, tf__clean_session(made.session.path, &how));
	tf__sys = tf__sys_raw;
	CHECK(there(made.session.path));
	cleans(&made, "file=removed ");
	CHECK_IS(0, entries(here));
}

static void no_session(void)
{
	struct tf_cleaning how = {0};

	put("file", "");
	put_dir("others", 0777);
	CHECK_IS(0, tf__clean_session(in_here("none"), &how));
	CHECK_IS(-ENOTDIR, tf__clean_session(in_here("file"), &how));
	CHECK_IS(-EPERM, tf__clean_session(in_here("others"), &how));
	CHECK_IS(2, entries(here));
}

static void private_journal(void)
{
	const struct tf_keeping nothing = {0};
	const struct tf_cleaning how = {0};
	struct made made = {0};

	roots_here(&made.roots);
	CHECK(tf__journal_open(&made.journal, NULL, &made.roots) < 0);
	register_file(&made, "file");
	register_dir(&made, "dir");
	put("dir/f", "");
	register_file(&made, "published");
	CHECK(rename("published", "elsewhere") == 0);
	tf__clean_private(&made.journal, &nothing, &how);
	unmap_journal(&made.journal);
	CHECK_IS(1, entries(here));
	CHECK(reads("elsewhere", "made"));
}

const struct test clean_tests[] = {
	{"clean-by-identity", by_identity},
	{"clean-published", published},
	{"clean-renamed-onto", renamed_onto},
	{"clean-renamed-onto-among-many", renamed_onto_among_many},
	{"clean-intents", intents},
	{"clean-intent-and-file-at-once", intent_and_file_at_once},
	{"clean-intent-of-another-user", intent_of_another_user},
	{"clean-outside-the-roots", outside_the_roots},
	{"clean-parent-is-symlink", parent_is_symlink},
	{"clean-parent-is-symlink-old-kernel", parent_is_symlink_old_kernel},
	{"clean-parent-gone", parent_gone},
	{"clean-two-dirs-in-turn", two_dirs_in_turn},
	{"clean-private-tmp", private_tmp},
	{"clean-private-tmp-is-symlink", private_tmp_is_symlink},
	{"clean-kept", kept},
	{"clean-only-told", only_told},
	{"clean-members-alive", members_alive},
	{"clean-lock-held", lock_held},
	{"clean-two-cleaners", two_cleaners},
	{"clean-unreadable-journal", unreadable_journal},
	{"clean-no-session", no_session},
	{"clean-private-journal", private_journal},
	{0},
};
