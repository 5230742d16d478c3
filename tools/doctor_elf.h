/* doctor_elf.h: what an ELF file says of itself that matters to a preload.
 *
 * The file is not trusted: whatever it says of offsets and counts is held against its size. Only a
 * 64-bit file of this machine is read beyond its header. Nothing waits: no FIFO, no device is ever
 * opened.
 */
#ifndef TOOLS_DOCTOR_ELF_H
#define TOOLS_DOCTOR_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How many functions shim/wrapped.h wraps. */
#define W(type, name, parameters) +1
#define U(type, name, parameters)
enum {
	WRAPPED = 0
#include "wrapped.h"
};
#undef W
#undef U

/* Their names, in the order of the table. */
extern const char *const wrapped_names[WRAPPED];

/* A name that the dynamic loader has to find, or finds here. */
struct elf_symbols {
	bool wrapped[WRAPPED];
	bool dlopen;
	bool sanitizer;      /* what the runtime of one exports: __asan_init, __tsan_init */
	bool sanitizer_hook; /* what such a runtime imports */
};

struct elf {
	dev_t device;
	ino_t inode;
	unsigned machine, bits; /* EM_..., 32 or 64 */
	bool is_big_endian;
	bool is_ours; /* 64-bit and of this machine; else nothing of the below is known */
	bool is_go;
	bool is_program;   /* it wants an interpreter, or can be nothing but a program */
	bool has_dynamic;  /* for a loader */
	char *interpreter; /* NULL: none */
	char *strings;     /* what the next four point into */
	const char *soname, *rpath, *runpath; /* NULL: none */
	const char **needed;
	size_t needed_count;
	struct elf_symbols imports, exports;
};

/* NULL, and *ret_elf is given (elf_free); or what is wrong, in a few words. */
const char *elf_read(struct elf *ret_elf, const char *path);

void elf_free(struct elf *elf);

#endif
