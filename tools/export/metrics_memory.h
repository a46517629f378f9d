/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the samples of a text of metrics that was rendered before.
 */
#ifndef EXITSTAT_EXPORT_METRICS_MEMORY_H
#define EXITSTAT_EXPORT_METRICS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct sample_value - the number of a sample, exactly
 * @whole: what is before the point
 * @nano: what is after it, in units of 10^-9
 */
struct sample_value {
	uint64_t whole;
	uint32_t nano;
};

struct memory;

/* NULL without memory; @text must live as long. */
struct memory *memory_of(const char *text);
void memory_free(struct memory *memory);

/*
 * The label vm, escaped, @length bytes, that the VM of this id had; NULL where it
 * was not there.
 */
const char *memory_label(const struct memory *memory, uint64_t id, size_t *length);

/* The value of @series, as it is written: NAME{LABELS}; false where it was not there. */
bool memory_value(const struct memory *memory, const char *series, size_t length,
		  struct sample_value *value);

#endif /* EXITSTAT_EXPORT_METRICS_MEMORY_H */
