/* report.c: what was left behind, gathered while it is removed and then told. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

#define W(type, name, parameters) #name,
#define U(type, name, parameters)
static const char *const functions[] = {
#include "wrapped.h"
};
#undef W
#undef U

static const char *function_name(uint32_t number)
{
	return number < sizeof(functions) / sizeof(functions[0]) ? functions[number] : "?";
}

static char *full_path(const struct report *report, const struct tf_found *found)
{
	char *path;

	if (found->record)
		return strdup(found->path);
	if (asprintf(&path, "%s/%s", report->tmp, found->path) < 0)
		return NULL;
	return path;
}

static struct report_item *new_item(struct report *report)
{
	if (report->n == report->size) {
		size_t size = report->size ? report->size * 2 : 16;
		struct report_item *items = reallocarray(report->items, size, sizeof(*items));

		if (!items)
			return NULL;
		report->items = items;
		report->size = size;
	}
	report->items[report->n] = (struct report_item){0};
	return &report->items[report->n];
}

void report_found(void *arg, const struct tf_found *found)
{
	struct report *report = arg;
	struct report_item *item;

	if (found->result == -ENOENT || found->result == -ESTALE) {
		report->gone++;
		return;
	}
	item = new_item(report);
	if (item)
		item->path = full_path(report, found);
	if (!item || !item->path) {
		report->failed = true;
		return;
	}
	item->is_dir = found->is_dir;
	item->is_kept = report->keep;
	item->error = found->result;
	item->bytes = found->removal.bytes;
	item->inodes = found->removal.inodes;
	item->function = "";
	if (found->record) {
		item->function = function_name(found->record->function);
		memcpy(item->program, found->record->program, sizeof(item->program));
		item->pid = found->record->pid;
	}
	report->n++;
}

/* A name may hold any byte; on a terminal and in a log it is one line. */
static void print_path(const char *path)
{
	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;

		if (c < ' ' || c == 127 || c == '\\')
			fprintf(stderr, "\\%03o", c);
		else
			fputc(c, stderr);
	}
}

static void print_size(uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double n = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 10000) {
		fprintf(stderr, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
		return;
	}
	for (; n >= 1000 && unit < 5; unit++)
		n /= 1024;
	fprintf(stderr, "%.1f %s", n, units[unit]);
}

static void print_item(const struct report_item *item)
{
	fprintf(stderr, "==%d==   ", getpid());
	print_path(item->path);
	fprintf(stderr, "%s: %s, %" PRIu64 " byte%s", item->is_dir ? "/" : "",
		item->is_dir ? "directory" : "file", item->bytes, item->bytes == 1 ? "" : "s");
	if (item->is_dir && item->inodes > 1)
		fprintf(stderr, " in %" PRIu64 " inodes", item->inodes);
	if (item->function[0] != '\0') {
		fprintf(stderr, "; %s by ", item->function);
		print_path(item->program);
		fprintf(stderr, " (pid %d)", item->pid);
	} else {
		fputs("; found in TMPDIR, made by other means", stderr);
	}
	if (item->error != 0)
		fprintf(stderr, "; NOT REMOVED: %s", strerror(-item->error));
	fputc('\n', stderr);
}

static void print_summary(const struct report *report)
{
	uint64_t bytes = 0, inodes = 0;
	size_t stuck = 0;

	for (size_t i = 0; i < report->n; i++) {
		bytes += report->items[i].bytes;
		inodes += report->items[i].inodes;
		stuck += report->items[i].error != 0;
	}
	fprintf(stderr, "==%d== SUMMARY: %zu %s (", getpid(), report->n,
		report->keep ? "kept" : "left behind");
	print_size(bytes);
	fprintf(stderr, ", %" PRIu64 " inode%s)", inodes, inodes == 1 ? "" : "s");
	if (!report->keep && report->n > 0)
		fprintf(stderr, ", %zu removed now", report->n - stuck);
	if (stuck > 0)
		fprintf(stderr, ", %zu could not be removed", stuck);
	fprintf(stderr, "; %zu registered and already gone%s\n", report->gone,
		report->failed ? "; out of memory, some are not listed" : "");
}

void report_print(const struct report *report, const char *command)
{
	if (report->n > 0) {
		fprintf(stderr, "==%d== tmpguard: temporary files %s by ", getpid(),
			report->keep ? "kept" : "left behind");
		print_path(command);
		fputs(":\n", stderr);
	}
	for (size_t i = 0; i < report->n; i++)
		print_item(&report->items[i]);
	print_summary(report);
}

void report_free(struct report *report)
{
	for (size_t i = 0; i < report->n; i++)
		free(report->items[i].path);
	free(report->items);
}
