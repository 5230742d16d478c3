/* clean_place.c: the directories that redirected files lie in, when a session ends.
 *
 * Each file there has a record of its own, perhaps of another process than the one that made the
 * directory, and has been told with that. What is left is what programs have put beside their
 * files.
 */
#include "clean_place.h"
#include "opendir.h"
#include "text.h"

/* Opens the place, if it is still the one that was made. Also gives the directory around it, which
 * is borrowed. */
static int open_place(struct tf_cleaner *c, const struct tf_record *record, int *ret_above)
{
	char *path = (char *)record->path; /* in the reader's chunk, which is ours */
	const char *slash = tf__last_slash(path);
	struct tf_identity id, opened;
	struct tf_stat stat;
	int above = tf__clean_dir_of(c, path, (size_t)(slash - path));
	int r = above < 0 ? above : sys_stat_at(above, slash + 1, TF_AT_SYMLINK_NOFOLLOW, &stat);
	int fd;

	if (r == 0)
		r = tf__clean_judge(c, record, above, &stat, &id);
	if (r < 0)
		return r;
	fd = c->looks ? tf__open_dir(above, slash + 1) : tf__open_own_dir(above, slash + 1);
	if (fd >= 0 && sys_stat_fd(fd, &stat) == 0) {
		opened = tf__identity(&stat);
		if (tf__same(&opened, &id)) {
			*ret_above = above;
			return fd;
		}
	}
	if (fd >= 0)
		sys_close(fd);
	return fd < 0 ? fd : -ESTALE;
}

static void clean_inside(struct tf_cleaner *c, int place, const char *path)
{
	char buf[1024] __attribute__((aligned(8)));
	long len;

	while ((len = sys_list_dir(place, buf, sizeof(buf))) > 0)
		for (long at = 0; at < len;) {
			const struct tf_entry *entry = (const void *)(buf + at);

			at += entry->len;
			if (!tf__equal(entry->name, ".") && !tf__equal(entry->name, ".."))
				tf__clean_entry(c, place, path, entry->name);
		}
}

/* Where something stays, the place does; else whatever came into it meanwhile goes with it, and
 * what hinders is told. */
static void clean_place(struct tf_cleaner *c, const struct tf_record *record)
{
	int above;
	int place = open_place(c, record, &above);

	if (place >= 0) {
		clean_inside(c, place, record->path);
		sys_close(place);
	}
	if (c->looks || c->leaves)
		return;
	if (!c->has_left && !c->has_failed)
		tf__clean_registered(c, record);
	else if (place >= 0)
		(void)sys_unlink_at(above, tf__last_slash(record->path) + 1, TF_AT_REMOVEDIR);
}

void tf__clean_places(struct tf_cleaner *c)
{
	const struct tf_record *record;

	if (!c->has_places)
		return;
	tf__reader_rewind(&c->reader);
	while ((record = tf__reader_next(&c->reader)))
		if (tf__is_shared_place(record))
			clean_place(c, record);
	tf__cleaner_close(c);
}
