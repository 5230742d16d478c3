/* doctor_text.c: what `tmpguard doctor` says of a program. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "doctor_functions.h"
#include "doctor_text.h"
#include "escape.h"
#include "shape.h"

#ifndef EM_LOONGARCH
#	define EM_LOONGARCH 258 /* glibc 2.34 */
#endif

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool doctor_is_covered(const struct diagnosis *diagnosis)
{
	return diagnosis->why == TF_INTERPOSED && !diagnosis->elf->is_go;
}

/* ---- what it is */

static const char *machine_text(const struct elf *elf)
{
	static const struct {
		unsigned machine, bits;
		const char *name;
	} machines[] = {
		{EM_X86_64, 64, "64-bit x86"},
		{EM_X86_64, 32, "x32 (64-bit x86 with 32-bit addresses)"},
		{EM_386, 32, "32-bit x86"},
		{EM_AARCH64, 64, "64-bit Arm"},
		{EM_ARM, 32, "32-bit Arm"},
		{EM_PPC64, 64, "64-bit PowerPC"},
		{EM_PPC, 32, "32-bit PowerPC"},
		{EM_S390, 64, "64-bit S/390"},
		{EM_RISCV, 64, "64-bit RISC-V"},
		{EM_RISCV, 32, "32-bit RISC-V"},
		{EM_MIPS, 64, "64-bit MIPS"},
		{EM_MIPS, 32, "32-bit MIPS"},
		{EM_SPARCV9, 64, "64-bit SPARC"},
		{EM_LOONGARCH, 64, "64-bit LoongArch"},
	};

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].machine == elf->machine && machines[i].bits == elf->bits)
			return machines[i].name;
	return elf->bits == 64 ? "another 64-bit machine" : "another 32-bit machine";
}

static void print_steps(const struct steps *steps)
{
	struct stat stat_of;
	bool is_link = lstat(steps_last(steps), &stat_of) == 0 && S_ISLNK(stat_of.st_mode);
	char *real = is_link ? realpath(steps_last(steps), NULL) : NULL;

	escape_print(stdout, steps->path[0]);
	for (size_t i = 1; i < steps->count; i++) {
		fputs(i > 1                  ? ", then "
			: steps->has_no_line ? ": a script without #!, run by "
					     : ": a script, run by ",
			stdout);
		escape_print(stdout, steps->path[i]);
	}
	if (real) {
		fputs(" -> ", stdout);
		escape_print(stdout, real);
	}
	putchar('\n');
	free(real);
}

static const char *set_id_text(const char *path)
{
	struct stat stat_of;

	if (stat(path, &stat_of) == 0 && (stat_of.st_mode & 04000))
		return stat_of.st_uid == 0 ? "set-user-ID root" : "set-user-ID";
	if (stat(path, &stat_of) == 0 && (stat_of.st_mode & 02010) == 02010)
		return "set-group-ID";
	return getxattr(path, "security.capability", NULL, 0) > 0 ? "has file capabilities" : NULL;
}

static void print_reason(const struct diagnosis *diagnosis)
{
	const struct elf *elf = diagnosis->elf;
	const char *set_id = set_id_text(steps_last(diagnosis->steps));

	if (diagnosis->why == TF_STATIC)
		printf("static%s", elf->is_go ? ", made by Go" : "");
	else if (diagnosis->why == TF_FOREIGN)
		printf("for %s%s", machine_text(elf), elf->is_big_endian ? ", big-endian" : "");
	else if (diagnosis->why == TF_SET_ID)
		fputs(set_id ? set_id : "runs with other rights than its caller's", stdout);
	else
		fputs("made by Go, which calls the kernel past libc", stdout);
}

/* ---- programs that the library does not get into */

static void print_not_covered(const struct diagnosis *diagnosis)
{
	fputs("  not interposed: ", stdout);
	print_reason(diagnosis);
	putchar('\n');
	if (diagnosis->why == TF_SET_ID)
		puts("  LD_PRELOAD is dropped when it starts, and by glibc TMPDIR, too; what it "
		     "makes\n"
		     "  stays. For what it runs in its turn: tmpguard run inside it");
	else
		puts("  what it puts into the private TMPDIR of tmpguard run goes, other files "
		     "stay");
	if (diagnosis->why == TF_INTERPOSED)
		puts("  its parts in C are seen, if it has any");
	else
		puts("  the report of run counts it among the programs not interposed");
	if (diagnosis->why != TF_SET_ID)
		puts("  programs that it starts are judged by themselves, if they get LD_PRELOAD");
}

/* ---- what else there is to know */

