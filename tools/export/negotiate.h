/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: which format a scraper wants.
 */
#ifndef EXITSTAT_EXPORT_NEGOTIATE_H
#define EXITSTAT_EXPORT_NEGOTIATE_H

#include "export/metrics.h"

/* @accept: the request's header Accept, or NULL if it has none. */
enum metrics_format negotiate(const char *accept);

#endif /* EXITSTAT_EXPORT_NEGOTIATE_H */
