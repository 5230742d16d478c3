/* doctor_elf.c: what an ELF file says of itself that matters to a preload.
 *
 * It is read by pread: a mapping of a file that somebody cuts off is a SIGBUS. What the sections
 * say is only believed where it costs nothing if it is wrong (they are not loaded, and may be
 * stripped).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor_elf.h"
#include "doctor_symbols.h"

enum {
	INTERPRETER_MAX = 4096,
	NEEDED_MAX = 4096,
	NAME_MAX_BYTES = 64 << 10, /* a list of directories may be long */
	TABLE_MAX = 64 << 20,      /* bytes of one table; Chromium's largest has 5 MB */
};

#if defined(__x86_64__)
enum { OUR_MACHINE = EM_X86_64 };
#else
enum { OUR_MACHINE = EM_AARCH64 };
#endif

static const char damaged_dynamic[] = "damaged: its dynamic section leads outside the file";
static const char no_memory[] = "no memory";

/* ---- the header */

static uint16_t half(const Elf64_Ehdr *header, uint16_t value)
{
	return header->e_ident[EI_DATA] == ELFDATA2MSB ? __builtin_bswap16(value) : value;
}

/* e_type and e_machine lie where they do in both word sizes. */
static const char *check_header(const Elf64_Ehdr *header, size_t len)
{
	const unsigned char *id = header->e_ident;
	unsigned type = half(header, header->e_type);

	if (len == 0)
		return "empty";
	if (len < SELFMAG || memcmp(id, ELFMAG, SELFMAG) != 0)
		return "not an ELF file";
	if (len < offsetof(Elf64_Ehdr, e_version))
		return "truncated: not even its header is whole";
	if ((id[EI_CLASS] != ELFCLASS32 && id[EI_CLASS] != ELFCLASS64) ||
		(id[EI_DATA] != ELFDATA2LSB && id[EI_DATA] != ELFDATA2MSB))
		return "damaged: its ELF header has no word size or byte order";
	if (type == ET_REL || type == ET_CORE)
		return type == ET_REL ? "an object file, not a program"
				      : "a core dump, not a program";
	return type == ET_EXEC || type == ET_DYN ? NULL : "damaged: an ELF file of no known type";
}

static const char *read_header(struct elf_file *file, struct elf *elf)
{
	Elf64_Ehdr *header = &file->header;
	ssize_t len = pread(file->fd, header, sizeof(*header), 0);
	const char *wrong = len < 0 ? strerror(errno) : check_header(header, (size_t)len);

	if (wrong)
		return wrong;
	elf->machine = half(header, header->e_machine);
	elf->bits = header->e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	elf->is_big_endian = header->e_ident[EI_DATA] == ELFDATA2MSB;
	elf->is_ours = elf->bits == 64 && !elf->is_big_endian && elf->machine == OUR_MACHINE;
	if (elf->is_ours && (size_t)len < sizeof(*header))
		return "truncated: not even its header is whole";
	return NULL;
}

/* ---- reading */

void *elf_take(const struct elf_file *file, uint64_t offset, uint64_t size)
{
	char *data;

	if (size > TABLE_MAX || offset > file->size || size > file->size - offset)
		return NULL;
	data = malloc(size + 1); /* with a NUL behind it */
	if (data && pread(file->fd, data, size, (off_t)offset) != (ssize_t)size) {
		free(data);
		return NULL;
	}
	if (data)
		data[size] = '\0';
	return data;
}

bool elf_offset(const struct elf_file *file, uint64_t address, uint64_t *ret_offset)
{
	for (size_t i = 0; i < file->segment_count; i++) {
		const Elf64_Phdr *segment = &file->segments[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
			address - segment->p_vaddr < segment->p_filesz)
			return !__builtin_add_overflow(
				segment->p_offset, address - segment->p_vaddr, ret_offset);
	}
	return false;
}

static const Elf64_Phdr *find_segment(const struct elf_file *file, unsigned type)
{
	for (size_t i = 0; i < file->segment_count; i++)
		if (file->segments[i].p_type == type)
			return &file->segments[i];
	return NULL;
}

static const char *read_segments(struct elf_file *file)
{
	const Elf64_Ehdr *header = &file->header;
	uint64_t size = (uint64_t)header->e_phnum * sizeof(Elf64_Phdr);

	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 || size > 65536)
		return "damaged: it has no program headers that could be loaded";
	file->segments = elf_take(file, header->e_phoff, size);
	if (!file->segments)
		return "truncated: its program headers lie beyond its end";
	file->segment_count = header->e_phnum;
	return NULL;
}

static const char *read_interpreter(const struct elf_file *file, struct elf *elf)
{
	const Elf64_Phdr *segment = find_segment(file, PT_INTERP);

	if (!segment)
		return NULL;
	if (segment->p_filesz < 2 || segment->p_filesz > INTERPRETER_MAX)
		return "damaged: its loader's name is of no possible length";
	elf->interpreter = elf_take(file, segment->p_offset, segment->p_filesz);
	return elf->interpreter ? NULL : "truncated: its loader's name lies beyond its end";
}

/* ---- the dynamic section */

