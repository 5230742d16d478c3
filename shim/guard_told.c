/* guard_told.c: is there a report that is to tell of something, although no file depends on it?
 *
 * Nothing is made for that: no session, which this process may be without (it has changed its user,
 * or its session has ended), and no journal.
 */
#include <stddef.h>

#include "gate.h"
#include "guard.h"
#include "guard_state.h"
#include "text.h"

/* Would the session be another one if it were needed now? */
static bool is_another(void)
{
	return !guard.is_made || !guard.session.lock.page || sys_euid() != guard.euid ||
	       (guard.start.per_process && guard.session.root != sys_pid());
}

/* What the journal on the disk says. */
static bool ask_journal(void)
{
	char path[TF_SESSION_PATH + sizeof("/" TF_JOURNAL_NAME)];
	struct tf_text text = tf__text(path, sizeof(path));
	uint32_t is_reported = 0;
	int fd;

	tf__text_add(&text, guard.session.path);
	tf__text_add(&text, "/" TF_JOURNAL_NAME);
	fd = text.full ? -ENAMETOOLONG
		       : sys_open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0)
		return false;
	if (sys_pread(fd, &is_reported, sizeof(is_reported),
		    offsetof(struct tf_journal_header, is_reported)) != sizeof(is_reported))
		is_reported = 0;
	sys_close(fd);
	return is_reported;
}

bool guard_tells(void)
{
	static uint32_t said; /* 0 not asked yet, 1 no, 2 yes: what a report wants to know it is
				 told when the session begins */
	uint32_t known = __atomic_load_n(&said, __ATOMIC_RELAXED);

	if (!guard_may_report() || !guard_is_on() || !gate_mark() || is_another())
		return false;
	if (known == 0) {
		known = ask_journal() ? 2 : 1;
		__atomic_store_n(&said, known, __ATOMIC_RELAXED);
	}
	return known == 2;
}
