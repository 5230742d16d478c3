/* making.h: one creation on its way into the journal. */
#ifndef SHIM_MAKING_H
#define SHIM_MAKING_H

#include "journal.h"

/* What a program asks for. */
struct request {
	enum tf_kind kind;
	int function; /* enum shim_name */
	void *caller;
	int dir;           /* what path is relative to */
	const char *path;  /* its last component is the name, or the template of one */
	const char *asked; /* as the caller wrote it: the same, unless it was redirected */
	const char *name;  /* that component */
	bool directly;     /* counts only directly in a temp root */
	bool is_place;     /* a directory that nobody asked for, to make a name in */
	bool is_shared;    /* one where each file is registered for itself */
	unsigned tries;    /* after so many names in a row that are taken it is enough; 0: libc's */
	enum tf_reason
		reason; /* why it is not ours, once making_begin has said so; 0: not to be told */
	int error;      /* why that could not be told, or 0 */
};

/* A creation on its way into the journal. */
struct making {
	const struct request *request;
	const char *dir; /* canonical directory of the file to be; not NUL-ended at dir_len */
	size_t dir_len;
	char *room; /* two of room_size, for dir when it is not the caller's own text */
	size_t room_size;
	char few[2 * 256];
	int64_t number; /* of the record, or below 0 */
	struct tf_record head;
};

/* Fills in what is asked for. */
struct request making_request(
	enum tf_kind kind, int function, void *caller, int dir, const char *path);

/* Is this directory one of the places that may be temp roots, as far as the environment and its
 * text tell? */
bool making_is_place(const char *dir, size_t len);

/* May the request lie directly in a temp root, as far as can be told without a session? */
bool making_is_near(struct request *request);

/* Does the request lie directly in a temp root? Where it is to be tracked the session says so,
 * which is made or joined as needed, else the environment. */
bool making_is_direct(const struct request *request);

/* Is what is asked for to be registered? If so, gives *making, to be ended by making_done. Makes or
 * joins the session as needed. If not, request->reason says why, where that is to be told. */
bool making_begin(struct making *making, struct request *request);

/* The next try is for this path: intent before creation. Only its last component may differ from
 * the request's. */
void making_try(struct making *making, const char *path);

/* It was created, and `path` leads to it, looked at with these flags (as sys_stat_at). Where that
 * cannot be told the intent has to do. What is older than the intent, or of another kind, was not
 * created by it, and is not registered: some flags (O_PATH) make open look past O_CREAT and O_EXCL.
 */
void making_created(struct making *making, int dir, const char *path, int flags);

/* Frees what making_begin took; a record that nothing came of goes. */
void making_done(struct making *making);

/* Tells the report of the request's path, with these flags of a record. The stat may be NULL.
 * Inside the gate, with the journal open. */
void making_tell(const struct request *request, uint16_t flags, const struct tf_stat *stat);

/* Says that a file was made that may be ours, where the disk could not be asked. */
void making_left_unknown(const struct request *request);

/* The same, and tells the report of it: fd, or -1 and it has the request's path. Does nothing
 * without a reason, or when nobody wants to know. */
void making_left_alone(const struct request *request, int fd);

#endif
