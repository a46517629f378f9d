/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export: an HTTP/1 request and its reply.
 */
#ifndef EXITSTAT_EXPORT_HTTP_H
#define EXITSTAT_EXPORT_HTTP_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct http_request - the parts of a request that matter here
 * @known: the method is GET or HEAD
 * @bodiless: the method is HEAD
 * @path: without a query
 * @accept: the header Accept, or NULL
 */
struct http_request {
	bool known;
	bool bodiless;
	const char *path;
	const char *accept;
};

/*
 * The length of the head, including its empty line, in @length bytes of @text; 0 if the
 * head is not complete.
 */
size_t http_head(const char *text, size_t length);

/* Parse @head, which is modified, and must live as long as @request.  False: no request. */
bool http_parse(char *head, struct http_request *request);

#endif /* EXITSTAT_EXPORT_HTTP_H */
