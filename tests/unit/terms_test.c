/* terms_test.c: lib/clean.c, lib/clean_one.c: on what terms a session ends, and what stays. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clean.h"
#include "members.h"

/* What was told, in order: "name=status ", with "removed" where it went. */
struct told {
	char text[4096];
	struct tf_sums sums;
};

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
	struct told *told = arg;

	CHECK_IS(0, found->error);
	CHECK(!found->is_removed || found->status == TF_LEAKED);
	sprintf(told->text + strlen(told->text), "%s=%s ", strrchr(found->path, '/') + 1,
		found->is_removed ? "removed" : words[found->status]);
}

static int clean_as(
	const struct made *made, enum tf_cleaning_mode mode, bool kept_too, struct told *ret_told)
{
	struct tf_cleaning how = {
		.mode = mode,
		.kept_too = kept_too,
		.members = TF_MEMBERS_HOME,
		.found = tell,
		.arg = ret_told,
		.sums = &ret_told->sums,
	};

	*ret_told = (struct told){0};
	return tf__clean_session(made->session.path, &how);
}

/* It goes well, and this is told of it. */
static void cleans_as(
	const struct made *made, enum tf_cleaning_mode mode, bool kept_too, const char *expected)
{
	struct told told;

	CHECK_IS(0, clean_as(made, mode, kept_too, &told));
	CHECK_TEXT(expected, told.text);
}

static bool is_kept(const struct made *made)
{
	int dir = tf__session_open(made->session.path);
	int r = tf__session_is_kept(dir);

	CHECK(dir >= 0 && r >= 0);
	close(dir);
	return r;
}

static int64_t register_to_stay(struct made *made, const char *name)
{
	struct tf_record head = {.kind = TF_KIND_FILE, .pid = getpid(), .flags = TF_FLAG_KEEP};
	int64_t number = tf__journal_intend(&made->journal, &head, here, strlen(here), name);
	struct tf_identity id;

	CHECK(number >= 0);
	put(in_here(name), "made");
	id = identity_of(in_here(name));
	tf__journal_settle(&made->journal, number, &id);
	return number;
}

static const char *in_tmp(const struct made *made, const char *name)
{
	static char path[TF_SESSION_PATH + 64];

	snprintf(path, sizeof(path), "%s/tmp/%s", made->session.path, name);
	return path;
}

/* Of each sort one, and the lock is free. */
static void make_some(struct made *made)
{
	begin_session(made);
	CHECK(register_file(made, "file") >= 0);
	CHECK(register_dir(made, "dir") >= 0);
	put("dir/inside", "12");
	CHECK(register_file(made, "gone") >= 0 && unlink("gone") == 0);
	put_dir(in_tmp(made, ""), 0700);
	put(in_tmp(made, "entry"), "123");
	leave_session(made);
}

/* ---- modes */

static void removes(void)
{
	struct made made;

	make_some(&made);
	cleans_as(&made, TF_CLEAN_REMOVE, false, "file=removed dir=removed entry=removed ");
	CHECK_IS(0, entries(here));
}

/* All is told as it would be, and stays as long as nobody asks for what was kept. */
static void leaves(void)
{
	struct made made;

	make_some(&made);
	cleans_as(&made, TF_CLEAN_LEAVE, false, "file=leaked dir=leaked entry=leaked ");
	CHECK(is_kept(&made));
	cleans_as(&made, TF_CLEAN_REMOVE, false, "");
	CHECK(reads("file", "made") && reads("dir/inside", "12"));
	CHECK(reads(in_tmp(&made, "entry"), "123"));
	cleans_as(&made, TF_CLEAN_REMOVE, true, "file=removed dir=removed entry=removed ");
	CHECK_IS(0, entries(here));
}

