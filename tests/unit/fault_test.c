/* fault_test.c: what cleans and makes sessions, removes trees and grows journals, under fault.h. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "clean.h"
#include "fault.h"
#include "members.h"
#include "reader.h"

/* ---- a session from its making to its end */

struct told {
	int files, error;
};

static void tell(void *arg, const struct tf_found *found)
{
	struct told *told = arg;

	told->files++;
	if (found->error != 0)
		told->error = found->error;
}

/* As the shim does it: where there is no journal on disk, private memory has the record. */
static bool register_and_make(struct made *made)
{
	struct tf_stat stat;
	struct tf_identity id;
	int64_t number;

	if (!tf__journal_is_open(&made->journal))
		return false;
	number = register_intent(made, TF_KIND_FILE, "file");
	if (number < 0)
		return false;
	put("file", "made");
	if (sys_stat_at(AT_FDCWD, in_here("file"), TF_AT_SYMLINK_NOFOLLOW, &stat) == 0) {
		id = tf__identity(&stat);
		tf__journal_settle(&made->journal, number, &id);
	}
	return true;
}

static int make_session(struct made *made)
{
	int r;

	do {
		r = tf__session_draw(&made->session, here);
		if (r == 0)
			r = tf__session_check(&made->session);
		if (r == 0)
			r = tf__session_make(&made->session, TF_SESSION_OWN);
	} while (r == -EEXIST);
	return r;
}

/* Nothing is forgotten: what a cleaner has not removed it has told, or it has left the session. */
static void check_cleaned(const struct made *made, int r, const struct told *told)
{
	if (r == 0 && there("file")) {
		CHECK(told->error != 0 && told->error != -ENOENT && told->error != -ESTALE);
		CHECK(unlink("file") == 0);
	}
	if (r != 0 && there("file")) { /* above 0: whether a member is alive was not to be told */
		CHECK(there(made->session.path));
		CHECK_IS(0, clean_later(made, false));
	}
	CHECK(!there("file"));
}

static void session(void)
{
	const struct tf_keeping nothing = {0};
	struct told told = {0};
	struct tf_cleaning how = {.members = TF_MEMBERS_HOME, .found = tell, .arg = &told};
	struct made made = {0};
	bool is_made;
	int dir, r;

	roots_here(&made.roots);
	begin_faults();
	r = make_session(&made);
	if (r < 0) {
		end_faults();
		CHECK(!made.session.lock.page);
		if (!fault.lasting)
			CHECK_IS(1, entries(here)); /* outside */
		remove_rest();
		return;
	}
	(void)tf__journal_open(&made.journal, made.session.path, &made.roots);
	dir = tf__session_open(made.session.path);
	if (dir >= 0) {
		(void)tf__members_add(dir, sys_pid(), true);
		sys_close(dir);
	}
	is_made = register_and_make(&made);
	tf__lock_release(&made.session.lock);
	if (made.journal.is_private && tf__journal_is_open(&made.journal)) {
		end_faults();
		tf__clean_private(&made.journal, &nothing, &how);
		CHECK(!there("file"));
		begin_faults();
	}
	r = tf__clean_session(made.session.path, &how);
	end_faults();
	unmap_journal(&made.journal);
	CHECK(is_made || !there("file"));
	check_cleaned(&made, r, &told);
	if (there(made.session.path))
		CHECK_IS(0, clean_later(&made, false));
	CHECK(!there(made.session.path));
	remove_rest();
	CHECK_IS(1, entries(here));
}

static void session_at_every_call(void)
{
	at_every_call(session, FAULT_FEW); /* it looks at all processes of the machine */
}

/* ---- cleaning alone */

static void cleaning(void)
{
	struct told told = {0};
	struct tf_cleaning how = {.members = TF_MEMBERS_HOME, .found = tell, .arg = &told};
	struct made made;
	char tmp[TF_SESSION_PATH + 16];
	int r;

	begin_session(&made);
	register_file(&made, "a");
	CHECK(register_intent(&made, TF_KIND_FILE, "b") >= 0);
	register_file(&made, "c");
	put("b", "");
	CHECK(rename("c", "a") == 0);
	snprintf(tmp, sizeof(tmp), "%s/tmp", made.session.path);
	put_dir(tmp, 0700);
	strcat(tmp, "/dir");
	put_dir(tmp, 0700);
	leave_session(&made);
	begin_faults();
	r = tf__clean_session(made.session.path, &how);
	end_faults();
	if (r == 0 && (there("a") || there("b")))
		CHECK(told.error != 0);
	if (there(made.session.path))
		CHECK_IS(0, clean_later(&made, false));
	CHECK(!there(made.session.path));
	(void)unlink("a");
	(void)unlink("b");
	remove_rest();
	CHECK_IS(1, entries(here));
}

