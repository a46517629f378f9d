/* SPDX-License-Identifier: GPL-2.0-only */
/* libc includes the real one too. */
#include_next <linux/types.h>
#include "../kshim.h"
