/* public.c: what tempfile.h declares, on top of the rest. */
#include "create.h"
#include "failure.h"
#include "name.h"
#include "place.h"
#include "remove.h"
#include "tempfile.h"
#include "text.h"

int tf_tempdir(char *ret_path, size_t size)
{
	const char *dir;
	struct tf_text text;
	int r = tf__place_tempdir(&dir);

	if (r < 0)
		return tf__fail(r, "find", "a directory for temporary files");
	if (tf__length(dir) >= size)
		return tf__fail(-ERANGE, "give the path of", dir);
	text = tf__text(ret_path, size);
	tf__text_add(&text, dir);
	return 0;
}

static int create(char *path, int suffix_len, tf_create_fn *fn, struct tf_create_at *how)
{
	long slot = tf__name_slot(path, suffix_len);
	int r;

	if (slot < 0)
		return (int)slot;
	r = tf__create(path, (size_t)slot, TF_NAME_X, fn, how);
	if (r < 0)
		tf__name_clear(path + slot, TF_NAME_X);
	return r;
}

int tf_create_file(int dir, char *template_path, int suffix_len, int flags)
{
	struct tf_create_at how = {.dir = dir, .flags = flags & ~O_ACCMODE, .mode = 0600};

	return create(template_path, suffix_len, tf__create_file_at, &how);
}

int tf_create_dir(int dir, char *template_path)
{
	struct tf_create_at how = {.dir = dir, .mode = 0700};

	return create(template_path, 0, tf__create_dir_at, &how);
}

int tf_remove(int dir, const char *name)
{
	struct tf_removal removal = {0};
	int r = tf__remove(dir, name, NULL, NULL, &removal);

	return removal.error != 0 ? removal.error : r;
}
