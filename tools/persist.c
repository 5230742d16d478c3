/* persist.c: `tmpguard persist`: from inside a session, keep these files. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain.h"
#include "escape.h"
#include "processes.h"
#include "session.h"
#include "subcommand.h"
#include "tmpguard.h"

static const char help[] = "usage: tmpguard persist [--] PATH...\n"
			   "\n"
			   "Called by a program under tmpguard: the files PATH stay when its "
			   "session ends, a directory\n"
			   "with all that is in it. A symbolic link stays with what it leads to. "
			   "tmpguard reap --kept\n"
			   "removes them.\n"
			   "\n"
			   "  -h, --help  this text\n"
			   "  --version   the version\n"
			   "\n"
			   "Exit status: 0; 1 when there is no session, or no such PATH, which is "
			   "then named, and the\n"
			   "rest done; 2 for wrong usage.\n";

/* --- paths --- */

/* The canonical path of the name itself, a symbolic link or not. 0 or -errno. */
static int canonical(const char *path, char ret_path[PATH_MAX])
{
	char copy[PATH_MAX], *slash;
	const char *name = path;
	size_t len;

	if (strlen(path) >= sizeof(copy))
		return -ENAMETOOLONG;
	strcpy(copy, path);
	slash = strrchr(copy, '/');
	if (slash) {
		name = path + (slash + 1 - copy);
		slash[slash == copy] = '\0';
	}
	if (!realpath(slash ? copy : ".", ret_path))
		return -errno;
	len = strlen(ret_path);
	if (len + 1 + strlen(name) >= PATH_MAX)
		return -ENAMETOOLONG;
	sprintf(ret_path + len, "%s%s", ret_path[len - 1] == '/' ? "" : "/", name);
	return 0;
}

/* A link by its own name first. */
static int keep(const char *session, const char *path)
{
	char real[PATH_MAX];
	struct stat stat;
	bool is_link;
	int r = 0;

	if (lstat(path, &stat) < 0)
		return -errno;
	is_link = S_ISLNK(stat.st_mode);
	if (is_link)
		r = canonical(path, real);
	if (r == 0 && is_link)
		r = chain_keep(session, real);
	if (r < 0)
		return r;
	if (realpath(path, real))
		return chain_keep(session, real);
	return is_link ? 0 : -errno; /* one that leads nowhere is kept itself */
}

static bool keep_all(const char *session, char *const *paths)
{
	bool ok = true;

	for (; *paths; paths++) {
		int r = keep(session, *paths);
		char *text = r < 0 ? escape_copy(*paths) : NULL;

		if (r < 0)
			complain("persist: %s: %s", text ? text : "?",
				r == -EFBIG ? "too many paths are kept already" : strerror(-r));
		free(text);
		ok &= r == 0;
	}
	return ok;
}

/* --- the session --- */

/* Is there one to write to? Complains if not. */
static bool check_session(const char *value)
{
	struct tf_session session;
	int r = value && value[0] != '\0' ? tf__session_parse(&session, value) : -ENOENT;
	int dir = r < 0 ? r : tf__session_open(session.path);

	if (dir >= 0) {
		close(dir);
		return true;
	}
	if (!value || value[0] == '\0')
		complain("persist: not inside a session: TMPGUARD_SESSION is not set; only what "
			 "tmpguard runs can keep files");
	else if (r == 0 && dir == -ENOENT)
		complain("persist: TMPGUARD_SESSION=%s: this session has ended", value);
	else
		complain("persist: TMPGUARD_SESSION=%s: not a session of this user's: %s", value,
			strerror(-dir));
	return false;
}

/* --- options --- */

/* Options end at the first path: a program may have got it from anywhere. */
static const struct option options[] = {
	SUBCOMMAND_OPTIONS,
};

static const struct subcommand subcommand = {
	.name = "persist",
	.help = help,
	.letters = "+:h",
	.options = options,
	.usage = EXIT_USAGE,
	.failed = 1,
};

static int parse_options(int argc, char **argv)
{
	int status = subcommand_parse(&subcommand, argc, argv, NULL);

	if (status >= 0 || optind < argc)
		return status;
	complain("persist: no PATH given; try tmpguard persist --help");
	return EXIT_USAGE;
}

int command_persist(int argc, char **argv)
{
	char *session = NULL;
	int status = parse_options(argc, argv);

	if (status >= 0)
		return status;
	session = processes_initial_session();
	status = check_session(session) && keep_all(session, argv + optind) ? 0 : 1;
	free(session);
	return status;
}
