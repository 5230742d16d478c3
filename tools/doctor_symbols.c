/* doctor_symbols.c: which names an ELF file asks the loader for, and whether Go made it.
 *
 * The loader is never told how many symbols there are. The older hash table says it; the newer one
 * says it in the last link of its last chain, unless it is empty, as in most programs: then what
 * the relocations name is all that matters.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor_symbols.h"

enum {
	SOME = 2048,                /* symbols at once */
	SYMBOLS_MAX = 16 << 20,     /* libLLVM has 100,000 */
	RELOCATIONS_MAX = 64 << 20, /* bytes */
	GO_BLOCK = 256 << 10,       /* bytes at once */
	GO_SEARCHED = 64 << 20,     /* bytes of a file */
	GO_ALIGNMENT = 16,          /* of the mark */
};

#define W(type, name, parameters) #name,
#define U(type, name, parameters)
const char *const wrapped_names[WRAPPED] = {
#include "wrapped.h"
};
#undef W
#undef U

/* ---- names */

struct known {
	const char *name;
	unsigned index; /* below WRAPPED, or one of the next */
};

enum { DLOPEN = WRAPPED, DLMOPEN, ASAN, TSAN, MSAN, HOOK, KNOWN };

static struct known known[KNOWN] = {
	[DLOPEN] = {"dlopen", DLOPEN},
	[DLMOPEN] = {"dlmopen", DLMOPEN},
	[ASAN] = {"__asan_init", ASAN},
	[TSAN] = {"__tsan_init", TSAN},
	[MSAN] = {"__msan_init", MSAN},
	[HOOK] = {"__sanitizer_malloc_hook", HOOK},
};

static int compare_known(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->name, ((const struct known *)b)->name);
}

static void sort_known(void)
{
	static bool is_sorted;

	if (is_sorted)
		return;
	for (unsigned i = 0; i < WRAPPED; i++)
		known[i] = (struct known){wrapped_names[i], i};
	qsort(known, KNOWN, sizeof(known[0]), compare_known);
	is_sorted = true;
}

static void note(struct elf_symbols *symbols, const char *name)
{
	struct known key = {.name = name};
	const struct known *found = bsearch(&key, known, KNOWN, sizeof(key), compare_known);

	if (!found)
		return;
	if (found->index < WRAPPED)
		symbols->wrapped[found->index] = true;
	else if (found->index == DLOPEN || found->index == DLMOPEN)
		symbols->dlopen = true;
	else if (found->index == HOOK)
		symbols->sanitizer_hook = true;
	else
		symbols->sanitizer = true;
}

/* ---- how many */

/* The links of a chain from symbol `first` on; the last has its lowest bit set. 0: it has no end.
 */
static uint64_t end_of_chain(const struct elf_file *file, uint64_t links, uint64_t first)
{
	uint32_t some[SOME];

	for (uint64_t i = first;;) {
		ssize_t len = i < SYMBOLS_MAX
				      ? pread(file->fd, some, sizeof(some), (off_t)(links + i * 4))
				      : 0;

		if (len < 4)
			return 0;
		for (ssize_t k = 0; k < len / 4; k++, i++)
			if (some[k] & 1)
				return i + 1;
	}
}

/* Behind the last symbol that a table of relocations names; 0: none. */
static uint64_t end_of_relocated(const struct elf_file *file, int64_t tag, int64_t size_tag)
{
	uint64_t offset, size, end = 0;

	if (!elf_dynamic_offset(file, tag, &offset) || !elf_dynamic_value(file, size_tag, &size))
		return 0;
	size = size < RELOCATIONS_MAX ? size : RELOCATIONS_MAX;
	for (uint64_t left = size / sizeof(Elf64_Rela), n; left > 0; left -= n) {
		Elf64_Rela *some;

		n = left < SOME ? left : SOME;
		some = elf_take(file, offset, n * sizeof(*some));
		if (!some)
			break;
		for (uint64_t i = 0; i < n; i++)
			if (ELF64_R_SYM(some[i].r_info) >= end)
				end = ELF64_R_SYM(some[i].r_info) + 1;
		offset += n * sizeof(*some);
		free(some);
	}
	return end;
}

static uint64_t count_relocated(const struct elf_file *file)
{
	uint64_t end = end_of_relocated(file, DT_RELA, DT_RELASZ);
	uint64_t plt_end = end_of_relocated(file, DT_JMPREL, DT_PLTRELSZ);

	return plt_end > end ? plt_end : end;
}

/* The table: how many buckets, the first symbol in it, words of the filter, its shift; the filter;
 * the buckets; the links. */
static bool count_gnu(const struct elf_file *file, uint64_t offset, uint64_t *ret_count)
{
	uint32_t *head = elf_take(file, offset, 16), *buckets;
	uint64_t at, last = 0, first, n;

	if (!head)
		return false;
	n = head[0];
	first = head[1];
	at = offset + 16 + (uint64_t)head[2] * 8;
	free(head);
	buckets = elf_take(file, at, n * 4);
	if (!buckets)
		return false;
	for (uint64_t i = 0; i < n; i++)
		last = buckets[i] > last ? buckets[i] : last;
	free(buckets);
	if (last < first) { /* it is empty */
		*ret_count = count_relocated(file);
		return true;
	}
	n = end_of_chain(file, at + n * 4, last - first);
	*ret_count = first + n;
	return n > 0;
}

