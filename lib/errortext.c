/* errortext.c: what an error means, in words, where there is no libc to ask.
 *
 * Those that a file operation can end with; the words are those of strerror(3), for which people
 * search. */
#include <errno.h>

#include "errortext.h"

const char *tf__error_text(int error)
{
	switch (error < 0 ? -error : error) {
	case EPERM:
		return "Operation not permitted";
	case ENOENT:
		return "No such file or directory";
	case EINTR:
		return "Interrupted system call";
	case EIO:
		return "Input/output error";
	case EBADF:
		return "Bad file descriptor";
	case ENXIO:
		return "No such device or address";
	case ECHILD:
		return "No child processes";
	case EAGAIN:
		return "Resource temporarily unavailable";
	case ENOMEM:
		return "Cannot allocate memory";
	case EACCES:
		return "Permission denied";
	case EBUSY:
		return "Device or resource busy";
	case EEXIST:
		return "File exists";
	case EXDEV:
		return "Invalid cross-device link";
	case ENOTDIR:
		return "Not a directory";
	case EISDIR:
		return "Is a directory";
	case EINVAL:
		return "Invalid argument";
	case ENFILE:
		return "Too many open files in system";
	case EMFILE:
		return "Too many open files";
	case EMLINK:
		return "Too many links";
	case ERANGE:
		return "Numerical result out of range";
	case EOVERFLOW:
		return "Value too large for defined data type";
	case ENODATA:
		return "No data available";
	case ETXTBSY:
		return "Text file busy";
	case EFBIG:
		return "File too large";
	case ENOSPC:
		return "No space left on device";
	case EROFS:
		return "Read-only file system";
	case ENAMETOOLONG:
		return "File name too long";
	case ENOSYS:
		return "Function not implemented";
	case ENOTEMPTY:
		return "Directory not empty";
	case ELOOP:
		return "Too many levels of symbolic links";
	case EDQUOT:
		return "Disk quota exceeded";
	case ESTALE:
		return "Stale file handle";
	case EOPNOTSUPP:
		return "Operation not supported";
	default:
		return "unknown error";
	}
}
