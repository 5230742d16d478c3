/* collect_payload.c: collect_payload. Pieces of unknown number become a file. */
#include <err.h>
#include <string.h>
#include <tempfile.h>

static int collect_payload(const char *const *chunks, const char *target)
{
	const struct tf_spool_options options = {.limit = 1 << 20};
	TF_AUTO_SPOOL spool = NULL;
	ssize_t r = tf_spool_new(&options, &spool);

	for (; r >= 0 && *chunks; chunks++)
		r = tf_spool_write(spool, *chunks, strlen(*chunks));
	if (r >= 0)
		r = tf_spool_persist(spool, target, NULL);
	return r < 0 ? (int)r : 0;
}

int main(void)
{
	static const char *const chunks[] = {"one ", "two ", "three\n", NULL};

	if (collect_payload(chunks, "payload.bin") < 0)
		errx(1, "%s", tf_error_text());
	printf("payload.bin is there\n");
	return 0;
}
