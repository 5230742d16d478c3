/* origin.c: where a session began. */
#include "origin.h"
#include "process.h"
#include "text.h"

enum {
	BOOT = 36,                    /* characters of a boot_id */
	UTS_FIELD = 65,               /* bytes of each field of struct utsname */
	FIRST_NAMESPACE = 0xeffffffc, /* the kernel's PROC_PID_INIT_INO */
};

struct origin {
	char boot[BOOT + 1];
	uint64_t machine, namespace, init;
};

static void add_to_hash(uint64_t *hash, const char *text)
{
	for (; *text != '\0' && *text != '\n'; text++)
		*hash = (*hash ^ (unsigned char)*text) * 0x100000001b3U; /* FNV-1a */
	*hash = (*hash ^ '\n') * 0x100000001b3U;
}

static uint64_t machine(void)
{
	char uts[6 * UTS_FIELD], id[64];
	uint64_t hash = 0xcbf29ce484222325U;

	if (tf__read_file(AT_FDCWD, "/etc/machine-id", id, sizeof(id)) < 0)
		id[0] = '\0';
	if (tf__sys3(SYS_uname, (long)uts, 0, 0) < 0)
		uts[UTS_FIELD] = '\0';
	add_to_hash(&hash, id);
	add_to_hash(&hash, uts + UTS_FIELD); /* nodename */
	return hash;
}

static struct origin here(void)
{
	struct origin here = {.namespace = tf__pid_namespace(), .machine = machine()};
	int64_t init = tf__start_time(1);

	if (tf__read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", here.boot,
		    sizeof(here.boot)) != BOOT)
		here.boot[0] = '\0';
	here.init = init < 0 ? 0 : (uint64_t)init;
	return here;
}

size_t tf__origin_write(char ret_line[TF_ORIGIN_SIZE])
{
	struct origin origin = here();
	struct tf_text text = tf__text(ret_line, TF_ORIGIN_SIZE);

	tf__text_add(&text, origin.boot[0] != '\0' ? origin.boot : "0");
	tf__text_add(&text, " ");
	tf__text_add_number(&text, origin.machine);
	tf__text_add(&text, " ");
	tf__text_add_number(&text, origin.namespace);
	tf__text_add(&text, " ");
	tf__text_add_number(&text, origin.init);
	return text.len;
}

static bool is_of_boot(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
}

static bool parse(const char *line, struct origin *ret_origin)
{
	uint64_t *const numbers[] = {
		&ret_origin->machine, &ret_origin->namespace, &ret_origin->init};
	size_t len = 0;

	while (is_of_boot(line[len]))
		len++;
	if (len != BOOT && !(len == 1 && line[0] == '0'))
		return false;
	tf__copy(ret_origin->boot, line, len);
	ret_origin->boot[len == BOOT ? BOOT : 0] = '\0';
	line += len;
	for (int i = 0; i < 3; i++)
		if (*line++ != ' ' || tf__number(&line, numbers[i]) < 0)
			return false;
	return *line == '\0';
}

enum tf_origin tf__origin_judge(const char *line)
{
	struct origin now = here(), then;

	if (!parse(line, &then))
		return TF_ORIGIN_FOREIGN;
	if (then.boot[0] == '\0' || now.boot[0] == '\0')
		return now.machine == then.machine ? TF_ORIGIN_UNKNOWN : TF_ORIGIN_FOREIGN;
	if (!tf__equal(now.boot, then.boot))
		return now.machine == then.machine ? TF_ORIGIN_PAST : TF_ORIGIN_FOREIGN;
	if (then.namespace != 0 && now.namespace == then.namespace && now.init == then.init)
		return TF_ORIGIN_HERE;
	return TF_ORIGIN_ELSEWHERE;
}

bool tf__sees_all(void)
{
	return tf__pid_namespace() == FIRST_NAMESPACE;
}