/* The runtime of a sanitizer in the program itself, not in a library. */
static bool has_runtime(const struct elf *elf)
{
	return elf->exports.sanitizer || elf->imports.sanitizer_hook;
}

/* The program is before a preload; libraries are behind it. Sanitizers pass on what they catch. */
static void print_own(const struct elf *elf)
{
	bool is_there = false;

	for (unsigned i = 0; i < WRAPPED && !has_runtime(elf); i++) {
		if (!elf->exports.wrapped[i])
			continue;
		printf("%s%s", is_there ? " " : "  has its own ", wrapped_names[i]);
		is_there = true;
	}
	if (is_there)
		puts(": of their calls only those of open and mkdir in them are seen");
}

static void print_asan(const struct libraries *libraries)
{
	if (has_runtime(&libraries->all[0]->elf)) {
		puts("  a sanitizer is linked in (AddressSanitizer, ...): it runs with a preload "
		     "as "
		     "it is");
		return;
	}
	for (size_t i = 0; i < libraries->count; i++) {
		const char *name = library_base(libraries->all[i]);

		if (strncmp(name, "libasan.so", 10) != 0 &&
			strncmp(name, "libclang_rt.asan", 16) != 0)
			continue;
		puts("  AddressSanitizer: tmpguard run adds verify_asan_link_order=0 to "
		     "ASAN_OPTIONS, without which it\n"
		     "    refuses to start behind a preload; with LD_PRELOAD alone, set it "
		     "yourself");
		return;
	}
}

static void print_go_libraries(const struct libraries *libraries)
{
	for (size_t i = 1; i < libraries->count; i++) {
		if (!libraries->all[i]->elf.is_go)
			continue;
		fputs("  ", stdout);
		escape_print(stdout, libraries->all[i]->name);
		puts(" is made by Go: what it makes is not seen");
	}
}

static void print_dlopen(const struct libraries *libraries)
{
	unsigned count = 0;

	for (size_t i = 0; i < libraries->count; i++)
		if (libraries->all[i]->elf.imports.dlopen && count++ == 0) {
			fputs("  what is loaded later by dlopen (", stdout);
			escape_print(stdout, library_base(libraries->all[i]));
		}
	if (count > 1)
		printf(" and %u more", count - 1);
	if (count > 0)
		puts(") was not looked at; it is interposed, too");
}

static void print_libraries(const struct libraries *libraries)
{
	for (size_t i = 0; i < libraries->count; i++) {
		const struct library *library = libraries->all[i];
		bool has_any = false;

		if (!library->path)
			continue;
		fputs("  - ", stdout);
		escape_print(stdout, library->path);
		putchar(':');
		for (unsigned k = 0; k < WRAPPED; k++) {
			if (!library->elf.imports.wrapped[k])
				continue;
			printf(" %s", wrapped_names[k]);
			has_any = true;
		}
		puts(has_any ? "" : " none");
	}
}

static void print_covered(const struct diagnosis *diagnosis, bool is_verbose)
{
	const struct libraries *libraries = diagnosis->libraries;
	const char *path = steps_last(diagnosis->steps), *set_id = set_id_text(path);
	char *real = realpath(path, NULL);

	fputs("  interposed: ", stdout);
	if (is_musl_loader(diagnosis->elf->interpreter))
		fputs("for musl", stdout);
	else if (strstr(diagnosis->elf->interpreter, "/ld-linux"))
		fputs("for glibc", stdout);
	else
		fputs("for a libc that is neither glibc nor musl, which was not tried", stdout);
	puts(", dynamically linked");
	if (set_id)
		printf("  %s, which changes nothing for you; others may run it without the "
		       "library\n",
			set_id);
	functions_print(libraries, base(real ? real : path));
	print_own(diagnosis->elf);
	print_asan(libraries);
	print_go_libraries(libraries);
	print_dlopen(libraries);
	if (is_verbose)
		print_libraries(libraries);
	free(real);
}

void doctor_print(const struct diagnosis *diagnosis, bool is_verbose)
{
	print_steps(diagnosis->steps);
	if (doctor_is_covered(diagnosis))
		print_covered(diagnosis, is_verbose);
	else
		print_not_covered(diagnosis);
}

void doctor_print_end(void)
{
	const char *name;

	puts("\nIn the private TMPDIR of tmpguard run everything goes, whoever made it and how.\n"
	     "Elsewhere, what other calls make (fopen) stays, and these names are never touched:");
	for (unsigned i = 0; (name = tf__never_ours(i)) != NULL; i++)
		printf("%s%s", i > 0 ? " " : "", name);
	putchar('\n');
}
