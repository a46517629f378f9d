/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: staying on one CPU.
 */
#ifndef EXITSTAT_SOURCE_PIN_H
#define EXITSTAT_SOURCE_PIN_H

#include <stddef.h>

/**
 * struct pin - this thread held on the CPU that it runs on
 * @cpu: the CPU
 * @before: where it might run before
 * @size: of @before, in bytes
 */
struct pin {
	int cpu;
	void *before;
	size_t size;
};

/* 0, or EXIT_MISUSE after a sentence on stderr */
int pin_here(struct pin *pin);
int unpin(struct pin *pin);

#endif /* EXITSTAT_SOURCE_PIN_H */
