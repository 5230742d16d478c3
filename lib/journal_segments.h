/* journal_segments.h: the journal's format, and where its slots lie in the file and in memory.
 *
 * A header of a page, then slots of 192 bytes. The file grows by segments, each of which makes the
 * whole four times larger; a segment that is mapped stays where it is, so that a record has one
 * address as long as the journal is open. Segments that have become empty are given back.
 *
 * The mapping is shared, on space that has been allocated for it: a record costs no system call, a
 * full disk is told by an error and never by SIGBUS. That holds on tmpfs, ext4, xfs and overlayfs
 * over these. Elsewhere, and where a file may not become that large, each change is written by
 * calls of its own (journal_append.h), to a file that ends with its last record. Where not even
 * that can be had, it is memory of this process, which only the orderly end cleans by.
 */
#ifndef TF_JOURNAL_SEGMENTS_H
#define TF_JOURNAL_SEGMENTS_H

#include "identity.h"
#include "roots.h"

#define TF_JOURNAL_NAME "journal"

enum tf_state { TF_FREE, TF_CLAIMED, TF_INTENT, TF_LIVE, TF_MORE };
enum tf_kind {
	TF_KIND_FILE = 1,
	TF_KIND_DIR,
	TF_KIND_PROGRAM, /* an image that does not load the shim; nothing is to be removed */
	TF_KIND_HAZARD,  /* something insecure that was done; likewise */
};

/* The low bits are flags; what is left alone, or told otherwise, has the reason above them. */
enum tf_flags {
	TF_FLAG_KEEP = 1,       /* TMPGUARD_PERSIST of its maker matches it */
	TF_FLAG_LEFT_ALONE = 2, /* seen, and not ours: never removed */
	TF_FLAG_PLACE = 4,      /* a directory of tmpguard's own: told only with something in it */
	TF_FLAG_SHARED = 8,     /* one whose files have records of their own, whoever made them */
	TF_REASON_SHIFT = 8,
};

enum tf_reason {
	TF_REASON_OUTSIDE = 1, /* outside the temp roots */
	TF_REASON_NAME,        /* the name does not look generated */
	TF_REASON_MODE,        /* neither 0600 nor, for a directory, 0700 */
	TF_REASON_NEVER,       /* a name that other programs must find */
	TF_REASON_EXCLUDED,    /* TMPGUARD_EXCLUDE */
	TF_REASON_OFF,         /* TMPGUARD_TRACK */
};

enum tf_hazard {
	TF_HAZARD_NAME = 1,     /* a function that only gives a name was called */
	TF_HAZARD_NAME_PRIVATE, /* the same, and the name lies in a private directory */
	TF_HAZARD_PREDICTABLE,  /* a file was made under a predictable name, without O_EXCL */
	TF_HAZARD_TAKEN,        /* what was opened so was there, and somebody else's */
	TF_HAZARD_LINK,         /* somebody else's symbolic link was followed so */
	TF_HAZARD_OWN_LINK,     /* one's own was */
	TF_HAZARD_OPEN_FILE,    /* others may read or write what was made */
	TF_HAZARD_OPEN_DIR,     /* others may write to the directory that was made */
};

enum {
	TF_JOURNAL_VERSION = 4,
	TF_SLOT = 192,
	TF_JOURNAL_HEADER = 4096, /* bytes before the first slot */
	TF_RECORD_SLOTS = 22,     /* of the longest record, a path of PATH_MAX */
	TF_SEGMENTS = 12, /* 64 slots, and each further one makes the whole four times larger */
	TF_PROGRAM_SIZE = 16,
};

struct tf_record {
	uint32_t state;    /* enum tf_state; changed atomically */
	uint8_t kind;      /* enum tf_kind */
	uint8_t slots;     /* that the record takes */
	uint16_t len;      /* of the path, without its NUL */
	int32_t pid;       /* of the maker */
	uint16_t function; /* what was called: the shim's number for it */
	uint16_t flags;    /* enum tf_flags */
	uint64_t when;     /* tf__file_time, before the creation */
	uint64_t caller;   /* the address that called */
	uint64_t kin;      /* when the maker was written down (family.h); 0: it was not */
	char program[TF_PROGRAM_SIZE];
	struct tf_identity id;
	char path[]; /* canonical, absolute */
};

