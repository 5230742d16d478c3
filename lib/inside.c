/* inside.c: sessions that lie in another's private TMPDIR. */
#include "inside.h"
#include "lock.h"
#include "members.h"
#include "opendir.h"
#include "session.h"
#include "text.h"

enum { BUFFER = 512 };

/* What is asked of each inner session. */
struct question {
	unsigned asking;
	bool wait;
	struct tf_text *path; /* of the directory that is being read, while it is */
};

typedef int answer_fn(const struct question *question, int dir, const char *name);

/* Asks about each entry of `dir` whose name begins so, until an answer is not 0. */
static int each(int dir, const char *prefix, answer_fn *answer, const struct question *question)
{
	char buf[BUFFER] __attribute__((aligned(8)));
	size_t len = question->path->len;
	int r = 0;
	long n = 0;

	while (r == 0 && (n = sys_list_dir(dir, buf, sizeof(buf))) > 0)
		for (long at = 0; r == 0 && at < n;) {
			const struct tf_entry *entry = (const void *)(buf + at);

			at += entry->len;
			if (entry->name[0] == '\0' || tf__equal(entry->name, ".") ||
				tf__equal(entry->name, "..") || !tf__after(entry->name, prefix))
				continue;
			tf__text_add(question->path, "/");
			tf__text_add(question->path, entry->name);
			if (!question->path->full)
				r = answer(question, dir, entry->name);
			*question->path =
				tf__text_from(question->path->at, question->path->size, len);
			question->path->at[len] = '\0';
		}
	return n < 0 ? (int)n : r;
}

/* A session that is being made, or that has been cleaned, has no lock. */
static int ask(const struct question *question, int dir, const char *name)
{
	int inner = tf__session_open_at(dir, name);
	int lock = inner < 0 ? inner : tf__lock_take(inner, question->wait);
	int r = lock == -EAGAIN ? lock : 0;

	if (lock >= 0) {
		r = tf__members_alive(inner, question->path->at, question->asking);
		sys_close(lock);
	}
	if (inner >= 0)
		sys_close(inner);
	return r;
}

static int ask_all(const struct question *question, int tmp, const char *name)
{
	int dir = tf__open_dir(tmp, name);
	int r;

	if (dir < 0)
		return 0;
	r = each(dir, "", ask, question);
	sys_close(dir);
	return r;
}

/* ".tmpguard-UID" */
static struct tf_text base_name(char *buf, size_t size)
{
	struct tf_text text = tf__text(buf, size);

	tf__text_add(&text, ".tmpguard-");
	tf__text_add_number(&text, sys_euid());
	return text;
}

int tf__inside_alive(int session, const char *path, unsigned asking, bool wait)
{
	char prefix[32], buf[2 * TF_SESSION_PATH];
	struct tf_text text = tf__text(buf, sizeof(buf));
	const struct question question = {.asking = asking, .wait = wait, .path = &text};
	int tmp = tf__open_dir(session, "tmp");
	int r;

	if (tmp < 0)
		return 0;
	(void)base_name(prefix, sizeof(prefix));
	tf__text_add(&text, path);
	tf__text_add(&text, "/tmp");
	r = each(tmp, prefix, ask_all, &question);
	sys_close(tmp);
	return r;
}

bool tf__inside_is_kept(const char *outer, const char *path)
{
	char prefix[32];
	const char *rest = tf__after(path, outer);
	int session, r;

	(void)base_name(prefix, sizeof(prefix));
	rest = rest ? tf__after(rest, "/tmp/") : NULL;
	rest = rest ? tf__after(rest, prefix) : NULL;
	for (int slashes = 0; rest && *rest != '\0'; rest++)
		if (*rest == '/' && ++slashes > 1)
			return false;
	session = rest && tf__last_slash(path) ? tf__session_open(path) : -ENOENT;
	if (session < 0)
		return false;
	r = tf__session_is_kept(session);
	sys_close(session);
	return r > 0;
}
