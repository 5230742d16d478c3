/* script.h: the line `#!INTERPRETER ARGUMENT`, as the kernel reads it. Pure. */
#ifndef TF_SCRIPT_H
#define TF_SCRIPT_H

#include "part.h"

enum { TF_SCRIPT_HEAD = 256 }; /* what the kernel reads of a file (BINPRM_BUF_SIZE) */

struct tf_script {
	struct tf_part interpreter;
	struct tf_part argument; /* the rest of the line as one word; none: len 0 */
};

/* `head` is the first bytes of a file, with zeros after what there is. */
bool tf__is_script(const char head[TF_SCRIPT_HEAD]);

/* Reads the line of what is a script. False: it names no interpreter. What is given points into
 * head. */
bool tf__script(const char head[TF_SCRIPT_HEAD], struct tf_script *ret_script);

#endif
