/* unloaded.c: loads libtempfile, makes a file, unloads it, and ends.
 *
 *	unloaded LIBRARY SIGNAL
 *
 * SIGNAL 0: returns from main.
 */
#include <dlfcn.h>
#include <err.h>
#include <signal.h>
#include <stdlib.h>

#include "tempfile.h"

int main(int argc, char **argv)
{
	void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : NULL;
	int (*make)(const struct tf_options *, struct tf_file **);
	int (*on_signals)(const int *, int);
	struct tf_file *file;

	if (!library)
		errx(2, "%s", argc == 3 ? dlerror() : "usage: unloaded LIBRARY SIGNAL");
	make = (int (*)(const struct tf_options *, struct tf_file **))dlsym(library, "tf_file_new");
	on_signals = (int (*)(const int *, int))dlsym(library, "tf_cleanup_on_signals");
	if (!make || !on_signals || make(NULL, &file) < 0 || on_signals(NULL, 0) < 0)
		errx(1, "it does not work");
	dlclose(library);
	if (atoi(argv[2]) != 0)
		raise(atoi(argv[2]));
	return 0;
}
