/* identity.c: which file this is, whatever its name. */
#include "identity.h"
#include "text.h"

struct tf_identity tf__identity(const struct tf_stat *stat)
{
	struct tf_identity id = {
		.dev = (uint64_t)stat->dev_major << 32 | stat->dev_minor,
		.ino = stat->ino,
	};

	if (stat->mask & TF_STAT_BTIME) {
		id.born_sec = stat->btime.sec;
		id.born_nsec = stat->btime.nsec;
	}
	return id;
}

bool tf__same(const struct tf_identity *a, const struct tf_identity *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->born_sec == b->born_sec &&
	       a->born_nsec == b->born_nsec &&
	       (a->generation == b->generation || a->generation == 0 || b->generation == 0);
}

void tf__identity_write(const struct tf_identity *id, char ret_line[TF_IDENTITY_SIZE])
{
	struct tf_text text = tf__text(ret_line, TF_IDENTITY_SIZE);

	tf__text_add_number(&text, id->dev);
	tf__text_add(&text, " ");
	tf__text_add_number(&text, id->ino);
	tf__text_add(&text, " ");
	tf__text_add_number(&text, (uint64_t)id->born_sec);
	tf__text_add(&text, " ");
	tf__text_add_number(&text, id->born_nsec);
}
