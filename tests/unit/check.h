/* check.h: what the tests of lib/ stand on.
 *
 * Each test runs in a process of its own, in an empty directory of its own (its current directory,
 * whose canonical path is in `here`), under an alarm. It ends by returning, by a check that fails
 * or by SKIP. Whatever descriptor a test has open more than when it began fails it: the library
 * keeps none.
 */
#ifndef CHECK_H
#define CHECK_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "identity.h"
#include "journal.h"
#include "remove.h"
#include "session.h"

struct test {
	const char *name;
	void (*run)(void);
};

/* Each ends with an entry without a name. */
extern const struct test glob_tests[], shape_tests[];
extern const struct test name_tests[], place_tests[], remove_tests[], stay_tests[], lock_tests[],
	member_tests[], linger_tests[];
extern const struct test journal_tests[], session_tests[], clean_tests[], fault_tests[],
	fault_terms_tests[];
extern const struct test program_tests[];
extern const struct test settings_tests[], notes_tests[], json_tests[], report_tests[];
extern const struct test tell_tests[], hazard_tests[], terms_tests[], shared_tests[];
extern const struct test file_tests[];
extern const struct test publish_tests[];
extern const struct test spool_tests[];
extern const struct test spool_random_tests[];
extern const struct test directory_tests[];
extern const struct test atomic_tests[];
extern const struct test cleanup_tests[];
extern const struct test object_fault_tests[];

extern char here[PATH_MAX];

enum { SKIPPED = 77 };

extern char check_note[128]; /* said by a check that fails: which of many rounds it was */

#define CHECK(truth) ((truth) ? (void)0 : check_failed(__FILE__, __LINE__, #truth))
#define CHECK_IS(expected, got)                                                                    \
	check_is(__FILE__, __LINE__, #got, (long long)(expected), (long long)(got))
#define CHECK_TEXT(expected, got) check_text(__FILE__, __LINE__, #got, (expected), (got))

/* Both end the process. */
__attribute__((noreturn)) void check_failed(const char *file, int line, const char *what);
__attribute__((noreturn, format(printf, 1, 2))) void skip(const char *why, ...);

void check_is(const char *file, int line, const char *what, long long expected, long long got);
void check_text(
	const char *file, int line, const char *what, const char *expected, const char *got);

/* ---- making and looking */

void put(const char *path, const char *text);
void put_dir(const char *path, unsigned mode);
bool there(const char *path);                   /* lstat finds something */
bool reads(const char *path, const char *text); /* a file with this content */
int entries(const char *dir);                   /* how many, "." and ".." not counted */
int open_fds(void);
struct tf_identity identity_of(const char *path);
const char *in_here(const char *name); /* absolute; good for the next seven calls, too */

/* ---- processes */

/* Runs fn(arg) in a forked child, which then exits with 0; a check that fails there fails here. */
pid_t start(void (*fn)(void *), void *arg);
void finish(pid_t pid);
void finish_killed(pid_t pid);
void in_child(void (*fn)(void *), void *arg);

/* A pipe by which a child says that it has come so far, and the parent that it may go on. */
struct gate {
	int fds[2];
};
struct gate gate_new(void);
void gate_open(const struct gate *gate);
void gate_wait(const struct gate *gate);
void gate_free(const struct gate *gate);

/* ---- rights */

void become_nobody(void);  /* for good; no-op when we are not root */
void private_mounts(void); /* or skips */
void mount_at(const char *type, const char *source, const char *target, const char *options);
void limit(int resource, unsigned long value);

/* For tests with very many files: `here` is in memory from now on, where we may mount. */
void go_to_memory(void);

/* ---- sessions, as the shim uses them */

struct made {
	struct tf_session session;
	struct tf_journal journal;
	struct tf_roots roots;
};

/* A session below here, locked, with an open journal whose only root of its own is `here`. */
void begin_session(struct made *made);
/* Lets go of the lock and unmaps the journal; the directory stays. */
void leave_session(struct made *made);
void roots_here(struct tf_roots *ret_roots);
void unmap_journal(struct tf_journal *journal);
/* Writes an entry into a file of the session (notes.h); name may be NULL. */
void put_note(const struct made *made, const char *file, const char *name, const char *value);

/* Registers here/name and makes it. The record's number. */
int64_t register_intent(struct made *made, enum tf_kind kind, const char *name);
int64_t register_file(struct made *made, const char *name);
int64_t register_dir(struct made *made, const char *name);

/* Opens the gate `arg`, and waits until it is killed; and a child that does so, and is there. */
void wait_for_ever(void *arg);
pid_t start_waiting(void);

/* A directory "s", new and open. */
int new_session_dir(void);

#endif
