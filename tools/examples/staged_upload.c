/* staged_upload.c: StagedUpload. What comes in is looked at before it gets its place. */
#include <err.h>
#include <errno.h>
#include <string.h>
#include <tempfile.h>

static int receive(const char *body, const char *target)
{
	const struct tf_upload_options options = {.file = {.suffix = ".jpg"}, .limit = 16};
	TF_AUTO_UPLOAD upload = NULL;
	int r = tf_upload_new(&options, &upload);

	if (r == 0)
		r = tf_upload_write(upload, body, strlen(body));
	if (r == 0 && strncmp(body, "JFIF", 4) != 0)
		return -EINVAL; /* and the upload is forgotten */
	if (r == 0)
		r = tf_upload_commit(upload, target, NULL);
	return r;
}

static void tell(const char *what, int r)
{
	printf("%s: %s\n", what, r < 0 ? strerror(-r) : "accepted");
}

int main(void)
{
	tell("a picture", receive("JFIF....", "uploads/1/picture.jpg"));
	tell("something else", receive("MZ......", "uploads/2/picture.jpg"));
	tell("more than 16 bytes", receive("JFIF.............", "uploads/3/picture.jpg"));
	return 0;
}
