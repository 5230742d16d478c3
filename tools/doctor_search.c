/* doctor_search.c: where a library lies that a program or another library needs.
 *
 * The order of glibc: DT_RPATH of who asks, of who has asked for that one and so on, unless who
 * asks has a DT_RUNPATH; LD_LIBRARY_PATH; DT_RUNPATH; the list that ldconfig has made; the system's
 * directories. musl takes LD_LIBRARY_PATH first, makes no difference between the two tags, and has
 * directories of its own in place of the last two. What is built for processors that can do more
 * (glibc-hwcaps) is found where it is on ldconfig's list; it imports the same.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "doctor_search.h"

#if defined(__x86_64__)
#	define MULTIARCH "x86_64-linux-gnu"
#else
#	define MULTIARCH "aarch64-linux-gnu"
#endif

enum { PLACES_MAX = 65536 };

static const char glibc_directories[] =
	"/lib/" MULTIARCH ":/usr/lib/" MULTIARCH ":/lib64:/usr/lib64:/lib:/usr/lib";
static const char musl_directories[] = "/lib:/usr/local/lib:/usr/lib";

const char *library_base(const struct library *library)
{
	const char *slash = strrchr(library->name, '/');

	return slash ? slash + 1 : library->name;
}

/* ---- one place */

/* True ends the search: the library is there, or what a loader would give up at. */
static bool try_path(struct search *search, struct library *library, const char *path)
{
	if (search->places == 0)
		return false;
	search->places--;
	if (access(path, F_OK) < 0)
		return false;
	library->wrong = elf_read(&library->elf, path);
	if (!library->wrong && !library->elf.is_ours) { /* loaders pass over these */
		elf_free(&library->elf);
		return false;
	}
	library->path = strdup(path);
	return true;
}

/* ---- the tokens in a path */

struct token {
	const char *name, *value;
};

/* The token that begins behind the '$' at *p, which is moved past it; NULL: none. */
static const struct token *take_token(const char **p, const char *end, const struct token *tokens)
{
	bool has_brace = *p + 1 < end && (*p)[1] == '{';
	const char *name = *p + 1 + has_brace;

	for (; tokens->name; tokens++) {
		size_t len = strlen(tokens->name);

		if ((size_t)(end - name) < len + has_brace ||
			memcmp(name, tokens->name, len) != 0 || (has_brace && name[len] != '}'))
			continue;
		*p = name + len + has_brace;
		return tokens;
	}
	return NULL;
}

/* The text with its tokens' values; false: it is too long. */
static bool expand(const char *text, size_t len, const struct token *tokens, char ret[PATH_MAX])
{
	const char *end = text + len;
	size_t at = 0;

	for (const char *p = text; p < end;) {
		const struct token *token = *p == '$' ? take_token(&p, end, tokens) : NULL;
		const char *piece = token ? token->value : p++;
		size_t n = token ? strlen(piece) : 1;

		if (n >= PATH_MAX - at)
			return false;
		memcpy(ret + at, piece, n);
		at += n;
	}
	ret[at] = '\0';
	return true;
}

/* What $LIB stands for was decided when the loader was built: each that it may be is tried. */
static bool try_expanded(struct search *search, struct library *library, const char *origin,
	const char *text, size_t len, const char *name)
{
	static const char *const directories[] = {("lib/" MULTIARCH), "lib64", "lib"};
	const char *platform = (const char *)getauxval(AT_PLATFORM);
	struct token tokens[] = {
		{"ORIGIN", origin ? origin : "."},
		{"PLATFORM", platform ? platform : ""},
		{"LIB", NULL},
		{NULL, NULL},
	};
	bool has_lib = memmem(text, len, "LIB", 3) != NULL;

	for (size_t i = 0; i < (has_lib ? sizeof(directories) / sizeof(directories[0]) : 1); i++) {
		char directory[PATH_MAX], path[PATH_MAX];

		tokens[2].value = directories[i];
		search->places -= search->places > 0; /* also where nothing is looked at */
		if (expand(text, len, tokens, directory) &&
			snprintf(path, sizeof(path), "%s%s%s", directory,
				*directory && *name ? "/" : "", name) < (int)sizeof(path) &&
			try_path(search, library, path))
			return true;
	}
	return false;
}

