/* relatives.c: runs a program by one of the relatives of exec, in one of several environments.
 *
 *	relatives CALL CASE TEMPLATE OWN PROGRAM [ARG...]
 *
 * First it makes a file of TEMPLATE and writes its name into OWN. CASE is what becomes of the
 * environment that the call is given (`environ` itself, where the call takes none): keep, clear,
 * null, own, foreign, many, unset, disabled, stays; see cases[]. The call is first made with a
 * program that is not there, and must fail as it does without tmpguard; and neither the program's
 * environ, as a pointer and byte for byte, nor what was given must have changed after any call.
 * Exit status 90: it has. execl and its like are given seven words, neither more nor fewer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 300, ROOM = 512, CHANGED = 90, USAGE = 91, OTHERWISE = 92 };

extern char **environ;

static char *made[ROOM];
static char many[MANY][16];
static const char *foreign; /* what LD_PRELOAD is in that case */

static char **keep(void)
{
	return environ;
}

static char **clear(void)
{
	return made; /* it is empty */
}

static char **null(void)
{
	return NULL;
}

static char **own(void)
{
	static char a[] = "A=b", home[] = "HOME=/", empty[] = "EMPTY=", odd[] = "odd";

	made[0] = a;
	made[1] = home;
	made[2] = empty;
	made[3] = odd;
	return made;
}

static char **with_preload(void)
{
	static char preload[4096], a[] = "A=b";

	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", foreign);
	made[0] = preload;
	made[1] = a;
	return made;
}

static char **with_many(void)
{
	for (int i = 0; i < MANY; i++) {
		snprintf(many[i], sizeof(many[i]), "MANY_%d=x", i);
		made[i] = many[i];
	}
	return made;
}

static char **unset(void)
{
	int n = 0;

	for (char **at = environ; *at && n < ROOM - 1; at++)
		if (strncmp(*at, "LD_PRELOAD=", 11) != 0)
			made[n++] = *at;
	return made;
}

static char **disabled(void)
{
	static char off[] = "TMPGUARD_DISABLE=1";

	made[0] = off;
	return made;
}

static char **stays(void)
{
	static char off[] = "TMPGUARD_FOLLOW=0";

	made[0] = off;
	return made;
}

static const struct {
	const char *name;
	char **(*make)(void);
} cases[] = {
	{"keep", keep},
	{"clear", clear},
	{"null", null},
	{"own", own},
	{"foreign", with_preload},
	{"many", with_many},
	{"unset", unset},
	{"disabled", disabled},
	{"stays", stays},
};

/* What must not change: the pointer, the pointers there, and the bytes that they lead to. */
struct view {
	char **at;
	char *entries[ROOM];
	char *texts[ROOM];
	int n;
};

static void look(struct view *view, char **envp)
{
	view->at = envp;
	for (view->n = 0; envp && envp[view->n] && view->n < ROOM; view->n++) {
		view->entries[view->n] = envp[view->n];
		view->texts[view->n] = strdup(envp[view->n]);
	}
}

static void check(const struct view *view, char **envp, const char *what)
{
	int n = 0;

	for (; envp && envp[n] && n < ROOM; n++)
		if (n >= view->n || envp[n] != view->entries[n] ||
			strcmp(envp[n], view->texts[n]) != 0)
			break;
	if (envp == view->at && n == view->n && !(envp && envp[n]))
		return;
	fprintf(stderr, "relatives: %s has changed at entry %d\n", what, n);
	exit(CHANGED);
}

static int spawned(int error, pid_t pid)
{
	int status;

	if (error != 0) {
		errno = error;
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	return WEXITSTATUS(status);
}

static int by_vfork(const char *program, char **argv, char **envp)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(program, argv, envp);
		_exit(127);
	}
	return spawned(pid < 0 ? errno : 0, pid);
}

static const char *line_of(char **argv)
{
	static char line[8192];
	size_t len = 0;

	for (int i = 0; argv[i] && len < sizeof(line); i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, " '%s'", argv[i]);
	return line;
}

static int by_popen(const char *line)
{
	char text[4096];
	FILE *pipe = popen(line, "r");

	if (!pipe)
		return -1;
	while (fgets(text, sizeof(text), pipe))
		fputs(text, stdout);
	return WEXITSTATUS(pclose(pipe));
}

