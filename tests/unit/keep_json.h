/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the JSON that commands print, for tests/json/check.
 */
#ifndef KEEP_JSON_H
#define KEEP_JSON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes to keep of one command, which is enough for all. */
#define KEEP_MOST	(1l << 20)

/* Append the JSON in @text, if there is any, to the file @name in $KEEP_JSON. */
static inline void keep_json(const char *name, const char *text)
{
	const char *const folder = getenv("KEEP_JSON");
	const char *json = *text == '{' ? text : strstr(text, "\n{");
	char path[4096];
	FILE *file;

	if (!folder || !json)
		return;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "a");
	if (!file) {
		perror(path);
		exit(2);
	}
	fseek(file, 0, SEEK_END);
	if (ftell(file) < KEEP_MOST)
		fputs(json, file);
	fclose(file);
}

#endif /* KEEP_JSON_H */
