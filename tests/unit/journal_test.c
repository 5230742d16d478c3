/* journal_test.c: lib/journal*.c, lib/reader.c: everything written is read, and nothing else. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "journal_length.h"
#include "reader.h"

enum { PAGE = 4096, FIRST = 16 << 10 };

static int open_session(const struct made *made)
{
	int fd = tf__session_open(made->session.path);

	CHECK(fd >= 0);
	return fd;
}

static const char *journal_file(const struct made *made)
{
	static char path[TF_SESSION_PATH + 16];

	snprintf(path, sizeof(path), "%s/journal", made->session.path);
	return path;
}

static off_t journal_size(const struct made *made)
{
	struct stat st;

	CHECK(stat(journal_file(made), &st) == 0);
	return st.st_size;
}

/* ---- where a mapping cannot be trusted */

static bool is_appended;

static long on_btrfs(long nr, long a, long b, long c, long d, long e, long f)
{
	long r = tf__sys_raw(nr, a, b, c, d, e, f);

	if (nr == SYS_fstatfs && r == 0)
		((long *)b)[0] = 0x9123683e;
	return r;
}

/* What follows is told that it is on a filesystem where each change is written by a call. */
static void go_to_btrfs(void)
{
	is_appended = true;
	tf__sys = on_btrfs;
}

#define APPENDED(test)                                                                             \
	static void test##_appended(void)                                                          \
	{                                                                                          \
		go_to_btrfs();                                                                     \
		test();                                                                            \
	}

/* The size of a file that is mapped; the other kind ends where its last record does. */
static void check_size(const struct made *made, off_t size)
{
	if (is_appended)
		CHECK((journal_size(made) - PAGE) % TF_SLOT == 0);
	else
		CHECK_IS(size, journal_size(made));
}

/* As the file says. */
static unsigned created(const struct made *made)
{
	struct tf_reader reader;
	int session = open_session(made);
	unsigned r;

	CHECK_IS(0, tf__reader_open(&reader, session));
	r = reader.header->created;
	tf__reader_close(&reader);
	close(session);
	return r;
}

/* Reads everything and says how many records there are; each is looked at. */
static int read_all(
	const struct made *made, void (*look)(void *, const struct tf_record *), void *arg)
{
	const struct tf_record *record;
	struct tf_reader reader;
	int session = open_session(made);
	int n = 0;

	CHECK_IS(0, tf__reader_open(&reader, session));
	while ((record = tf__reader_next(&reader))) {
		CHECK(record->path[0] == '/' && strlen(record->path) == record->len);
		if (look)
			look(arg, record);
		n++;
	}
	CHECK(!tf__reader_next(&reader));
	tf__reader_close(&reader);
	close(session);
	return n;
}

static int64_t intend_path(struct made *made, const char *dir, const char *name)
{
	struct tf_record head = {.kind = TF_KIND_FILE, .pid = getpid()};

	return tf__journal_intend(&made->journal, &head, dir, strlen(dir), name);
}

/* A record whose file is, and always will be, what is at `path`. */
static int64_t intend_live(
	struct made *made, const char *dir, const char *name, const struct tf_identity *id)
{
	int64_t number = intend_path(made, dir, name);

	CHECK(number >= 0);
	tf__journal_settle(&made->journal, number, id);
	return number;
}

/* ---- one record */

static void look_at_one(void *arg, const struct tf_record *record)
{
	const struct tf_record *expected = arg;

	CHECK_IS(expected->state, record->state);
	CHECK_IS(TF_KIND_DIR, record->kind);
	CHECK_IS(4711, record->pid);
	CHECK_IS(5, record->function);
	CHECK_IS(0x123456789a, record->caller);
	CHECK_TEXT("a program", record->program);
	CHECK(record->when > 0);
	CHECK_TEXT(in_here("later"), record->path);
	if (record->state == TF_LIVE)
		CHECK(tf__same(&expected->id, &record->id));
}

static void life(void)
{
	struct tf_record head = {
		.kind = TF_KIND_DIR,
		.pid = 4711,
		.function = 5,
		.caller = 0x123456789a,
		.program = "a program",
	};
	struct tf_record expected = {.state = TF_INTENT};
	struct made made;
	int64_t number;

	begin_session(&made);
	CHECK_IS(0, read_all(&made, NULL, NULL));
	number = tf__journal_intend(&made.journal, &head, here, strlen(here), "first");
	CHECK(number >= 0);
	tf__journal_rename(&made.journal, number, "later");
	CHECK_IS(1, read_all(&made, look_at_one, &expected));
	put_dir("later", 0700);
	expected.id = identity_of("later");
	expected.state = TF_LIVE;
	tf__journal_settle(&made.journal, number, &expected.id);
	CHECK_IS(1, read_all(&made, look_at_one, &expected));
	CHECK_IS(1, created(&made));
	number = tf__journal_intend(&made.journal, &head, here, strlen(here), "not made");
	CHECK_IS(2, read_all(&made, NULL, NULL));
	tf__journal_drop(&made.journal, number);
	CHECK_IS(1, read_all(&made, look_at_one, &expected));
	leave_session(&made);
}

APPENDED(life)

