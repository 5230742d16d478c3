/* doctor_steps.c: from a program's name to the ELF file that the kernel runs for it.
 *
 * Each exec goes through at most five scripts. env(1) begins another one; so the sum is limited,
 * too.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor_steps.h"
#include "escape.h"
#include "program.h"
#include "script.h"
#include "tmpguard.h"

enum { NESTED_MAX = 5 };

struct walk {
	const char *program; /* as it was given */
	struct steps steps;
	int nested;                        /* scripts since the last exec */
	char argument[TF_SCRIPT_HEAD + 1]; /* of the last of them */
};

const char *steps_last(const struct steps *steps)
{
	return steps->path[steps->count - 1];
}

/* One line about the program, or about what it leads to. Always false. */
static bool refuse(const struct walk *walk, const char *path, const char *why)
{
	char *program = escape_copy(walk->program), *shown = escape_copy(path);

	if (strcmp(walk->program, path) == 0)
		complain("doctor: %s: %s", program ? program : "?", why);
	else
		complain("doctor: %s: %s: %s", program ? program : "?", shown ? shown : "?", why);
	free(program);
	free(shown);
	return false;
}

/* ---- steps */

static bool add(struct walk *walk, const char *path)
{
	struct steps *steps = &walk->steps;

	if (steps->count == STEPS_MAX)
		return refuse(walk, path, "interpreters lead in a ring");
	steps->path[steps->count] = strdup(path);
	if (!steps->path[steps->count])
		return refuse(walk, path, strerror(ENOMEM));
	steps->count++;
	return true;
}

static bool add_found(struct walk *walk, const char *name)
{
	char path[PATH_MAX];
	int r = tf__find_program(name, getenv("PATH"), path, sizeof(path));

	if (r < 0)
		return refuse(walk, name,
			r == -EACCES   ? "is in PATH, but may not be run"
			: r == -ENOENT ? "not found in PATH"
				       : strerror(-r));
	return add(walk, path);
}

/* Can the kernel run it at all? */
static bool check(const struct walk *walk, const char *path)
{
	struct stat stat_of;

	if (stat(path, &stat_of) < 0)
		return refuse(walk, path, strerror(errno));
	if (S_ISDIR(stat_of.st_mode))
		return refuse(walk, path, "a directory, not a program");
	if (!S_ISREG(stat_of.st_mode))
		return refuse(walk, path, "not a regular file");
	if (!(stat_of.st_mode & 0111))
		return refuse(walk, path, "not executable (chmod +x)");
	return access(path, X_OK) == 0 || refuse(walk, path, strerror(errno));
}

/* ---- env */

/* The next word; env's quotes are taken off where they are around all of it. */
static char *next_word(char **text)
{
	char *word = *text + strspn(*text, " \t\n\v\f\r"), *end;
	char quote = *word == '"' || *word == '\'' ? *word : '\0';

	if (*word == '\0')
		return NULL;
	if (quote && (end = strchr(word + 1, quote)) != NULL)
		word++;
	else
		end = word + strcspn(word, " \t\n\v\f\r");
	*text = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* What follows -S, alone or behind letters that take no value, or its long name; NULL: no such
 * option. */
static char *split_option(char *argument)
{
	static const char long_name[] = "--split-string=";
	size_t letters;

	if (strncmp(argument, long_name, sizeof(long_name) - 1) == 0)
		return argument + sizeof(long_name) - 1;
	if (argument[0] != '-')
		return NULL;
	letters = strspn(argument + 1, "iv0");
	return argument[1 + letters] == 'S' ? argument + 2 + letters : NULL;
}

/* Behind options and variables. */
static char *command_of_env(char *text)
{
	char *word;

	while ((word = next_word(&text)) != NULL) {
		if (strcmp(word, "-u") == 0 || strcmp(word, "-C") == 0)
			(void)next_word(&text); /* its value */
		else if (*word != '-' && !strchr(word, '='))
			return word;
	}
	return NULL;
}

static bool is_env(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, "env") == 0;
}

/* Without -S the kernel gives env the rest of the line as one word. */
static bool follow_env(struct walk *walk)
{
	char *split = split_option(walk->argument);
	const char *command = split ? command_of_env(split) : walk->argument;

	if (!command || *command == '\0' || *command == '-' || strchr(command, '='))
		return refuse(walk, steps_last(&walk->steps), "the #! line gives env no program");
	if (!split && strpbrk(command, " \t"))
		return refuse(
			walk, command, "one word for env, which finds no such program: env -S");
	walk->nested = 0;
	return add_found(walk, command);
}

/* ---- files */

/* Zeros after what there is. False: it cannot be read. */
static bool read_head(const char *path, char ret_head[TF_SCRIPT_HEAD])
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	memset(ret_head, 0, TF_SCRIPT_HEAD);
	ok = read(fd, ret_head, TF_SCRIPT_HEAD) >= 0;
	close(fd);
	return ok;
}

static bool follow_script(struct walk *walk, const char *head)
{
	char interpreter[TF_SCRIPT_HEAD + 1] = "";
	const char *path = steps_last(&walk->steps);
	struct tf_script script;

	if (!tf__script(head, &script))
		return refuse(walk, path, "its #! line names no interpreter");
	if (++walk->nested > NESTED_MAX)
		return refuse(walk, path, "scripts that run scripts, too many for the kernel");
	memcpy(interpreter, script.interpreter.at, script.interpreter.len);
	memcpy(walk->argument, script.argument.at, script.argument.len);
	walk->argument[script.argument.len] = '\0';
	return add(walk, interpreter);
}

/* As shells see it: text has no NUL in its first lines. */
static bool is_text(const char *path, const char *head)
{
	struct stat stat_of;
	size_t len = TF_SCRIPT_HEAD;

	if (stat(path, &stat_of) == 0 && stat_of.st_size < TF_SCRIPT_HEAD)
		len = (size_t)stat_of.st_size;
	return !memchr(head, '\0', len);
}

/* One step on. *ret_is_last: there is none, this is what runs. */
static bool follow(struct walk *walk, bool *ret_is_last)
{
	const char *path = steps_last(&walk->steps);
	char head[TF_SCRIPT_HEAD];

	*ret_is_last = false;
	if (!check(walk, path))
		return false;
	if (!read_head(path, head) || memcmp(head, "\177ELF", 4) == 0) {
		*ret_is_last = walk->nested == 0 || !is_env(path);
		return *ret_is_last || follow_env(walk);
	}
	if (tf__is_script(head))
		return follow_script(walk, head);
	if (!is_text(path, head))
		return refuse(walk, path, "neither an ELF file nor a script");
	walk->steps.has_no_line = true;
	return add(walk, "/bin/sh");
}

bool steps_follow(struct steps *ret_steps, const char *program)
{
	struct walk walk = {.program = program};
	bool is_last = false;
	bool ok = add_found(&walk, program);

	while (ok && !is_last)
		ok = follow(&walk, &is_last);
	if (ok)
		*ret_steps = walk.steps;
	else
		steps_free(&walk.steps);
	return ok;
}

void steps_free(struct steps *steps)
{
	for (size_t i = 0; i < steps->count; i++)
		free(steps->path[i]);
	*steps = (struct steps){0};
}
