/* links.h: which files of several names were met before. */
#ifndef TF_LINKS_H
#define TF_LINKS_H

#include "identity.h"

/* A set in mapped memory that grows with it. Zero-initialised: empty. */
struct tf_links {
	struct tf_link *at;
	size_t count, slots;
};

/* Was the file met before? It is from now on. False, too, where memory is short: then it may be
 * counted again. */
bool tf__links_met(struct tf_links *links, const struct tf_stat *stat);
void tf__links_free(struct tf_links *links);

#endif
