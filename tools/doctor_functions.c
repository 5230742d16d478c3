/* doctor_functions.c: which wrapped functions a program and its libraries import, and what becomes
 * of what they make. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "doctor_functions.h"
#include "escape.h"
#include "shape.h"

enum group { TEMPORARY, UNNAMED, INSECURE, OPENING, PLAIN, SHARED, STARTING, OTHER, GROUPS };

/* The beginnings of names; the first that fits decides. */
static const struct {
	const char *begins;
	enum group group;
} groups[] = {
	{"mkstemp", TEMPORARY},
	{"mkostemp", TEMPORARY},
	{"mkdtemp", TEMPORARY},
	{"tmpfile", UNNAMED},
	{"mktemp", INSECURE},
	{"tmpnam", INSECURE},
	{"tempnam", INSECURE},
	{"open", OPENING},
	{"__open", OPENING},
	{"mkdir", OPENING},
	{"creat", PLAIN},
	{"shm_open", SHARED},
	{"fork", STARTING},
	{"daemon", STARTING},
	{"exec", STARTING},
	{"fexec", STARTING},
	{"posix_spawn", STARTING},
	{"system", STARTING},
	{"popen", STARTING},
};

static enum group group_of(const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strncmp(name, groups[i].begins, strlen(groups[i].begins)) == 0)
			return groups[i].group;
	return OTHER;
}

/* Would the name count as drawn, if it were not for who makes it? */
static bool makes_chosen_files(const char *program)
{
	struct tf_maker maker = {.uid = UINT_MAX, .program = program};

	return tf__shape("part-Ab3dE9xQ", &maker, (uint64_t)time(NULL)) == TF_SHAPE_NONE;
}

static const char *group_text(enum group group, const char *program)
{
	static const char *const texts[GROUPS] = {
		[TEMPORARY] = "what they make in a temporary directory goes",
		[UNNAMED] = "a file without a name, of which nothing is left",
		[INSECURE] = "the name that they give lies in a new private directory, which goes",
		[OPENING] = "what looks temporary by mode and name goes (--track=idiom)",
		[PLAIN] = "stays, but in the private TMPDIR",
		[SHARED] = "goes only with --track=idiom,shm or api,shm",
		[STARTING] = "the programs that are started are followed",
		[OTHER] = "to see how processes end, and what they give up",
	};

	if (group == OPENING && makes_chosen_files(program))
		return "stays: the files of programs of this name are chosen by people";
	return texts[group];
}

/* What the library imports of a group and none before it does; *ret_imports_any: it imports some.
 */
static bool print_imports(const struct library *library, enum group group, bool *named,
	const char *before, bool *ret_imports_any)
{
	bool is_named = false;

	*ret_imports_any = false;
	for (unsigned i = 0; i < WRAPPED; i++) {
		if (!library->elf.imports.wrapped[i] || group_of(wrapped_names[i]) != group)
			continue;
		*ret_imports_any = true;
		if (named[i])
			continue;
		printf("%s%s", is_named ? " " : before, wrapped_names[i]);
		named[i] = is_named = true;
	}
	if (!is_named)
		return false;
	fputs(" (", stdout);
	escape_print(stdout, library_base(library));
	putchar(')');
	return true;
}

/* One line, the program first; false: nobody imports any. */
static bool print_group(const struct libraries *libraries, enum group group, const char *program)
{
	bool named[WRAPPED] = {false}, is_first = true;
	unsigned others = 0;

	for (size_t i = 0; i < libraries->count; i++) {
		bool imports_any;

		if (print_imports(
			    libraries->all[i], group, named, is_first ? "  " : ", ", &imports_any))
			is_first = false;
		else
			others += imports_any;
	}
	if (is_first)
		return false;
	if (others > 0)
		printf(" and %u more", others);
	printf(": %s\n", group_text(group, program));
	return true;
}

void functions_print(const struct libraries *libraries, const char *program)
{
	bool makes_files = false;

	for (enum group group = 0; group < STARTING; group++)
		makes_files |= print_group(libraries, group, program);
	if (!makes_files)
		puts("  imports no function that makes temporary files");
	for (enum group group = STARTING; group < GROUPS; group++)
		(void)print_group(libraries, group, program);
}
