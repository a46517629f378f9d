/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the limit of file descriptors.
 */
#ifndef EXITSTAT_VERIFY_DESCRIPTORS_H
#define EXITSTAT_VERIFY_DESCRIPTORS_H

#include <sys/resource.h>

/*
 * File descriptors that can still be opened, once the limit has been raised as
 * far as it goes; @before is what the limit was, for a command that is started.
 */
unsigned int descriptors_left(struct rlimit *before);

#endif /* EXITSTAT_VERIFY_DESCRIPTORS_H */
