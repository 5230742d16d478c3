/* doctor_search.h: where a library lies that a program or another library needs. */
#ifndef TOOLS_DOCTOR_SEARCH_H
#define TOOLS_DOCTOR_SEARCH_H

#include "doctor_cache.h"
#include "doctor_elf.h"

/* The program, or a library. */
struct library {
	const char *name;                /* as it was asked for; borrowed from who needs it */
	const struct library *needed_by; /* NULL: this is the program */
	char *path;                      /* owned; NULL: it was not found */
	char *origin;                    /* owned: the directory that $ORIGIN stands for */
	const char *wrong;               /* why it cannot be read, or NULL */
	struct elf elf;                  /* owned; empty where it cannot be */
};

/* Its name without directories. */
const char *library_base(const struct library *library);

struct search {
	bool is_for_musl;
	struct ld_cache cache; /* glibc's */
	char *system;          /* owned: directories, with colons between */
	unsigned places;       /* that may be looked into yet */
};

/* Is this the loader of programs for musl? NULL is none. */
bool is_musl_loader(const char *interpreter);

/* Gives a search as this loader makes it. */
struct search search_begin(const char *interpreter);

void search_end(struct search *search);

/* Looks for library->name, and fills in the rest, all but origin. What lies there and is no library
 * is found, too, and says why: loaders stop there. */
void search_library(struct search *search, struct library *library);

#endif
