/* parts.c: where the other parts of tmpguard lie. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "parts.h"

static bool by_procfs(char *ret_path)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[len < 0 ? 0 : len] = '\0';
	strcpy(ret_path, path);
	return path[0] == '/';
}

/* As the kernel was asked to run it: whoever found it in PATH has written that out. */
static bool by_exec(char *ret_path)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	return name && realpath(name, ret_path);
}

static bool by_path(char *ret_path)
{
	const char *at = getenv("PATH");
	char name[PATH_MAX];

	for (; at && *at != '\0'; at += strcspn(at, ":"), at += *at == ':') {
		int n = snprintf(name, sizeof(name), "%.*s/tmpguard", (int)strcspn(at, ":"), at);

		if (n < PATH_MAX && access(name, X_OK) == 0 && realpath(name, ret_path))
			return true;
	}
	return false;
}

bool parts_own_dir(char ret_dir[PATH_MAX])
{
	if (!by_procfs(ret_dir) && !by_exec(ret_dir) && !by_path(ret_dir))
		return false;
	strrchr(ret_dir, '/')[1] = '\0'; /* it is absolute */
	return true;
}

bool parts_find(const char *const *places, char ret_path[PATH_MAX])
{
	char own[PATH_MAX];
	bool is_known = parts_own_dir(own);

	for (; *places; places++) {
		bool is_absolute = **places == '/';

		if (!is_absolute && !is_known)
			continue;
		if (snprintf(ret_path, PATH_MAX, "%s%s", is_absolute ? "" : own, *places) <
				PATH_MAX &&
			access(ret_path, R_OK) == 0)
			return true;
	}
	return false;
}
