/* jsonline.h: building one JSON object on one line, without libc. */
#ifndef TF_JSONLINE_H
#define TF_JSONLINE_H

#include "sys.h"

/* What does not fit is cut: ask tf__json_is_full. Give it room for six times the longest text. */
struct tf_json {
	char *at;
	size_t len, size;
	bool is_full;
};

struct tf_json tf__json(char *buf, size_t size);

void tf__json_open(struct tf_json *json, const char *key, char bracket); /* key NULL: none */
void tf__json_close(struct tf_json *json, char bracket);
void tf__json_number(struct tf_json *json, const char *key, uint64_t n);
void tf__json_bool(struct tf_json *json, const char *key, bool value);

/* Any bytes. Those that are no UTF-8 become U+FFFD; returns whether all were good. */
bool tf__json_text(struct tf_json *json, const char *key, const char *text);

/* The bytes in hexadecimal digits. */
void tf__json_hex(struct tf_json *json, const char *key, const char *text);

/* "0x1f" */
void tf__json_address(struct tf_json *json, const char *key, uint64_t address);

/* "2026-11-21T14:20:05.123456789Z" */
void tf__json_time(struct tf_json *json, const char *key, int64_t sec, uint32_t nsec);

#endif
