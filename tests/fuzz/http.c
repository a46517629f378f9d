// SPDX-License-Identifier: GPL-2.0-only
/*
 * HTTP requests: the input is the data received so far.
 */
#include "export/http.h"
#include "export/negotiate.h"
#include "fuzz.h"

/* More bytes must not change the head, so the pieces in which a request arrives do not matter. */
static void check_pieces(const char *text, size_t length, size_t head)
{
	const size_t less = head ? head - 1 : length / 2;

	MUST(http_head(text, less) == 0 || !head);
	MUST(!head || http_head(text, head) == head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request request;
	const size_t head = http_head((const char *)data, size);
	char *text;

	MUST(head <= size);
	check_pieces((const char *)data, size, head);
	/* Like the server: without a complete head, parse an empty one. */
	text = malloc(head + 1);
	memcpy(text, data, head);
	text[head] = '\0';
	if (http_parse(text, &request)) {
		MUST(!strpbrk(request.path, "? \n"));
		MUST(!request.bodiless || request.known);
		MUST(!request.accept || !strchr(request.accept, '\n'));
		negotiate(request.accept);
	}
	free(text);
	return 0;
}
