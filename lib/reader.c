/* reader.c: reading a journal that nobody vouches for. */
#include <sys/mman.h>

#include "reader.h"
#include "text.h"

enum {
	HEADER = TF_JOURNAL_HEADER,
	CHUNK = 64 << 10,
	LONGEST = TF_RECORD_SLOTS * TF_SLOT,
};

static int map_memory(struct tf_reader *reader)
{
	char *at = sys_map(
		NULL, HEADER + CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (tf__is_error(at))
		return (int)(long)at;
	reader->header = (struct tf_journal_header *)(void *)at;
	reader->chunk = at + HEADER;
	return 0;
}

static int read_header(struct tf_reader *reader)
{
	struct tf_journal_header *header = reader->header;
	struct tf_stat stat;
	int r = sys_stat_fd(reader->fd, &stat);

	if (r < 0)
		return r;
	if (!tf__is_file(&stat) || stat.uid != sys_euid() || stat.nlink > 1)
		return -EPERM;
	r = (int)sys_pread(reader->fd, header, sizeof(*header), 0);
	if (r >= 0 && stat.size <= HEADER && header->magic[0] == '\0')
		return -ENOENT; /* whoever made it was killed before a record could be written */
	if (r != (int)sizeof(*header) || __builtin_memcmp(header->magic, "tmpguard", 8) != 0 ||
		header->version != TF_JOURNAL_VERSION)
		return -EPROTO;
	header->roots.text[TF_ROOTS_SIZE - 1] = '\0';
	header->roots.text[TF_ROOTS_SIZE - 2] = '\0';
	return 0;
}

int tf__reader_open(struct tf_reader *reader, int session)
{
	int r;
	int fd = sys_open_at(session, "journal", O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (fd < 0)
		return fd;
	*reader = (struct tf_reader){.fd = fd};
	r = map_memory(reader);
	if (r == 0)
		r = read_header(reader);
	if (r < 0)
		tf__reader_close(reader);
	return r;
}

int tf__reader_open_private(struct tf_reader *reader, const struct tf_journal *journal)
{
	int r;

	*reader = (struct tf_reader){.fd = -1, .journal = journal};
	r = map_memory(reader);
	if (r == 0)
		*reader->header = *tf__journal_header(journal);
	return r;
}

int tf__reader_again(struct tf_reader *reader, const struct tf_reader *first)
{
	*reader = (struct tf_reader){.fd = first->fd, .journal = first->journal, .is_copy = true};
	return map_memory(reader);
}

void tf__reader_close(struct tf_reader *reader)
{
	if (reader->fd >= 0 && !reader->is_copy)
		sys_close(reader->fd);
	if (reader->header)
		sys_unmap(reader->header, HEADER + CHUNK);
}

void tf__reader_rewind(struct tf_reader *reader)
{
	reader->next = 0;
	reader->is_last = reader->is_last && reader->chunk_at == HEADER;
}

/* The bytes of a slot and as many of those behind it as a record may take; fewer at the end. */
static long look_at(struct tf_reader *reader, uint32_t slot, char **ret_bytes)
{
	int64_t at = HEADER + (int64_t)slot * TF_SLOT;
	int64_t in_chunk = at - reader->chunk_at;

	if (in_chunk < 0 || (in_chunk + LONGEST > reader->chunk_len && !reader->is_last)) {
		long len = reader->fd < 0
				   ? tf__journal_copy(reader->journal, at, reader->chunk, CHUNK)
				   : sys_pread(reader->fd, reader->chunk, CHUNK, at);

		reader->chunk_at = at;
		if (len < 0)
			reader->error = (int)len;
		reader->chunk_len = len < 0 ? 0 : len;
		reader->is_last = len < CHUNK;
		in_chunk = 0;
	}
	*ret_bytes = reader->chunk + in_chunk;
	return reader->chunk_len - in_chunk;
}

/* No empty component, no "." and no "..": what the writer made canonical stays so. */
static bool is_canonical(const char *path)
{
	for (const char *p = path; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		if (p[1] == '/' || p[1] == '\0')
			return false;
		if (p[1] == '.' && (p[2] == '/' || p[2] == '\0'))
			return false;
		if (p[1] == '.' && p[2] == '.' && (p[3] == '/' || p[3] == '\0'))
			return false;
	}
	return path[0] == '/';
}

/* A record is as many slots as its text takes, no fewer and no more, and all of them are there. */
static bool is_sound(const struct tf_record *record, long bytes)
{
	size_t end = sizeof(*record) + record->len;

	if (record->state != TF_INTENT && record->state != TF_LIVE)
		return false;
	if (record->kind < TF_KIND_FILE || record->kind > TF_KIND_HAZARD)
		return false;
	if (record->slots != end / TF_SLOT + 1 || record->slots > TF_RECORD_SLOTS ||
		record->slots * TF_SLOT > bytes)
		return false;
	return record->path[record->len] == '\0' && tf__length(record->path) == record->len &&
	       is_canonical(record->path);
}

const struct tf_record *tf__reader_next(struct tf_reader *reader)
{
	char *bytes;
	long len;

	/* once it has failed, it is not for a later pass to go on as if all had been seen */
	while (reader->error == 0 && (len = look_at(reader, reader->next, &bytes)) >= TF_SLOT) {
		struct tf_record *record = (struct tf_record *)(void *)bytes; /* in our chunk */

		if (is_sound(record, len)) {
			record->program[TF_PROGRAM_SIZE - 1] = '\0';
			reader->next += record->slots;
			return record;
		}
		reader->next++;
	}
	return NULL;
}