static void second_view(void)
{
	struct tf_journal second = {0};
	struct tf_roots none = {{0}};
	struct made made;

	begin_session(&made);
	CHECK(register_file(&made, "a") >= 0);
	CHECK_IS(0, tf__journal_open(&second, made.session.path, &none));
	CHECK(!second.is_private && second.segment[0] != made.journal.segment[0]);
	CHECK(second.is_appended == is_appended);
	CHECK_TEXT(made.roots.text, tf__journal_header(&second)->roots.text);
	CHECK_IS(1, tf__journal_header(&second)->created);
	CHECK_IS(2, entries(made.session.path)); /* lock, journal */
	unmap_journal(&second);
	leave_session(&made);
}

APPENDED(second_view)

/* ---- long paths */

static void look_for_path(void *arg, const struct tf_record *record)
{
	int *seen = arg;

	seen[record->len]++;
}

/* A directory path of `len` characters in canonical form. */
static char *long_dir(size_t len)
{
	char *dir = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		dir[i] = i % 100 == 0 && i + 1 < len ? '/' : 'd';
	dir[len] = '\0';
	return dir;
}

static void paths_of_every_length(void)
{
	int *seen = calloc(TF_PATH_MAX, sizeof(*seen));
	struct made made;

	begin_session(&made);
	for (size_t len = 4; len < TF_PATH_MAX; len += len < 1000 ? 1 : 37) {
		char *dir = long_dir(len - 2);

		CHECK(intend_path(&made, dir, "f") >= 0);
		free(dir);
	}
	CHECK(read_all(&made, look_for_path, seen) > 1000);
	for (size_t len = 4; len < TF_PATH_MAX; len += len < 1000 ? 1 : 37) {
		if (seen[len] != 1)
			printf("a path of %zu characters was read %d times\n", len, seen[len]);
		CHECK_IS(1, seen[len]);
	}
	free(seen);
	leave_session(&made);
}

APPENDED(paths_of_every_length)

static void longest_path(void)
{
	char *dir = long_dir(TF_PATH_MAX - 3);
	struct made made;

	begin_session(&made);
	CHECK(intend_path(&made, dir, "f") >= 0); /* PATH_MAX - 1 */
	CHECK_IS(1, read_all(&made, NULL, NULL));
	CHECK_IS(-ENAMETOOLONG, intend_path(&made, dir, "ff"));
	CHECK_IS(1, read_all(&made, NULL, NULL));
	free(dir);
	leave_session(&made);
}

APPENDED(longest_path)

/* Where a text ends with the slot before, the last slot holds nothing but its NUL. */
static void text_ends_with_slot(void)
{
	size_t len = TF_SLOT - sizeof(struct tf_record); /* of a path whose NUL is in slot 2 */
	int *seen = calloc(TF_PATH_MAX, sizeof(*seen));
	char *dir = long_dir(len - 2);
	struct made made;
	int64_t first, second;

	begin_session(&made);
	first = intend_path(&made, dir, "f");
	if (!is_appended)
		tf__journal_header(&made.journal)->hint = 0; /* as after a sweep */
	second = intend_path(&made, here, "g");
	CHECK(first >= 0 && second >= 0);
	CHECK(second != first + 1);
	CHECK_IS(2, read_all(&made, look_for_path, seen));
	CHECK_IS(1, seen[len]);
	CHECK_IS(1, seen[strlen(here) + 2]);
	free(seen);
	free(dir);
	leave_session(&made);
}

APPENDED(text_ends_with_slot)

/* ---- sweeping and growing */

static void slots_are_given_again(void)
{
	struct made made;
	int64_t largest = 0;
	char name[32];

	go_to_memory();
	begin_session(&made);
	CHECK(register_file(&made, "stays") >= 0);
	for (int i = 0; i < 10000; i++) {
		int64_t number;

		snprintf(name, sizeof(name), "f%d", i);
		number = register_file(&made, name);
		CHECK(number >= 0);
		largest = number > largest ? number : largest;
		CHECK(unlink(name) == 0);
	}
	check_size(&made, FIRST);
	CHECK(largest < 64);
	CHECK_IS(10001, created(&made));
	CHECK_IS(0, tf__journal_header(&made.journal)->sweeper);
	CHECK(read_all(&made, NULL, NULL) <= 64);
	leave_session(&made);
}

APPENDED(slots_are_given_again)

/* J3: what is there stays registered, under its own name or by what took its place (`sed -i`). */
static void look_for_name(void *arg, const struct tf_record *record)
{
	int *seen = arg;
	const char *name = strrchr(record->path, '/') + 1;

	if (name[0] == 'k')
		seen[atoi(name + 1)]++;
}

static void sweep_keeps_what_is_there(void)
{
	int seen[20] = {0};
	struct made made;
	char name[32];

	begin_session(&made);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		CHECK(register_file(&made, name) >= 0);
	}
	CHECK(register_file(&made, "sed123") >= 0);
	CHECK(rename("sed123", "k7") == 0);    /* k7 means this one from now on */
	CHECK(rename("k8", "published") == 0); /* done */
	CHECK(unlink("k9") == 0);              /* done */
	CHECK(unlink("k10") == 0);
	put("k10", "somebody else's");                           /* done */
	CHECK(register_intent(&made, TF_KIND_FILE, "k11") >= 0); /* an intent is nobody's to free */
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		CHECK(register_file(&made, name) >= 0);
		CHECK(unlink(name) == 0);
	}
	check_size(&made, FIRST);
	CHECK(journal_size(&made) <= FIRST);
	(void)read_all(&made, look_for_name, seen);
	for (int i = 0; i < 20; i++)
		CHECK_IS(i == 11 ? 2 : i >= 8 && i <= 10 ? 0 : 1, seen[i]);
	leave_session(&made);
}

