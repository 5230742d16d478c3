/* script.c: the line `#!INTERPRETER ARGUMENT`, as the kernel reads it. */
#include "script.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool ends_line(char c)
{
	return c == '\0' || c == '\n';
}

bool tf__is_script(const char head[TF_SCRIPT_HEAD])
{
	return head[0] == '#' && head[1] == '!';
}

static struct tf_part rest_of_line(const char *p, const char *end)
{
	struct tf_part rest;

	while (p < end && is_blank(*p))
		p++;
	for (rest.at = p; p < end && !ends_line(*p);)
		p++;
	while (p > rest.at && is_blank(p[-1]))
		p--;
	rest.len = (size_t)(p - rest.at);
	return rest;
}

/* A name that may be cut off at the end of what the kernel reads is none, for the kernel too. */
bool tf__script(const char head[TF_SCRIPT_HEAD], struct tf_script *ret_script)
{
	const char *p = head + 2, *end = head + TF_SCRIPT_HEAD, *name;

	while (p < end && is_blank(*p))
		p++;
	for (name = p; p < end && !ends_line(*p) && !is_blank(*p);)
		p++;
	if (p == end || p == name)
		return false;
	ret_script->interpreter = (struct tf_part){.at = name, .len = (size_t)(p - name)};
	ret_script->argument = rest_of_line(p, end);
	return true;
}
