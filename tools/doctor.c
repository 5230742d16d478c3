/* doctor.c: `tmpguard doctor`: what tmpguard will do for a program, told from its file.
 *
 * Whether the library is loaded is judged by the same piece of lib/ as in the report of `run`.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor_text.h"
#include "escape.h"
#include "subcommand.h"
#include "tmpguard.h"

static const char help[] =
	"usage: tmpguard doctor [OPTION...] PROGRAM...\n"
	"\n"
	"Tells what tmpguard will do for a program, from its file: whether the library is loaded\n"
	"into it, and which of the wrapped functions it and its libraries import. PROGRAM is a "
	"path,\n"
	"or a name that is looked for in PATH. A script is judged by its interpreter. Nothing is "
	"run.\n"
	"\n"
	"  -v, --verbose  list what each library imports\n"
	"  -h, --help     this text\n"
	"  --version      the version\n"
	"\n"
	"Exit status: 0; 1 when the library is not loaded into a PROGRAM, or does not see what "
	"it\n"
	"makes (it is static, Go, set-user-ID, of another word size or machine), or a PROGRAM or "
	"a\n"
	"library of it cannot be found or read, which is then named, and the rest done; 2 for "
	"wrong\n"
	"usage.\n";

struct doctor {
	bool is_verbose;
	bool has_printed;
};

/* Always false. */
static bool refuse(const char *program, const char *path, const char *why, const char *more)
{
	char *names[] = {escape_copy(program), escape_copy(path), escape_copy(more)};
	bool is_same = strcmp(program, path) == 0;

	complain("doctor: %s%s%s: %s%s", names[0] ? names[0] : "?", is_same ? "" : ": ",
		is_same    ? ""
		: names[1] ? names[1]
			   : "?",
		why, names[2] ? names[2] : "?");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		free(names[i]);
	return false;
}

/* ---- libraries */

static bool check_libraries(const char *program, const struct libraries *libraries)
{
	bool ok = true;

	for (size_t i = 0; i < libraries->count; i++) {
		const struct library *library = libraries->all[i];

		if (!library->path)
			ok = refuse(program, library->name, "not found, but needed by ",
				library->needed_by->path);
		else if (library->wrong)
			ok = refuse(program, library->path, library->wrong, "");
	}
	if (libraries->is_cut)
		ok = refuse(program, program,
			"it needs more libraries than are looked at; the rest was left out", "");
	return ok;
}

/* Takes diagnosis->elf. */
static bool print_with_libraries(
	struct doctor *doctor, const char *program, struct diagnosis *diagnosis, struct elf *elf)
{
	struct libraries libraries;
	bool ok;

	if (!libraries_find(&libraries, steps_last(diagnosis->steps), elf))
		return refuse(program, program, "no memory", "");
	ok = check_libraries(program, &libraries);
	diagnosis->elf = &libraries.all[0]->elf;
	diagnosis->libraries = &libraries;
	doctor_print(diagnosis, doctor->is_verbose);
	libraries_free(&libraries);
	return ok;
}

/* ---- a program */

/* NULL, or why nothing can be said of it. */
static const char *check_elf(const struct elf *elf, enum tf_interposing why)
{
	if (why != TF_UNKNOWN)
		return NULL;
	return elf->is_ours && !elf->is_program ? "a library or a loader, not a program"
						: "it cannot be told what this is";
}

/* Whoever may not read a set-user-ID program is told that much. */
static bool read_program(
	const char *program, const char *path, enum tf_interposing why, struct elf *ret_elf)
{
	const char *wrong = elf_read(ret_elf, path);

	if (wrong)
		return why == TF_SET_ID && access(path, R_OK) < 0
			       ? true
			       : refuse(program, path, wrong, "");
	wrong = check_elf(ret_elf, why);
	if (wrong)
		(void)refuse(program, path, wrong, "");
	else if (ret_elf->interpreter && access(ret_elf->interpreter, F_OK) < 0)
		(void)refuse(program, path, "its loader is not there: ", ret_elf->interpreter);
	else
		return true;
	elf_free(ret_elf);
	return false;
}

static bool print(struct doctor *doctor, const char *program, struct diagnosis *diagnosis)
{
	struct elf elf = {0};

	if (!read_program(program, steps_last(diagnosis->steps), diagnosis->why, &elf))
		return false;
	if (doctor->has_printed)
		putchar('\n');
	doctor->has_printed = true;
	diagnosis->elf = &elf;
	if (doctor_is_covered(diagnosis))
		return print_with_libraries(doctor, program, diagnosis, &elf);
	doctor_print(diagnosis, doctor->is_verbose);
	elf_free(&elf);
	return false;
}

static bool examine(struct doctor *doctor, const char *program)
{
	char interpreter[256];
	struct diagnosis diagnosis = {0};
	struct steps steps;
	bool ok;

	if (!steps_follow(&steps, program))
		return false;
	diagnosis.steps = &steps;
	diagnosis.why =
		tf__interposing(AT_FDCWD, steps_last(&steps), interpreter, sizeof(interpreter));
	ok = print(doctor, program, &diagnosis);
	steps_free(&steps);
	return ok;
}

/* ---- options */

/* -1: go on. */
static int take_option(void *arg, int option)
{
	struct doctor *doctor = arg;

	(void)option; /* there is one */
	doctor->is_verbose = true;
	return -1;
}

/* Options end at the first program. */
static const struct option options[] = {
	{"verbose", no_argument, NULL, LONG_OPTION | 'v'},
	SUBCOMMAND_OPTIONS,
};

static const struct subcommand subcommand = {
	.name = "doctor",
	.help = help,
	.letters = "+:hv",
	.options = options,
	.usage = EXIT_USAGE,
	.failed = 1,
	.take = take_option,
};

int command_doctor(int argc, char **argv)
{
	struct doctor doctor = {0};
	int status = subcommand_parse(&subcommand, argc, argv, &doctor);
	bool ok = true;

	if (status >= 0)
		return status;
	if (optind == argc) {
		complain("doctor: no PROGRAM given; try tmpguard doctor --help");
		return EXIT_USAGE;
	}
	for (int i = optind; i < argc; i++)
		ok &= examine(&doctor, argv[i]);
	if (doctor.has_printed)
		doctor_print_end();
	ok &= finish_output("doctor");
	return ok ? 0 : 1;
}
