/* fault.c: what fault.h declares. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "clean.h"
#include "fault.h"
#include "members.h"

static const int errors[] = {EMFILE, EACCES, EIO, EINTR, ENOSPC, ENOMEM};

_Static_assert(sizeof(errors) / sizeof(errors[0]) == FAULT_KINDS, "as the header says");

enum { ROUND_SECONDS = 20 };

/* Under sanitizers, which are slow, each kind of fault has a share of the calls. */
#ifdef __SANITIZE_ADDRESS__
enum { STEP = 3 };
#else
enum { STEP = 1 };
#endif

struct fault fault;

/* Those that cannot fail by their contract: what the library asks of them is always valid. */
static bool can_fail(long nr, long flags)
{
	switch (nr) {
	case SYS_getpid:
	case SYS_geteuid:
	case SYS_clock_gettime:
	case SYS_rt_sigprocmask:
		return false;
	case SYS_mmap:
		return !(flags & MAP_FIXED); /* gives up memory */
	}
	return true;
}

/* No call is interrupted for ever. */
static bool is_due(void)
{
	int last = !fault.lasting ? fault.nth : fault.error == EINTR ? fault.nth + 3 : INT_MAX;

	return fault.calls >= fault.nth && fault.calls <= last;
}

static long failing(long nr, long a, long b, long c, long d, long e, long f)
{
	if (!can_fail(nr, d))
		return tf__sys_raw(nr, a, b, c, d, e, f);
	fault.calls++;
	if (!is_due())
		return tf__sys_raw(nr, a, b, c, d, e, f);
	if (fault.hits++ == 0)
		fault.nr = nr;
	if (nr == SYS_close || nr == SYS_munmap)
		(void)tf__sys_raw(nr, a, b, c, d, e, f); /* it says so, but it has been done */
	return -fault.error;
}

void begin_faults(void)
{
	tf__sys = failing;
}

void end_faults(void)
{
	tf__sys = tf__sys_raw;
	snprintf(check_note, sizeof(check_note), "call %d (number %ld) failed with %d%s", fault.nth,
		fault.nr, fault.error, fault.lasting ? ", and those after it" : "");
}

/* ---- what nobody may touch */

static struct stat outside_then, file_then;

static void make_outside(void)
{
	put_dir("outside", 0700);
	put("outside/file", "precious");
	CHECK(stat("outside", &outside_then) == 0 && stat("outside/file", &file_then) == 0);
}

static bool same_stat(const char *path, const struct stat *then)
{
	struct stat now;

	return lstat(path, &now) == 0 && now.st_ino == then->st_ino &&
	       now.st_mode == then->st_mode && now.st_nlink == then->st_nlink &&
	       now.st_ctim.tv_sec == then->st_ctim.tv_sec &&
	       now.st_ctim.tv_nsec == then->st_ctim.tv_nsec;
}

static void check_outside(void)
{
	CHECK(same_stat("outside", &outside_then) && same_stat("outside/file", &file_then));
}

void at_every_call(void (*scenario)(void), int kinds)
{
	go_to_memory();
	make_outside();
	for (int i = 0; i < 2 * kinds; i++)
		for (int nth = 1 + i % STEP;; nth += STEP) {
			int before = open_fds();

			memset(&fault, 0, sizeof(fault));
			fault.nth = nth;
			fault.error = errors[i / 2];
			fault.lasting = i % 2;
			alarm(ROUND_SECONDS);
			scenario();
			CHECK_IS(before, open_fds());
			check_outside();
			if (fault.hits == 0)
				break;
		}
	check_note[0] = '\0';
}

int clean_later(const struct made *made, bool kept_too)
{
	struct tf_cleaning how = {.members = TF_MEMBERS_HOME, .kept_too = kept_too};
	int r = -EAGAIN;

	for (int left = 500; left > 0 && r == -EAGAIN; left--) {
		r = tf__clean_session(made->session.path, &how);
		if (r == -EAGAIN)
			usleep(5000);
	}
	return r;
}

void remove_rest(void)
{
	int status = system("rm -rf .tmpguard-*");

	CHECK_IS(0, status);
}