/* Does the call take an environment? */
static int takes_environment(const char *call)
{
	static const char *const without[] = {
		"execv", "execvp", "execl", "execlp", "system", "popen"};

	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (strcmp(call, without[i]) == 0)
			return 0;
	return 1;
}

/* -1 and errno, or the status of a child that was waited for. */
static int run(const char *call, const char *program, char **a, char **envp)
{
	pid_t pid = 0;

	if (strcmp(call, "execve") == 0)
		return execve(program, a, envp);
	if (strcmp(call, "execv") == 0)
		return execv(program, a);
	if (strcmp(call, "execvp") == 0)
		return execvp(program, a);
	if (strcmp(call, "execvpe") == 0)
		return execvpe(program, a, envp);
	if (strcmp(call, "execl") == 0)
		return execl(program, a[0], a[1], a[2], a[3], a[4], a[5], a[6], (char *)NULL);
	if (strcmp(call, "execlp") == 0)
		return execlp(program, a[0], a[1], a[2], a[3], a[4], a[5], a[6], (char *)NULL);
	if (strcmp(call, "execle") == 0)
		return execle(
			program, a[0], a[1], a[2], a[3], a[4], a[5], a[6], (char *)NULL, envp);
	if (strcmp(call, "fexecve") == 0)
		return fexecve(open(program, O_RDONLY | O_CLOEXEC), a, envp);
#ifdef __GLIBC__
	if (strcmp(call, "execveat") == 0)
		return execveat(AT_FDCWD, program, a, envp, 0);
#endif
	if (strcmp(call, "posix_spawn") == 0)
		return spawned(posix_spawn(&pid, program, NULL, NULL, a, envp), pid);
	if (strcmp(call, "posix_spawnp") == 0)
		return spawned(posix_spawnp(&pid, program, NULL, NULL, a, envp), pid);
	if (strcmp(call, "vfork") == 0)
		return by_vfork(program, a, envp);
	if (strcmp(call, "system") == 0)
		return WEXITSTATUS(system(line_of(a)));
	if (strcmp(call, "popen") == 0)
		return by_popen(line_of(a));
	fprintf(stderr, "relatives: no call %s\n", call);
	exit(USAGE);
}

/* With nothing to run: the status of a shell that finds nothing, or ENOENT. */
static void fail_once(const char *call, char **envp)
{
	static char nothing[] = "/nonexistent/program";
	char *argv[8] = {nothing};
	int fd = dup(2), r;

	if (strcmp(call, "fexecve") == 0)
		return;
	if (strcmp(call, "system") == 0 || strcmp(call, "popen") == 0) {
		close(2);
		(void)open("/dev/null", O_WRONLY);
	}
	errno = 0;
	r = run(call, nothing, argv, envp);
	dup2(fd, 2);
	close(fd);
	if (r == 127 || (r == -1 && errno == ENOENT))
		return;
	fprintf(stderr, "relatives: %s of nothing: %d, %s\n", call, r, strerror(errno));
	exit(OTHERWISE);
}

static char **make_environment(const char *name)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(name, cases[i].name) == 0)
			return cases[i].make();
	fprintf(stderr, "relatives: no case %s\n", name);
	exit(USAGE);
}

static void make_own(char *template, const char *list)
{
	FILE *file = fopen(list, "w");

	if (!file || mkstemp(template) < 0 || fputs(template, file) < 0 || fclose(file) != 0) {
		perror("relatives");
		exit(USAGE);
	}
}

int main(int argc, char **argv)
{
	static struct view views[2];
	char **envp, **given;
	char *arguments[ROOM] = {NULL};
	int r;

	if (argc < 6)
		return USAGE;
	foreign = getenv("FOREIGN");
	unsetenv("PROBE_EXPECT");
	make_own(argv[3], argv[4]);
	for (int i = 5; i < argc; i++)
		arguments[i - 5] = argv[i];
	envp = make_environment(argv[2]);
	if (!takes_environment(argv[1]))
		environ = envp;
	given = takes_environment(argv[1]) ? envp : environ;
	look(&views[0], environ);
	look(&views[1], given);
	fail_once(argv[1], given);
	check(&views[0], environ, "environ");
	check(&views[1], given, "what was given");
	r = run(argv[1], argv[5], arguments, given);
	check(&views[0], environ, "environ");
	check(&views[1], given, "what was given");
	fflush(stdout);
	return r < 0 ? OTHERWISE : r;
}