APPENDED(sweep_keeps_what_is_there)

/* Who was killed while it swept does not stop the others. */
static void dead_sweeper(void)
{
	struct made made;
	char name[32];

	begin_session(&made);
	tf__journal_header(&made.journal)->sweeper = 4000001;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		CHECK(register_file(&made, name) >= 0);
		CHECK(unlink(name) == 0);
	}
	CHECK_IS(FIRST, journal_size(&made));
	leave_session(&made);
}

/* While a living one sweeps, the others grow. */
static void living_sweeper(void)
{
	struct made made;
	char name[32];

	begin_session(&made);
	tf__journal_header(&made.journal)->sweeper = 1;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		CHECK(register_file(&made, name) >= 0);
		CHECK(unlink(name) == 0);
	}
	CHECK_IS(4 * FIRST, journal_size(&made));
	CHECK_IS(200, read_all(&made, NULL, NULL));
	leave_session(&made);
}

struct many {
	int *seen;
	int n;
};

static void look_for_number(void *arg, const struct tf_record *record)
{
	struct many *many = arg;
	int i = atoi(strrchr(record->path, '/') + 1);

	CHECK(i >= 0 && i < many->n);
	many->seen[i]++;
}

static void each_once(const struct made *made, int n)
{
	struct many many = {calloc((size_t)n, sizeof(int)), n};

	CHECK_IS(n, read_all(made, look_for_number, &many));
	for (int i = 0; i < n; i++)
		CHECK_IS(1, many.seen[i]);
	free(many.seen);
}

static void grows(void)
{
	enum { MANY = 6000 };
	struct tf_identity id;
	struct made made;
	char name[16];

	begin_session(&made);
	put("f", "");
	id = identity_of("f");
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%d", i);
		CHECK(link("f", name) == 0); /* one inode: it is the names that are many */
		intend_live(&made, here, name, &id);
	}
	CHECK_IS(FIRST << 8, journal_size(&made));
	CHECK_IS(5, tf__journal_header(&made.journal)->segments);
	each_once(&made, MANY);
	leave_session(&made);
}

/* What is no longer needed is given back, once the journal is full again; what is still there at
 * its end moves to the front. */
static void shrinks(void)
{
	enum { MANY = 3000, SLOTS = 5440 };
	struct made made;
	char name[32];
	int n = 0;

	go_to_memory();
	begin_session(&made);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%d", i);
		CHECK(register_file(&made, name) >= 0);
	}
	CHECK_IS(FIRST << 6, journal_size(&made));
	for (int i = 0; i < MANY - 1; i++) {
		snprintf(name, sizeof(name), "%d", i);
		CHECK(unlink(name) == 0);
	}
	for (; n < SLOTS && journal_size(&made) > FIRST; n++) {
		CHECK(register_file(&made, "f") >= 0);
		CHECK(unlink("f") == 0);
	}
	CHECK_IS(FIRST, journal_size(&made));
	CHECK_IS(1, tf__journal_header(&made.journal)->segments);
	CHECK_IS(0, tf__journal_header(&made.journal)->looking);
	CHECK_IS(
		2, read_all(&made, NULL, NULL)); /* and the file that was the first to go on with */
	for (int i = 0; i < MANY; i++) {         /* it grows again */
		snprintf(name, sizeof(name), "again%d", i);
		CHECK(register_file(&made, name) >= 0);
	}
	CHECK_IS(FIRST << 6, journal_size(&made));
	CHECK(read_all(&made, NULL, NULL) >= MANY + 1);
	leave_session(&made);
}

static void make_and_remove(struct made *made, int n)
{
	for (int i = 0; i < n; i++) {
		CHECK(register_file(made, "f") >= 0);
		CHECK(unlink("f") == 0);
	}
}

/* An intent stays where it is, and in the way. While somebody is looking through the slots, or was
 * killed when he did, nothing is given back either. */
static void does_not_shrink(void)
{
	enum { MANY = 300, SLOTS = 400 };
	struct made made;
	char name[32];
	int64_t intents[MANY];

	begin_session(&made);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%d", i);
		intents[i] = register_intent(&made, TF_KIND_FILE, name);
		CHECK(intents[i] >= 0);
	}
	for (int i = 0; i < MANY - 1; i++)
		tf__journal_drop(&made.journal, intents[i]);
	make_and_remove(&made, SLOTS);
	CHECK_IS(FIRST << 2, journal_size(&made));
	tf__journal_drop(&made.journal, intents[MANY - 1]);
	tf__journal_header(&made.journal)->looking++;
	make_and_remove(&made, SLOTS);
	CHECK_IS(FIRST << 2, journal_size(&made));
	CHECK_IS(2, tf__journal_header(&made.journal)->segments);
	tf__journal_header(&made.journal)->looking--;
	make_and_remove(&made, SLOTS);
	CHECK_IS(FIRST, journal_size(&made));
	leave_session(&made);
}

struct settling {
	struct made made;
	int64_t number;
	struct tf_identity id;
};

static void settle_traced(void *arg)
{
	struct settling *s = arg;

	tf__journal_forget(&s->made.journal);
	CHECK_IS(0, tf__journal_open(&s->made.journal, s->made.session.path, &s->made.roots));
	CHECK_IS(0, tf__journal_grow(&s->made.journal, 0));
	CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
	raise(SIGSTOP);
	tf__journal_settle(&s->made.journal, s->number, &s->id);
	_exit(0);
}

