/* guard_terms.c: what whoever cleans the session has to know, as notes.h has it. */
#include <sys/mman.h>

#include "errortext.h"
#include "guard_terms.h"
#include "notes.h"
#include "report.h"
#include "session.h"
#include "text.h"

/* The report is written always: where it cannot be, that is told now. */
void guard_terms_check_report(struct start *start)
{
	const char *value = start->set[TF_SET_REPORT];
	char path[1024];
	int fd = -ENAMETOOLONG;

	if (!value)
		return;
	if (start_report_path(start, path, sizeof(path)))
		fd = tf__report_open(path);
	if (fd >= 0) {
		sys_close(fd);
		return;
	}
	start_complain(TF_SET_REPORT, value, "cannot be written: ", tf__error_text(fd));
	start->set[TF_SET_REPORT] = NULL;
}

bool guard_terms_any(const struct start *start)
{
	return start->persist != TF_PERSIST_NONE || start->set[TF_SET_REPORT] || start->per_process;
}

/* The words of the command line, one entry each. */
static int write_command(int session)
{
	enum { SIZE = 64 << 10 };
	char *text =
		sys_map(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r, len;

	if (tf__is_error(text))
		return -ENOMEM;
	len = tf__read_file(AT_FDCWD, "/proc/self/cmdline", text, SIZE);
	r = 0;
	for (char *at = text; r == 0 && at < text + len; at += tf__length(at) + 1)
		r = tf__notes_add(session, "settings", "ARG", at);
	sys_unmap(text, SIZE);
	return r;
}

static int write_report(const struct start *start, int session)
{
	char path[1024], number[16];
	struct tf_text root = tf__text(number, sizeof(number));
	int r;

	if (!start_report_path(start, path, sizeof(path)))
		return 0; /* it was said at the start */
	tf__text_add_number(&root, (uint64_t)sys_pid());
	r = tf__notes_add(session, "settings", "REPORT", path);
	if (r == 0)
		r = tf__notes_add(session, "settings", "ROOT", number);
	return r == 0 ? write_command(session) : r;
}

int guard_terms_write(const struct start *start, int session)
{
	int r = 0;

	if (start->set[TF_SET_PERSIST])
		r = tf__notes_add(session, "settings", "PERSIST", start->set[TF_SET_PERSIST]);
	if (r == 0 && start->session)
		r = tf__notes_add(session, "settings", "OUTER", start->session);
	if (r == 0 && start->set[TF_SET_REPORT])
		r = write_report(start, session);
	return r;
}

void guard_terms_write_end(const struct start *start, const char *path, int status)
{
	char text[16];
	struct tf_text number = tf__text(text, sizeof(text));
	int dir = guard_terms_any(start) ? tf__session_open(path) : -ENOENT;

	if (dir < 0)
		return;
	if (status >= 0)
		tf__text_add_number(&number, (uint64_t)(status & 0xff));
	else
		tf__text_add(&number, "?"); /* in order, but nobody told us with what */
	(void)tf__notes_add(dir, "end", "STATUS", text); /* if not, it counts as failed */
	sys_close(dir);
}
