/* family.c: who is whose child in a session. */
#include <sys/resource.h>

#include "family.h"
#include "identity.h"
#include "process.h"
#include "text.h"

struct entry {
	uint64_t when;
	uint64_t parent_when;
	int32_t parent;
	uint32_t pid_namespace; /* in which the numbers mean something */
	struct tf_birth birth;
};

enum { PATH = 320 }; /* of the table: more than that of any session and its name */

static const char file_name[] = "family";

static int64_t place_of(int pid)
{
	return (int64_t)pid * (int64_t)sizeof(struct entry);
}

static int read_entry(int table, int pid, struct entry *ret_entry)
{
	long len = pid > 0 ? sys_pread(table, ret_entry, sizeof(*ret_entry), place_of(pid)) : 0;

	if (len < 0)
		return (int)len;
	return len == (long)sizeof(*ret_entry) && ret_entry->when != 0 ? 0 : -ENOENT;
}

/* Of who was made in a way that is not seen. */
static struct tf_birth birth_until(uint64_t now, int pid)
{
	int64_t start = tf__start_time(pid);

	return (struct tf_birth){start < 0 ? 0 : (uint64_t)start, now};
}

static int add(int fd, struct tf_kin *who, const struct tf_kin *parent)
{
	struct entry entry = {.when = tf__boot_time(), .birth = who->birth};
	long r;

	if (entry.birth.until == 0)
		entry.birth = birth_until(entry.when, who->pid);
	if (who->pid_namespace == 0)
		who->pid_namespace = tf__pid_namespace();
	entry.pid_namespace = who->pid_namespace;
	entry.parent = parent ? parent->pid : who->pid;
	entry.parent_when = parent ? parent->when : entry.when;
	r = sys_pwrite(fd, &entry, sizeof(entry), place_of(who->pid));
	if (r < (long)sizeof(entry))
		return r < 0 ? (int)r : -EIO;
	who->when = entry.when;
	return 0;
}

/* Beyond the limit the kernel would kill us with SIGXFSZ. */
static bool fits(const struct tf_kin *who)
{
	return sys_limit(RLIMIT_FSIZE) >= (uint64_t)place_of(who->pid + 1);
}

static int open_to_write(int session, const struct tf_kin *who)
{
	return fits(who) ? sys_open_own_at(session, file_name, O_RDWR | O_NOFOLLOW) : -EFBIG;
}

/* The file, which must be ours. */
static int open_ours(int dir, const char *path, int access)
{
	struct tf_stat stat;
	int fd = sys_open_at(dir, path, access | O_NOFOLLOW | O_NONBLOCK, 0);
	int r = fd < 0 ? fd : sys_stat_fd(fd, &stat);

	if (r == 0 && (!tf__is_file(&stat) || stat.uid != sys_euid()))
		r = -EPERM;
	if (fd >= 0 && r < 0)
		sys_close(fd);
	return r < 0 ? r : fd;
}

int tf__family_add(int session, struct tf_kin *who, const struct tf_kin *parent)
{
	int fd = open_to_write(session, who);
	int r = fd;

	who->when = 0;
	if (fd >= 0) {
		r = add(fd, who, parent);
		sys_close(fd);
	}
	return r;
}

int tf__family_add_child(int session, struct tf_kin *who, const struct tf_kin *parent)
{
	struct entry entry;
	int fd = open_to_write(session, who);
	int r = fd;

	who->when = 0;
	if (fd < 0)
		return r;
	r = read_entry(fd, who->pid, &entry);
	if (r == 0 && entry.parent == parent->pid && entry.parent_when == parent->when) {
		who->when = entry.when;
		(void)sys_pwrite(fd, &who->birth, sizeof(who->birth), /* else it is vague */
			place_of(who->pid) + (int64_t)offsetof(struct entry, birth));
	} else {
		r = add(fd, who, parent);
	}
	sys_close(fd);
	return r;
}

int tf__family_add_forked(const char *session, struct tf_kin *who, const struct tf_kin *parent)
{
	char buf[PATH];
	struct tf_text path = tf__text(buf, sizeof(buf));
	int fd, r;

	who->when = 0;
	tf__text_add(&path, session);
	tf__text_add(&path, "/");
	tf__text_add(&path, file_name);
	if (path.full || !fits(who))
		return -EFBIG;
	fd = open_ours(AT_FDCWD, buf, O_WRONLY);
	if (fd < 0)
		return fd;
	r = add(fd, who, parent);
	sys_close(fd);
	return r;
}

int tf__family_open(int session)
{
	return open_ours(session, file_name, O_RDONLY);
}

/* An entry that is older than the process of its number was another's. */
int tf__family_find(int session, int pid, struct tf_kin *ret_kin)
{
	struct entry entry;
	int table = tf__family_open(session);
	int r = table < 0 ? table : read_entry(table, pid, &entry);

	if (table >= 0)
		sys_close(table);
	if (r < 0)
		return r;
	if (entry.pid_namespace == 0 || entry.pid_namespace != tf__pid_namespace())
		return -ENOENT;
	if (tf__start_time(pid) < 0 || !tf__alive_since(pid, entry.when))
		return -ENOENT;
	*ret_kin = (struct tf_kin){
		.pid = pid,
		.pid_namespace = entry.pid_namespace,
		.when = entry.when,
		.birth = entry.birth,
	};
	return 0;
}

int tf__family_parent(int table, struct tf_kin *who, struct tf_kin *ret_parent)
{
	struct entry entry;
	int r = who->when == 0 ? -ENOENT : read_entry(table, who->pid, &entry);

	if (r < 0)
		return r;
	if (entry.when != who->when || entry.parent_when == 0)
		return -ENOENT;
	if (entry.parent_when >= entry.when &&
		(entry.parent != who->pid || entry.parent_when > entry.when))
		return -ENOENT; /* forged: a parent is older */
	who->birth = entry.birth;
	*ret_parent = (struct tf_kin){.pid = entry.parent, .when = entry.parent_when};
	return 0;
}