/* Once a record is live a sweep may move it, and give back the segment that it was in. */
static void settled_is_not_touched(void)
{
	struct settling s = {.number = 0};
	const struct tf_record *record;
	int status;
	pid_t pid;

	begin_session(&s.made);
	do
		s.number = register_intent(&s.made, TF_KIND_FILE, "f");
	while (journal_size(&s.made) == FIRST);
	record = tf__journal_at(&s.made.journal, (uint32_t)s.number);
	pid = start(settle_traced, &s);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	while (__atomic_load_n(&record->state, __ATOMIC_ACQUIRE) != TF_LIVE) {
		CHECK(ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == 0);
		CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	}
	tf__journal_header(&s.made.journal)->segments = 1;
	CHECK(truncate(journal_file(&s.made), FIRST) == 0);
	CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
	finish(pid);
	leave_session(&s.made);
}

/* A reader's second place, and one that begins again. */
static void two_readers(void)
{
	struct tf_reader reader, second;
	const struct tf_record *record;
	struct made made;
	char name[16];
	int n = 0, session;

	begin_session(&made);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		CHECK(register_intent(&made, TF_KIND_FILE, name) >= 0);
	}
	session = open_session(&made);
	CHECK_IS(0, tf__reader_open(&reader, session));
	CHECK_IS(0, tf__reader_again(&second, &reader));
	while ((record = tf__reader_next(&reader))) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s", record->path);
		if (++n % 100 == 0) {
			int m = 0;

			tf__reader_rewind(&second);
			while (tf__reader_next(&second))
				m++;
			CHECK_IS(1000, m);
		}
		CHECK_TEXT(path, record->path);
	}
	CHECK_IS(1000, n);
	tf__reader_rewind(&reader);
	for (n = 0; tf__reader_next(&reader); n++)
		;
	CHECK_IS(1000, n);
	tf__reader_close(&second);
	tf__reader_close(&reader);
	close(session);
	leave_session(&made);
}

APPENDED(two_readers)

/* ---- many processes */

struct writers {
	struct made made;
	struct gate go;
	int number;
};

enum { WRITERS = 4, EACH = 500 };

static void write_records(void *arg)
{
	struct writers *w = arg;
	struct tf_identity id = identity_of("f");
	char name[16];

	tf__journal_forget(&w->made.journal); /* the parent's mapping is not there */
	CHECK_IS(0, tf__journal_open(&w->made.journal, w->made.session.path, &w->made.roots));
	CHECK(!w->made.journal.is_private);
	gate_wait(&w->go);
	for (int i = 0; i < EACH; i++) {
		snprintf(name, sizeof(name), "%d", w->number * EACH + i);
		CHECK(link("f", name) == 0);
		intend_live(&w->made, here, name, &id);
	}
}

static void many_processes(void)
{
	struct writers w = {.go = gate_new()};
	pid_t pids[WRITERS];

	begin_session(&w.made);
	put("f", "");
	for (w.number = 0; w.number < WRITERS; w.number++)
		pids[w.number] = start(write_records, &w);
	for (int i = 0; i < WRITERS; i++)
		gate_open(&w.go);
	for (int i = 0; i < WRITERS; i++)
		finish(pids[i]);
	each_once(&w.made, WRITERS * EACH);
	if (!is_appended) /* there two at once may be counted as one */
		CHECK_IS(WRITERS * EACH, created(&w.made));
	gate_free(&w.go);
	leave_session(&w.made);
}

APPENDED(many_processes)

/* Registering, dropping and removing at once, with sweeps: what stays is what each left. */
static void write_and_remove(void *arg)
{
	struct writers *w = arg;
	char name[300], end[256];

	tf__journal_forget(&w->made.journal);
	CHECK_IS(0, tf__journal_open(&w->made.journal, w->made.session.path, &w->made.roots));
	gate_wait(&w->go);
	memset(end, 'x', sizeof(end) - 1);
	for (int i = 0; i < EACH; i++) {
		int number = w->number * EACH + i;
		bool stays = i % 10 == 0;
		int64_t record;

		end[i % 180] = '\0'; /* one slot, or two */
		snprintf(name, sizeof(name), "%s%d.%s", stays ? "" : "gone", number, end);
		end[i % 180] = 'x';
		record = register_file(&w->made, name);
		if (i % 7 == 0) {
			record = register_intent(&w->made, TF_KIND_FILE, "dropped");
			CHECK(record >= 0);
			tf__journal_drop(&w->made.journal, record);
		}
		if (!stays)
			CHECK(unlink(name) == 0);
	}
}

static void look_for_stays(void *arg, const struct tf_record *record)
{
	struct many *many = arg;
	const char *name = strrchr(record->path, '/') + 1;

	CHECK(strcmp(name, "dropped") != 0);
	if (name[0] != 'g')
		many->seen[atoi(name)]++;
}

static void many_processes_sweep(void)
{
	struct writers w = {.go = gate_new()};
	struct many many = {calloc(WRITERS * EACH, sizeof(int)), WRITERS * EACH};
	pid_t pids[WRITERS];

	begin_session(&w.made);
	for (w.number = 0; w.number < WRITERS; w.number++)
		pids[w.number] = start(write_and_remove, &w);
	for (int i = 0; i < WRITERS; i++)
		gate_open(&w.go);
	for (int i = 0; i < WRITERS; i++)
		finish(pids[i]);
	(void)read_all(&w.made, look_for_stays, &many);
	for (int i = 0; i < WRITERS * EACH; i += 10) {
		if (many.seen[i] != 1)
			printf("the record of file %d was read %d times\n", i, many.seen[i]);
		CHECK_IS(1, many.seen[i]);
	}
	free(many.seen);
	gate_free(&w.go);
	leave_session(&w.made);
}

