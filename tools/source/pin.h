/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: staying on one CPU.
 */
#ifndef EXITSTAT_SOURCE_PIN_H
#define EXITSTAT_SOURCE_PIN_H

#include <stddef.h>

/**
 * struct pin - this thread, pinned to the CPU that it was running on
 * @cpu: the CPU
 * @before: the affinity before
 * @size: size of @before in bytes
 */
struct pin {
	int cpu;
	void *before;
	size_t size;
};

/* 0, or EXIT_MISUSE with a sentence in @why */
int pin_here(struct pin *pin, char *why);
int unpin(struct pin *pin, char *why);

#endif /* EXITSTAT_SOURCE_PIN_H */
