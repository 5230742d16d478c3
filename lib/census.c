/* census.c: every process that there is gets asked.
 *
 * /proc lists them in the order of their numbers, and whoever is born meanwhile has a higher one,
 * until the numbers begin anew: then all are listed again. Where one has ended when it is its turn,
 * a child of its may have been too young to be listed although others with higher numbers were: so
 * the list is read again from its place on.
 */
#include "census.h"
#include "text.h"

enum { CHUNK = 768, TRIES = 5 };

static int ask_each(int proc, tf_census_fn *ask, void *arg)
{
	char buf[CHUNK] __attribute__((aligned(8)));
	uint64_t last = 0;
	int64_t place = 0;
	long len = 0;

	while ((len = sys_list_dir(proc, buf, sizeof(buf))) > 0)
		for (long at = 0; at < len;) {
			const struct tf_entry *entry = (const void *)(buf + at);
			const char *p = entry->name;
			uint64_t pid;
			int r = 0;

			at += entry->len;
			if (tf__number(&p, &pid) == 0 && *p == '\0' && pid > last) {
				last = pid;
				r = ask(arg, proc, (int)pid);
			}
			if (r == TF_CENSUS_GONE && sys_seek(proc, place, SEEK_SET) >= 0)
				break;
			if (r != 0 && r != TF_CENSUS_GONE)
				return r;
			place = entry->next;
		}
	return (int)len;
}

/* The number that was given out last; 0: unknown. It is the end of the line. */
static uint64_t last_pid(void)
{
	char buf[128];
	uint64_t pid = 0;
	int len = tf__read_file(AT_FDCWD, "/proc/loadavg", buf, sizeof(buf));
	const char *p = buf;

	for (int i = 0; i < len; i++)
		if (buf[i] == ' ')
			p = buf + i + 1;
	return len > 0 && tf__number(&p, &pid) == 0 ? pid : 0;
}

int tf__census(tf_census_fn *ask, void *arg)
{
	int proc = sys_open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0);
	int r = proc;

	for (int left = TRIES; proc >= 0 && left > 0; left--) {
		uint64_t last = last_pid();

		r = ask_each(proc, ask, arg);
		if (r != 0 || last_pid() >= last)
			break;
		r = -EAGAIN; /* the numbers have begun anew */
		(void)sys_seek(proc, 0, SEEK_SET);
	}
	if (proc >= 0)
		sys_close(proc);
	return r;
}
