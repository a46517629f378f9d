// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: parses an HTTP/1 request, of which one line and one header matter.
 */
#include <string.h>
#include <strings.h>

#include "export/http.h"

size_t http_head(const char *text, size_t length)
{
	const char *line = text, *end;

	while ((end = memchr(line, '\n', text + length - line))) {
		if (line != text && (end == line || (end == line + 1 && *line == '\r')))
			return end + 1 - text;
		line = end + 1;
	}
	return 0;
}

static char *next_line(char **rest)
{
	char *line = strsep(rest, "\n");
	char *end = line ? line + strlen(line) : NULL;

	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

/* METHOD SP TARGET SP HTTP/1.x */
static bool parse_first(char *line, struct http_request *request)
{
	const char *method = strsep(&line, " ");
	char *target = strsep(&line, " ");

	if (!method || !*method || !target || !*target || !line ||
	    (strcmp(line, "HTTP/1.1") && strcmp(line, "HTTP/1.0")))
		return false;
	request->bodiless = !strcmp(method, "HEAD");
	request->known = request->bodiless || !strcmp(method, "GET");
	/* In a proxy's form: http://HOST/PATH */
	if (!strncasecmp(target, "http://", 7)) {
		target += 7;
		target += strcspn(target, "/?");
	}
	target[strcspn(target, "?")] = '\0';
	request->path = target;
	return true;
}

/* Parse one header line; false if it is malformed. */
static bool parse_header(char *line, struct http_request *request)
{
	char *value = strchr(line, ':');

	if (!value || value == line)
		return false;
	*value++ = '\0';
	if (!strcasecmp(line, "Accept") && !request->accept)
		request->accept = value + strspn(value, " \t");
	return true;
}

bool http_parse(char *head, struct http_request *request)
{
	char *line;

	*request = (struct http_request) {};
	line = next_line(&head);
	if (!parse_first(line, request))
		return false;
	while ((line = next_line(&head)) && *line)
		if (!parse_header(line, request))
			return false;
	return true;
}
