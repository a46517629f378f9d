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
 * struct watch - which VMs are compared, and how far that is
 * @target: those that fit this
 * @reasons: reasons that get an event of their own even without exits
 * @pause: pause VMs around a reading
 * @qmp: QMP socket for that, NULL to look for one
 * @id: the tracepoint's
 * @room: number of file descriptors that may still be opened for events
 * @left_out: number of vCPUs that wait for others to be done
 * @result: what there is to report
 * @last: the next reading is the last one
 * @started: there has been a reading
 * @said_off: it has been said that exitstat is 0
 * @said_bpf: it has been asked for BPF programs
 * @reading: room for a reading
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
	bool started;
	bool said_off;
	bool said_bpf;
	struct vcpu_reading reading;
};

/* A sentence on stderr and in the result. */
void watch_note(struct watch *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* See which VMs and vCPUs there are now. */
int watch_scan(struct watch *w);

/* Open events for vCPUs that wait, as many as there is room for. */
int watch_open(struct watch *w);

/* One reading of all that are open. */
void watch_compare(struct watch *w);

/* Those that are open are done. */
void watch_close(struct watch *w);

void watch_free(struct watch *w);

#endif /* EXITSTAT_VERIFY_WATCH_H */
