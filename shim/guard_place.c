/* guard_place.c: where a session is to be, and what it is called. */
#include "guard_state.h"
#include "text.h"

void guard_write_session_entry(void)
{
	struct tf_text text = tf__text(guard.session_entry, sizeof(guard.session_entry));

	tf__text_add(&text, "TMPGUARD_SESSION=");
	tf__text_add_number(&text, (uint64_t)guard.session.root);
	tf__text_add(&text, ":");
	tf__text_add(&text, guard.session.path);
}

void guard_draw(void)
{
	int r = -EINVAL;

	for (unsigned i = 0; i < START_BASES && r < 0; i++)
		if (start_base(&guard.start, i))
			r = tf__session_draw(&guard.session, start_base(&guard.start, i));
	guard_write_session_entry();
}

/* A place that can be written to, among those that are wanted, in their order. */
static int try_places(bool full_too)
{
	int r = -ENOENT;

	for (unsigned i = 0; i < START_BASES && r < 0; i++) {
		if (!start_base(&guard.start, i))
			continue;
		r = tf__session_draw(&guard.session, start_base(&guard.start, i));
		if (r == 0)
			r = tf__session_check(&guard.session);
		if (r == -ENOSPC && full_too && tf__session_has_inodes(&guard.session))
			r = 0;
	}
	return r;
}

/* On a full disk there may be room for a session without a journal: then children know at least
 * that they are not alone. */
int guard_find_place(void)
{
	int r = tf__session_check(&guard.session);

	if (r < 0)
		r = try_places(false);
	if (r < 0)
		r = try_places(true);
	guard_write_session_entry();
	return r;
}