static bool count_symbols(const struct elf_file *file, uint64_t *ret_count)
{
	uint64_t offset;
	uint32_t *head;

	if (elf_dynamic_offset(file, DT_GNU_HASH, &offset))
		return count_gnu(file, offset, ret_count);
	if (!elf_dynamic_offset(file, DT_HASH, &offset))
		return false;
	head = elf_take(file, offset, 8);
	*ret_count = head ? head[1] : 0;
	free(head);
	return head != NULL;
}

/* ---- the symbols */

static bool note_symbol(const struct elf_file *file, struct elf *elf, const Elf64_Sym *symbol)
{
	unsigned bind = ELF64_ST_BIND(symbol->st_info);

	if (symbol->st_name == 0 || bind == STB_LOCAL)
		return true;
	if (symbol->st_name >= file->strings_size)
		return false;
	note(symbol->st_shndx == SHN_UNDEF ? &elf->imports : &elf->exports,
		elf->strings + symbol->st_name);
	return true;
}

const char *elf_read_symbols(const struct elf_file *file, struct elf *elf)
{
	uint64_t table, count;

	if (!elf_dynamic_offset(file, DT_SYMTAB, &table) || !elf->strings)
		return NULL;
	if (!count_symbols(file, &count))
		return "damaged: how many symbols it has cannot be told";
	if (count > SYMBOLS_MAX || table > file->size ||
		count * sizeof(Elf64_Sym) > file->size - table)
		return "truncated: its symbols lie beyond its end";
	sort_known();
	for (uint64_t i = 0, n; i < count; i += n) {
		Elf64_Sym *some;
		bool ok;

		n = count - i < SOME ? count - i : SOME;
		some = elf_take(file, table + i * sizeof(*some), n * sizeof(*some));
		ok = some != NULL;
		for (uint64_t k = 0; ok && k < n; k++)
			ok = note_symbol(file, elf, &some[k]);
		free(some);
		if (!ok)
			return "damaged: the name of a symbol lies outside its strings";
	}
	return NULL;
}

/* ---- Go */

/* The section that holds all others' names; false: there are no sections to be read. */
static bool has_go_section(const struct elf_file *file, bool *ret_is_go)
{
	const Elf64_Ehdr *header = &file->header;
	Elf64_Shdr *sections = NULL;
	char *names = NULL;
	bool is_there = false;

	if (header->e_shentsize == sizeof(*sections) && header->e_shnum > 0 &&
		header->e_shstrndx < header->e_shnum)
		sections = elf_take(
			file, header->e_shoff, (uint64_t)header->e_shnum * sizeof(*sections));
	if (sections)
		names = elf_take(file, sections[header->e_shstrndx].sh_offset,
			sections[header->e_shstrndx].sh_size);
	for (unsigned i = 0; names && i < header->e_shnum; i++) {
		const char *name = sections[i].sh_name < sections[header->e_shstrndx].sh_size
					   ? names + sections[i].sh_name
					   : "";

		is_there |= strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".gopclntab") == 0 ||
			    strcmp(name, ".note.go.buildid") == 0;
	}
	*ret_is_go = is_there;
	is_there = names != NULL;
	free(names);
	free(sections);
	return is_there;
}

/* The mark lies at a multiple of 16 in the file as in memory. */
static bool has_mark(const char *block, size_t len)
{
	static const char mark[] = "Go buildinf:";

	for (size_t i = 0; i + GO_ALIGNMENT <= len; i += GO_ALIGNMENT)
		if (block[i] == '\xff' && block[i + 1] == ' ' &&
			memcmp(block + i + 2, mark, sizeof(mark) - 1) == 0)
			return true;
	return false;
}

/* Takes what it reads from *left. */
static bool segment_has_mark(const struct elf_file *file, const Elf64_Phdr *segment, uint64_t *left)
{
	uint64_t skipped = -segment->p_vaddr & (GO_ALIGNMENT - 1);
	uint64_t todo = segment->p_filesz > skipped ? segment->p_filesz - skipped : 0;
	uint64_t offset = segment->p_offset + skipped;
	bool is_there = false;

	for (uint64_t n; todo > 0 && *left > 0 && !is_there; todo -= n) {
		char *block;

		n = todo < GO_BLOCK ? todo : GO_BLOCK;
		block = elf_take(file, offset, n);
		is_there = block && has_mark(block, n);
		*left = block && n < *left ? *left - n : 0;
		offset += n;
		free(block);
	}
	return is_there;
}

bool elf_is_go(const struct elf_file *file)
{
	uint64_t left = GO_SEARCHED;
	bool is_go;

	if (has_go_section(file, &is_go))
		return is_go;
	for (size_t i = 0; i < file->segment_count; i++)
		if (file->segments[i].p_type == PT_LOAD && !(file->segments[i].p_flags & PF_X) &&
			segment_has_mark(file, &file->segments[i], &left))
			return true;
	return false;
}