APPENDED(many_processes_sweep)

/* Growing and shrinking under each other's hands. */
static void burst(void *arg)
{
	enum { ROUNDS = 12, MANY = 150 };
	struct writers *w = arg;
	char name[32];

	tf__journal_forget(&w->made.journal);
	CHECK_IS(0, tf__journal_open(&w->made.journal, w->made.session.path, &w->made.roots));
	gate_wait(&w->go);
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < 2 * MANY; i++) {
			snprintf(name, sizeof(name), "gone%d.%d", w->number, i % MANY);
			if (i < MANY)
				CHECK(register_file(&w->made, name) >= 0);
			else
				CHECK(unlink(name) == 0);
			if (i == MANY / 2 && round == w->number) {
				snprintf(name, sizeof(name), "%d", w->number);
				CHECK(register_file(&w->made, name) >= 0);
			}
		}
}

static void many_processes_shrink(void)
{
	struct writers w = {.go = gate_new()};
	struct many many = {calloc(WRITERS, sizeof(int)), WRITERS};
	pid_t pids[WRITERS];

	go_to_memory();
	begin_session(&w.made);
	for (w.number = 0; w.number < WRITERS; w.number++)
		pids[w.number] = start(burst, &w);
	for (int i = 0; i < WRITERS; i++)
		gate_open(&w.go);
	for (int i = 0; i < WRITERS; i++)
		finish(pids[i]);
	(void)read_all(&w.made, look_for_stays, &many);
	for (int i = 0; i < WRITERS; i++)
		CHECK_IS(1, many.seen[i]);
	CHECK_IS(0, tf__journal_header(&w.made.journal)->looking);
	free(many.seen);
	gate_free(&w.go);
	leave_session(&w.made);
}

APPENDED(many_processes_shrink)

/* ---- journals that nobody vouches for */

static void write_at(const struct made *made, const void *bytes, size_t len, off_t at)
{
	int fd = open(journal_file(made), O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_IS(len, pwrite(fd, bytes, len, at));
	close(fd);
}

static off_t at_slot(int64_t slot)
{
	return PAGE + (off_t)slot * TF_SLOT;
}

static void truncated(void)
{
	static const int sizes[] = {0, 1, 100, sizeof(struct tf_journal_header) - 1};
	struct tf_reader reader;
	struct made made;
	int session;

	begin_session(&made);
	for (int i = 0; i < 10; i++)
		CHECK(register_intent(&made, TF_KIND_FILE, "a") >= 0);
	unmap_journal(&made.journal);
	CHECK(truncate(journal_file(&made), at_slot(10)) == 0);
	CHECK_IS(10, read_all(&made, NULL, NULL));
	CHECK(truncate(journal_file(&made), at_slot(10) - 1) == 0);
	CHECK_IS(9, read_all(&made, NULL, NULL));
	CHECK(truncate(journal_file(&made), at_slot(3) + 5) == 0);
	CHECK_IS(3, read_all(&made, NULL, NULL));
	CHECK(truncate(journal_file(&made), PAGE) == 0);
	CHECK_IS(0, read_all(&made, NULL, NULL));
	session = open_session(&made);
	for (int i = sizeof(sizes) / sizeof(sizes[0]); i-- > 0;) {
		CHECK(truncate(journal_file(&made), sizes[i]) == 0);
		CHECK_IS(sizes[i] == 0 ? -ENOENT : -EPROTO, tf__reader_open(&reader, session));
	}
	CHECK(unlink(journal_file(&made)) == 0);
	CHECK_IS(-ENOENT, tf__reader_open(&reader, session));
	close(session);
	leave_session(&made);
}

/* A long record of which the end is missing. */
static void truncated_long_record(void)
{
	char *dir = long_dir(500);
	struct made made;

	begin_session(&made);
	CHECK(register_intent(&made, TF_KIND_FILE, "a") >= 0);
	CHECK(intend_path(&made, dir, "f") >= 0);
	unmap_journal(&made.journal);
	CHECK(truncate(journal_file(&made), at_slot(3)) == 0);
	CHECK_IS(1, read_all(&made, NULL, NULL));
	free(dir);
	leave_session(&made);
}

struct forged {
	const char *path;
	int len; /* -1: the path's */
	unsigned state, kind, slots;
	bool sound;
};

static void forged_records(void)
{
	static const struct forged all[] = {
		{"/a/b", -1, TF_LIVE, 1, 1, true},
		{"/a/b", -1, TF_INTENT, 2, 1, true},
		{"/a/..b/.c/d.", -1, TF_LIVE, 1, 1, true},
		{"/...", -1, TF_LIVE, 1, 1, true},
		{"/a", -1, TF_LIVE, 1, 2, false}, /* one is enough for it */
		{"/a/../b", -1, TF_LIVE, 1, 1, false},
		{"/a/..", -1, TF_LIVE, 1, 1, false},
		{"/..", -1, TF_LIVE, 1, 1, false},
		{"/a/./b", -1, TF_LIVE, 1, 1, false},
		{"/a/.", -1, TF_LIVE, 1, 1, false},
		{"/a//b", -1, TF_LIVE, 1, 1, false},
		{"//a", -1, TF_LIVE, 1, 1, false},
		{"/a/", -1, TF_LIVE, 1, 1, false},
		{"/", -1, TF_LIVE, 1, 1, false},
		{"a/b", -1, TF_LIVE, 1, 1, false},
		{"", -1, TF_LIVE, 1, 1, false},
		{"/a", 3, TF_LIVE, 1, 1, false},
		{"/a", 0, TF_LIVE, 1, 1, false},
		{"/a", 200, TF_LIVE, 1, 1, false},
		{"/a", 4096, TF_LIVE, 1, TF_RECORD_SLOTS, false},
		{"/a", 65535, TF_LIVE, 1, TF_RECORD_SLOTS, false},
		{"/a", 65535, TF_LIVE, 1, 255, false},
		{"/a", -1, TF_LIVE, 1, 0, false},
		{"/a", -1, TF_LIVE, 1, TF_RECORD_SLOTS + 1, false},
		{"/a", -1, TF_LIVE, 1, 255, false},
		{"/a", -1, TF_LIVE, 0, 1, false},
		{"/a", -1, TF_LIVE, TF_KIND_PROGRAM, 1, true},
		{"/a", -1, TF_LIVE, TF_KIND_HAZARD, 1, true},
		{"/a", -1, TF_LIVE, TF_KIND_HAZARD + 1, 1, false},
		{"/a", -1, TF_FREE, 1, 1, false},
		{"/a", -1, TF_CLAIMED, 1, 1, false},
		{"/a", -1, TF_MORE, 1, 1, false},
		{"/a", -1, 0x80000003, 1, 1, false},
	};
	struct made made;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct forged *f = &all[i];
		char bytes[TF_SLOT] = "";
		struct tf_record record = {
			.state = f->state,
			.kind = (uint8_t)f->kind,
			.slots = (uint8_t)f->slots,
			.len = (uint16_t)(f->len < 0 ? (int)strlen(f->path) : f->len),
		};

		memset(record.program, 'p', sizeof(record.program));
		memcpy(bytes, &record, sizeof(record));
		memcpy(bytes + sizeof(record), f->path, strlen(f->path));
		begin_session(&made);
		unmap_journal(&made.journal);
		write_at(&made, bytes, sizeof(bytes), at_slot(0));
		if (read_all(&made, NULL, NULL) != f->sound)
			printf("record %zu: %s\n", i, f->path);
		CHECK_IS(f->sound, read_all(&made, NULL, NULL));
		if (!f->sound) /* at the very end, too */
			write_at(&made, bytes, sizeof(bytes), FIRST - TF_SLOT);
		CHECK_IS(f->sound, read_all(&made, NULL, NULL));
		leave_session(&made);
	}
}

