/* opens.c: open and mkdir under all their names, called from wherever a program can call them.
 *
 * A call is got ready in full, then made, then told of: what happens in between needs no more stack
 * and no more of libc than the function itself does.
 */
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __GLIBC__
extern int __open(const char *, int, ...);
extern int __open64(const char *, int, ...);
extern int __open_2(const char *, int);
extern int __open64_2(const char *, int);
extern int __openat_2(int, const char *, int);
extern int __openat64_2(int, const char *, int);
#endif
struct open_how; /* linux/openat2.h */
#ifdef PROBE_OPENAT2
extern int openat2(int, const char *, const struct open_how *, size_t);
#endif

typedef void any_fn(void);

struct function {
	const char *name;
	const char *
		arguments; /* of its words, a letter each: directory, path, flags, mode, template */
	any_fn *call;      /* NULL: not in this libc */
};

#ifdef __GLIBC__
#	define GLIBC(name) (any_fn *)name
#else
#	define GLIBC(name) NULL
#endif
#ifdef PROBE_OPENAT2
#	define OPENAT2 (any_fn *)openat2
#else
#	define OPENAT2 NULL
#endif

/* Elsewhere than in glibc the names with 64 are macros for those without. */
static const struct function functions[] = {
	{"open", "pfm", (any_fn *)open},
	{"open64", "pfm", (any_fn *)open64},
	{"__open", "pfm", GLIBC(__open)},
	{"__open64", "pfm", GLIBC(__open64)},
	{"openat", "dpfm", (any_fn *)openat},
	{"openat64", "dpfm", (any_fn *)openat64},
	{"creat", "pm", (any_fn *)creat},
	{"creat64", "pm", (any_fn *)creat64},
	{"__open_2", "pf", GLIBC(__open_2)},
	{"__open64_2", "pf", GLIBC(__open64_2)},
	{"__openat_2", "dpf", GLIBC(__openat_2)},
	{"__openat64_2", "dpf", GLIBC(__openat64_2)},
	{"openat2", "dpfmr", OPENAT2},
	{"mkdir", "pm", (any_fn *)mkdir},
	{"mkdirat", "dpm", (any_fn *)mkdirat},
	{"shm_open", "pfm", (any_fn *)shm_open},
	{"template", "t", (any_fn *)mkstemp},
};

enum {
	NOT_MADE = -2, /* the call did not come back */
	SMALL_STACK = 8192,
	STORM_MAX = 400,
};

/* What is in the register of a mode that was not passed: looks like one that would count. */
#define GARBAGE 0xdeadbeef00000180ul

struct opening {
	const struct function *function;
	int dir;
	const char *path;
	int flags;
	unsigned long mode;
	uint64_t resolve;
	int answer;
	int error;
	bool is_unwound; /* what stood above the call was left in order */
};

static const char *place = "main"; /* where the next call is made */

/* ---- the call */

/* As code that was compiled without a mode argument calls: the register is there all the same. */
static int call(const struct opening *o)
{
	typedef int pfm_fn(const char *, int, unsigned long);
	typedef int dpfm_fn(int, const char *, int, unsigned long);
	typedef int pm_fn(const char *, mode_t);
	typedef int dpm_fn(int, const char *, mode_t);
	typedef int how_fn(int, const char *, const void *, size_t);
	const uint64_t how[3] = {(unsigned)o->flags, o->mode, o->resolve};
	any_fn *f = o->function->call;
	const char *arguments = o->function->arguments;

	if (strcmp(arguments, "dpfmr") == 0)
		return ((how_fn *)f)(o->dir, o->path, how, sizeof(how));
	if (arguments[0] == 't')
		return mkstemp((char *)o->path);
	if (strcmp(arguments, "pm") == 0)
		return ((pm_fn *)f)(o->path, (mode_t)o->mode);
	if (strcmp(arguments, "dpm") == 0)
		return ((dpm_fn *)f)(o->dir, o->path, (mode_t)o->mode);
	if (arguments[0] == 'd')
		return ((dpfm_fn *)f)(o->dir, o->path, o->flags, o->mode);
	return ((pfm_fn *)f)(o->path, o->flags, o->mode);
}

static void perform(struct opening *o)
{
	errno = UNTOUCHED;
	o->answer = call(o);
	o->error = errno;
}

/* ---- the places to call from */

static struct opening *volatile pending;

static void on_place(int number)
{
	(void)number;
	perform(pending);
}

static void perform_in_handler(struct opening *o)
{
	struct sigaction action = {.sa_handler = on_place};

	pending = o;
	if (sigaction(SIGUSR2, &action, NULL) < 0 || raise(SIGUSR2) != 0)
		die(CANNOT, "raise", "SIGUSR2");
	action.sa_handler = SIG_DFL;
	sigaction(SIGUSR2, &action, NULL);
}

