/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: writes one JSON document, from its first field to its last.
 *
 * The only failure is that memory runs out.  It shows at the end: json_end() returns NULL.
 * Within an array, keys are NULL.
 */
#ifndef EXITSTAT_JSON_H
#define EXITSTAT_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

#define JSON_DEPTH	8

/**
 * struct json - a document that is being written
 * @at: the objects and arrays that are open, from the document inwards
 * @depth: number of entries in @at
 * @failed: memory ran out
 */
struct json {
	struct json_object *at[JSON_DEPTH];
	unsigned int depth;
	bool failed;
};

/* The document is an object. */
void json_begin(struct json *j);

/* All that is written until json_close() is in the object. */
void json_open_object(struct json *j, const char *key);
void json_open_array(struct json *j, const char *key);
void json_close(struct json *j);

void json_null(struct json *j, const char *key);
void json_boolean(struct json *j, const char *key, bool value);
void json_u64(struct json *j, const char *key, uint64_t value);
void json_i64(struct json *j, const char *key, int64_t value);
/* As json_u64(), but 0 means not known and is written as null. */
void json_known(struct json *j, const char *key, uint64_t value);
/* To two decimals. */
void json_decimal(struct json *j, const char *key, double value);
/* JSON is Unicode, @text is any bytes: see utf8_clean().  NULL is written as null. */
void json_string(struct json *j, const char *key, const char *text);
/* A 64-bit identifier, as a string: 0x and 16 digits */
void json_hex(struct json *j, const char *key, uint64_t value);

/* The document, with all that is still open, indented or as one @line, which the caller frees.  NULL: out of memory. */
char *json_end(struct json *j, bool line);

#endif /* EXITSTAT_JSON_H */