/* What is sound between garbage is found, however much garbage there is. */
static void garbage(void)
{
	struct made made;
	unsigned seed = 1;

	begin_session(&made);
	for (int i = 0; i < 64; i++)
		CHECK(register_intent(&made, TF_KIND_FILE, "a") >= 0);
	unmap_journal(&made.journal);
	for (int round = 0; round < 2000; round++) {
		unsigned char bytes[8];

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1103515245 + 12345;
			bytes[i] = (unsigned char)(seed >> 16 & (round % 2 ? 255 : 3));
		}
		seed = seed * 1103515245 + 12345;
		write_at(&made, bytes, sizeof(bytes), PAGE + (seed >> 8) % (FIRST - PAGE - 8));
		if (round % 20 == 0)
			CHECK(read_all(&made, NULL, NULL) <= 64);
	}
	leave_session(&made);
}

/* One bad record costs no good one. */
static void bad_among_good(void)
{
	struct tf_record bad = {.state = TF_LIVE, .kind = TF_KIND_FILE, .len = TF_SLOT};
	struct made made;

	begin_session(&made);
	for (int i = 0; i < 20; i++)
		CHECK(register_intent(&made, TF_KIND_FILE, "abc") >= 0);
	unmap_journal(&made.journal);
	for (unsigned slots = 0; slots < 256; slots++)
		for (unsigned len = 0; len < 600; len += 7) {
			bad.slots = (uint8_t)slots;
			bad.len = (uint16_t)len;
			write_at(&made, &bad, sizeof(bad), at_slot(5));
			if (slots % 50 == 0)
				CHECK(read_all(&made, NULL, NULL) >= 19);
		}
	leave_session(&made);
}

static void not_a_journal(void)
{
	static const uint32_t version = TF_JOURNAL_VERSION + 1;
	struct tf_journal second = {0};
	struct tf_reader reader;
	struct made made;
	int session;

	begin_session(&made);
	unmap_journal(&made.journal);
	session = open_session(&made);
	write_at(&made, &version, sizeof(version), 8);
	CHECK_IS(-EPROTO, tf__reader_open(&reader, session));
	CHECK_IS(-EPROTO, tf__journal_open(&second, made.session.path, &made.roots));
	CHECK(second.is_private);
	unmap_journal(&second);
	CHECK(unlink(journal_file(&made)) == 0);
	CHECK(symlink("lock", journal_file(&made)) == 0);
	CHECK_IS(-ELOOP, tf__reader_open(&reader, session));
	CHECK(tf__journal_open(&second, made.session.path, &made.roots) < 0);
	CHECK(second.is_private);
	unmap_journal(&second);
	CHECK(unlink(journal_file(&made)) == 0);
	CHECK(mkfifo(journal_file(&made), 0600) == 0);
	CHECK_IS(-EPERM, tf__reader_open(&reader, session));
	CHECK(tf__journal_open(&second, made.session.path, &made.roots) < 0);
	unmap_journal(&second);
	close(session);
	leave_session(&made);
}