/* The child has our memory and a copy of our descriptors: the answer comes back, the file not. */
static void perform_in_vfork(struct opening *o)
{
	struct opening *volatile ours = o;
	pid_t pid = vfork();

	if (pid == 0) {
		perform(ours);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die(CANNOT, "vfork", "");
	if (ours->answer > 0)
		ours->answer = 0;
}

static void note_unwound(struct opening **o)
{
	(*o)->is_unwound = true;
}

/* As an object with a destructor in C++: glibc runs what is to be cleaned up on the way. */
static void *in_cancelled_thread(void *argument)
{
	__attribute__((cleanup(note_unwound))) struct opening *o = argument;

	pthread_cancel(pthread_self());
	perform(o);
	return NULL;
}

static void perform_cancelled(struct opening *o)
{
	void *end = NULL;
	pthread_t id;

	if (pthread_create(&id, NULL, in_cancelled_thread, o) != 0)
		die(CANNOT, "pthread_create", "");
	pthread_join(id, &end);
	if (end == PTHREAD_CANCELED)
		o->answer = NOT_MADE;
}

#ifdef __GLIBC__ /* whose pthread_create wants 16 KB */
static int on_small_stack(void *argument)
{
	perform(argument);
	return 0;
}

/* A thread in all but name: the parent waits, so that they can share what libc has of it. */
static void start_small(char *stack, struct opening *o)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		    CLONE_SYSVSEM | CLONE_VFORK;

	if (clone(on_small_stack, stack + SMALL_STACK, flags, o) < 0)
		die(CANNOT, "clone", "");
}
#else
static void *on_small_stack(void *argument)
{
	perform(argument);
	return NULL;
}

static void start_small(char *stack, struct opening *o)
{
	pthread_attr_t attributes;
	pthread_t id;

	pthread_attr_init(&attributes);
	if (pthread_attr_setstack(&attributes, stack, SMALL_STACK) != 0 ||
		pthread_create(&id, &attributes, on_small_stack, o) != 0)
		die(CANNOT, "pthread_create", "");
	pthread_join(id, NULL);
}
#endif

/* Whoever needs more than 8 KB meets a page that cannot be written to. */
static void perform_on_small_stack(struct opening *o)
{
	size_t size = SMALL_STACK * 3;
	char *room = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED ||
		mprotect(room + SMALL_STACK, SMALL_STACK, PROT_READ | PROT_WRITE) < 0)
		die(CANNOT, "mmap", "");
	start_small(room + SMALL_STACK, o);
	munmap(room, size);
}

static void perform_in_place(struct opening *o)
{
	static const struct {
		const char *name;
		void (*perform)(struct opening *);
	} places[] = {{"main", perform}, {"handler", perform_in_handler},
		{"vfork", perform_in_vfork}, {"cancelled", perform_cancelled},
		{"small-stack", perform_on_small_stack}};
	size_t i = 0;

	while (i < sizeof(places) / sizeof(*places) && strcmp(places[i].name, place) != 0)
		i++;
	if (i == sizeof(places) / sizeof(*places))
		die(WRONG_WORD, "no such place:", place);
	places[i].perform(o);
	place = "main";
}

void call_from(const char *where)
{
	place = strdup(where);
}

/* ---- its words */

/* The text as the last bytes before a page that cannot be read. */
static const char *at_edge(const char *text, size_t len)
{
	long page = sysconf(_SC_PAGESIZE);
	char *room = mmap(
		NULL, (size_t)page * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED || mprotect(room + page, (size_t)page, PROT_NONE) < 0)
		die(CANNOT, "mmap", text);
	return memcpy(room + page - len, text, len);
}

/* %p is this process's number. */
static const char *with_pid(const char *text)
{
	static char path[4 * PATH_MAX];
	const char *mark = strstr(text, "%p");

	if (!mark)
		return text;
	snprintf(path, sizeof(path), "%.*s%d%s", (int)(mark - text), text, (int)getpid(), mark + 2);
	return path;
}

static const char *path_of(const char *text)
{
	if (strcmp(text, "NULL") == 0)
		return NULL;
	if (strcmp(text, "BAD") == 0)
		return (const char *)8;
	if (strncmp(text, "EDGE:", 5) == 0)
		return at_edge(text + 5, strlen(text + 5) + 1);
	if (strncmp(text, "UNENDED:", 8) == 0)
		return at_edge(text + 8, strlen(text + 8));
	return with_pid(text);
}

static struct opening opening_of(const struct function *function, char **words)
{
	struct opening o = {.function = function, .dir = AT_FDCWD, .mode = GARBAGE};

