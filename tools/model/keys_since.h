/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what the keys and the returns of one reason have had since an earlier reading.  They
 * come and go between two readings: KVM has only so many places for them.
 */
#ifndef EXITSTAT_MODEL_KEYS_SINCE_H
#define EXITSTAT_MODEL_KEYS_SINCE_H

#include <asm/kvm_exitstat.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/keys.h"

/**
 * struct key_since - a key or a return, and what it has had since the earlier reading
 * @row: the key as it is now
 * @known: what it has had is known; otherwise @added is 0
 * @added: exits or returns, and TSC cycles, by KVM_EXITSTAT_V_*, as far as they had this place
 */
struct key_since {
	struct key_row row;
	bool known;
	uint64_t added[KVM_EXITSTAT_V_USER + 1];
};

/**
 * struct keys_since - all keys and returns of a reason
 * @total: the reason
 * @others: what @total has besides @keys: exits whose key has no place now, had another place
 *	before, or is not among @keys; without keys 0
 * @other_returns: the same of @returns
 * @nr: number of entries in @keys
 * @keys: those with the most exits since the earlier reading first; the caller frees them
 * @nr_returns: number of entries in @returns
 * @returns: as @keys, which the caller frees with them
 */
struct keys_since {
	struct key_since total;
	struct key_since others;
	struct key_since other_returns;
	unsigned int nr;
	struct key_since *keys;
	unsigned int nr_returns;
	struct key_since *returns;
};

/*
 * Leave in @keys only the rows of @reason, in the order of keys_order(), without its levels.
 * False if the reason has neither keys nor returns.
 */
bool keys_keep(struct keys *keys, uint32_t reason);

/*
 * After that: leave in @keys the row of @reason alone, with zeros if there is none.  False if memory
 * ran out.
 */
bool keys_keep_none(struct keys *keys, uint32_t reason);

/*
 * What is in @now, and was not in @before; after keys_keep() or keys_keep_none() both.  @before may have no rows,
 * if there is no earlier reading.  At most @most keys and @most returns have an entry.  0, or -1
 * if memory ran out.
 */
int keys_subtract(const struct keys *before, const struct keys *now, unsigned int most,
		  struct keys_since *since);

#endif /* EXITSTAT_MODEL_KEYS_SINCE_H */
