/* generation.c: what tells two files apart that have had the same inode number.
 *
 * Of an open file it is had by ioctl(FS_IOC_GETVERSION), which is cheap; of a name, whatever it
 * leads to, out of the handle that NFS would give to its clients.
 */
#include "generation.h"

enum {
	GET_VERSION = 0x80087601, /* FS_IOC_GETVERSION, of 64-bit machines */
	EXT = 0xef53,
	XFS = 0x58465342,
	HANDLE_INO32_GEN = 1,
	HANDLE_INO64_GEN = 0x81, /* of xfs */
};

/* The filesystem that was asked about last, and whether it counts. Whoever writes it says what is
 * true, so threads need no order. */
static uint64_t known;

static bool counts(int dir, const char *path, int flags, uint64_t dev)
{
	long fs[16] = {0}; /* struct statfs of 64-bit machines begins with the type */
	uint64_t was = __atomic_load_n(&known, __ATOMIC_RELAXED);
	bool r = false;
	long got;

	if (was >> 1 == dev + 1)
		return was & 1;
	if (flags & TF_AT_EMPTY_PATH || (dir != AT_FDCWD && path[0] != '/'))
		got = tf__sys3(SYS_fstatfs, dir, (long)fs, 0);
	else
		got = tf__sys3(SYS_statfs, (long)path, (long)fs, 0);
	if (got == 0)
		r = fs[0] == EXT || fs[0] == XFS;
	__atomic_store_n(&known, (dev + 1) << 1 | r, __ATOMIC_RELAXED);
	return r;
}

static uint32_t of_file(int fd)
{
	long generation = 0; /* the kernel writes 32 bits of it */

	if (tf__sys3(SYS_ioctl, fd, (long)(unsigned)GET_VERSION, (long)&generation) < 0)
		return 0;
	return (uint32_t)generation;
}

static uint32_t of_name(int dir, const char *name, int flags)
{
	struct {
		uint32_t size;
		int32_t type;
		uint32_t words[32];
	} handle = {.size = sizeof(handle.words)}; /* the kernel's struct file_handle */
	int mount;

	if (tf__sys(SYS_name_to_handle_at, dir, (long)name, (long)&handle, (long)&mount,
		    flags & TF_AT_EMPTY_PATH, 0) < 0)
		return 0;
	if (handle.type == HANDLE_INO32_GEN)
		return handle.words[1];
	return handle.type == HANDLE_INO64_GEN ? handle.words[2] : 0;
}

struct tf_identity tf__identify(int dir, const char *path, int flags, const struct tf_stat *stat)
{
	struct tf_identity id = tf__identity(stat);

	if (!counts(dir, path, flags, id.dev))
		return id;
	if (flags & TF_AT_EMPTY_PATH && tf__is_file(stat))
		id.generation = of_file(dir);
	else
		id.generation = of_name(dir, path, flags);
	return id;
}

void tf__identify_like(
	struct tf_identity *id, const struct tf_identity *other, int dir, const char *name)
{
	if (other->generation != 0)
		id->generation = of_name(dir, name, 0);
}
