/* doctor_libraries.c: which libraries a program will have.
 *
 * What files say is not trusted: each name is looked for once, so that rings end, and there is a
 * limit to how many libraries there are and how many places are looked into.
 */
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_libraries.h"

struct finding {
	struct libraries found;
	struct search search;
	void *names; /* a tree of those that were looked for, and of those that were found */
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Is it new? The name is borrowed. */
static bool add_name(struct finding *finding, const char *name)
{
	const char *const *node = tsearch(name, &finding->names, compare_names);

	return node && *node == name;
}

static void keep_name(void *name)
{
	(void)name;
}

/* musl takes any version of such a name for its own. */
static bool is_of_musl(const char *name)
{
	static const char *const own[] = {"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strncmp(name, "lib", 3) == 0 && strncmp(name + 3, own[i], strlen(own[i])) == 0)
			return true;
	return strncmp(name, "ld-musl-", 8) == 0;
}

static bool is_libc(const struct finding *finding, const char *name)
{
	return finding->search.is_for_musl
		       ? is_of_musl(name)
		       : strcmp(name, "libc.so.6") == 0 || strncmp(name, "ld-linux", 8) == 0;
}

static bool is_there(const struct libraries *libraries, const struct elf *elf)
{
	for (size_t i = 0; i < libraries->count; i++)
		if (libraries->all[i]->elf.inode == elf->inode &&
			libraries->all[i]->elf.device == elf->device)
			return true;
	return false;
}

static void free_library(struct library *library)
{
	elf_free(&library->elf);
	free(library->path);
	free(library->origin);
	free(library);
}

/* The directory of a file: of a program where it really is, of a library where it was found. */
static char *origin_of(const char *path, bool is_program)
{
	char *real = is_program ? realpath(path, NULL) : NULL;
	char *origin = real ? real : strdup(path);
	char *slash = origin ? strrchr(origin, '/') : NULL;

	if (slash)
		slash[slash == origin] = '\0';
	else if (origin && *origin != '\0')
		strcpy(origin, ".");
	return origin;
}

/* Takes the library. */
static void add(struct libraries *libraries, struct library *library)
{
	if (library->path)
		library->origin = origin_of(library->path, !library->needed_by);
	libraries->all[libraries->count++] = library;
}

/* False: memory ran out. */
static bool find(struct finding *finding, const struct library *needed_by, const char *name)
{
	struct library *library;

	if (is_libc(finding, name) || !add_name(finding, name))
		return true;
	library = calloc(1, sizeof(*library));
	if (!library)
		return false;
	library->name = name;
	library->needed_by = needed_by;
	search_library(&finding->search, library);
	if (library->elf.is_ours && is_there(&finding->found, &library->elf)) {
		free_library(library);
		return true;
	}
	if (library->elf.soname)
		(void)add_name(finding, library->elf.soname);
	add(&finding->found, library);
	return true;
}

/* Breadth first, as loaders do. */
static bool find_all(struct finding *finding)
{
	struct libraries *found = &finding->found;

	for (size_t i = 0; i < found->count; i++)
		for (size_t k = 0; k < found->all[i]->elf.needed_count; k++) {
			if (found->count == LIBRARIES_MAX || finding->search.places == 0) {
				found->is_cut = true;
				return true;
			}
			if (!find(finding, found->all[i], found->all[i]->elf.needed[k]))
				return false;
		}
	return true;
}

bool libraries_find(struct libraries *ret_libraries, const char *path, struct elf *program)
{
	struct finding finding = {.search = search_begin(program->interpreter)};
	struct library *first = calloc(1, sizeof(*first));
	bool ok;

	finding.found.all = calloc(LIBRARIES_MAX, sizeof(struct library *));
	ok = first && finding.found.all;
	if (ok) {
		first->name = path;
		first->path = strdup(path);
		first->elf = *program;
		add(&finding.found, first);
		ok = find_all(&finding);
	} else {
		free(first);
		elf_free(program);
	}
	tdestroy(finding.names, keep_name);
	search_end(&finding.search);
	if (ok)
		*ret_libraries = finding.found;
	else
		libraries_free(&finding.found);
	return ok;
}

void libraries_free(struct libraries *libraries)
{
	for (size_t i = 0; i < libraries->count; i++)
		free_library(libraries->all[i]);
	free(libraries->all);
	*libraries = (struct libraries){0};
}