/* Of a session with nothing left in it nothing is left, in this mode either. */
static void leaves_nothing(void)
{
	struct made made;

	begin_session(&made);
	CHECK(register_file(&made, "gone") >= 0 && unlink("gone") == 0);
	leave_session(&made);
	cleans_as(&made, TF_CLEAN_LEAVE, false, "");
	CHECK_IS(0, entries(here));
}

static void looks(void)
{
	struct made made;
	struct stat before, after;

	make_some(&made);
	CHECK(chmod(in_tmp(&made, ""), 0500) == 0);
	CHECK(stat(made.session.path, &before) == 0);
	for (int i = 0; i < 2; i++)
		cleans_as(&made, TF_CLEAN_LOOK, false, "file=leaked dir=leaked entry=leaked ");
	CHECK(stat(made.session.path, &after) == 0);
	CHECK(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
	CHECK(stat(in_tmp(&made, ""), &after) == 0);
	CHECK_IS(0500, after.st_mode & 07777);
	CHECK(!is_kept(&made) && reads("file", "made") && reads("dir/inside", "12"));
	cleans_as(&made, TF_CLEAN_REMOVE, false, "file=removed dir=removed entry=removed ");
	CHECK_IS(0, entries(here));
}

/* As for who may not read it. */
static long tmp_is_closed(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_openat2 && strcmp((const char *)b, "tmp") == 0)
		return -EACCES;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

/* Whoever only looks opens no directory up. */
static void looks_at_closed_dirs(void)
{
	struct made made;
	struct stat st;

	make_some(&made);
	CHECK(chmod(in_tmp(&made, ""), 0500) == 0);
	tf__sys = tmp_is_closed;
	cleans_as(&made, TF_CLEAN_LOOK, false, "file=leaked dir=leaked ");
	tf__sys = tf__sys_raw;
	CHECK(stat(in_tmp(&made, ""), &st) == 0);
	CHECK_IS(0500, st.st_mode & 07777);
}

/* What would stay is told as that. */
static void looks_at_what_stays(void)
{
	struct made made;

	make_some(&made);
	put_note(&made, "settings", "PERSIST", "*.txt:inside*:entry*");
	cleans_as(&made, TF_CLEAN_LOOK, false, "file=leaked dir=kept dir=leaked entry=kept ");
	CHECK(!is_kept(&made) && reads("dir/inside", "12"));
	cleans_as(&made, TF_CLEAN_LOOK, true, "file=leaked dir=leaked entry=leaked ");
	CHECK(!is_kept(&made) && reads("dir/inside", "12"));
}

/* A session that lives is looked at with its lock held, and is not disturbed. */
static void looks_at_the_living(void)
{
	struct tf_cleaning how = {.found = tell};
	struct told told = {0};
	struct made made;

	begin_session(&made);
	CHECK(register_file(&made, "file") >= 0);
	CHECK(register_to_stay(&made, "keep") >= 0);
	put_note(&made, "settings", "PERSIST", "1");
	put_dir(in_tmp(&made, ""), 0700);
	put(in_tmp(&made, "entry"), "123");
	how.arg = &told;
	how.sums = &told.sums;
	CHECK_IS(0, tf__look_at_session(made.session.path, &how));
	CHECK_TEXT("file=lingering keep=kept entry=lingering ", told.text);
	CHECK_IS(2, told.sums.created);
	CHECK_IS(2, told.sums.there);
	CHECK(reads("file", "made") && !is_kept(&made));
	CHECK_IS(-ENOENT, tf__look_at_session(in_here("none"), &how));
	leave_session(&made);
}

/* Where something stays the way meets it twice: by the journal and in tmp/. It is told once. */
static void told_once(void)
{
	static const enum tf_cleaning_mode modes[] = {
		TF_CLEAN_LOOK, TF_CLEAN_LEAVE, TF_CLEAN_REMOVE};
	char old_here[PATH_MAX];

	strcpy(old_here, here);
	for (size_t i = 0; i < 3; i++) {
		struct made made;

		begin_session(&made);
		put_note(&made, "settings", "PERSIST", "stays*");
		put_dir(in_tmp(&made, ""), 0700);
		snprintf(here, sizeof(here), "%s/tmp", made.session.path);
		CHECK(register_file(&made, "stays") >= 0);
		CHECK(register_file(&made, "goes") >= 0);
		strcpy(here, old_here);
		leave_session(&made);
		cleans_as(&made, modes[i], false,
			modes[i] == TF_CLEAN_REMOVE ? "stays=kept goes=removed "
						    : "stays=kept goes=leaked ");
		CHECK(there(in_tmp(&made, "stays")));
		cleans_as(&made, TF_CLEAN_REMOVE, true,
			modes[i] == TF_CLEAN_REMOVE ? "stays=removed "
						    : "stays=removed goes=removed ");
		CHECK(!there(made.session.path));
	}
}

static void sums(void)
{
	struct told told;
	struct made made;

	begin_session(&made);
	CHECK(register_file(&made, "a") >= 0 && register_file(&made, "b") >= 0);
	CHECK(register_file(&made, "gone") >= 0 && unlink("gone") == 0);
	CHECK(register_intent(&made, TF_KIND_FILE, "never") >= 0);
	CHECK(register_intent(&made, TF_KIND_FILE, "young") >= 0);
	put("young", "");
	leave_session(&made);
	CHECK_IS(0, clean_as(&made, TF_CLEAN_REMOVE, false, &told));
	CHECK_TEXT("a=removed b=removed young=removed ", told.text);
	CHECK_IS(4, told.sums.created); /* never was not */
	CHECK_IS(3, told.sums.there);
}

/* ---- what stays */

/* By value, by its maker's flag, by request; told as kept, and kept however often one cleans. */
static void stays(void)
{
	struct made made;

	begin_session(&made);
	CHECK(register_file(&made, "goes") >= 0);
	CHECK(register_to_stay(&made, "flagged") >= 0);
	CHECK(register_file(&made, "by.glob") >= 0);
	CHECK(register_file(&made, "asked") >= 0);
	CHECK(register_dir(&made, "dir") >= 0);
	put("dir/by.glob", "1");
	put("dir/goes", "12");
	put_note(&made, "settings", "PERSIST", "by.*");
	put_note(&made, "persist", NULL, in_here("asked"));
	leave_session(&made);
	cleans_as(&made, TF_CLEAN_REMOVE, false,
		"goes=removed flagged=kept by.glob=kept asked=kept dir=kept dir=leaked ");
	CHECK(is_kept(&made));
	for (int i = 0; i < 2; i++)
		cleans_as(&made, TF_CLEAN_REMOVE, false, "");
	CHECK(!there("goes") && !there("dir/goes"));
	CHECK(reads("flagged", "made") && reads("by.glob", "made") && reads("asked", "made"));
	CHECK(reads("dir/by.glob", "1"));
	cleans_as(&made, TF_CLEAN_REMOVE, true,
		"flagged=removed by.glob=removed asked=removed dir=removed ");
	CHECK_IS(0, entries(here));
}

static int maps;

static long read_once(long nr, long a, long b, long c, long d, long e, long f)
{
	enum { READER = 4096 + (64 << 10) }; /* what a reader of journals maps */

	if (nr == SYS_mmap && b == READER && maps++ > 0) /* the first is for going through it */
		return -ENOMEM;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

/* Where there is no memory to look for a flag, there may be one. */
static void in_doubt(void)
{
	struct tf_cleaning how = {.members = TF_MEMBERS_HOME};
	struct made made;

	begin_session(&made);
	CHECK(register_dir(&made, "dir") >= 0);
	CHECK(register_to_stay(&made, "dir/flagged") >= 0);
	put("dir/goes", "");
	leave_session(&made);
	tf__sys = read_once;
	CHECK_IS(-ENOMEM, tf__clean_session(made.session.path, &how));
	tf__sys = tf__sys_raw;
	CHECK(maps > 1);
	CHECK(reads("dir/flagged", "made") && there("dir/goes") && !is_kept(&made));
	cleans_as(&made, TF_CLEAN_REMOVE, false, "dir=kept dir=leaked flagged=kept ");
	CHECK(reads("dir/flagged", "made") && !there("dir/goes"));
}

/* A flag counts inside directories, too, which others have registered. */
static void flagged_in_a_directory(void)
{
	struct made made;

	begin_session(&made);
	CHECK(register_dir(&made, "dir") >= 0);
	CHECK(register_to_stay(&made, "dir/flagged") >= 0);
	put("dir/goes", "");
	leave_session(&made);
	cleans_as(&made, TF_CLEAN_REMOVE, false, "dir=kept dir=leaked flagged=kept ");
	CHECK(reads("dir/flagged", "made") && !there("dir/goes"));
}

/* Members that were not taken for such, the mark not being there yet: it is the last thing done
 * with the lock held. */
static struct {
	char mark[TF_SESSION_PATH + 8];
	long lock; /* descriptor, or -1 */
	int closed;
} watched;

static long watch_lock(long nr, long a, long b, long c, long d, long e, long f)
{
	enum { EXCLUSIVE = 2 };
	long r;

	if (nr == SYS_close && a == watched.lock) {
		CHECK(there(watched.mark));
		watched.closed++;
		watched.lock = -1;
	}
	r = tf__sys_raw(nr, a, b, c, d, e, f);
	if (nr == SYS_flock && (b & EXCLUSIVE) && r == 0)
		watched.lock = a;
	return r;
}

static void marked_before_the_lock_is_free(void)
{
	static const enum tf_cleaning_mode modes[] = {TF_CLEAN_REMOVE, TF_CLEAN_LEAVE};

	for (size_t i = 0; i < 2; i++) {
		struct made made;

		make_some(&made);
		put_note(&made, "settings", "PERSIST", "file*");
		snprintf(watched.mark, sizeof(watched.mark), "%s/kept", made.session.path);
		watched.lock = -1;
		watched.closed = 0;
		tf__sys = watch_lock;
		CHECK_IS(0,
			tf__clean_session(made.session.path, &(struct tf_cleaning){.mode = modes[i],
								     .members = TF_MEMBERS_HOME}));
		tf__sys = tf__sys_raw;
		CHECK_IS(1, watched.closed);
		cleans_as(&made, TF_CLEAN_REMOVE, true,
			i == 0 ? "file=removed " : "file=removed dir=removed entry=removed ");
	}
}

/* ---- a cleaner that dies */

static int calls_left;

static long dying(long nr, long a, long b, long c, long d, long e, long f)
{
	if (calls_left-- == 0)
		kill(getpid(), SIGKILL);
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void clean_and_die(void *arg)
{
	struct tf_cleaning how = {.members = TF_MEMBERS_HOME};
	struct made *made = arg;

	tf__sys = dying;
	(void)tf__clean_session(made->session.path, &how);
}

/* Wherever one cleaner is killed, the next one finds all that is to stay, and nothing else. */
static void killed_at_every_call(void)
{
	bool was_killed = true;

	go_to_memory();
	for (int n = 0; was_killed; n++) {
		struct made made;
		int status;
		pid_t pid;

		make_some(&made);
		put_note(&made, "settings", "PERSIST", "inside*");
		put_note(&made, "settings", "REPORT", in_here("report"));
		snprintf(check_note, sizeof(check_note), "killed at call %d", n);
		calls_left = n;
		pid = start(clean_and_die, &made);
		CHECK_IS(pid, waitpid(pid, &status, 0));
		CHECK(WIFSIGNALED(status) || status == 0);
		was_killed = WIFSIGNALED(status);
		(void)clean_as(&made, TF_CLEAN_REMOVE, false, &(struct told){0});
		CHECK(is_kept(&made));
		CHECK(reads("dir/inside", "12"));
		CHECK(!there("file") && !there(in_tmp(&made, "entry")));
		CHECK_IS(0, clean_as(&made, TF_CLEAN_REMOVE, true, &(struct told){0}));
		CHECK(!there("dir") && !there(made.session.path));
		(void)unlink("report");
		CHECK_IS(0, entries(here));
	}
	check_note[0] = '\0';
}

/* ---- places: directories that are there for a name to be in */

static void register_place(struct made *made, const char *name)
{
	struct tf_record head = {.kind = TF_KIND_DIR, .pid = getpid(), .flags = TF_FLAG_PLACE};
	int64_t number = tf__journal_intend(&made->journal, &head, here, strlen(here), name);
	struct tf_identity id;

	CHECK(number >= 0);
	put_dir(in_here(name), 0700);
	id = identity_of(in_here(name));
	tf__journal_settle(&made->journal, number, &id);
}

/* Empty, a place goes and is nobody's leak; it goes under PERSIST=1, too. */
static void places(void)
{
	struct told told;
	struct made made;

	for (int all = 0; all < 2; all++) {
		begin_session(&made);
		register_place(&made, "empty");
		register_place(&made, "full");
		put("full/file", "12");
		if (all)
			put_note(&made, "settings", "PERSIST", "1");
		leave_session(&made);
		CHECK_IS(0, clean_as(&made, TF_CLEAN_REMOVE, false, &told));
		CHECK(!strstr(told.text, "empty") && !there("empty"));
		CHECK(strstr(told.text, all ? "full=kept" : "full=removed"));
		CHECK_IS(all, there("full/file"));
		CHECK_IS(1, told.sums.there);
		CHECK_IS(all, there(made.session.path));
		CHECK_IS(0, clean_as(&made, TF_CLEAN_REMOVE, true, &told));
		CHECK_IS(0, entries(here));
	}
}

/* ---- the report that the session asks for */

static const char *says(const char *path)
{
	static char text[1 << 16];
	FILE *f = fopen(path, "r");

	CHECK(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static const char *name_of(unsigned function)
{
	return function == 0 ? "mkstemp" : NULL;
}

static void reports(void)
{
	struct tf_cleaning how = {
		.members = TF_MEMBERS_HOME,
		.function_name = name_of,
	};
	struct made made;
	const char *text;

	make_some(&made);
	put_note(&made, "settings", "REPORT", in_here("report"));
	put_note(&made, "settings", "ROOT", "4711");
	put_note(&made, "settings", "ARG", "sh");
	put_note(&made, "end", "STATUS", "3");
	CHECK_IS(0, tf__clean_session(made.session.path, &how));
	CHECK_IS(1, entries(here));
	text = says("report");
	CHECK(strstr(text, "\"mode\":\"preload\"") && strstr(text, "\"root\":4711"));
	CHECK(strstr(text, "\"command\":[\"sh\"]"));
	CHECK(strstr(text, "/file\",\"kind\":\"file\",\"bytes\":4,\"inodes\":1"));
	CHECK(strstr(text, "/dir\",\"kind\":\"directory\",\"bytes\":2,\"inodes\":2"));
	CHECK(strstr(text, "/entry\",\"kind\":\"file\",\"bytes\":3,\"inodes\":1,\"removed\":true"));
	CHECK(strstr(text, "\"function\":\"mkstemp\""));
	CHECK(strstr(text, "\"created\":3,\"gone\":1,"));
	CHECK(strstr(text, "\"exit\":3,\"dry_run\":false,\"complete\":true}\n"));
}

/* Asked for by a caller that is told, too; of a dry run, which leaves all. */
static void reports_and_tells(void)
{
	struct told told = {0};
	struct tf_cleaning how = {
		.members = TF_MEMBERS_HOME, .reports = true, .found = tell, .arg = &told};
	struct made made;

	make_some(&made);
	put_note(&made, "settings", "REPORT", in_here("report"));
	put_note(&made, "settings", "MODE", "run");
	put_note(&made, "settings", "DRY", "1");
	CHECK_IS(0, tf__clean_session(made.session.path, &how));
	CHECK_TEXT("file=leaked dir=leaked entry=leaked ", told.text);
	CHECK(is_kept(&made) && reads("file", "made"));
	CHECK(strstr(says("report"), "\"mode\":\"run\"") && strstr(says("report"), "\"root\":0,"));
	CHECK(strstr(says("report"), "\"dry_run\":true,\"complete\":true}\n"));
	CHECK(unlink("report") == 0);
	cleans_as(&made, TF_CLEAN_REMOVE, true, "file=removed dir=removed entry=removed ");
	CHECK_IS(0, entries(here));
}

/* Whoever tells by other means writes none, and what cannot be written keeps no file. */
static void reports_not(void)
{
	struct made made;

	make_some(&made);
	put_note(&made, "settings", "REPORT", in_here("report"));
	cleans_as(&made, TF_CLEAN_REMOVE, false, "file=removed dir=removed entry=removed ");
	CHECK_IS(0, entries(here));
	make_some(&made);
	put_note(&made, "settings", "REPORT", in_here("none/report"));
	CHECK_IS(0, tf__clean_session(
			    made.session.path, &(struct tf_cleaning){.members = TF_MEMBERS_HOME}));
	CHECK_IS(0, entries(here));
}

/* ---- what is only told */

static void seen_and_programs(void)
{
	struct tf_record alone = {
		.kind = TF_KIND_FILE,
		.flags = TF_FLAG_LEFT_ALONE | TF_REASON_MODE << TF_REASON_SHIFT,
	};
	struct tf_record program = {.kind = TF_KIND_PROGRAM};
	struct tf_record hazard = {.kind = TF_KIND_HAZARD};
	struct made made;

	begin_session(&made);
	put("seen", "others'");
	alone.id = identity_of("seen");
	tf__journal_tell(&made.journal, &alone, in_here("seen"));
	tf__journal_tell(&made.journal, &program, "/bin/program");
	tf__journal_tell(&made.journal, &hazard, in_here("seen"));
	put("gone", "");
	alone.id = identity_of("gone");
	tf__journal_tell(&made.journal, &alone, in_here("gone"));
	CHECK(unlink("gone") == 0);
	put("replaced", "");
	alone.id = identity_of("replaced");
	tf__journal_tell(&made.journal, &alone, in_here("replaced"));
	put("other", "");
	CHECK(rename("other", "replaced") == 0);
	leave_session(&made);
	cleans_as(&made, TF_CLEAN_LOOK, false, "seen=seen program=program seen=hazard ");
	cleans_as(&made, TF_CLEAN_REMOVE, false, "seen=seen program=program seen=hazard ");
	CHECK(reads("seen", "others'") && there("replaced"));
	CHECK(!there(made.session.path)); /* there is nothing that was kept */
}

const struct test terms_tests[] = {
	{"terms-remove", removes},
	{"terms-leave", leaves},
	{"terms-leave-nothing", leaves_nothing},
	{"terms-look", looks},
	{"terms-look-at-closed-dirs", looks_at_closed_dirs},
	{"terms-look-at-what-stays", looks_at_what_stays},
	{"terms-look-at-the-living", looks_at_the_living},
	{"terms-told-once", told_once},
	{"terms-sums", sums},
	{"terms-stay", stays},
	{"terms-flagged-in-a-directory", flagged_in_a_directory},
	{"terms-in-doubt", in_doubt},
	{"terms-marked-before-the-lock-is-free", marked_before_the_lock_is_free},
	{"terms-killed-at-every-call", killed_at_every_call},
	{"terms-places", places},
	{"terms-report", reports},
	{"terms-report-and-tell", reports_and_tells},
	{"terms-no-report", reports_not},
	{"terms-seen-and-programs", seen_and_programs},
	{0},
};