/* ---- while processes linger */

static void wait_with_open(void *arg)
{
	CHECK(open("open", O_RDONLY) >= 0);
	gate_open(arg);
	for (;;)
		pause();
}

static void register_by(struct made *made, const char *name, const struct tf_kin *maker)
{
	int64_t number = register_file(made, name);
	struct tf_record *record = tf__journal_at(&made->journal, (uint32_t)number);

	record->pid = maker->pid;
	record->kin = maker->when;
}

/* Whatever fails, what is needed is there. */
static void lingering(void)
{
	enum { DEAD = 3000000 };
	struct tf_cleaning how = {.who.is_parent = true};
	struct tf_kin root = {.pid = DEAD}, self = {0}, later = {.pid = DEAD + 1};
	struct gate gate = gate_new();
	struct made made;
	int session;

	begin_session(&made);
	session = tf__session_open(made.session.path);
	put("open", "");
	self.pid = start(wait_with_open, &gate);
	gate_wait(&gate);
	gate_free(&gate);
	CHECK_IS(0, tf__family_add(session, &root, NULL));
	CHECK_IS(0, tf__family_add(session, &self, &root));
	CHECK_IS(0, tf__family_add(session, &later, &root));
	sys_close(session);
	CHECK(unlink("open") == 0);
	register_by(&made, "its", &self);
	register_by(&made, "above", &root);
	register_by(&made, "other", &later);
	usleep(30000); /* the clock of births moves on */
	begin_faults();
	(void)tf__clean_lingering(made.session.path, &how);
	end_faults();
	CHECK(there("its") && there("above"));
	finish_killed(self.pid);
	leave_session(&made);
	CHECK_IS(0, clean_later(&made, false));
	CHECK(!there("its") && !there("above") && !there("other")); /* then or now */
	remove_rest();
	CHECK_IS(1, entries(here));
}

static void lingering_alone(void *arg)
{
	(void)arg;
	private_mounts();
	mount_at("proc", "proc", "/proc", NULL);
	at_every_call(lingering, 1);
	_exit(0); /* what looks for lost memory cannot be told by who has another /proc */
}

/* With nobody else to be looked at. */
static void lingering_at_every_call(void)
{
	if (unshare(CLONE_NEWPID) < 0)
		skip("no pid namespace to be had");
	in_child(lingering_alone, NULL);
}

static void cleaning_at_every_call(void)
{
	at_every_call(cleaning, FAULT_KINDS);
}

/* ---- removing a tree */

static void tree(void)
{
	struct tf_removal removal = {0};
	struct tf_identity id;
	int r;

	put_dir("t", 0700);
	put("t/file", "");
	CHECK(symlink("../outside", "t/link") == 0);
	put_dir("t/d", 0700);
	put_dir("t/d/e", 0700);
	put("t/d/e/file", "");
	CHECK(symlink(in_here("outside/file"), "t/d/e/link") == 0);
	put_dir("t/z", 0700);
	id = identity_of("t");
	begin_faults();
	r = tf__remove(AT_FDCWD, "t", &id, NULL, &removal);
	end_faults();
	CHECK((r == 0) == !there("t"));
	removal = (struct tf_removal){0};
	r = tf__remove(AT_FDCWD, "t", NULL, NULL, &removal);
	CHECK(r == 0 || r == -ENOENT);
	CHECK_IS(1, entries(here));
}

static void tree_at_every_call(void)
{
	at_every_call(tree, FAULT_KINDS);
}

/* Deeper than descriptors are kept: the way back by "..". */
static void deep_tree(void)
{
	struct tf_removal removal = {0};
	char path[128] = "t";
	int r;

	for (int i = 0; i < 26; i++) {
		put_dir(path, 0700);
		strcat(path, "/d");
	}
	put(path, "");
	begin_faults();
	r = tf__remove(AT_FDCWD, "t", NULL, NULL, &removal);
	end_faults();
	CHECK((r == 0) == !there("t"));
	removal = (struct tf_removal){0};
	r = tf__remove(AT_FDCWD, "t", NULL, NULL, &removal);
	CHECK(r == 0 || r == -ENOENT);
}

static void deep_tree_at_every_call(void)
{
	at_every_call(deep_tree, FAULT_FEW);
}

/* ---- a tree of which something stays, and one that is only measured */

static bool ends_with_stays(void *arg, const char *path)
{
	const char *last = strrchr(path, '/');

	(void)arg;
	return last && strcmp(last, "/stays") == 0;
}

