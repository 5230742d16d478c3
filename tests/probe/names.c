/* names.c: the functions that give a name and make no file: mktemp, tmpnam, tempnam.
 *
 * Of an answer is told what it has to keep to, wherever it lies: its length, its place, its prefix.
 */
#include "probe.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DISTINCT_MAX = 64,
	GUARD = 16, /* bytes after a buffer, which nobody may write to */
};

struct answer {
	char text[PATH_MAX + 64];
	bool ok;
	int error;
};

/* ---- each function */

static struct answer taken(const char *text, int error)
{
	struct answer answer = {.ok = text != NULL, .error = error};

	if (text)
		snprintf(answer.text, sizeof(answer.text), "%s", text);
	return answer;
}

static struct answer ask_mktemp(const char *template)
{
	char text[PATH_MAX + 64];

	snprintf(text, sizeof(text), "%s", template);
	errno = UNTOUCHED;
	char *given = mktemp(text);
	struct answer answer = taken(given, errno);
	if (given != text)
		say("mktemp: the answer is not the caller's buffer");
	/* Failure is told by an empty template. */
	answer.ok = text[0] != '\0';
	return answer;
}

static struct answer ask_tmpnam(const char *name)
{
	char buffer[L_tmpnam + GUARD];
	char *given = NULL;

	memset(buffer, '#', sizeof(buffer));
	errno = UNTOUCHED;
	if (strcmp(name, "tmpnam") == 0)
		given = tmpnam(buffer);
#ifdef __GLIBC__
	else
		given = tmpnam_r(buffer);
#endif
	int error = errno;
	if (given && given != buffer)
		say("%s: the answer is not the caller's buffer", name);
	for (int i = 0; i < GUARD; i++)
		if (buffer[L_tmpnam + i] != '#')
			say("%s: wrote more than L_tmpnam bytes", name);
	return taken(given, error);
}

static struct answer ask_tempnam(const char *dir, const char *prefix)
{
	errno = UNTOUCHED;
	char *given = tempnam(dir, prefix);
	struct answer answer = taken(given, errno);

	/* Aborts if it did not come from malloc. */
	free(realloc(given, sizeof(answer.text)));
	return answer;
}

/* ---- what is told of the answers */