/* ---- where there is no room */

/* Private memory does what the file does, for this process. */
static void works_privately(struct tf_journal *journal)
{
	struct tf_record head = {.kind = TF_KIND_FILE};
	const struct tf_record *record;
	struct tf_reader reader;
	char name[16];
	int n = 0;

	CHECK(tf__journal_is_open(journal) && journal->is_private);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		CHECK(tf__journal_intend(journal, &head, "/tmp", 4, name) >= 0);
	}
	CHECK_IS(0, tf__reader_open_private(&reader, journal));
	while ((record = tf__reader_next(&reader)))
		CHECK_IS(n++, atoi(record->path + 5));
	CHECK_IS(2000, n);
	tf__reader_close(&reader);
	unmap_journal(journal);
}

static void no_session(void)
{
	struct tf_journal journal = {0};
	struct tf_roots roots;

	roots_here(&roots);
	CHECK(tf__journal_open(&journal, NULL, &roots) < 0);
	works_privately(&journal);
	CHECK_IS(-ENOENT, tf__journal_open(&journal, in_here("none"), &roots));
	works_privately(&journal);
	CHECK_IS(0, entries(here));
}

static void file_size_limit(void)
{
	struct tf_journal journal = {0};
	struct tf_roots roots;

	roots_here(&roots);
	put_dir("s", 0700);
	limit(RLIMIT_FSIZE, 2 * PAGE - 1);
	CHECK_IS(-EFBIG, tf__journal_open(&journal, in_here("s"), &roots));
	(void)unlink("s/journal"); /* an empty one says that nothing is registered */
	CHECK_IS(0, entries("s"));
	works_privately(&journal);
}

APPENDED(file_size_limit)

/* Where there is room for a little, it is not mapped; nor by those who come when there is more. */
static void little_room(void)
{
	struct tf_journal second = {0};
	struct rlimit all, few;
	struct made made;
	char name[32];

	CHECK(getrlimit(RLIMIT_FSIZE, &all) == 0);
	few = (struct rlimit){FIRST - 1, all.rlim_max};
	CHECK(setrlimit(RLIMIT_FSIZE, &few) == 0);
	begin_session(&made);
	CHECK(made.journal.is_appended && !made.journal.is_private);
	CHECK(setrlimit(RLIMIT_FSIZE, &all) == 0);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%d", i);
		CHECK(register_file(&made, name) >= 0);
	}
	CHECK(journal_size(&made) > FIRST);
	CHECK_IS(0, tf__journal_open(&second, made.session.path, &made.roots));
	CHECK(second.is_appended);
	CHECK_IS(100, read_all(&made, NULL, NULL));
	unmap_journal(&second);
	leave_session(&made);
}

/* The limit is met while growing: an error, no signal, and what was there is still read. */
static void file_size_limit_later(void)
{
	struct made made;
	int r = 0, n = 0;

	begin_session(&made);
	limit(RLIMIT_FSIZE, 2 * FIRST);
	while (r >= 0 && n < 1000) {
		r = (int)register_intent(&made, TF_KIND_FILE, "a");
		n += r >= 0;
	}
	CHECK_IS(-EFBIG, r);
	if (!is_appended)
		CHECK_IS(64, n);
	CHECK(journal_size(&made) <= 2 * FIRST);
	CHECK_IS(n, read_all(&made, NULL, NULL));
	leave_session(&made);
}

APPENDED(file_size_limit_later)

static void fill(const char *path)
{
	static char bytes[4096];
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	close(fd);
}

static void full_disk(void)
{
	struct tf_journal journal = {0};
	struct tf_roots roots;

	private_mounts();
	roots_here(&roots);
	put_dir("full", 0700);
	mount_at("tmpfs", "none", "full", "size=64k");
	put_dir("full/s", 0700);
	fill("full/filler");
	CHECK_IS(-ENOSPC, tf__journal_open(&journal, in_here("full/s"), &roots));
	if (is_appended)
		CHECK(unlink("full/s/journal") == 0);
	CHECK_IS(0, entries("full/s"));
	works_privately(&journal);
}

APPENDED(full_disk)

static void full_disk_later(void)
{
	struct made made;
	int r = 0, n = 0;

	private_mounts();
	put_dir("full", 0700);
	mount_at("tmpfs", "none", "full", "size=48k");
	strcat(here, "/full");
	begin_session(&made);
	fill("full/filler");
	while (r >= 0 && n < 1000) {
		r = (int)register_intent(&made, TF_KIND_FILE, "a");
		n += r >= 0;
	}
	CHECK_IS(-ENOSPC, r);
	if (!is_appended)
		CHECK_IS(64, n);
	CHECK_IS(n, read_all(&made, NULL, NULL)); /* and no SIGBUS */
	leave_session(&made);
}

APPENDED(full_disk_later)

/* ---- what only those meet who append */

/* A write that was cut short, at every length: the next record is read all the same. */
static void cut_short(void)
{
	struct made made;

	go_to_btrfs();
	begin_session(&made);
	for (int i = 0; i < 2 * TF_SLOT; i += 7) {
		int n = read_all(&made, NULL, NULL);

		CHECK(truncate(journal_file(&made), at_slot(n) + i) == 0);
		CHECK(register_intent(&made, TF_KIND_FILE, "a") >= 0);
		CHECK(truncate(journal_file(&made), at_slot(n)) == 0);
		CHECK(register_intent(&made, TF_KIND_FILE, "a") >= 0);
		CHECK(read_all(&made, NULL, NULL) >= n + 1);
		CHECK((journal_size(&made) - PAGE) % TF_SLOT == 0);
	}
	leave_session(&made);
}

