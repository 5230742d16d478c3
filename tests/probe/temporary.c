/* temporary.c: mkstemp and its family, and what is done with what they made. */
#include "probe.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Runs the function of that name if it is one of the mkstemp family; the number of words used. */
int make_file(char **words, int count)
{
	static const struct {
		const char *name;
		int arguments;
		int suffix; /* where the suffix length and the flags are among them; 0: not there */
		int flags;
	} functions[] = {{"mkstemp", 1, 0, 0}, {"mkostemp", 2, 0, 2}, {"mkstemps", 2, 2, 0},
		{"mkostemps", 3, 2, 3}};
	const char *name = words[0];
	size_t len = strlen(name);
	bool is64 = len > 2 && strcmp(name + len - 2, "64") == 0;
	char text[PATH_MAX + 64];
	int fd = -1;
	size_t i = 0;

	while (i < 4 && (strncmp(functions[i].name, name, len - (is64 ? 2 : 0)) != 0 ||
				functions[i].name[len - (is64 ? 2 : 0)] != '\0'))
		i++;
	if (i == 4)
		return 0;
	if (count <= functions[i].arguments)
		die(WRONG_WORD, "too few words after", name);
	int suffix = functions[i].suffix ? atoi(words[functions[i].suffix]) : 0;
	int flags = functions[i].flags ? flags_of(words[functions[i].flags]) : 0;
	snprintf(text, sizeof(text), "%s", words[1]);
	errno = UNTOUCHED;
	switch (i * 2 + is64) {
	case 0:
		fd = mkstemp(text);
		break;
	case 1:
		fd = mkstemp64(text);
		break;
	case 2:
		fd = mkostemp(text, flags);
		break;
	case 3:
		fd = mkostemp64(text, flags);
		break;
	case 4:
		fd = mkstemps(text, suffix);
		break;
	case 5:
		fd = mkstemps64(text, suffix);
		break;
	case 6:
		fd = mkostemps(text, suffix, flags);
		break;
	case 7:
		fd = mkostemps64(text, suffix, flags);
		break;
	}
	int error = errno;
	report(name, words[1], text, suffix, fd >= 0, error, fd);
	if (fd >= 0)
		remember(text, fd, false);
	return 1 + functions[i].arguments;
}

void make_dir(const char *template)
{
	char text[PATH_MAX + 64];

	snprintf(text, sizeof(text), "%s", template);
	errno = UNTOUCHED;
	char *answer = mkdtemp(text);
	int error = errno;
	if (answer && answer != text)
		say("mkdtemp: the answer is not the caller's buffer");
	report("mkdtemp", template, text, 0, answer, error, -1);
	if (answer)
		remember(text, -1, true);
}

void make_tmpfile(const char *name)
{
	char about[256];
	char back[8] = "";

	errno = UNTOUCHED;
	FILE *file = strcmp(name, "tmpfile") == 0 ? tmpfile() : tmpfile64();
	int error = errno;
	if (!file) {
		say("%s: failed errno=%s", name, error_name(error));
		return;
	}
	if (fputs("back", file) < 0 || fflush(file) < 0 || fseek(file, 0, SEEK_SET) < 0 ||
		!fgets(back, sizeof(back), file))
		die(CANNOT, "use", name);
	describe(about, sizeof(about), fileno(file), NULL);
	say("%s: ok errno=%s%s content=%s", name, error_name(error), about, back);
	remember("(tmpfile)", fileno(file), false);
}

struct batch {
	int count;
	const char *template;
	int made;
};

static void *make_batch(void *argument)
{
	struct batch *batch = argument;

	for (int i = 0; i < batch->count; i++) {
		char text[PATH_MAX];
		snprintf(text, sizeof(text), "%s", batch->template);
		int fd = mkstemp(text);
		if (fd < 0)
			break;
		close(fd);
		batch->made++;
	}
	return NULL;
}

void make_in_threads(int threads, int count, const char *template)
{
	pthread_t ids[64];
	struct batch batches[64];
	int total = 0;

	if (threads > 64)
		die(WRONG_WORD, "too many threads", "");
	for (int i = 0; i < threads; i++) {
		batches[i] = (struct batch){count, template, 0};
		if (pthread_create(&ids[i], NULL, make_batch, &batches[i]) != 0)
			die(CANNOT, "pthread_create", "");
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		total += batches[i].made;
	}
	say("threads: %d made", total);
}

/* A tree with what a careless remover trips over. */
void populate(const char *dir)
{
	char path[PATH_MAX + 128];
	static const char *const dirs[] = {"sub", "sub/deeper", "locked"};

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
		if (mkdir(path, 0700) < 0)
			die(CANNOT, "mkdir", path);
		snprintf(path, sizeof(path), "%s/%s/file", dir, dirs[i]);
		write_file(path, "content");
	}
	snprintf(path, sizeof(path), "%s/dangling", dir);
	if (symlink("/nonexistent/target", path) < 0)
		die(CANNOT, "symlink", path);
	snprintf(path, sizeof(path), "%s/pipe", dir);
	if (mkfifo(path, 0600) < 0)
		die(CANNOT, "mkfifo", path);
	snprintf(path, sizeof(path), "%s/locked", dir);
	if (chmod(path, 0500) < 0)
		die(CANNOT, "chmod", path);
}

/* A program that writes a new file and renames it into place, as `sed -i` does. */
void overwrite(const char *path)
{
	write_file(path, "another file under the same name");
}