/* ---- lists of directories */

/* In glibc's an empty entry is the current directory; each counts as a place. */
static bool try_list(struct search *search, struct library *library, const char *origin,
	const char *list, const char *separators)
{
	while (list && search->places > 0) {
		size_t len = strcspn(list, separators);

		if (len == 0 && search->is_for_musl)
			search->places--;
		else if (try_expanded(search, library, origin, list, len, library->name))
			return true;
		list = list[len] != '\0' ? list + len + 1 : NULL;
	}
	return false;
}

static bool try_variable(struct search *search, struct library *library)
{
	const char *list = getenv("LD_LIBRARY_PATH");

	return list && *list &&
	       try_list(search, library, library->needed_by->origin, list,
		       search->is_for_musl ? ":\n" : ":;");
}

static bool try_rpaths(struct search *search, struct library *library)
{
	const struct library *asker = library->needed_by;

	if (asker->elf.runpath)
		return false;
	for (; asker; asker = asker->needed_by)
		if (!asker->elf.runpath &&
			try_list(search, library, asker->origin, asker->elf.rpath, ":"))
			return true;
	return false;
}

static bool try_cache(struct search *search, struct library *library)
{
	const char *path;
	size_t at = 0;

	while ((path = ld_cache_next(&search->cache, library->name, &at)) != NULL)
		if (try_path(search, library, path))
			return true;
	return false;
}

static bool search_for_glibc(struct search *search, struct library *library)
{
	const struct library *asker = library->needed_by;

	return try_rpaths(search, library) || try_variable(search, library) ||
	       try_list(search, library, asker->origin, asker->elf.runpath, ":") ||
	       try_cache(search, library) ||
	       try_list(search, library, NULL, glibc_directories, ":");
}

static bool search_for_musl(struct search *search, struct library *library)
{
	if (try_variable(search, library))
		return true;
	for (const struct library *asker = library->needed_by; asker; asker = asker->needed_by)
		if (try_list(search, library, asker->origin,
			    asker->elf.runpath ? asker->elf.runpath : asker->elf.rpath, ":\n"))
			return true;
	return try_list(
		search, library, NULL, search->system ? search->system : musl_directories, ":\n");
}

void search_library(struct search *search, struct library *library)
{
	const char *name = library->name;

	if (strchr(name, '/'))
		(void)try_expanded(
			search, library, library->needed_by->origin, name, strlen(name), "");
	else if (search->is_for_musl)
		(void)search_for_musl(search, library);
	else
		(void)search_for_glibc(search, library);
}

/* ---- what is there of the loader's */

bool is_musl_loader(const char *interpreter)
{
	return interpreter && strstr(interpreter, "/ld-musl-");
}

/* Of /usr/lib/ld-musl-ARCH.so.1 it is /usr/etc/ld-musl-ARCH.path. NULL: there is none. */
static char *read_musl_directories(const char *interpreter)
{
	const char *name = strstr(interpreter, "/ld-musl-") + 1, *end = strchr(name, '.');
	const char *top = memrchr(interpreter, '/', (size_t)(name - 1 - interpreter));
	char path[PATH_MAX], text[PATH_MAX];
	ssize_t len = -1;
	int fd = -1;

	if (top && end &&
		snprintf(path, sizeof(path), "%.*s/etc/%.*s.path", (int)(top - interpreter),
			interpreter, (int)(end - name), name) < (int)sizeof(path))
		fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, sizeof(text));
		close(fd);
	}
	return len < 0 ? NULL : strndup(text, (size_t)len);
}

struct search search_begin(const char *interpreter)
{
	struct search search = {.is_for_musl = is_musl_loader(interpreter), .places = PLACES_MAX};

	if (search.is_for_musl)
		search.system = read_musl_directories(interpreter);
	else
		search.cache = ld_cache_read("/etc/ld.so.cache");
	return search;
}

void search_end(struct search *search)
{
	ld_cache_free(&search->cache);
	free(search->system);
}