	o.answer = NOT_MADE;
	for (const char *argument = function->arguments; *argument; argument++, words++) {
		if (*argument == 'd')
			o.dir = strcmp(*words, "cwd") == 0 ? AT_FDCWD : atoi(*words);
		else if (*argument == 'p')
			o.path = path_of(*words);
		else if (*argument == 't')
			o.path = strdup(*words);
		else if (*argument == 'f')
			o.flags = flags_of(*words);
		else if (*argument == 'r')
			o.resolve = strtoul(*words, NULL, 0);
		else if (strcmp(*words, "-") != 0)
			o.mode = strtoul(*words, NULL, 8);
	}
	return o;
}

/* ---- what is told of it */

/* Where it is, for calls that know no directory but their own. */
static void locate(char *ret_path, size_t size, const struct opening *o)
{
	char link[64];
	char dir[PATH_MAX] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", o->dir);
	if (strcmp(o->function->name, "shm_open") == 0)
		snprintf(ret_path, size, "/dev/shm/%s", o->path);
	else if (o->dir == AT_FDCWD || o->path[0] == '/' ||
		 readlink(link, dir, sizeof(dir) - 1) < 0)
		snprintf(ret_path, size, "%s", o->path);
	else
		snprintf(ret_path, size, "%s/%s", dir, o->path);
}

static bool is_readable(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || errno != EFAULT;
}

static void tell(const struct opening *o, const char *word, bool is_here)
{
	bool is_dir = strncmp(o->function->name, "mkdir", 5) == 0;
	int fd = o->answer >= 0 && !is_dir && is_here ? o->answer : -1;
	char path[PATH_MAX + 64] = "";
	char about[256] = "";

	if (o->answer == NOT_MADE)
		snprintf(about, sizeof(about), ": cancelled%s", o->is_unwound ? ", unwound" : "");
	else
		snprintf(about, sizeof(about), ": %s errno=%s", o->answer >= 0 ? "ok" : "failed",
			error_name(o->error));
	if (is_readable(o->path))
		locate(path, sizeof(path), o);
	size_t len = strlen(about);
	describe(about + len, sizeof(about) - len, fd, path);
	if (!quiet)
		say("%s %s%s", o->function->name, word, about);
	if (o->answer >= 0)
		remember(path, fd, is_dir);
}

/* Makes the call if its function is one of these; the number of words used. */
int open_file(char **words, int count)
{
	const struct function *f = functions;
	const struct function *end = functions + sizeof(functions) / sizeof(*functions);

	while (f < end && strcmp(f->name, words[0]) != 0)
		f++;
	if (f == end)
		return 0;
	int arguments = (int)strlen(f->arguments);
	if (count <= arguments)
		die(WRONG_WORD, "too few words after", words[0]);
	if (!f->call) {
		say("%s: not in this libc", words[0]);
		return 1 + arguments;
	}
	bool is_here = strcmp(place, "vfork") != 0;
	struct opening o = opening_of(f, words + 1);
	perform_in_place(&o);
	tell(&o, words[f->arguments[0] == 'd' ? 2 : 1], is_here);
	return 1 + arguments;
}

/* A descriptor for a directory, by a number that words can name; not opened by what is tested. */
void hold(int number, const char *path)
{
	long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);

	if (fd < 0 || (fd != number && (dup2((int)fd, number) < 0 || close((int)fd) < 0)))
		die(CANNOT, "hold", path);
}

/* ---- calls that interrupt each other */

static const char *storm_dir;
static volatile sig_atomic_t storm_handled, storm_failed;

/* No snprintf: this runs in a signal handler, too. */
static bool make_numbered(char kind, int number)
{
	char path[256];
	size_t len = strlen(storm_dir);

	memcpy(path, storm_dir, len);
	memcpy(path + len, "/tmp-aB0000xY", sizeof("/tmp-aB0000xY"));
	path[len + 4] = kind;
	for (size_t at = len + 10; number > 0; number /= 10)
		path[at--] = (char)('0' + number % 10);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 && close(fd) == 0;
}

static void on_storm(int number)
{
	int error = errno;

	(void)number;
	if (storm_handled < STORM_MAX && !make_numbered('h', storm_handled++))
		storm_failed++;
	errno = error;
}

/* Files made one after the other, interrupted again and again by a handler that makes files. */
void storm(int count, const char *dir)
{
	struct sigaction action = {.sa_handler = on_storm, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 200}, {0, 200}};
	struct itimerval never = {{0, 0}, {0, 0}};
	int made = 0;

	storm_dir = dir;
	if (strlen(dir) > 200 || sigaction(SIGALRM, &action, NULL) < 0 ||
		setitimer(ITIMER_REAL, &often, NULL) < 0)
		die(CANNOT, "storm", dir);
	for (int i = 0; i < count; i++)
		made += make_numbered('m', i);
	while (storm_handled < 10)
		sleep_ms(1);
	setitimer(ITIMER_REAL, &never, NULL);
	say("storm: %d made, %d failed in the handler", made, (int)storm_failed);
}
