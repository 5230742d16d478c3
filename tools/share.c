/* share.c: `run --share=GLOB`: entries of the real TMPDIR, by links in the private one.
 *
 * The links are made before the command starts, and go with the private TMPDIR, which is removed
 * without following any. What they lead to is others', and is never touched. tmpguard's own
 * directories are not shared: a session found by way of two of them would be cleaned as two.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "glob.h"
#include "notes.h"
#include "share.h"
#include "tmpguard.h"

int share_add(struct share *share, const char *glob)
{
	if (glob[0] == '\0' || strchr(glob, '/')) {
		complain("--share=%s: not allowed; use a pattern for names in TMPDIR, without a "
			 "slash, such as 'ssh-*'",
			glob);
		return EXIT_TOOL;
	}
	if (share->n == SHARES) {
		complain("--share=%s: at most %d of them", glob, SHARES);
		return EXIT_TOOL;
	}
	share->globs[share->n++] = glob;
	return -1;
}

static bool is_shared(const struct share *share, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		strncmp(name, ".tmpguard-", strlen(".tmpguard-")) == 0)
		return false;
	for (int i = 0; i < share->n; i++)
		if (tf__glob(share->globs[i], strlen(share->globs[i]), name))
			return true;
	return false;
}

static int link_one(const char *dir, const char *name, int tmp)
{
	char target[PATH_MAX + NAME_MAX + 2];

	strcpy(target, dir);
	strcat(strcat(target, "/"), name);
	if (strlen(target) >= PATH_MAX)
		return -ENAMETOOLONG;
	return symlinkat(target, tmp, name) < 0 ? -errno : 0;
}

static int link_all(const struct share *share, const char *dir, DIR *entries, int tmp)
{
	const struct dirent *entry;
	int r = 0;

	for (errno = 0; r == 0 && (entry = readdir(entries)); errno = 0)
		if (is_shared(share, entry->d_name))
			r = link_one(dir, entry->d_name, tmp);
	return r == 0 ? -errno : r;
}

void share_link(const struct share *share, int dir, const char *tmp)
{
	char real[PATH_MAX];
	const char *outer = getenv("TMPDIR");
	DIR *entries;
	int fd, r;

	if (share->n == 0 || !realpath(outer && outer[0] ? outer : "/tmp", real))
		return; /* where there is no TMPDIR there is nothing to share */
	entries = opendir(real);
	fd = open(tmp, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = !entries || fd < 0 ? -errno : tf__notes_add(dir, "settings", "SHARED", real);
	if (r == 0)
		r = link_all(share, real, entries, fd);
	if (r < 0)
		complain("--share: not all that is in %s could be linked: %s", real, strerror(-r));
	if (entries)
		closedir(entries);
	if (fd >= 0)
		close(fd);
}
