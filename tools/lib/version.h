/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: its version.
 */
#ifndef EXITSTAT_LIB_VERSION_H
#define EXITSTAT_LIB_VERSION_H

#define EXITSTAT_VERSION	"1.0"

#endif /* EXITSTAT_LIB_VERSION_H */
