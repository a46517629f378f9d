/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat verify: how our counts are compared with those of the tracepoint.
 *
 * kvm-exitstat has counted since the vCPU was created, and the tracepoint's events start
 * later, so the two counts of a reason differ by an offset.  The offset must never change.
 * A reading takes the tracepoint's count, ours, and the tracepoint's again, which gives a
 * lower and an upper bound of the offset.  Each reading narrows the bounds; a reading
 * outside of them shows a difference.  If no exit happens during a reading, for example
 * because the VM is paused, the offset is known exactly from then on.
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
 * struct bracket - our count of exits, between two counts of the tracepoint
 * @low: the tracepoint's count before: @ours has all of these exits
 * @ours: kvm-exitstat's count
 * @high: the tracepoint's count after: it has all exits of @ours
 */
struct bracket {
	uint64_t low;
	uint64_t ours;
	uint64_t high;
};

/**
 * struct counter - exits of one vCPU that are compared
 * @begun: there has been a reading since the events were opened
 * @first: our count at the first reading; the fields below are relative to it
 * @least: lower bound of the offset, which is our count less the tracepoint's
 * @most: upper bound of the offset
 * @ours: our count
 * @low: the smallest value of @ours that agrees with the tracepoint
 * @high: the largest value of @ours that agrees with the tracepoint
 * @missing: the most by which @ours has been below @low
 * @extra: the most by which @ours has been above @high
 * @before: @ours, @low and @high up to the moment the events were last opened
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

/* Compare one more reading; false if it does not agree. */
bool counter_compare(struct counter *c, const struct bracket *b);

/* The next reading is a first one again; what has been compared is kept. */
void counter_restart(struct counter *c);

/*
 * Rows of the result: reasons as in a reading; then ROW_OTHER, all reasons without an
 * event of their own; then the total.
 */
#define ROW_TOTAL	(MAX_ROWS + 1)
#define NR_LINES	(MAX_ROWS + 2)

/**
 * struct vcpu_reading - one reading of a vCPU
 * @tracepoint: the events, read twice before @file and twice after it: the count of all
 *	exits, then those of reasons
 * @file: kvm-exitstat's counters
 */
struct vcpu_reading {
	uint64_t tracepoint[4][MAX_ROWS + 1];
	struct debugfs_file file;
};

enum vcpu_state {
	VCPU_WAITING,	/* will be compared */
	VCPU_OPEN,	/* is being compared */
	VCPU_DONE,	/* has been compared */
	VCPU_ENDED,
};

/* The outcome of a vCPU's reading */
enum outcome {
	NOT_READ,
	AGREES,
	DIFFERS,
	NOT_COUNTING,	/* exitstat=0 */
	INTERRUPTED,	/* differs, but exitstat has been 0 meanwhile */
	RAN,		/* had exits although its VM was paused */
	GONE,
	UNREADABLE,
	DOES_NOT_ADD_UP,
};

/**
 * struct vcpu_check - a vCPU that is compared
 * @number: KVM's vcpu_id
 * @tid: the thread that runs it
 * @state: enum vcpu_state
 * @outcome: outcome of the last reading
 * @why: a sentence, if @outcome is UNREADABLE
 * @events: the tracepoint's events, used only by verify_watch.c; NULL if none are open
 * @nr_own: number of reasons with an event of their own
 * @own: their rows, in the order of @events
 * @shown: by row, whether it is in the result
 * @counters: by row
 * @before: @counters before the last reading that was compared
 * @looked: we have checked whether several threads run it
 * @comparisons: number of readings that were compared
 * @outside: TSC cycles in the account "outside" at the last reading
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

/* Compare one reading; if @paused, there must be no exit during the reading. */
enum outcome vcpu_compare(struct vcpu_check *v, const struct vcpu_reading *s,
			  bool paused);

/* After DIFFERS: forget this reading. */
void vcpu_undo(struct vcpu_check *v);

/* Start again as if there had been no reading; what has been compared is kept. */
void vcpu_restart(struct vcpu_check *v);

/**
 * struct vm_check - a VM that is compared
 * @vm: the VM
 * @isa: KVM_EXITSTAT_ISA_*, 0 until a vCPU has been read
 * @id: id of its counters
 * @ended: the VM has ended
 * @told: a message has said why a vCPU is left out
 * @wanted: by row, whether it gets an event of its own
 * @nr: number of vCPUs
 * @vcpus: the vCPUs
 * @pauser: how it is stopped, used only by verify_watch.c; NULL if it is not stopped
 */
struct vm_check {
	struct vm vm;
	uint32_t isa;
	uint64_t id;
	bool ended;
	bool told;
	bool wanted[MAX_ROWS];
	unsigned int nr;
	struct vcpu_check **vcpus;
	struct pauser *pauser;
};

/**
 * struct line - exits of one or more vCPUs
 * @shown: there is something to show
 * @ours: kvm-exitstat's count since the first reading
 * @low: the smallest count that agrees with the tracepoint
 * @high: the largest count that agrees with the tracepoint
 * @missing: number of exits that @ours lacks
 * @extra: number of exits that @ours has in excess
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
 * @nr_vms: number of VMs
 * @per_vcpu: also show each vCPU
 * @paused: VMs were paused for readings
 * @elapsed_ns: time from the first reading to the last
 * @obstacle: not everything could be compared
 * @wrong_sums: number of readings whose rows do not add up to their total
 * @notes: sentences about events during the run
 * @nr_notes: number of notes
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
 * struct summary - the summary of a result
 * @vms: number of VMs that were compared
 * @vcpus: number of vCPUs that were compared
 * @reasons: number of reasons that had an event of their own
 * @exits: number of exits
 * @missing: number of exits that we lack, summed over reasons and vCPUs
 * @extra: number of exits that we have in excess, summed likewise
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

/* How many of the first of @nr vCPUs, which need @need events each, fit into @room. */
unsigned int batch_size(const unsigned int *need, unsigned int nr,
			unsigned int room);

#endif /* EXITSTAT_VERIFY_VERIFY_H */
