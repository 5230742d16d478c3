/* probe.h: what the parts of the probe share. Included first: it says which of libc is asked for.
 */
#ifndef PROBE_H
#define PROBE_H

#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	UNTOUCHED = 4242,    /* errno before each call: no error has this number */
	PATIENCE_MS = 20000, /* how long wait-for and wait-gone wait */
	CANNOT = 90,         /* could not do what a word says */
	WRONG_WORD = 91,
	TIMED_OUT = 92,
	WRONG_COMPANY = 93, /* PROBE_EXPECT does not hold */
};

struct made {
	char path[PATH_MAX + 64];
	int fd; /* -1: none, or closed */
	bool is_dir;
};

extern char **environ;

/* probe.c: the words */

/* Gives the status to return from main with, or -1 if the words came to their end. */
int run_words(char **words, int count);

/* tell.c: what it says, what it has made, and the names of things */

extern bool quiet;
extern char self[PATH_MAX]; /* the probe's own path, or the program to run instead */

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void die(int status, const char *what, const char *on);
const char *error_name(int error);
int signal_number(const char *name);
int flags_of(const char *text);
void sleep_ms(long ms);
bool exists(const char *path);
void write_file(const char *path, const char *text);
const char *read_path(const char *file);
void send_output(const char *file);
struct made *current(void);
bool has_made(void);
struct made *remember(const char *path, int fd, bool is_dir);
void describe(char *ret_text, size_t size, int fd, const char *path);
void report(const char *function, const char *template, char *text, int suffix, bool ok, int error,
	int fd);

/* temporary.c: mkstemp and its family */

int make_file(char **words, int count);
void make_dir(const char *template);
void make_tmpfile(const char *name);
void make_in_threads(int threads, int count, const char *template);
void populate(const char *dir);
void overwrite(const char *path);

/* opens.c: open and mkdir under all their names */

int open_file(char **words, int count);
void call_from(const char *where);
void hold(int number, const char *path);
void storm(int count, const char *dir);

/* names.c: mktemp, tmpnam, tempnam */

int make_name(char **words, int count);
void use_name(void);
void tell_place(const char *outer);
void tell_distinct(int count, const char *name, const char *template);

/* processes.c: forks, threads and other programs */

int block_len(char **words, int count);
int run_block(const char *name, char **words, int count);
void wait_for_children(void);

/* surroundings.c: limits, signals, rights, company, and the ends */

void set_limit(const char *name, const char *value);
void become_nobody(void);
void put_filter(bool by_syscall, bool allows_all);
void set_action(const char *word, const char *name);
void close_from(int first);
bool shim_is_loaded(void);
void check_company(void);
void say_others(void);
void wait_for(const char *path, bool there);
long deeper(volatile char *above);
void crash(void);
void run_end(const char *word, int status);

#endif