static const struct tf_removing but_some = {.stays = ends_with_stays, .path = "t"};

/* Deep enough for the way back by "..", with some of what stays at the far end. */
static void make_tree_to_stay(void)
{
	char path[128] = "t";

	for (int i = 0; i < 26; i++) {
		put_dir(path, 0700);
		strcat(path, "/d");
	}
	put(path, "");
	strcpy(strrchr(path, '/'), "/stays");
	put(path, "123");
	put("t/file", "1");
	put_dir("t/stays", 0700);
	put("t/stays/file", "12");
	CHECK(link("t/stays/file", "t/stays/again") == 0);
}

static void remove_what_stays(void)
{
	struct tf_removal removal = {0};

	CHECK_IS(0, tf__remove(AT_FDCWD, "t", NULL, NULL, &removal));
	CHECK_IS(1, entries(here));
}

static void tree_but_some(void)
{
	struct tf_removal removal = {0};
	int r;

	make_tree_to_stay();
	begin_faults();
	r = tf__remove(AT_FDCWD, "t", NULL, &but_some, &removal);
	end_faults();
	CHECK(r < 0);
	CHECK(r == -ENOTEMPTY || removal.error != 0 || r == -ENOENT);
	CHECK(reads("t/stays/file", "12") && there("t/stays/again"));
	removal = (struct tf_removal){0};
	CHECK_IS(-ENOTEMPTY, tf__remove(AT_FDCWD, "t", NULL, &but_some, &removal));
	CHECK_IS(0, removal.error);
	CHECK_IS(3, removal.kept_inodes); /* t/stays, its file, and the one at the far end */
	CHECK_IS(2 + 3, removal.kept_bytes);
	CHECK(!there("t/file"));
	remove_what_stays();
}

static void tree_but_some_at_every_call(void)
{
	at_every_call(tree_but_some, FAULT_FEW);
}

static void measuring(void)
{
	static const struct tf_removing how = {.measure = true};
	struct tf_removal faulty = {0}, removal = {0};
	int r;

	make_tree_to_stay();
	begin_faults();
	r = tf__remove(AT_FDCWD, "t", NULL, &how, &faulty);
	end_faults();
	CHECK_IS(0, tf__remove(AT_FDCWD, "t", NULL, &how, &removal));
	CHECK_IS(26 + 5, removal.inodes);
	CHECK_IS(1 + 2 + 3, removal.bytes);
	CHECK((r == 0) == (faulty.error == 0));
	CHECK(r != 0 || faulty.inodes >= removal.inodes); /* without memory a name too many */
	remove_what_stays();
}

static void measuring_at_every_call(void)
{
	at_every_call(measuring, FAULT_FEW);
}

/* ---- a journal that grows */

/* What was registered is read again, whatever happened to those that were not. */
static void growth(void)
{
	enum { MANY = 70 };
	const struct tf_record *record;
	struct tf_reader reader;
	struct made made;
	bool is_known[MANY] = {false};
	char name[16];
	int session_dir;

	begin_session(&made);
	tf__journal_header(&made.journal)->in_use = 64; /* no sweep */
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "%d", i);
		is_known[i] = register_intent(&made, TF_KIND_FILE, name) >= 0;
	}
	begin_faults();
	for (int i = 60; i < MANY; i++) {
		snprintf(name, sizeof(name), "%d", i);
		is_known[i] = register_intent(&made, TF_KIND_FILE, name) >= 0;
	}
	end_faults();
	session_dir = tf__session_open(made.session.path);
	CHECK_IS(0, tf__reader_open(&reader, session_dir));
	while ((record = tf__reader_next(&reader))) {
		int i = atoi(strrchr(record->path, '/') + 1);

		CHECK(i >= 0 && i < MANY && is_known[i]);
		is_known[i] = false;
	}
	for (int i = 0; i < MANY; i++)
		CHECK(!is_known[i]);
	tf__reader_close(&reader);
	close(session_dir);
	leave_session(&made);
	remove_rest();
}

static void growth_at_every_call(void)
{
	at_every_call(growth, FAULT_KINDS);
}

const struct test fault_tests[] = {
	{"fault-session", session_at_every_call},
	{"fault-cleaning", cleaning_at_every_call},
	{"fault-lingering", lingering_at_every_call},
	{"fault-tree", tree_at_every_call},
	{"fault-deep-tree", deep_tree_at_every_call},
	{"fault-tree-stays", tree_but_some_at_every_call},
	{"fault-measuring", measuring_at_every_call},
	{"fault-growth", growth_at_every_call},
	{0},
};
