/* identity.c: which file this is, whatever its name. */
#include "identity.h"

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
	       a->born_nsec == b->born_nsec;
}
