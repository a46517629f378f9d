/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: how counts are compared with those of the tracepoint.
 *
 * The tracepoint's events begin to count at some moment, kvm-exitstat began when
 * the vCPU was created: between the two counts of a reason is an offset that must
 * never change.  A reading takes the tracepoint's count, ours, and the
 * tracepoint's again, so it tells two bounds of the offset.  With each reading
 * they become narrower, and one that lies outside is a difference.  Where no exit
 * happens during a reading, as while the VM is paused, the offset is known
 * exactly from then on.
 */
#ifndef EXITSTAT_VERIFY_VERIFY_H
#define EXITSTAT_VERIFY_VERIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/reading.h"
#include "source/debugfs.h"
#include "source/vm.h"
#include "verify/verify_witness.h"

struct pauser;
struct tracepoint;

/**
 * struct bracket - one count, between two of the tracepoint's
 * @low: the tracepoint's: all of these exits have been counted in @ours
 * @ours: kvm-exitstat's
 * @high: the tracepoint's: all exits in @ours have been counted in this
 */
struct bracket {
	uint64_t low;
	uint64_t ours;
	uint64_t high;
};

/**
 * struct counter - exits of one vCPU that are compared
 * @begun: there has been a reading since the events were opened
 * @first: ours at the first reading; the following are differences from it
 * @least: bound of the offset, ours less the tracepoint's
 * @most: the other bound
 * @ours: exits
 * @low: least that ours may be, so that it agrees with the tracepoint
 * @high: most that ours may be
 * @missing: most by which ours has been below @low
 * @extra: most by which ours has been above @high
 * @before: @ours, @low and @high of the time before the events were last opened
 */
struct counter {
	bool begun;
	uint64_t first;
	int64_t least;
	int64_t most;
	int64_t ours;
	int64_t low;
	int64_t high;
	uint64_t missing;
	uint64_t extra;
	struct {
		int64_t ours, low, high;
	} before;
};

/* One more reading; false where it does not agree. */
bool counter_compare(struct counter *c, const struct bracket *b);

/* The next reading is the first again; what has been compared is kept. */
void counter_restart(struct counter *c);

/*
 * Rows of the result: of reasons as in a reading, then ROW_OTHER, which is all reasons
 * without an event of their own, and the total.
 */
#define ROW_TOTAL	(MAX_ROWS + 1)
#define NR_LINES	(MAX_ROWS + 2)

/**
 * struct vcpu_reading - one reading of a vCPU
 * @tracepoint: the events, read four times one after the other, twice before
 *	@file and twice after it: the count of all exits, then those of reasons
 * @file: what kvm-exitstat says
 */
struct vcpu_reading {
	uint64_t tracepoint[4][MAX_ROWS + 1];
	struct debugfs_file file;
};

enum vcpu_state {
	VCPU_WAITING,	/* is to be compared */
	VCPU_OPEN,	/* is being compared */
	VCPU_DONE,	/* has been compared */
	VCPU_ENDED,
};

/* What a reading of a vCPU has come to. */
enum outcome {
	NOT_READ,
	AGREES,
	DIFFERS,
	NOT_COUNTING,	/* exitstat=0 */
	INTERRUPTED,	/* differs, and exitstat has been 0 meanwhile */
	RAN,		/* had exits though its VM was paused */
	GONE,
	UNREADABLE,
	DOES_NOT_ADD_UP,
};

/**
 * struct vcpu_check - a vCPU that is compared
 * @number: KVM's vcpu_id
 * @tid: thread that runs it
 * @state: enum vcpu_state
 * @outcome: of the last reading
 * @why: of UNREADABLE, a sentence
 * @events: the tracepoint's, of verify_watch.c alone; NULL where none are open
 * @nr_own: number of reasons with an event of their own
 * @own: their rows, in the order of @events
 * @shown: by row, whether it is in the result
 * @counters: by row
 * @before: what @counters were before the last reading that could tell something
 * @looked: it was looked whether several threads run it
 * @comparisons: number of readings that could tell something
 * @outside: TSC cycles in that account at the last reading
 */
