/* doctor_symbols.h: an ELF file that is being read: for doctor_elf.c and doctor_symbols.c alone. */
#ifndef TOOLS_DOCTOR_SYMBOLS_H
#define TOOLS_DOCTOR_SYMBOLS_H

#include <elf.h>

#include "doctor_elf.h"

struct elf_file {
	int fd;
	uint64_t size;
	Elf64_Ehdr header;
	Elf64_Phdr *segments; /* owned, and dynamic */
	size_t segment_count;
	Elf64_Dyn *dynamic;
	size_t dynamic_count; /* before the end mark */
	size_t strings_size;
};

/* A part of the file with a NUL behind it, to be freed; NULL where the file has no such part. */
void *elf_take(const struct elf_file *file, uint64_t offset, uint64_t size);

/* Where in the file lies what is loaded at this address. */
bool elf_offset(const struct elf_file *file, uint64_t address, uint64_t *ret_offset);

/* The value of the dynamic section's first entry with this tag; false: there is none. */
bool elf_dynamic_value(const struct elf_file *file, int64_t tag, uint64_t *ret_value);

/* Where in the file lies what that value is the address of. */
bool elf_dynamic_offset(const struct elf_file *file, int64_t tag, uint64_t *ret_offset);

/* Fills imports and exports. NULL, or what is wrong. */
const char *elf_read_symbols(const struct elf_file *file, struct elf *elf);

/* Made by Go's own compiler, which calls the kernel past libc? */
bool elf_is_go(const struct elf_file *file);

#endif
