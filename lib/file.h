/* file.h: the inside of a file with a name, for the objects that stand on it. */
#ifndef TF_FILE_H
#define TF_FILE_H

#include "owned.h"

struct tf_file {
	struct tf_owned owned;
	FILE *stream; /* NULL, or it owns the descriptor */
};

/* Notes that nothing could be made where options say; answers `error`. */
int tf__fail_to_make(int error, const char *operation, const struct tf_options *options);

#endif
