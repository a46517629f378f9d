/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: --keys, of show and stat.
 */
#ifndef EXITSTAT_WITH_KEYS_H
#define EXITSTAT_WITH_KEYS_H

#include <stdbool.h>

struct keys;
struct reading;
struct regions;
struct source;
struct target;

/* Whether there are keys of @target, or with @own_vcpu of this guest's vCPU, that can be sorted by @sort: 0, or EXIT_MISUSE after a sentence. */
int with_keys_check(const char *command, const struct target *target, bool own_vcpu,
		    unsigned int sort);

/*
 * Read the keys of @target, of which @source is open.  0, after which the caller frees
 * @keys->rows; SOURCE_FAILED, also if KVM keeps none; or SOURCE_ENDED.
 */
int with_keys_read(const struct source *source, const struct target *target, struct keys *keys,
		   char *why);

/* What QEMU calls the ports and addresses of @target, one VM; the caller frees @regions->list. */
void with_keys_regions(const struct source *source, const struct target *target,
		       struct regions *regions);

/* What a view shows of keys besides their rows. */
struct reading with_keys_reading(const struct keys *keys, bool host);

/* Warn if no exit has been kept by its key yet. */
void with_keys_warn(const struct keys *keys);

/* Whether @keys add up: 0, or EXIT_CHECK after a sentence; warns of what keeps them from it. */
int with_keys_add_up(const struct keys *keys);

#endif /* EXITSTAT_WITH_KEYS_H */
