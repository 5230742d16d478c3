/* count.c: what a removal adds up. */
#include "count.h"
#include "text.h"

void tf__note(struct tf_removal *removal, const char *name, int error)
{
	struct tf_text text;

	if (removal->error != 0)
		return;
	removal->error = error;
	text = tf__text(removal->failed, sizeof(removal->failed));
	tf__text_add(&text, name);
}

static void add(struct tf_removal *removal, const struct tf_stat *stat, bool stays)
{
	uint64_t bytes = tf__is_file(stat) ? stat->size : 0;

	*(stays ? &removal->kept_inodes : &removal->inodes) += 1;
	*(stays ? &removal->kept_bytes : &removal->bytes) += bytes;
}

/* A directory has many links and one name. */
static bool has_names(const struct tf_stat *stat)
{
	return !tf__is_dir(stat) && stat->nlink > 1;
}

void tf__count_gone(struct tf_removal *removal, const struct tf_stat *stat)
{
	if (!has_names(stat))
		add(removal, stat, false);
}

void tf__count_seen(
	struct tf_removal *removal, struct tf_links *met, const struct tf_stat *stat, bool stays)
{
	if (!has_names(stat) || !tf__links_met(met, stat))
		add(removal, stat, stays);
}

void tf__add_up(struct tf_removal *sum, const struct tf_removal *more)
{
	sum->inodes += more->inodes;
	sum->bytes += more->bytes;
	sum->kept_inodes += more->kept_inodes;
	sum->kept_bytes += more->kept_bytes;
	if (more->error != 0)
		tf__note(sum, more->failed, more->error);
}
