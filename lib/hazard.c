/* hazard.c: insecure uses of temporary files, which are told in reports and change nothing. */
#include "hazard.h"
#include "text.h"

unsigned tf__hazard_cwe(enum tf_hazard hazard)
{
	switch (hazard) {
	case TF_HAZARD_LINK:
	case TF_HAZARD_OWN_LINK:
		return 59;
	case TF_HAZARD_OPEN_DIR:
		return 379;
	default:
		return 377;
	}
}

const char *tf__hazard_word(enum tf_hazard hazard)
{
	switch (hazard) {
	case TF_HAZARD_NAME:
	case TF_HAZARD_NAME_PRIVATE:
		return "name";
	case TF_HAZARD_TAKEN:
		return "taken";
	case TF_HAZARD_LINK:
		return "symlink";
	case TF_HAZARD_OWN_LINK:
		return "own-symlink";
	case TF_HAZARD_OPEN_FILE:
		return "mode";
	case TF_HAZARD_OPEN_DIR:
		return "directory-mode";
	default:
		return "predictable";
	}
}

bool tf__hazard_is_by_caller(enum tf_hazard hazard)
{
	return hazard == TF_HAZARD_NAME || hazard == TF_HAZARD_NAME_PRIVATE ||
	       hazard == TF_HAZARD_OPEN_FILE;
}

/* Programs are loaded at another address each time, by whole pages. */
static bool is_same_place(uint64_t a, uint64_t b)
{
	enum { IN_PAGE = 4095 };

	return (a & IN_PAGE) == (b & IN_PAGE);
}

bool tf__hazard_is_same(
	const struct tf_record *record, const struct tf_record *head, const char *path)
{
	if (record->kind != TF_KIND_HAZARD || record->flags != head->flags ||
		!tf__equal(record->program, head->program))
		return false;
	if (tf__hazard_is_by_caller(tf__hazard_of(record)))
		return record->function == head->function &&
		       is_same_place(record->caller, head->caller);
	return tf__equal(record->path, path);
}
