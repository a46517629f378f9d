// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: values put into JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"
#include "lib/text.h"

bool json_put(struct json_object *object, const char *key,
	      struct json_object *value)
{
	if (value && !json_object_object_add(object, key, value))
		return true;
	json_object_put(value);
	return false;
}

bool json_append(struct json_object *array, struct json_object *value)
{
	if (value && !json_object_array_add(array, value))
		return true;
	json_object_put(value);
	return false;
}

/* json-c has no object for null. */
bool json_put_null(struct json_object *object, const char *key)
{
	return !json_object_object_add(object, key, NULL);
}

bool json_put_bool(struct json_object *object, const char *key, bool value)
{
	return json_put(object, key, json_object_new_boolean(value));
}

bool json_put_number(struct json_object *object, const char *key,
		     uint64_t value)
{
	return json_put(object, key, json_object_new_uint64(value));
}

bool json_put_decimal(struct json_object *object, const char *key,
		      const char *text)
{
	return json_put(object, key, json_object_new_double_s(atof(text), text));
}

bool json_put_string(struct json_object *object, const char *key,
		     const char *text)
{
	char *clean = utf8_clean(text);
	const bool ok = clean &&
			json_put(object, key, json_object_new_string(clean));

	free(clean);
	return ok;
}

bool json_put_id(struct json_object *object, uint64_t id)
{
	char hex[19];

	snprintf(hex, sizeof(hex), "0x%016" PRIx64, id);
	return json_put(object, "id", json_object_new_string(hex));
}