static bool lies_in(const char *path, const char *dir)
{
	size_t len = dir ? strlen(dir) : 0;

	return len > 0 && strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* musl's leave the ENOENT of their own look at the name; nobody can count on that. */
static const char *error_after(const struct answer *answer)
{
#ifdef __GLIBC__
	return error_name(answer->error);
#else
	return answer->ok ? "any" : error_name(answer->error);
#endif
}

static const char *yes(bool is_so)
{
	return is_so ? "yes" : "no";
}

/* Is it in the directory itself, and not below it? */
static bool is_direct(const char *path, const char *dir)
{
	return lies_in(path, dir) && !strchr(path + strlen(dir) + 1, '/');
}

static void tell_failure(const char *name, const struct answer *answer)
{
	say("%s: failed errno=%s text=%s", name, error_after(answer), answer->text);
}

static void make_mktemp(const char *template)
{
	struct answer answer = ask_mktemp(template);

	if (!answer.ok) {
		tell_failure("mktemp", &answer);
		return;
	}
	if (!quiet)
		say("mktemp: ok errno=%s same-length=%s there=%s changed=%s", error_after(&answer),
			yes(strlen(answer.text) == strlen(template)), yes(exists(answer.text)),
			yes(strcmp(answer.text, template) != 0));
	remember(answer.text, -1, false);
}

static void make_tmpnam(const char *name)
{
	struct answer answer = ask_tmpnam(name);

	if (!answer.ok) {
		tell_failure(name, &answer);
		return;
	}
	if (!quiet)
		say("%s: ok errno=%s short=%s in-tmp=%s there=%s", name, error_after(&answer),
			yes(strlen(answer.text) < L_tmpnam), yes(lies_in(answer.text, P_tmpdir)),
			yes(exists(answer.text)));
	remember(answer.text, -1, false);
}

/* Without a buffer tmpnam has one of its own, which the next call writes over. */
static void make_tmpnam_null(void)
{
	char first[PATH_MAX];

	errno = UNTOUCHED;
	char *given = tmpnam(NULL);
	struct answer answer = taken(given, errno);
	if (!given) {
		say("tmpnam-null: failed errno=%s", error_name(answer.error));
		return;
	}
	snprintf(first, sizeof(first), "%s", given);
	char *again = tmpnam(NULL);
	if (!quiet)
		say("tmpnam-null: ok errno=%s short=%s in-tmp=%s there=%s static=%s another=%s",
			error_after(&answer), yes(strlen(first) < L_tmpnam),
			yes(lies_in(first, P_tmpdir)), yes(exists(first)), yes(given == again),
			yes(again && strcmp(first, again) != 0));
	remember(again, -1, false);
}

static void make_tmpnam_r_null(void)
{
#ifdef __GLIBC__
	errno = UNTOUCHED;
	char *given = tmpnam_r(NULL);
	say("tmpnam_r-null: %s errno=%s", given ? "an answer" : "NULL", error_name(errno));
#else
	say("tmpnam_r: not in this libc");
#endif
}

static void make_tempnam(const char *dir, const char *prefix)
{
	struct answer answer = ask_tempnam(dir, prefix);
	const char *base = strrchr(answer.text, '/');
	size_t kept = 0;

	if (!answer.ok || !base) {
		tell_failure("tempnam", &answer);
		return;
	}
	while (prefix && prefix[kept] && prefix[kept] == base[1 + kept])
		kept++;
	if (!quiet)
		say("tempnam: ok errno=%s in-TMPDIR=%s in-dir=%s in-tmp=%s prefix=%zu there=%s",
			error_after(&answer), yes(lies_in(answer.text, getenv("TMPDIR"))),
			yes(lies_in(answer.text, dir)), yes(lies_in(answer.text, P_tmpdir)), kept,
			yes(exists(answer.text)));
	remember(answer.text, -1, false);
}

/* What programs do with such a name: make a file of it. */
void use_name(void)
{
	struct made *m = current();
	FILE *file = fopen(m->path, "wx");
	char about[256];

	if (!file || fputs("used", file) < 0 || fclose(file) != 0) {
		say("use: failed errno=%s", error_name(errno));
		return;
	}
	describe(about, sizeof(about), -1, m->path);
	if (!quiet)
		say("use:%s", about);
}

/* The directory that the last name is in: whose, and for whom. */
void tell_place(const char *outer)
{
	struct made *m = current();
	char dir[PATH_MAX + 64];
	struct stat st;

	snprintf(dir, sizeof(dir), "%s", m->path);
	char *slash = strrchr(dir, '/');
	if (!slash)
		die(WRONG_WORD, "not a path:", dir);
	*slash = '\0';
	if (lstat(dir, &st) < 0)
		die(CANNOT, "lstat", dir);
	say("place: mode=%04o type=%06o mine=%s direct=%s", (unsigned)st.st_mode & 07777,
		(unsigned)st.st_mode & S_IFMT, yes(st.st_uid == geteuid()),
		yes(is_direct(m->path, outer)));
}

/* ---- many of them */

static struct answer ask(const char *name, const char *template)
{
	if (strcmp(name, "mktemp") == 0)
		return ask_mktemp(template);
	if (strcmp(name, "tempnam") == 0)
		return ask_tempnam(NULL, template);
	return ask_tmpnam(name);
}

void tell_distinct(int count, const char *name, const char *template)
{
	static struct answer answers[DISTINCT_MAX];
	int distinct = 0;

	if (count > DISTINCT_MAX)
		die(WRONG_WORD, "too many names", "");
	for (int i = 0; i < count; i++) {
		answers[i] = ask(name, template);
		bool is_new = answers[i].ok && !exists(answers[i].text);
		for (int k = 0; k < i && is_new; k++)
			is_new = strcmp(answers[i].text, answers[k].text) != 0;
		distinct += is_new;
	}
	say("distinct: %d", distinct);
}

/* Runs the function of that name if it is one of these; the number of words used. */
int make_name(char **words, int count)
{
	const char *name = words[0];

	if (strcmp(name, "tmpnam-null") == 0) {
		make_tmpnam_null();
		return 1;
	}
	if (strcmp(name, "tmpnam_r-null") == 0) {
		make_tmpnam_r_null();
		return 1;
	}
	if (strcmp(name, "tmpnam") == 0 || strcmp(name, "tmpnam_r") == 0) {
		make_tmpnam(name);
		return 1;
	}
	if (strcmp(name, "mktemp") == 0 && count > 1) {
		make_mktemp(words[1]);
		return 2;
	}
	if (strcmp(name, "tempnam") == 0 && count > 2) {
		make_tempnam(strcmp(words[1], "NULL") == 0 ? NULL : words[1],
			strcmp(words[2], "NULL") == 0 ? NULL : words[2]);
		return 3;
	}
	return 0;
}