struct tf_journal_header {
	char magic[8];
	uint32_t version;
	uint32_t segments;    /* allocated; beyond them nothing may be touched, mapped or not */
	uint32_t looking;     /* how many look through the slots; see tf__journal_look */
	uint32_t hint;        /* where to begin to look for a free slot */
	uint32_t created;     /* files and directories registered so far */
	uint32_t is_reported; /* there will be a report: what is left alone is told, too */
	uint32_t keeps;       /* there are records with TF_FLAG_KEEP */
	uint32_t in_use; /* slots that the last sweep left, or that there were before growing */
	int32_t sweeper; /* pid of who is sweeping, or 0 */
	uint32_t pid_namespace; /* in which pids are meant */
	uint32_t is_appended;   /* nobody maps it (journal_append.h) */
	struct tf_roots roots;
};

/* Does it stand for no file, and is told to the end? */
static inline bool tf__is_remark(const struct tf_record *record)
{
	return record->kind == TF_KIND_PROGRAM || record->kind == TF_KIND_HAZARD;
}

/* Does it stand for a file that is the session's to remove? */
static inline bool tf__is_registered(const struct tf_record *record)
{
	return !tf__is_remark(record) && !(record->flags & TF_FLAG_LEFT_ALONE);
}

/* Is it a directory of tmpguard's own that goes after the files in it have been told? */
static inline bool tf__is_shared_place(const struct tf_record *record)
{
	return tf__is_registered(record) && record->kind == TF_KIND_DIR &&
	       record->flags & TF_FLAG_SHARED;
}

/* One process's view of the journal. Zero-initialised: not open. */
struct tf_journal {
	const char *path;           /* of the session; borrowed */
	char *segment[TF_SEGMENTS]; /* mapped so far */
	bool is_private;            /* memory of this process only */
	bool is_appended;           /* what is mapped is a copy of the header, and room for calls */
};

bool tf__journal_is_open(const struct tf_journal *journal);

/* In a forked child: the parent's mapping is not there. */
void tf__journal_forget(struct tf_journal *journal);

/* What is mapped is from now on memory of this process alone, and empty; it stays where it is, for
 * other threads may be about to write to it. */
void tf__journal_cut(struct tf_journal *journal);

struct tf_journal_header *tf__journal_header(const struct tf_journal *journal);

/* How many slots there are in what is mapped. Slots that are not one's own may be touched only
 * between look and look_end, or by the sweeper: else they may be given back under one's hands. Who
 * is killed in between only keeps the journal from shrinking. */
uint32_t tf__journal_slots(const struct tf_journal *journal);
void tf__journal_look(const struct tf_journal *journal);
void tf__journal_look_end(const struct tf_journal *journal);

/* The slot of this number, which must be mapped. */
struct tf_record *tf__journal_at(const struct tf_journal *journal, uint32_t slot);

/* Do n slots from this one on lie in one piece of memory? */
bool tf__journal_in_one(uint32_t slot, unsigned n);

/* The file once more, for a moment; or -errno. */
int tf__journal_open_file(const struct tf_journal *journal);

/* Copies up to `size` bytes of the journal from byte `at` on; how many. For private memory. */
long tf__journal_copy(const struct tf_journal *journal, int64_t at, char *ret_bytes, size_t size);

/* --- for journal_length.c and journal_file.c --- */

enum { TF_SEGMENT_FIRST = 16 << 10 }; /* bytes of the first one, header included */

/* Segment k ends at byte TF_SEGMENT_FIRST * 4^k of the file. */
static inline int64_t tf__segment_end(unsigned segment)
{
	return (int64_t)TF_SEGMENT_FIRST << 2 * segment;
}

static inline int64_t tf__segment_begin(unsigned segment)
{
	return segment == 0 ? 0 : tf__segment_end(segment - 1);
}

static inline uint32_t tf__segment_slots(unsigned segment)
{
	return (uint32_t)((tf__segment_end(segment) - TF_JOURNAL_HEADER) / TF_SLOT);
}

static inline unsigned tf__segment_of(uint32_t slot)
{
	unsigned segment = 0;

	while (slot >= tf__segment_slots(segment))
		segment++;
	return segment;
}

/* Segments mapped so far; they are mapped in order. */
unsigned tf__segments_mapped(const struct tf_journal *journal);

/* Segments that may be touched. */
unsigned tf__segments_usable(const struct tf_journal *journal);

/* Maps segment k of the file fd, or of private memory (fd -1). Threads may race; one wins. 0 or
 * -errno. */
int tf__segment_map(struct tf_journal *journal, unsigned k, int fd);

#endif
