/* notes.c: what a session writes down for whoever cleans it. */
#include <sys/mman.h>
#include <sys/resource.h>

#include "identity.h"
#include "notes.h"
#include "text.h"

static void *map(size_t size)
{
	return sys_map(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int check(int fd, size_t *ret_size)
{
	struct tf_stat stat;
	int r = sys_stat_fd(fd, &stat);

	if (r < 0)
		return r;
	if (!tf__is_file(&stat) || stat.uid != sys_euid())
		return -EPERM;
	if (stat.size > TF_NOTES_MAX)
		return -EFBIG;
	*ret_size = (size_t)stat.size;
	return 0;
}

static int read_whole(struct tf_notes *notes, int fd, size_t len)
{
	long r = 1;

	notes->size = len + 2;
	notes->text = map(notes->size);
	if (tf__is_error(notes->text)) {
		notes->text = NULL;
		return -ENOMEM;
	}
	while (notes->len < len && r > 0) {
		r = sys_pread(fd, notes->text + notes->len, len - notes->len, (int64_t)notes->len);
		if (r > 0)
			notes->len += (size_t)r;
	}
	return r < 0 ? (int)r : 0;
}

int tf__notes_read(struct tf_notes *ret_notes, int session, const char *name)
{
	struct tf_notes notes = {0};
	size_t len;
	int r;
	int fd = sys_open_at(session, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (fd < 0 && fd != -ENOENT)
		return fd;
	if (fd >= 0) {
		r = check(fd, &len);
		if (r == 0)
			r = read_whole(&notes, fd, len);
		sys_close(fd);
		if (r < 0) {
			tf__notes_free(&notes);
			return r;
		}
	}
	*ret_notes = notes;
	return 0;
}

void tf__notes_free(struct tf_notes *notes)
{
	if (notes->text)
		sys_unmap(notes->text, notes->size);
	*notes = (struct tf_notes){0};
}

const char *tf__notes_value(const struct tf_notes *notes, const char *name, const char *from)
{
	const char *end = notes->text + notes->len;
	const char *at = from ? from + tf__length(from) + 1 : notes->text;

	for (; at && at < end; at += tf__length(at) + 1) {
		const char *rest = tf__after(at, name);

		if (rest && *rest == '=')
			return rest + 1;
	}
	return NULL;
}

/* Beyond the file-size limit a write would kill us: look first. */
static int check_room(int fd, size_t len)
{
	struct tf_stat stat;
	int r = sys_stat_fd(fd, &stat);

	if (r < 0)
		return r;
	if (!tf__is_file(&stat))
		return -EPERM;
	return stat.size + len <= sys_limit(RLIMIT_FSIZE) ? 0 : -EFBIG;
}

static int append(int session, const char *file, const char *bytes, size_t len)
{
	long r;
	int fd = sys_open_own_at(session, file, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return fd;
	r = check_room(fd, len);
	if (r == 0)
		r = sys_write(fd, bytes, len);
	sys_close(fd);
	return r < 0 ? (int)r : (size_t)r < len ? -ENOSPC : 0;
}

int tf__notes_add(int session, const char *file, const char *name, const char *value)
{
	size_t len = 1 + (name ? tf__length(name) + 1 : 0) + tf__length(value) + 1;
	char *bytes = map(len);
	struct tf_text text;
	int r;

	if (tf__is_error(bytes))
		return -ENOMEM;
	text = tf__text(bytes, len);
	tf__text_add_bytes(&text, "", 1); /* ends what an interrupted writer began */
	if (name) {
		tf__text_add(&text, name);
		tf__text_add(&text, "=");
	}
	tf__text_add(&text, value);
	r = append(session, file, bytes, len);
	sys_unmap(bytes, len);
	return r;
}
