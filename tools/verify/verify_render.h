/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: the result, as text and JSON.
 */
#ifndef EXITSTAT_VERIFY_VERIFY_RENDER_H
#define EXITSTAT_VERIFY_VERIFY_RENDER_H

struct result;

/* Allocated; NULL if memory ran out. */
char *verify_text(const struct result *result);
char *verify_json(const struct result *result);

#endif /* EXITSTAT_VERIFY_VERIFY_RENDER_H */
