/* bind.c: the definitions behind our wrappers.
 *
 * The loader keeps its objects in a list, in the order in which they are searched; debuggers read
 * it, so its form is fixed. Objects that were there at the program's start, which libc and every
 * preload are, never leave it. Symbols are found by each object's GNU hash table. Nothing here
 * takes a lock or calls anything: it works in signal handlers, in vfork children, and while libc
 * is not ready yet.
 */
#include <elf.h>
#include <errno.h>
#include <stddef.h>

#include "bind.h"
#include "libc.h"
#include "text.h"

struct object { /* the public part of struct link_map, link.h */
	uintptr_t base;
	const char *path;
	const Elf64_Dyn *dynamic;
	struct object *next, *previous;
};

struct debug { /* struct r_debug, link.h */
	int version;
	struct object *objects;
};

struct symbols {
	const uint32_t *gnu_hash;
	const Elf64_Sym *table;
	const Elf64_Half *versions;
	const char *strings;
};

extern struct debug _r_debug __attribute__((weak));        /* glibc */
extern struct debug *_dl_debug_addr __attribute__((weak)); /* musl */
extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));

/* One string of all names, and where each begins: an array of pointers would cost a relocation for
 * each name at every start. */
#define W(type, name, parameters) char in_##name[sizeof(#name)];
#define U(type, name, parameters) char in_##name[sizeof(#name)];
struct name_texts {
#include "wrapped.h"
};
#undef W
#undef U
#define W(type, name, parameters) #name,
#define U(type, name, parameters) #name,
static const struct name_texts texts = {
#include "wrapped.h"
};
#undef W
#undef U
#define W(type, name, parameters) offsetof(struct name_texts, in_##name),
#define U(type, name, parameters) offsetof(struct name_texts, in_##name),
static const uint16_t text_at[] = {
#include "wrapped.h"
};
#undef W
#undef U

static void *found[SHIM_NAMES];

static const struct object *own_object(void)
{
	const struct object *object = NULL;

	if (&_r_debug)
		object = _r_debug.objects;
	else if (&_dl_debug_addr)
		object = _dl_debug_addr->objects;
	while (object && object->dynamic != _DYNAMIC)
		object = object->next;
	return object;
}

/* glibc relocates these addresses in place, musl does not. */
static const void *address(const struct object *object, Elf64_Addr value)
{
	return (const void *)(value < object->base ? value + object->base : value);
}

static struct symbols symbols_of(const struct object *object)
{
	struct symbols symbols = {0};

	for (const Elf64_Dyn *d = object->dynamic; d && d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_GNU_HASH)
			symbols.gnu_hash = address(object, d->d_un.d_ptr);
		else if (d->d_tag == DT_SYMTAB)
			symbols.table = address(object, d->d_un.d_ptr);
		else if (d->d_tag == DT_STRTAB)
			symbols.strings = address(object, d->d_un.d_ptr);
		else if (d->d_tag == DT_VERSYM)
			symbols.versions = address(object, d->d_un.d_ptr);
	}
	return symbols;
}

/* Defined here, and the version that a new program would get? */
static bool is_default(const struct symbols *symbols, uint32_t i)
{
	enum { HIDDEN_VERSION = 0x8000 };
	unsigned type = ELF64_ST_TYPE(symbols->table[i].st_info);

	return symbols->table[i].st_shndx != SHN_UNDEF &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC) &&
	       !(symbols->versions && symbols->versions[i] & HIDDEN_VERSION);
}

static uint32_t hash_of(const char *name)
{
	uint32_t h = 5381;

	for (; *name != '\0'; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

static const Elf64_Sym *find_in(const struct symbols *symbols, const char *name, uint32_t hash)
{
	uint32_t buckets = symbols->gnu_hash[0], first = symbols->gnu_hash[1];
	uint32_t words = symbols->gnu_hash[2], shift = symbols->gnu_hash[3];
	const uint64_t *bloom = (const uint64_t *)(const void *)(symbols->gnu_hash + 4);
	const uint32_t *bucket = (const uint32_t *)(const void *)(bloom + words);
	const uint32_t *chain = bucket + buckets;
	uint64_t word = bloom[hash / 64 % words];

	if (!(word >> hash % 64 & word >> (hash >> shift) % 64 & 1))
		return NULL;
	for (uint32_t i = bucket[hash % buckets]; i >= first; i++) {
		uint32_t h = chain[i - first];

		if ((h | 1) == (hash | 1) && is_default(symbols, i) &&
			tf__equal(symbols->strings + symbols->table[i].st_name, name))
			return &symbols->table[i];
		if (h & 1)
			break;
	}
	return NULL;
}

static void *find_next(const char *name)
{
	const struct object *object = own_object();
	uint32_t hash = hash_of(name);

	for (object = object ? object->next : NULL; object; object = object->next) {
		struct symbols symbols = symbols_of(object);
		const Elf64_Sym *symbol;
		void *at;

		if (!symbols.gnu_hash || !symbols.table || !symbols.strings ||
			symbols.gnu_hash[0] == 0)
			continue;
		symbol = find_in(&symbols, name, hash);
		if (!symbol)
			continue;
		at = (void *)(object->base + symbol->st_value);
		if (ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC)
			at = ((void *(*)(void))at)();
		return at;
	}
	return NULL;
}

/* libc may have only one of two names: musl's loader takes open for open64, which is not in its
 * table of symbols. */
static void *find_plain(const char *name)
{
	char plain[32];
	size_t len = tf__length(name);

	if (len < 3 || len >= sizeof(plain) || !tf__equal(name + len - 2, "64"))
		return NULL;
	tf__copy(plain, name, len - 2);
	plain[len - 2] = '\0';
	return find_next(plain);
}

static long not_there(void)
{
	shim_set_errno(ENOSYS);
	return -1;
}

void *shim_next(enum shim_name which)
{
	void *at = __atomic_load_n(&found[which], __ATOMIC_RELAXED);

	if (at)
		return at;
	at = find_next(shim_name_text(which));
	if (!at)
		at = find_plain(shim_name_text(which));
	if (!at)
		at = (void *)not_there;
	__atomic_store_n(&found[which], at, __ATOMIC_RELAXED);
	return at;
}

bool shim_has_next(enum shim_name which)
{
	return shim_next(which) != (void *)not_there;
}

const char *shim_name_text(enum shim_name which)
{
	return (const char *)&texts + text_at[which];
}

const char *shim_own_path(void)
{
	const struct object *object = own_object();

	return object ? object->path : NULL;
}
