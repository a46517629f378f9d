/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: the VMs that are watched.
 */
#ifndef EXITSTAT_VERIFY_WATCH_H
#define EXITSTAT_VERIFY_WATCH_H

#include "lib/options.h"
#include "source/target.h"
#include "verify/verify.h"

/**
 * struct watch - the VMs that are compared, and the progress
 * @target: compare the VMs that fit this
 * @reasons: reasons that get an event of their own even without exits
 * @pause: pause VMs for a reading
 * @qmp: QMP socket for pausing, NULL to look for one
 * @id: the tracepoint's id
 * @room: number of file descriptors that may still be opened for events
 * @left_out: number of vCPUs that wait until others are done
 * @result: the result
 * @last: the next reading is the last one
 * @look_until: in this reading, how long other threads are looked for, 0 where not yet
 * @started: there has been a reading
 * @said_off: we have reported that exitstat is 0
 * @said_bpf: we have looked for BPF programs
 * @reading: buffer for a reading
 */
struct watch {
	struct target target;
	struct texts reasons;
	bool pause;
	const char *qmp;
	uint32_t id;
	unsigned int room;
	unsigned int left_out;
	struct result result;
	bool last;
	uint64_t look_until;
	bool started;
	bool said_off;
	bool said_bpf;
	struct vcpu_reading reading;
};

/* Print a sentence on stderr, and add it to the result. */
void watch_note(struct watch *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Find the VMs and vCPUs that exist now. */
int watch_scan(struct watch *w);

/* Open events for waiting vCPUs, as many as there is room for. */
int watch_open(struct watch *w);

/* Read and compare all open vCPUs once. */
void watch_compare(struct watch *w);

/* After the last reading: note it if witnesses have begun and were not read in the end. */
void watch_check_witnesses(struct watch *w);

/* Close all open vCPUs: they are done. */
void watch_close(struct watch *w);

void watch_free(struct watch *w);

#endif /* EXITSTAT_VERIFY_WATCH_H */
