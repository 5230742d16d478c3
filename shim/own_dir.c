/* own_dir.c: directories in a temp root that only this user can enter.
 *
 * O1  One is in the journal before it is on the disk, and goes with the session, empty or not.
 * O2  One that was found (in this memory, or in the journal) is used only if it is still the very
 *     directory that was made, ours and closed to others. A process that has changed its user, or
 *     got another session, finds none.
 * O3  What this process knows is changed without locks: whoever reads while it is written, or was
 *     killed in the middle, does without.
 */
#include "files.h"
#include "guard.h"
#include "own_dir.h"
#include "text.h"

enum {
	KNOWN = 8,
	KNOWN_PATH = START_PLACE + 8,
	SESSION = 8,
};

/* Forked children go on using their parent's. */
static struct known {
	uint32_t version; /* 0: empty; odd: being written */
	bool is_shared;
	uint32_t letters;
	char session[SESSION]; /* the last component of its path */
	struct tf_identity id;
	char path[KNOWN_PATH];
} known[KNOWN];

static uint32_t next_known; /* counts on: where the next one goes */

static const char *session_name(void)
{
	const struct tf_session *session = guard_session();

	return session ? tf__last_slash(session->path) + 1 : "";
}

/* Its identity, too. */
static bool is_private(const char *path, struct tf_identity *ret_id)
{
	struct tf_stat stat;

	if (sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat) < 0 || !tf__is_dir(&stat))
		return false;
	*ret_id = tf__identity(&stat);
	return stat.uid == sys_euid() && (stat.mode & 0777) == 0700;
}

/* O2 */
static bool is_still_there(const char *path, const struct tf_identity *id)
{
	struct tf_identity found;

	return is_private(path, &found) && tf__same(&found, id);
}

/* Where the name begins, behind the directory that is asked for. */
static size_t slot_of(const struct own_wish *wish)
{
	bool has_slash = wish->dir_len == 0 || wish->dir[wish->dir_len - 1] == '/';

	return wish->dir_len + (has_slash ? 0 : 1);
}

static bool fits(const struct known *entry, const struct own_wish *wish)
{
	return entry->is_shared == wish->is_shared && entry->letters == wish->letters &&
	       tf__equal(entry->session, session_name()) &&
	       tf__length(entry->path) == slot_of(wish) + wish->letters &&
	       __builtin_memcmp(entry->path, wish->dir, wish->dir_len) == 0;
}

/* O3 */
static bool read_known(const struct known *entry, const struct own_wish *wish, char *ret_path,
	size_t size, struct tf_identity *ret_id)
{
	uint32_t version = __atomic_load_n(&entry->version, __ATOMIC_ACQUIRE);
	size_t len = slot_of(wish) + wish->letters + 1;

	if (version == 0 || version % 2 == 1 || len > size || !fits(entry, wish))
		return false;
	tf__copy(ret_path, entry->path, len);
	*ret_id = entry->id;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&entry->version, __ATOMIC_RELAXED) == version;
}

/* The last one that was remembered first: those before it may be full. */
static bool find_known(const struct own_wish *wish, char *ret_path, size_t size)
{
	uint32_t next = __atomic_load_n(&next_known, __ATOMIC_RELAXED);
	struct tf_identity id;

	for (uint32_t i = 1; i <= KNOWN; i++)
		if (read_known(&known[(next - i) % KNOWN], wish, ret_path, size, &id) &&
			is_still_there(ret_path, &id))
			return true;
	return false;
}

/* The oldest makes room. */
static void remember(const struct own_wish *wish, const char *path, const struct tf_identity *id)
{
	uint32_t at = __atomic_fetch_add(&next_known, 1, __ATOMIC_RELAXED) % KNOWN;
	struct known *entry = &known[at];
	uint32_t version = __atomic_load_n(&entry->version, __ATOMIC_RELAXED);
	const char *session = session_name();

	if (version % 2 == 1 || tf__length(path) >= KNOWN_PATH || tf__length(session) >= SESSION ||
		!__atomic_compare_exchange_n(&entry->version, &version, version + 1, false,
			__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	entry->is_shared = wish->is_shared;
	entry->letters = (uint32_t)wish->letters;
	entry->id = *id;
	tf__copy(entry->session, session, tf__length(session) + 1);
	tf__copy(entry->path, path, tf__length(path) + 1);
	__atomic_store_n(&entry->version, version + 2, __ATOMIC_RELEASE);
}

/* One that another process of the session has made. */
static bool find_told(const struct own_wish *wish, const struct making *making, char *path,
	struct tf_identity *ret_id)
{
	uint32_t from = 0;

	while (tf__journal_find_place(guard_journal(), &from, making->dir, making->dir_len,
		wish->letters, path + slot_of(wish), ret_id))
		if (is_still_there(path, ret_id))
			return true;
	return false;
}

/* Whatever the umask takes, it is for our user. */
static bool create(const struct own_wish *wish, struct making *making,
	const struct request *request, char *path, struct tf_identity *ret_id)
{
	if (files_make(making, request, path, slot_of(wish), wish->letters, 0) < 0)
		return false;
	if (is_private(path, ret_id))
		return true;
	(void)tf__sys3(SYS_fchmodat, AT_FDCWD, (long)path, 0700);
	return is_private(path, ret_id);
}

/* O1 */
static __attribute__((noinline)) bool find_or_make(
	const struct own_wish *wish, char *path, struct tf_identity *ret_id)
{
	struct request request =
		making_request(TF_KIND_DIR, wish->function, wish->caller, AT_FDCWD, path);
	struct making making;

	request.is_place = true;
	request.is_shared = wish->is_shared;
	request.tries = wish->tries;
	if (!making_begin(&making, &request))
		return false;
	if (wish->is_shared && !wish->is_new && find_told(wish, &making, path, ret_id)) {
		making_done(&making);
		return true;
	}
	return create(wish, &making, &request, path, ret_id);
}

bool own_dir(const struct own_wish *wish, char *ret_path, size_t size)
{
	struct tf_text text = tf__text(ret_path, size);
	struct tf_identity id;

	if (!wish->is_new && find_known(wish, ret_path, size))
		return true;
	tf__text_add_bytes(&text, wish->dir, wish->dir_len);
	if (text.len < slot_of(wish))
		tf__text_add(&text, "/");
	for (size_t i = 0; i < wish->letters; i++)
		tf__text_add(&text, "X");
	if (text.full || !find_or_make(wish, ret_path, &id))
		return false;
	if (wish->is_shared || !wish->is_new) /* else it is for one answer */
		remember(wish, ret_path, &id);
	return true;
}
