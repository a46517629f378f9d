// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: writes one JSON document, with json-c.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"
#include "lib/text.h"

/* Takes ownership of @value; false if @value is NULL or memory ran out. */
static bool put(struct json *j, const char *key, struct json_object *value)
{
	struct json_object *to = j->depth ? j->at[j->depth - 1] : NULL;

	if (value && to && !(key ? json_object_object_add(to, key, value) :
				   json_object_array_add(to, value)))
		return true;
	json_object_put(value);
	j->failed = true;
	return false;
}

/* If @value could not be added, all that is written into it is dropped. */
static void open_value(struct json *j, const char *key, struct json_object *value)
{
	struct json_object *at = put(j, key, value) ? value : NULL;

	if (j->depth < JSON_DEPTH)
		j->at[j->depth++] = at;
	else
		j->failed = true;
}

void json_begin(struct json *j)
{
	*j = (struct json) { .depth = 1 };
	j->at[0] = json_object_new_object();
}

void json_open_object(struct json *j, const char *key)
{
	open_value(j, key, json_object_new_object());
}

void json_open_array(struct json *j, const char *key)
{
	open_value(j, key, json_object_new_array());
}

void json_close(struct json *j)
{
	j->depth--;
}

/* json-c has no object for null. */
void json_null(struct json *j, const char *key)
{
	struct json_object *to = j->at[j->depth - 1];

	if (!to || json_object_object_add(to, key, NULL))
		j->failed = true;
}

void json_boolean(struct json *j, const char *key, bool value)
{
	put(j, key, json_object_new_boolean(value));
}

void json_u64(struct json *j, const char *key, uint64_t value)
{
	put(j, key, json_object_new_uint64(value));
}

void json_i64(struct json *j, const char *key, int64_t value)
{
	put(j, key, json_object_new_int64(value));
}

void json_known(struct json *j, const char *key, uint64_t value)
{
	if (value)
		json_u64(j, key, value);
	else
		json_null(j, key);
}

void json_decimal(struct json *j, const char *key, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.2f", value);
	put(j, key, json_object_new_double_s(strtod(text, NULL), text));
}

void json_string(struct json *j, const char *key, const char *text)
{
	char *clean;

	if (!text) {
		json_null(j, key);
		return;
	}
	clean = utf8_clean(text);
	put(j, key, clean ? json_object_new_string(clean) : NULL);
	free(clean);
}

void json_hex(struct json *j, const char *key, uint64_t value)
{
	char hex[19];

	snprintf(hex, sizeof(hex), "0x%016" PRIx64, value);
	put(j, key, json_object_new_string(hex));
}

/* json-c leaves a part out of its text if there is no memory for it. */
static bool is_whole(const char *text, struct json_object *document)
{
	struct json_object *read = json_tokener_parse(text);
	const bool whole = read && json_object_equal(read, document);

	json_object_put(read);
	return whole;
}

char *json_end(struct json *j, bool line)
{
	const int flags = JSON_C_TO_STRING_NOSLASHESCAPE |
			  (line ? 0 : JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
	const char *string = j->failed ? NULL :
			     json_object_to_json_string_ext(j->at[0], flags);
	char *clean = string && is_whole(string, j->at[0]) ? json_printable(string) : NULL, *text;

	if (!clean || asprintf(&text, "%s\n", clean) < 0)
		text = NULL;
	free(clean);
	json_object_put(j->at[0]);
	return text;
}
