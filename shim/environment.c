/* environment.c: the session follows into children whose environment was scrubbed. */
#include <stdbool.h>
#include <sys/mman.h>

#include "environment.h"
#include "guard.h"
#include "libc.h"
#include "sys.h"
#include "text.h"

struct view { /* of an environment */
	size_t entries;
	char *const *preload; /* the entry of that name, or NULL */
	bool has_us, has_session, is_off;
	unsigned settings; /* one bit for each that is set */
};

/* Is our object, by the last component of its path, in this list of objects? */
static bool lists_us(const char *list)
{
	static const char name[] = "libtmpguard.so";

	for (const char *p = list; *p != '\0'; p++) {
		const char *rest = tf__after(p, name);

		if (rest && (p == list || p[-1] == '/' || p[-1] == ':' || p[-1] == ' ') &&
			(*rest == '\0' || *rest == ':' || *rest == ' '))
			return true;
	}
	return false;
}

static unsigned bit_of(const char *name)
{
	const char *end = name;
	int setting;

	while (*end != '\0' && *end != '=')
		end++;
	setting = tf__setting_by_name(name, end);
	return setting < 0 ? 0 : 1U << setting;
}

/* The kernel answers EFAULT for an environment that cannot be read, and so do we not read it.
 * `environ` itself is libc's, which reads it all the time. */
static bool can_read(char *const *envp, size_t i)
{
	const uintptr_t page = 4096;
	uintptr_t at = (uintptr_t)(envp + i);

	if ((i == 0 || at % page < sizeof(*envp)) && !sys_is_word_readable((void *)(at & ~7UL)))
		return false;
	return !envp[i] || sys_is_readable(envp[i]);
}

/* False: it cannot be read. */
static bool look_at(char *const *envp, struct view *ret_view)
{
	bool is_known = &environ && envp == environ;
	struct view view = {0};

	for (; envp; view.entries++) {
		const char *entry, *value;

		if (!is_known && !can_read(envp, view.entries))
			return false;
		entry = envp[view.entries];
		if (!entry)
			break;
		if ((value = tf__after(entry, "LD_PRELOAD="))) {
			view.preload = envp + view.entries;
			view.has_us = lists_us(value);
		} else if ((value = tf__after(entry, "TMPGUARD_"))) {
			view.has_session |= tf__after(value, "SESSION=") != NULL;
			view.settings |= bit_of(value);
			view.is_off |=
				tf__equal(value, "DISABLE=1") || tf__equal(value, "FOLLOW=0");
		}
	}
	*ret_view = view;
	return true;
}

/* Room for the entries and, when `preload_len` is above 0, for that entry's text. */
static bool make_room(struct environment *room, size_t entries, size_t preload_len,
	char ***ret_entries, char **ret_preload)
{
	size_t size = entries * sizeof(char *) + preload_len;

	*ret_entries = room->entries;
	*ret_preload = room->preload;
	if (entries <= ENVIRONMENT_ENTRIES && preload_len <= ENVIRONMENT_PRELOAD)
		return true;
	/* in a vfork child this stays behind in the parent: only for very large environments */
	room->mapped =
		sys_map(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tf__is_error(room->mapped)) {
		room->mapped = NULL;
		return false;
	}
	room->mapped_size = size;
	*ret_entries = room->mapped;
	*ret_preload = (char *)room->mapped + entries * sizeof(char *);
	return true;
}

/* What was set for us counts for those who lost it. At most one entry for each setting. */
static size_t add_settings(const struct view *view, char **to)
{
	const struct start *start = guard_start();
	unsigned has = view->settings;
	size_t n = 0;

	for (size_t at = 0; at < start->entries_len;) {
		const char *entry = start->entries + at;
		unsigned bit = bit_of(tf__after(entry, "TMPGUARD_"));

		if (!(has & bit))
			to[n++] = (char *)entry;
		has |= bit;
		at += tf__length(entry) + 1;
	}
	return n;
}

static char *const *copy(char *const *envp, const struct view *view, struct environment *room)
{
	const char *ours = guard_preload_entry();
	const char *theirs = view->preload ? tf__after(*view->preload, "LD_PRELOAD=") : NULL;
	size_t preload_len = ours && theirs ? tf__length(ours) + tf__length(theirs) + 2 : 0;
	struct tf_text text;
	char **to, *preload;
	size_t n = 0;

	if (!ours || !make_room(room, view->entries + 3 + TF_SETTINGS, preload_len, &to, &preload))
		return envp;
	for (size_t i = 0; i < view->entries; i++)
		if (view->has_us || envp + i != view->preload)
			to[n++] = envp[i];
	if (!view->has_us && theirs && *theirs != '\0') {
		text = tf__text(preload, preload_len);
		tf__text_add(&text, ours);
		tf__text_add(&text, ":");
		tf__text_add(&text, theirs);
		to[n++] = preload;
	} else if (!view->has_us) {
		to[n++] = (char *)ours;
	}
	if (!view->has_session) {
		to[n++] = (char *)guard_session_entry();
		n += add_settings(view, to + n);
	}
	to[n] = NULL;
	return to;
}

/* The filter goes on to what is run: there, too, nothing is to be done. No system call here, so
 * what does not fit stays as it is. */
static char *const *silence(char *const *envp, struct environment *room)
{
	static char off[] = "TMPGUARD_DISABLE=1";
	size_t n = 0;

	for (; envp && envp[n]; n++) {
		if (n + 2 >= ENVIRONMENT_ENTRIES || tf__equal(envp[n], off))
			return envp;
		room->entries[n] = envp[n];
	}
	room->entries[n++] = off;
	room->entries[n] = NULL;
	return envp ? room->entries : envp;
}

char *const *environment_for_child(char *const *envp, struct environment *room)
{
	struct view view;

	room->mapped = NULL;
	room->is_lent = false;
	if (guard_is_silent()) {
		envp = silence(envp, room);
		room->is_lent = guard_give_memory_back();
		return envp;
	}
	if (!guard_is_on() || !guard_session_entry() || !guard_follows())
		return envp;
	if (!look_at(envp, &view) || view.is_off || (view.has_us && view.has_session))
		return envp;
	return copy(envp, &view, room);
}

void environment_release(struct environment *room)
{
	if (room->is_lent)
		guard_be_silent(true);
	if (room->mapped)
		sys_unmap(room->mapped, room->mapped_size);
}
