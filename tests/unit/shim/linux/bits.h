/* SPDX-License-Identifier: GPL-2.0-only */
#define BIT(nr)		(1ul << (nr))
