/* SPDX-License-Identifier: GPL-2.0-only */
/* Every unit test includes this first. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shim/kshim.h"

/* Number of rounds: @usual, or @full with LONG=1, which make test-full sets. */
static inline unsigned int rounds(unsigned int usual, unsigned int full)
{
	return getenv("LONG") ? full : usual;
}

#endif /* UNIT_H */
