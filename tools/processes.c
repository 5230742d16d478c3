/* processes.c: who works for a session, by what procfs tells of this user's processes.
 *
 * A session's directory may be written in several ways (through symlinks), but its last two
 * components are always the same, and the very last is random: by these it is told.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "processes.h"

static const char variable[] = "TMPGUARD_SESSION=";

/* ".tmpguard-UID/NAME" */
static const char *last_two(const char *path)
{
	const char *p = path + strlen(path);

	for (int slashes = 0; p > path; p--)
		if (p[-1] == '/' && ++slashes == 2)
			break;
	return p;
}

static bool is_same(const char *path, const char *other)
{
	return other[0] == '/' && strcmp(last_two(path), last_two(other)) == 0;
}

/* A file of a process, opened for reading, or NULL. */
static FILE *open_of(int process, const char *name)
{
	int fd = openat(process, name, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		close(fd);
	return file;
}

/* The root's pid, by the janitor's descriptor of it; 0 when that has ended. */
static pid_t read_pidfd(int process, const char *number)
{
	char name[40], line[128];
	int pid = 0;
	FILE *file;

	snprintf(name, sizeof(name), "fdinfo/%.16s", number);
	file = open_of(process, name);
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	if (file)
		fclose(file);
	return pid > 0 ? pid : 0;
}

/* Is it the session's janitor? Its arguments: itself, the session, the root's descriptor. */
static bool ask_janitor(struct processes *found, int process, pid_t pid, const char *path)
{
	char text[1024], *argv[3] = {text};
	FILE *file = open_of(process, "cmdline");
	size_t len = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	int argc = 1;

	if (file)
		fclose(file);
	text[len] = '\0';
	for (size_t i = 0; i + 1 < len && argc < 3; i++)
		if (text[i] == '\0')
			argv[argc++] = text + i + 1;
	if (argc < 3 || strcmp(argv[0], "tmpguard-janitor") != 0 || !is_same(path, argv[1]))
		return false;
	found->janitor = pid;
	pid = isdigit((unsigned char)argv[2][0]) ? read_pidfd(process, argv[2]) : 0;
	if (pid > 0) {
		found->root = pid;
		found->is_root_told = true;
	}
	return true;
}

/* The value in the initial environment of a process, or NULL. To be freed. */
static char *read_session(int process)
{
	FILE *file = open_of(process, "environ");
	char *entry = NULL, *value = NULL;
	size_t size = 0;

	while (file && getdelim(&entry, &size, '\0', file) > 0) {
		if (strncmp(entry, variable, strlen(variable)) != 0)
			continue;
		free(value);
		value = strdup(entry + strlen(variable));
	}
	free(entry);
	if (file)
		fclose(file);
	return value;
}

/* Was it started as a member? The value is "ROOT:PATH". */
static void ask_member(struct processes *found, int process, pid_t pid, const char *path)
{
	char *value = read_session(process);
	char *rest = NULL;
	long root = value ? strtol(value, &rest, 10) : 0;

	if (rest && *rest == ':' && is_same(path, rest + 1)) {
		found->member = pid;
		if (!found->is_root_told)
			found->root = (pid_t)root;
	}
	free(value);
}

struct processes processes_find(const char *path)
{
	struct processes found = {0};
	const struct dirent *entry;
	DIR *proc = opendir("/proc");

	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct stat stat;
		int process;

		if (pid <= 0 || pid == getpid())
			continue;
		process = openat(dirfd(proc), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (process < 0)
			continue;
		if (fstat(process, &stat) == 0 && stat.st_uid == geteuid() &&
			!ask_janitor(&found, process, pid, path))
			ask_member(&found, process, pid, path);
		close(process);
	}
	if (proc)
		closedir(proc);
	return found;
}

char *processes_initial_session(void)
{
	int process = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *value = process < 0 ? NULL : read_session(process);

	if (process >= 0)
		close(process);
	return value;
}
