/* janitor.c: where the janitor lies, and its start. */
#include "janitor.h"
#include "launch.h"
#include "start.h"
#include "text.h"

static struct tf_launch launch;

/* The janitor at `place`, relative to the directory of our own object unless absolute. */
static int start_from(const char *own_path, const char *place)
{
	char buf[START_PLACE + 48];
	struct tf_text text = tf__text(buf, sizeof(buf));
	const char *slash = tf__last_slash(own_path);

	if (place[0] != '/' && slash)
		tf__text_add_bytes(&text, own_path, (size_t)(slash + 1 - own_path));
	else if (place[0] != '/')
		return -ENOENT;
	tf__text_add(&text, place);
	launch.program = buf;
	return text.full ? -ENOENT : tf__launch_janitor(&launch);
}

int janitor_start(const char *own_path, const struct tf_session *session)
{
	int r;

	launch.session = session->path;
	launch.root = session->root;
	r = start_from(own_path, "tmpguard-janitor");
	if (r == -ENOENT)
		r = start_from(own_path, "../libexec/tmpguard/tmpguard-janitor");
	if (r == -ENOENT)
		r = start_from(own_path, TMPGUARD_LIBEXECDIR "/tmpguard-janitor");
	return r;
}
