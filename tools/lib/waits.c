// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: time limits.
 */
#include "lib/waits.h"

struct waits waits = {
	.patience = 2000,
	.qmp = 10000,
	.reading = 30000,
	.monitor = 3000,
	.stop = 30000,
	.hurry = 1000,
	.threads = 5000,
	.paused = 60000,	/* bpftrace compiles, perf reports */
	.command = 10000,
	.killed = 1000,
	.witness_grace = 5000,
	.scrape = 1000,
	.late = 100,
	.names = 300,
	.process = 200,
	.makers = 500,
	.folder = 500,
	.other_thread = 5000,
	.turn = 10000,
	.request = 5000,
	.reply = 30000,
	.last_word = 1000,
};
