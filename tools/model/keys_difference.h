/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the difference of two readings of keys.  Keys come and go between them: KVM has
 * only so many places.
 */
#ifndef EXITSTAT_MODEL_KEYS_DIFFERENCE_H
#define EXITSTAT_MODEL_KEYS_DIFFERENCE_H

struct keys;

/**
 * keys_difference - what was added to each row
 * @before: the earlier reading
 * @now: the later one
 * @added: the difference; the caller frees its rows
 *
 * A key has at least its exits and at most that and its error, as in a reading.  What no key
 * has is in the row KEY_REST of its reason.  The rows of both readings are sorted on the way.
 *
 * Returns NULL, or why there is no difference, a part of a sentence; @added then has no rows
 * of which anything is known.
 */
const char *keys_difference(struct keys *before, struct keys *now, struct keys *added);

#endif /* EXITSTAT_MODEL_KEYS_DIFFERENCE_H */