bool elf_dynamic_value(const struct elf_file *file, int64_t tag, uint64_t *ret_value)
{
	for (size_t i = 0; i < file->dynamic_count; i++)
		if (file->dynamic[i].d_tag == tag) {
			*ret_value = file->dynamic[i].d_un.d_val;
			return true;
		}
	return false;
}

bool elf_dynamic_offset(const struct elf_file *file, int64_t tag, uint64_t *ret_offset)
{
	uint64_t address;

	return elf_dynamic_value(file, tag, &address) && elf_offset(file, address, ret_offset);
}

static const char *read_dynamic(struct elf_file *file, struct elf *elf)
{
	const Elf64_Phdr *segment = find_segment(file, PT_DYNAMIC);
	size_t most;

	if (!segment)
		return NULL;
	file->dynamic = elf_take(file, segment->p_offset, segment->p_filesz);
	if (!file->dynamic)
		return "truncated: its dynamic section lies beyond its end";
	elf->has_dynamic = true;
	most = segment->p_filesz / sizeof(Elf64_Dyn);
	while (file->dynamic_count < most && file->dynamic[file->dynamic_count].d_tag != DT_NULL)
		file->dynamic_count++;
	return NULL;
}

static const char *read_strings(struct elf_file *file, struct elf *elf)
{
	uint64_t offset, size;

	if (!elf_dynamic_value(file, DT_STRSZ, &size) || size == 0)
		return NULL; /* no names at all */
	if (!elf_dynamic_offset(file, DT_STRTAB, &offset))
		return damaged_dynamic;
	elf->strings = elf_take(file, offset, size);
	file->strings_size = size;
	return elf->strings ? NULL : damaged_dynamic;
}

/* The names that the dynamic section has: of this file, what it needs and where that lies. */
static const char *read_names(const struct elf_file *file, struct elf *elf)
{
	elf->needed = calloc(file->dynamic_count + 1, sizeof(*elf->needed));
	if (!elf->needed)
		return no_memory;
	for (size_t i = 0; i < file->dynamic_count; i++) {
		const Elf64_Dyn *entry = &file->dynamic[i];
		const char **to = entry->d_tag == DT_SONAME    ? &elf->soname
				  : entry->d_tag == DT_RPATH   ? &elf->rpath
				  : entry->d_tag == DT_RUNPATH ? &elf->runpath
				  : entry->d_tag == DT_NEEDED  ? &elf->needed[elf->needed_count]
							       : NULL;

		if (!to)
			continue;
		if (entry->d_un.d_val >= file->strings_size)
			return "damaged: a name in its dynamic section lies outside its strings";
		*to = elf->strings + entry->d_un.d_val;
		if (strnlen(*to, NAME_MAX_BYTES) == NAME_MAX_BYTES)
			return "damaged: a name in its dynamic section is of no possible length";
		if (entry->d_tag == DT_NEEDED && ++elf->needed_count > NEEDED_MAX)
			return "damaged: it needs more libraries than any program";
	}
	return NULL;
}

/* ---- all of it */

/* Without an interpreter a program says so of itself, or does not say that it can lie anywhere. */
static bool says_it_is_program(const struct elf_file *file, const struct elf *elf)
{
	uint64_t flags;

	return elf->interpreter || file->header.e_type == ET_EXEC ||
	       (elf_dynamic_value(file, DT_FLAGS_1, &flags) && (flags & DF_1_PIE));
}

static const char *read_all(struct elf_file *file, struct elf *elf)
{
	const char *wrong = read_header(file, elf);

	if (wrong || !elf->is_ours)
		return wrong;
	wrong = read_segments(file);
	if (!wrong)
		wrong = read_interpreter(file, elf);
	if (!wrong)
		wrong = read_dynamic(file, elf);
	if (!wrong)
		wrong = read_strings(file, elf);
	if (!wrong)
		wrong = read_names(file, elf);
	if (!wrong)
		wrong = elf_read_symbols(file, elf);
	if (wrong)
		return wrong;
	elf->is_program = says_it_is_program(file, elf);
	elf->is_go = elf_is_go(file);
	return NULL;
}

/* Not blocking: it may be a FIFO. */
static const char *open_file(struct elf_file *ret_file, const char *path, struct elf *elf)
{
	struct stat stat;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode)) {
		close(fd);
		return "not a regular file";
	}
	*ret_file = (struct elf_file){.fd = fd, .size = (uint64_t)stat.st_size};
	elf->device = stat.st_dev;
	elf->inode = stat.st_ino;
	return NULL;
}

const char *elf_read(struct elf *ret_elf, const char *path)
{
	struct elf elf = {0};
	struct elf_file file;
	const char *wrong = open_file(&file, path, &elf);

	if (wrong)
		return wrong;
	wrong = read_all(&file, &elf);
	close(file.fd);
	free(file.segments);
	free(file.dynamic);
	if (wrong)
		elf_free(&elf);
	else
		*ret_elf = elf;
	return wrong;
}

void elf_free(struct elf *elf)
{
	free(elf->interpreter);
	free(elf->strings);
	free(elf->needed);
	*elf = (struct elf){0};
}
