/* links.c: a hash table of device and inode, by open addressing, never more than half full. */
#include <sys/mman.h>

#include "links.h"

enum { FIRST_SLOTS = 256 };

struct tf_link { /* an inode of 0: free, as a mapping begins */
	uint64_t dev, ino;
};

/* The slot that the file has or would get. */
static struct tf_link *slot_of(const struct tf_links *links, const struct tf_link *link)
{
	uint64_t hash = (link->ino + link->dev) * 0x9e3779b97f4a7c15; /* 2^64 by the golden ratio */
	size_t i = (size_t)(hash >> 32) & (links->slots - 1);

	while (links->at[i].ino != 0 &&
		(links->at[i].ino != link->ino || links->at[i].dev != link->dev))
		i = (i + 1) & (links->slots - 1);
	return &links->at[i];
}

static bool grow(struct tf_links *links)
{
	struct tf_links larger = {.slots = links->slots ? links->slots * 2 : FIRST_SLOTS};

	larger.at = sys_map(NULL, larger.slots * sizeof(struct tf_link), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tf__is_error(larger.at))
		return false;
	for (size_t i = 0; i < links->slots; i++)
		if (links->at[i].ino != 0)
			*slot_of(&larger, &links->at[i]) = links->at[i];
	larger.count = links->count;
	tf__links_free(links);
	*links = larger;
	return true;
}

bool tf__links_met(struct tf_links *links, const struct tf_stat *stat)
{
	struct tf_link link = {.dev = tf__identity(stat).dev, .ino = stat->ino};
	struct tf_link *slot;

	if (link.ino == 0 || (links->count * 2 >= links->slots && !grow(links)))
		return false;
	slot = slot_of(links, &link);
	if (slot->ino != 0)
		return true;
	*slot = link;
	links->count++;
	return false;
}

void tf__links_free(struct tf_links *links)
{
	if (links->at)
		sys_unmap(links->at, links->slots * sizeof(*links->at));
	*links = (struct tf_links){0};
}
