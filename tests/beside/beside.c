/* beside.c: libtempfile by the verbs of a table, one line for each thing that can be seen, so that
 * lib-python.bats can hold them against what beside.py prints for Python's tempfile.
 *
 *   tempdir | nowhere             the directory, or the error
 *   tempdir-later VALUE           the same after TMPDIR has changed
 *   set-tempdir PATH              the same after it was set
 *   default-prefix
 *   file PREFIX SUFFIX DIR        a named file from begin to end ("-": not given)
 *   kept | gone | replaced | forked | ended | terminated     ways that a named file can go
 *   directory PREFIX SUFFIX SCRIPT   a directory, filled by sh with $1 its path, then removed
 *   anonymous
 *   spool LIMIT OPERATION...      write:TEXT read:N seek:N:WHENCE tell truncate:N rollover fileno
 *                                 nowhere named disk
 *   fails PREFIX DIR              the error
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tempfile.h>
#include <unistd.h>

static void check(int r)
{
	if (r >= 0)
		return;
	fprintf(stderr, "beside: %s\n", tf_error_text());
	exit(1);
}

static void show(const char *word, const char *value)
{
	printf("%s %s\n", word, value);
}

static void show_number(const char *word, long long value)
{
	printf("%s %lld\n", word, value);
}

static void show_whether(const char *word, bool value)
{
	show(word, value ? "yes" : "no");
}

static void show_error(const char *word, int error)
{
	show(word, error == 0 ? "ok" : strerror(-error));
}

static bool is_there(const char *path)
{
	struct stat stat_of;

	return lstat(path, &stat_of) == 0;
}

static const char *affix(const char *text)
{
	return strcmp(text, "-") == 0 ? NULL : text;
}

static void show_dir_of(const char *word, const char *path)
{
	printf("%s %.*s\n", word, (int)(strrchr(path, '/') - path), path);
}

static void show_inherited(int fd)
{
	show_whether("inherited", !(fcntl(fd, F_GETFD) & FD_CLOEXEC));
}

/* --- places --- */

static void show_tempdir(void)
{
	char path[PATH_MAX];
	int r = tf_tempdir(path, sizeof(path));

	if (r < 0)
		show_error("error", r);
	else
		show("dir", path);
}

static void tempdir(char **args)
{
	(void)args;
	show_tempdir();
}

static void tempdir_later(char **args)
{
	char path[PATH_MAX];

	check(tf_tempdir(path, sizeof(path)));
	setenv("TMPDIR", args[0], 1);
	show_tempdir();
}

static void set_tempdir(char **args)
{
	TF_AUTO_FILE file = NULL;

	check(tf_set_tempdir(args[0]));
	show_tempdir();
	check(tf_file_new(NULL, &file));
	show_dir_of("made in", tf_file_path(file));
}

static void default_prefix(char **args)
{
	(void)args;
	show("prefix", tf_default_prefix());
}

/* --- files and directories --- */

static void describe(const char *path, const struct tf_options *options)
{
	const char *name = strrchr(path, '/') + 1;
	const char *begin = options->prefix ? options->prefix : "tmp";
	const char *end = options->suffix ? options->suffix : "";
	size_t len = strlen(name), rest = strlen(end);
	struct stat stat_of;

	show_whether("begins and ends",
		strncmp(name, begin, strlen(begin)) == 0 && strcmp(name + len - rest, end) == 0);
	show_number("drawn", (long long)(len - strlen(begin) - rest));
	if (stat(path, &stat_of) == 0)
		printf("mode %o\n", stat_of.st_mode & 07777);
	show_whether("absolute", path[0] == '/');
}

static long long size_of(const char *path)
{
	struct stat stat_of;

	return stat(path, &stat_of) == 0 ? (long long)stat_of.st_size : -1;
}

static void file(char **args)
{
	struct tf_options options = {
		.prefix = affix(args[0]), .suffix = affix(args[1]), .dir = affix(args[2])};
	struct tf_file *made;
	char path[PATH_MAX];
	FILE *out;

	check(tf_file_new(&options, &made));
	describe(tf_file_path(made), &options);
	show_dir_of("in", tf_file_path(made));
	show_inherited(tf_file_fd(made));
	check(tf_file_stream(made, "w+", &out));
	fputs("text", out);
	show_number("before flush", size_of(tf_file_path(made)));
	check(tf_file_flush(made));
	show_number("after flush", size_of(tf_file_path(made)));
	snprintf(path, sizeof(path), "%s", tf_file_path(made));
	tf_file_free(made);
	show_whether("there afterwards", is_there(path));
}

static void kept(char **args)
{
	struct tf_options options = {.flags = TF_KEEP};
	struct tf_file *made;
	char path[PATH_MAX];

	(void)args;
	check(tf_file_new(&options, &made));
	snprintf(path, sizeof(path), "%s", tf_file_path(made));
	tf_file_free(made);
	show_whether("there afterwards", is_there(path));
	unlink(path);
}

static void gone(char **args)
{
	TF_AUTO_FILE made = NULL;

	(void)args;
	check(tf_file_new(NULL, &made));
	unlink(tf_file_path(made));
	show_error("close", tf_file_discard(made));
}

static void replaced(char **args)
{
	struct tf_file *made;
	char path[PATH_MAX];

	(void)args;
	check(tf_file_new(NULL, &made));
	snprintf(path, sizeof(path), "%s", tf_file_path(made));
	unlink(path);
	check(open(path, O_CREAT | O_EXCL | O_WRONLY, 0600));
	tf_file_free(made);
	show_whether("the other one stays", is_there(path));
	unlink(path);
}

