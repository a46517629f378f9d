/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export: a request and a reply of HTTP/1.
 */
#ifndef EXITSTAT_EXPORT_HTTP_H
#define EXITSTAT_EXPORT_HTTP_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct http_request - what of one matters here
 * @known: it is GET or HEAD
 * @bodiless: it is HEAD
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
 * Where the head ends in @length bytes of @text, behind its empty line; 0 where that is
 * not there.
 */
size_t http_head(const char *text, size_t length);

/* @head is cut up, and must live as long as @request.  False where it is no request. */
bool http_parse(char *head, struct http_request *request);

#endif /* EXITSTAT_EXPORT_HTTP_H */
