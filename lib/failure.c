/* failure.c: what failed last, in words, for each thread. */
#include "errortext.h"
#include "failure.h"
#include "host.h"
#include "tempfile.h"
#include "text.h"

enum { REASON = 100 }; /* room that is left for it however long the path is */

int tf__fail(int error, const char *operation, const char *path)
{
	char *buf = tf__failure_text();
	struct tf_text text = tf__text(buf, TF_FAILURE_TEXT - REASON);

	tf__text_add(&text, "cannot ");
	tf__text_add(&text, operation);
	if (path) {
		tf__text_add(&text, " ");
		tf__text_add_shown(&text, path, tf__length(path));
	}
	if (text.full) {
		text = tf__text_from(buf, TF_FAILURE_TEXT - REASON + 3, text.len);
		text.len = text.len < text.size - 4 ? text.len : text.size - 4;
		tf__text_add(&text, "...");
	}
	text = tf__text_from(buf, TF_FAILURE_TEXT, text.len);
	tf__text_add(&text, ": ");
	tf__text_add(&text, tf__error_text(error));
	return error;
}

const char *tf_error_text(void)
{
	return tf__failure_text();
}
