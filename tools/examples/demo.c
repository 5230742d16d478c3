/* demo.c: a walk through most of it. */
#include <err.h>
#include <limits.h>
#include <string.h>
#include <tempfile.h>
#include <unistd.h>

static void check(int r)
{
	if (r < 0)
		errx(1, "%s", tf_error_text());
}

static void show_atomic_write(void)
{
	TF_AUTO_DIR dir = NULL;
	TF_AUTO_ATOMIC atomic = NULL;
	char path[PATH_MAX], line[80];
	FILE *out, *in;

	check(tf_dir_new(NULL, &dir));
	snprintf(path, sizeof(path), "%s/config.json", tf_dir_path(dir));
	check(tf_atomic_write(path, "{\"version\": 1}\n", 15, NULL));
	check(tf_atomic_open(path, NULL, &atomic));
	check(tf_atomic_stream(atomic, &out));
	fprintf(out, "{\"version\": 2}\n");
	check(tf_atomic_commit(atomic));
	in = fopen(path, "r");
	printf("atomic write: %s", in && fgets(line, sizeof(line), in) ? line : "nothing\n");
	if (in)
		fclose(in);
}

static void show_work_dir(void)
{
	const struct tf_options options = {.prefix = "demo_"};
	TF_AUTO_DIR work = NULL;

	check(tf_dir_new(&options, &work));
	check(tf_dir_subdir(work, "results"));
	check(tf_dir_file(work, "results/out.txt", "hello tempfile", 14));
	check(tf_dir_discard(work));
	printf("work directory removed: %s\n", access(tf_dir_path(work), F_OK) < 0 ? "yes" : "no");
}

static void show_spool(void)
{
	const struct tf_spool_options options = {.limit = 50};
	TF_AUTO_SPOOL spool = NULL;

	check(tf_spool_new(&options, &spool));
	for (int i = 0; i < 10; i++)
		check(tf_spool_write(spool, "chunk-xx ", 9) < 0 ? -1 : 0);
	printf("spooled %lld bytes, %s\n", (long long)tf_spool_size(spool),
		tf_spool_is_on_disk(spool) ? "on disk" : "in memory");
}

static void show_fixture(void)
{
	const struct tf_options csv = {.suffix = ".csv"};
	TF_AUTO_FILE file = NULL;

	check(tf_text_file("name,age\nAlice,30\n", &csv, &file));
	printf("fixture ends in: %s\n", strrchr(tf_file_path(file), '.'));
}

int main(void)
{
	char dir[PATH_MAX];

	check(tf_tempdir(dir, sizeof(dir)));
	printf("directory: %s\n", dir);
	show_atomic_write();
	show_work_dir();
	show_spool();
	show_fixture();
	return 0;
}
