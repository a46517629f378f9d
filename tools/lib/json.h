/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: values put into JSON.  Each is false where memory ran out, here or when
 * the value was made; a value is taken over in any case.
 */
#ifndef EXITSTAT_JSON_H
#define EXITSTAT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

bool json_put(struct json_object *object, const char *key,
	      struct json_object *value);
bool json_append(struct json_object *array, struct json_object *value);
bool json_put_null(struct json_object *object, const char *key);
bool json_put_bool(struct json_object *object, const char *key, bool value);
bool json_put_number(struct json_object *object, const char *key,
		     uint64_t value);

/* A number that is to be written as @text has it. */
bool json_put_decimal(struct json_object *object, const char *key,
		      const char *text);

/* JSON is Unicode, a name or an argument any bytes: see utf8_clean(). */
bool json_put_string(struct json_object *object, const char *key,
		     const char *text);

/* The id of counters, under "id": 0x and 16 digits. */
bool json_put_id(struct json_object *object, uint64_t id);

#endif /* EXITSTAT_JSON_H */
