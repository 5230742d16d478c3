/* fuzz.c: what `tmpguard doctor` reads, cut off at every length and with bytes changed.
 *
 *     fuzz elf FILE SEED     FILE is a small ELF file; a copy is written to ./mangled
 *     fuzz cache FILE SEED   FILE is a list of ldconfig's
 *
 * Built with sanitizers: what is read beyond an end, and what is lost, ends it. So does an open
 * descriptor that is left, or a case that takes long. Says how many cases there were, and how many
 * of them were read as if nothing were wrong.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor_cache.h"
#include "doctor_libraries.h"

enum { ROUNDS = 4000, SECONDS = 60, CHANGED_MAX = 4, LENGTHS = 2500 };

static const char mangled[] = "mangled";
static unsigned cases, whole;
static uint64_t state;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static char *load(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "r");
	char *data = malloc(4 << 20);

	if (!file || !data)
		die(path);
	*ret_size = fread(data, 1, 4 << 20, file);
	fclose(file);
	return data;
}

/* Never cut to nothing: ext4 then writes to the disk at close. */
static void store(const char *data, size_t size)
{
	int fd = open(mangled, O_WRONLY | O_CREAT, 0700);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || ftruncate(fd, (off_t)size) < 0)
		die(mangled);
	close(fd);
}

static void try_elf(void)
{
	struct libraries libraries;
	struct elf elf;

	if (elf_read(&elf, mangled) != NULL)
		return;
	whole++;
	if (libraries_find(&libraries, mangled, &elf))
		libraries_free(&libraries);
}

static void try_cache(void)
{
	struct ld_cache cache = ld_cache_read(mangled);
	const char *path;
	size_t at = 0;

	whole += cache.data != NULL;
	while ((path = ld_cache_next(&cache, "libc.so.6", &at)) != NULL)
		if (strlen(path) > 4 << 20)
			abort();
	ld_cache_free(&cache);
}

static void run(void (*try)(void), const char *data, size_t size)
{
	store(data, size);
	cases++;
	try();
}

static void cut(void (*try)(void), const char *data, size_t size)
{
	for (size_t n = 0; n < size; n += 1 + size / LENGTHS)
		run(try, data, n);
}

/* Interesting values more often than not; half of the places are in the first 1024 bytes. */
static void change(void (*try)(void), const char *data, size_t size)
{
	static const uint64_t values[] = {0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0xffffffff,
		INT64_MAX, UINT64_MAX, UINT64_MAX - 7, 1u << 20, 1ull << 40};
	char *copy = malloc(size);

	for (unsigned round = 0; copy && round < ROUNDS; round++) {
		memcpy(copy, data, size);
		for (uint64_t left = 1 + draw() % CHANGED_MAX; left > 0; left--) {
			size_t at = draw() % (draw() % 2 && size > 1024 ? 1024 : size);
			size_t len = (size_t)1 << draw() % 4;
			uint64_t value =
				draw() % 3 == 0
					? draw()
					: values[draw() % (sizeof(values) / sizeof(values[0]))];

			memcpy(copy + at, &value, len < size - at ? len : size - at);
		}
		run(try, copy, size);
	}
	free(copy);
}

int main(int argc, char **argv)
{
	void (*try)(void) = argc == 4 && strcmp(argv[1], "elf") == 0 ? try_elf : try_cache;
	size_t size;
	char *data;
	int before = dup(0), after;

	if (argc != 4)
		return 2;
	close(before);
	alarm(SECONDS);
	state = strtoull(argv[3], NULL, 0) | 1;
	data = load(argv[2], &size);
	run(try, data, size);
	if (whole != 1)
		die("the file itself is not read");
	cut(try, data, size);
	change(try, data, size);
	free(data);
	after = dup(0);
	printf("%u cases, %u read whole, %d descriptors left open\n", cases, whole, after - before);
	return after != before;
}
