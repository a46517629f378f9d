/* SPDX-License-Identifier: GPL-2.0-only */
/* What every unit test includes first. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shim/kshim.h"

#endif /* UNIT_H */