/* Whoever made the file was killed before it had a header. */
static void no_header(void)
{
	static const int sizes[] = {0, 1, PAGE - 1, PAGE};
	struct tf_journal journal = {0};
	struct tf_reader reader;
	struct tf_roots roots;
	int session;

	go_to_btrfs();
	roots_here(&roots);
	put_dir("s", 0700);
	session = open(in_here("s"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(session >= 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put("s/journal", "");
		CHECK(truncate("s/journal", sizes[i]) == 0);
		CHECK_IS(-ENOENT, tf__reader_open(&reader, session));
		CHECK_IS(0, tf__journal_open(&journal, in_here("s"), &roots));
		CHECK(journal.is_appended && !journal.is_private);
		CHECK_TEXT(roots.text, tf__journal_header(&journal)->roots.text);
		CHECK_IS(0, tf__reader_open(&reader, session));
		tf__reader_close(&reader);
		unmap_journal(&journal);
		CHECK(unlink("s/journal") == 0);
	}
	close(session);
	CHECK(rmdir("s") == 0);
}

/* Nobody waits for who has the lock and has been stopped: the file grows, and that is all. */
static void lock_is_held(void)
{
	struct made made;
	char name[32];
	int fd;

	go_to_btrfs();
	begin_session(&made);
	fd = open(journal_file(&made), O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		CHECK(register_file(&made, name) >= 0);
		CHECK(unlink(name) == 0);
	}
	CHECK_IS(at_slot(100), journal_size(&made));
	CHECK_IS(100, read_all(&made, NULL, NULL));
	CHECK(flock(fd, LOCK_UN) == 0);
	CHECK(register_file(&made, "last") >= 0);
	CHECK_IS(at_slot(100), journal_size(&made));
	close(fd);
	leave_session(&made);
}

/* Between two calls nothing is open, and without a descriptor nothing is written. */
static void no_descriptor(void)
{
	struct rlimit files, few;
	struct made made;
	int64_t number;

	go_to_btrfs();
	begin_session(&made);
	number = register_intent(&made, TF_KIND_FILE, "a");
	CHECK(number >= 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
	few = (struct rlimit){3, files.rlim_max};
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHECK_IS(-EMFILE, register_intent(&made, TF_KIND_FILE, "b"));
	tf__journal_settle(&made.journal, number, &(struct tf_identity){.ino = 1});
	tf__journal_rename(&made.journal, number, "c");
	tf__journal_drop(&made.journal, number);
	CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
	CHECK_IS(1, read_all(&made, NULL, NULL));
	leave_session(&made);
}

const struct test journal_tests[] = {
	{"journal-life", life},
	{"journal-second-view", second_view},
	{"journal-paths-of-every-length", paths_of_every_length},
	{"journal-longest-path", longest_path},
	{"journal-text-ends-with-slot", text_ends_with_slot},
	{"journal-slots-are-given-again", slots_are_given_again},
	{"journal-sweep-keeps-what-is-there", sweep_keeps_what_is_there},
	{"journal-dead-sweeper", dead_sweeper},
	{"journal-living-sweeper", living_sweeper},
	{"journal-grows", grows},
	{"journal-shrinks", shrinks},
	{"journal-does-not-shrink", does_not_shrink},
	{"journal-many-processes-shrink", many_processes_shrink},
	{"journal-settled-is-not-touched", settled_is_not_touched},
	{"journal-many-processes", many_processes},
	{"journal-many-processes-sweep", many_processes_sweep},
	{"journal-no-session", no_session},
	{"journal-file-size-limit", file_size_limit},
	{"journal-file-size-limit-later", file_size_limit_later},
	{"journal-full-disk", full_disk},
	{"journal-full-disk-later", full_disk_later},
	{"append-life", life_appended},
	{"append-second-view", second_view_appended},
	{"append-paths-of-every-length", paths_of_every_length_appended},
	{"append-longest-path", longest_path_appended},
	{"append-text-ends-with-slot", text_ends_with_slot_appended},
	{"append-slots-are-given-again", slots_are_given_again_appended},
	{"append-sweep-keeps-what-is-there", sweep_keeps_what_is_there_appended},
	{"append-many-processes", many_processes_appended},
	{"append-many-processes-sweep", many_processes_sweep_appended},
	{"append-many-processes-shrink", many_processes_shrink_appended},
	{"append-file-size-limit", file_size_limit_appended},
	{"append-file-size-limit-later", file_size_limit_later_appended},
	{"append-full-disk", full_disk_appended},
	{"append-full-disk-later", full_disk_later_appended},
	{"append-two-readers", two_readers_appended},
	{"append-little-room", little_room},
	{"append-cut-short", cut_short},
	{"append-no-header", no_header},
	{"append-lock-is-held", lock_is_held},
	{"append-no-descriptor", no_descriptor},
	{"reader-two", two_readers},
	{"reader-truncated", truncated},
	{"reader-truncated-long-record", truncated_long_record},
	{"reader-forged-records", forged_records},
	{"reader-garbage", garbage},
	{"reader-bad-among-good", bad_among_good},
	{"reader-not-a-journal", not_a_journal},
	{0},
};
