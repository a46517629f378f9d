/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the samples of the last rendered text of metrics.
 */
#ifndef EXITSTAT_EXPORT_METRICS_MEMORY_H
#define EXITSTAT_EXPORT_METRICS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct sample_value - the exact value of a sample
 * @whole: the part before the point
 * @nano: the part after it, in units of 10^-9
 */
struct sample_value {
	uint64_t whole;
	uint32_t nano;
};

struct memory;

/* Parse @text, which must live as long as the result; NULL if memory ran out. */
struct memory *memory_of(const char *text);
void memory_free(struct memory *memory);

/*
 * The label vm, escaped, @length bytes, of the VM with this id; NULL if the text does not
 * have it.
 */
const char *memory_label(const struct memory *memory, uint64_t id, size_t *length);

/* The value of @series, written as NAME{LABELS}; false if the text does not have it. */
bool memory_value(const struct memory *memory, const char *series, size_t length,
		  struct sample_value *value);

#endif /* EXITSTAT_EXPORT_METRICS_MEMORY_H */
