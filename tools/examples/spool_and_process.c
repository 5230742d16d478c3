/* spool_and_process.c: spool_and_process. Pieces that come one by one, as one; on disk meanwhile if
 * they are many. */
#include <err.h>
#include <stdlib.h>
#include <tempfile.h>

struct source {
	char piece[16];
	int next, end;
};

static int next_chunk(void *arg, const void **ret_data, size_t *ret_len)
{
	struct source *source = arg;

	if (source->next == source->end)
		return 0;
	*ret_len = (size_t)snprintf(
		source->piece, sizeof(source->piece), "chunk-%02d ", source->next++);
	*ret_data = source->piece;
	return 1;
}

int main(void)
{
	struct source source = {.end = 10};
	void *data;
	size_t len;

	if (tf_spool_collect(next_chunk, &source, 50, &data, &len) < 0)
		errx(1, "%s", tf_error_text());
	printf("%zu bytes: %.30s...\n", len, (const char *)data);
	free(data);
	return 0;
}
