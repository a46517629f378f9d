/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat export: what a server need not be allowed.
 */
#ifndef EXITSTAT_EXPORT_PRIVILEGES_H
#define EXITSTAT_EXPORT_PRIVILEGES_H

#include <stdbool.h>

/*
 * Of root keep reading whatever file (CAP_DAC_READ_SEARCH), and with @sockets connecting
 * to whatever socket (CAP_DAC_OVERRIDE), and be nobody.  Who is not root stays what he is.
 * A warning where that cannot be.
 */
void privileges_drop(bool sockets);

#endif /* EXITSTAT_EXPORT_PRIVILEGES_H */