static void forked(char **args)
{
	TF_AUTO_FILE made = NULL;
	pid_t child;

	(void)args;
	check(tf_file_new(NULL, &made));
	fflush(stdout);
	child = fork();
	if (child == 0) {
		tf_file_free(made);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	show_whether("after the child", is_there(tf_file_path(made)));
}

static void ended(char **args)
{
	struct tf_file *made;

	(void)args;
	check(tf_file_new(NULL, &made));
	exit(0);
}

static void terminated(char **args)
{
	struct tf_file *made;

	(void)args;
	check(tf_cleanup_on_signals(NULL, 0));
	check(tf_file_new(NULL, &made));
	raise(SIGTERM);
}

static void directory(char **args)
{
	struct tf_options options = {.prefix = affix(args[0]), .suffix = affix(args[1])};
	TF_AUTO_DIR made = NULL;
	pid_t child;

	check(tf_dir_new(&options, &made));
	describe(tf_dir_path(made), &options);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		execlp("sh", "sh", "-c", args[2], "sh", tf_dir_path(made), (char *)NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
	show_error("cleanup", tf_dir_discard(made));
	show_whether("there afterwards", is_there(tf_dir_path(made)));
}

static long long count_tempdir(void)
{
	char path[PATH_MAX];
	long long n = 0;
	DIR *dir;

	check(tf_tempdir(path, sizeof(path)));
	dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static void anonymous(char **args)
{
	char text[8] = "";
	struct stat stat_of;
	FILE *made;

	(void)args;
	check(tf_anonymous_stream(NULL, &made));
	check(fstat(fileno(made), &stat_of));
	show_number("links", (long long)stat_of.st_nlink);
	show_inherited(fileno(made));
	show_number("named in the directory", count_tempdir());
	fputs("text", made);
	fseek(made, 1, SEEK_SET);
	show("read", fgets(text, sizeof(text), made) ? text : "");
	fclose(made);
}

static void fails(char **args)
{
	struct tf_options options = {.prefix = affix(args[0]), .dir = affix(args[1])};
	TF_AUTO_FILE made = NULL;
	int r = tf_file_new(&options, &made);

	if (r < 0)
		show_error("error", r);
	else
		show("made", "yes");
}

/* --- spools --- */

static void spool_write(struct tf_spool *spool, const char *text)
{
	ssize_t r = tf_spool_write(spool, text, strlen(text));

	if (r < 0)
		show("write", "failed");
	else
		show_number("write", r);
}

static void spool_read(struct tf_spool *spool, long n)
{
	void *data = NULL;
	size_t len;

	if (n < 0) {
		check(tf_spool_read_all(spool, &data, &len));
	} else {
		data = calloc(1, (size_t)n + 1);
		len = (size_t)tf_spool_read(spool, data, (size_t)n);
	}
	for (size_t i = 0; i < len; i++)
		if (((char *)data)[i] == '\0')
			((char *)data)[i] = '0';
	show("read", data);
	free(data);
}

static void spool_seek(struct tf_spool *spool, const char *numbers)
{
	char *end;
	long offset = strtol(numbers, &end, 10);
	int64_t r = tf_spool_seek(spool, offset, (int)strtol(end + 1, NULL, 10));

	if (r < 0)
		show("seek", "refused");
	else
		show_number("seek", r);
}

/* What is after WORD and a colon in the operation, if that is it. */
static const char *is_word(const char *operation, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(operation, word, len) != 0)
		return NULL;
	return operation[len] == ':' ? operation + len + 1 : operation + len;
}

static void spool_operation(struct tf_spool *spool, const char *operation)
{
	const char *path, *rest;

	if ((rest = is_word(operation, "write")))
		spool_write(spool, rest);
	else if ((rest = is_word(operation, "read")))
		spool_read(spool, strtol(rest, NULL, 10));
	else if ((rest = is_word(operation, "seek")))
		spool_seek(spool, rest);
	else if (is_word(operation, "tell"))
		show_number("tell", tf_spool_tell(spool));
	else if ((rest = is_word(operation, "truncate")))
		check(tf_spool_truncate(spool, strtol(rest, NULL, 10)));
	else if (is_word(operation, "rollover"))
		check(tf_spool_rollover(spool, &path));
	else if (is_word(operation, "nowhere"))
		check(tf_set_tempdir("/nowhere"));
	else if (is_word(operation, "fileno"))
		show_whether("fileno", tf_spool_fd(spool) >= 0);
	else if (is_word(operation, "named"))
		show_whether("named", tf_spool_path(spool, &path) == 0);
	else if (is_word(operation, "disk"))
		show_whether("disk", tf_spool_is_on_disk(spool));
}

static void spool(char **args)
{
	struct tf_spool_options options = {.limit = strtol(args[0], NULL, 10)};
	TF_AUTO_SPOOL made = NULL;

	check(tf_spool_new(&options, &made));
	for (args++; *args; args++)
		spool_operation(made, *args);
}

static const struct {
	const char *name;
	void (*run)(char **args);
	int args;
} verbs[] = {
	{"tempdir", tempdir, 0},
	{"nowhere", tempdir, 0},
	{"tempdir-later", tempdir_later, 1},
	{"set-tempdir", set_tempdir, 1},
	{"default-prefix", default_prefix, 0},
	{"file", file, 3},
	{"kept", kept, 0},
	{"gone", gone, 0},
	{"replaced", replaced, 0},
	{"forked", forked, 0},
	{"ended", ended, 0},
	{"terminated", terminated, 0},
	{"directory", directory, 3},
	{"anonymous", anonymous, 0},
	{"fails", fails, 2},
	{"spool", spool, 1},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, argv[1]) == 0 && argc >= 2 + verbs[i].args) {
			verbs[i].run(argv + 2);
			return 0;
		}
	fprintf(stderr, "usage: beside VERB [ARG...]\n");
	return 2;
}