struct vcpu_check {
	unsigned int number;
	pid_t tid;
	enum vcpu_state state;
	enum outcome outcome;
	char why[256];
	struct tracepoint *events;
	unsigned int nr_own;
	unsigned int own[MAX_ROWS];
	bool shown[NR_LINES];
	struct counter counters[NR_LINES];
	struct counter before[NR_LINES];
	bool looked;
	unsigned int comparisons;
	uint64_t outside;
};

/* Choose the reasons that get an event of their own, before events are opened. */
void vcpu_choose(struct vcpu_check *v, const bool wanted[MAX_ROWS]);

/* One reading; @paused: there must not be an exit during it. */
enum outcome vcpu_compare(struct vcpu_check *v, const struct vcpu_reading *s,
			  bool paused);

/* After DIFFERS, as if this reading had not been. */
void vcpu_undo(struct vcpu_check *v);

/* As if not read yet; what has been compared is kept. */
void vcpu_restart(struct vcpu_check *v);

/**
 * struct vm_check - a VM that is compared
 * @vm: the VM
 * @isa: KVM_EXITSTAT_ISA_*, 0 as long as no vCPU has been read
 * @id: of its counters
 * @ended: it is gone
 * @wanted: by row, whether it gets an event of its own
 * @nr: number of vCPUs
 * @vcpus: the vCPUs
 * @pauser: how it is stopped, of verify_watch.c alone; NULL where it is not
 */
struct vm_check {
	struct vm vm;
	uint32_t isa;
	uint64_t id;
	bool ended;
	bool wanted[MAX_ROWS];
	unsigned int nr;
	struct vcpu_check **vcpus;
	struct pauser *pauser;
};

/**
 * struct line - exits, of one vCPU or several
 * @shown: whether there is anything to show
 * @ours: kvm-exitstat's count since the first reading
 * @low: least that agrees with the tracepoint
 * @high: most that agrees with it
 * @missing: exits that ours lacks
 * @extra: exits that ours has too many
 */
struct line {
	bool shown;
	int64_t ours;
	int64_t low;
	int64_t high;
	uint64_t missing;
	uint64_t extra;
};

void lines_add(struct line lines[NR_LINES], const struct vcpu_check *v);
void lines_add_vm(struct line lines[NR_LINES], const struct vm_check *vm);

/**
 * struct result - all that is reported
 * @vms: the VMs
 * @nr_vms: their number
 * @per_vcpu: also show each vCPU
 * @paused: VMs were paused around readings
 * @elapsed_ns: from the first reading to the last
 * @obstacle: something was in the way, so that not all was compared
 * @wrong_sums: number of readings whose rows do not add up to their total
 * @notes: sentences about what happened meanwhile
 * @nr_notes: their number
 * @witnesses: the witnesses
 */
struct result {
	struct vm_check **vms;
	unsigned int nr_vms;
	bool per_vcpu;
	bool paused;
	uint64_t elapsed_ns;
	bool obstacle;
	unsigned int wrong_sums;
	char **notes;
	unsigned int nr_notes;
	struct witnesses witnesses;
};

/**
 * struct summary - what a result comes to
 * @vms: number of VMs that were compared
 * @vcpus: number of vCPUs that were
 * @reasons: number of reasons that had an event of their own
 * @exits: number of exits
 * @missing: exits that ours lacks, by reason and vCPU
 * @extra: exits that ours has too many, likewise
 * @witnesses: number of witnesses that were compared
 * @status: EXIT_DONE, EXIT_CHECK or EXIT_MISUSE
 */
struct summary {
	unsigned int vms;
	unsigned int vcpus;
	unsigned int reasons;
	int64_t exits;
	uint64_t missing;
	uint64_t extra;
	unsigned int witnesses;
	int status;
};

void summary_of(const struct result *result, struct summary *summary);

/* The first of @nr vCPUs with @need events each that @room is enough for. */
unsigned int batch_size(const unsigned int *need, unsigned int nr,
			unsigned int room);

#endif /* EXITSTAT_VERIFY_VERIFY_H */
