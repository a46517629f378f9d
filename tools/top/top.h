/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat top: the model.  Readings go in, sorted rows and a selection come out.
 */
#ifndef EXITSTAT_TOP_TOP_H
#define EXITSTAT_TOP_TOP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "model/accounts.h"
#include "model/reading.h"
#include "source/vm.h"

/* What the rows are of. */
enum top_level {
	TOP_VMS,
	TOP_VCPUS,	/* of one VM */
	TOP_REASONS,	/* of one vCPU, or of all of a VM's */
	TOP_LEVELS
};

/* What rows are sorted by; from TOP_ACCOUNT on by an account, as accounts_of(). */
enum top_sort {
	TOP_RATE,	/* exits a second */
	TOP_EXITS,	/* exits since the counters' start */
	TOP_NAME,
	TOP_NUMBER,	/* process, vCPU, or reason */
	TOP_NR_VCPUS,
	TOP_MEAN,
	TOP_ACCOUNT,
	TOP_SORTS = TOP_ACCOUNT + NR_ACCOUNTS
};

/**
 * struct top_counts - a reading of a VM or of a vCPU, without its reasons
 * @at_ns: when it was taken, CLOCK_MONOTONIC
 * @id: of the counters
 * @isa: KVM_EXITSTAT_ISA_*
 * @tsc_khz: frequency of the host's TSC, 0 where the host does not say
 * @vcpus: number of vCPUs summed
 * @members: which ones, as struct reading has it
 * @counting: exits are being counted
 * @untrusted: the host's TSC is unstable
 * @total: of all reasons
 * @guest: TSC cycles, as the next two
 * @outside: before the first KVM_RUN, or not counting
 * @lifetime: sum of all accounts
 */
struct top_counts {
	uint64_t at_ns;
	uint64_t id;
	uint32_t isa;
	uint32_t tsc_khz;
	uint32_t vcpus;
	uint64_t members;
	bool counting;
	bool untrusted;
	struct row total;
	uint64_t guest;
	uint64_t outside;
	uint64_t lifetime;
};

/**
 * struct top_row - a line: a VM, a vCPU, a reason, or the sum of all
 * @dir: the VM's folder in debugfs, "" for others
 * @id: of the VM's counters
 * @number: process, KVM's number of the vCPU, or reason
 * @name: the VM's or the reason's, "" for none
 * @vcpus: number of vCPUs
 * @exits: since the counters' start
 * @known: there is an earlier reading; without one all that follows is 0
 * @added: exits since then
 * @elapsed_ns: time since then
 * @rate: exits a second; of the sum, that of all, which were read one after another
 * @cycles: by account, of this time; of a reason guest and outside are 0
 * @unit: cycles that one vCPU had in this time
 */
struct top_row {
	char dir[VM_DIR_SIZE];
	uint64_t id;
	uint32_t number;
	char name[VM_NAME_SIZE];
	uint32_t vcpus;
	uint64_t exits;
	bool known;
	uint64_t added;
	uint64_t elapsed_ns;
	double rate;
	uint64_t cycles[NR_ACCOUNTS];
	uint64_t unit;
};

/**
 * struct top_source - a VM or a vCPU, and what was read of it last
 * @vm: the VM
 * @vcpu: of a vCPU, KVM's number of it
 * @now: the last reading
 * @before: the one before; all 0 where it is newer than that
 * @known: @before is valid
 * @pass: number of the pass that read it last
 */
struct top_source {
	struct vm vm;
	uint32_t vcpu;
	struct top_counts now;
	struct top_counts before;
	bool known;
	uint64_t pass;
};

/**
 * struct top_sources - the VMs, or the vCPUs of one VM
 * @all: in no order
 * @nr: number of entries
 * @room: number of entries there is memory for
 * @next: where in @all the next one is looked for first
 * @pass: number of the last pass over them, 0 for none
 * @pass_ns: when it began
 * @last_ns: when the one before began
 */
struct top_sources {
	struct top_source *all;
	unsigned int nr;
	unsigned int room;
	unsigned int next;
	uint64_t pass;
	uint64_t pass_ns;
	uint64_t last_ns;
};

/* Bytes of a filter. */
#define TOP_FILTER	40

/**
 * struct top_view - how the rows of a level are shown; each level has its own
 * @sort: by what
 * @reverse: least first
 * @filter: only rows that hold this text, "" for all
 */
struct top_view {
	enum top_sort sort;
	bool reverse;
	char filter[TOP_FILTER];
};

/**
 * struct top - the model
 * @level: what is shown
 * @qmp: the socket of the QEMU that is read, NULL where it is none
 * @vm: the VM that is open, below TOP_VMS
 * @vm_id: of its counters, 0 where that is not known yet
 * @vcpu: the vCPU that is open, at TOP_REASONS; -1 for all of the VM's
 * @opened_at: the level that TOP_REASONS was opened from
 * @vms: what was read of VMs
 * @vcpus: what was read of the vCPUs of @vm
 * @reasons_of: folder of the VM that @now is of, "" for none
 * @reasons_vcpu: its vCPU, or -1
 * @now: the last reading with its reasons
 * @before: the one before
 * @now_ns: when @now was taken
 * @before_ns: when @before was taken, 0 for never
 * @guest: in a guest, by CPUID: TOP_REASONS of all vCPUs is all there is
 * @took_ns: there, the time that the last reading took
 * @subtracted: there, CPUIDs of our own that are not in rates and what is added
 * @isa: KVM_EXITSTAT_ISA_* of the last reading of anything, 0 for none, as the
 *	next three
 * @tsc_khz: frequency of the host's TSC
 * @counting: exits are being counted
 * @untrusted: the host's TSC is unstable
 * @rows: what passes the filter, sorted
 * @nr: number of entries in @rows
 * @room: number of entries there is memory for
 * @all: number of rows, filtered out ones included
 * @sum: of all rows, filtered out ones included
 * @selected: index of the selected row
 * @pinned: it was chosen, so that the selection follows what it is of; else it
 *	stays on the first line
 * @chosen: the row that it was last
 * @first: index of the first row on the screen
 * @page: number of rows on the screen
 * @time_ns: when was read last, since 1970
 * @interval_ns: time between readings
 * @paused: no readings but those that a level that was opened needs
 * @due_ns: when to read next
 * @opened: number of readings still to be taken at once, after a level was opened
 * @numbers: accounts as numbers and not as a bar
 * @help: the help is shown
 * @typing: a filter is being typed
 * @typed: what was the filter before
 * @quit: it was asked to end
 * @message: what happened, a sentence; "" for nothing
 * @left_out: folder of a VM that could not be read in the last pass over them, or ""
 */
struct top {
	enum top_level level;
	const char *qmp;
	struct vm vm;
	uint64_t vm_id;
	int vcpu;
	enum top_level opened_at;
	struct top_view view[TOP_LEVELS];

	struct top_sources vms;
	struct top_sources vcpus;
	char reasons_of[VM_DIR_SIZE];
	int reasons_vcpu;
	struct reading now;
	struct reading before;
	uint64_t now_ns;
	uint64_t before_ns;

	bool guest;
	uint64_t took_ns;
	unsigned int subtracted;

	uint32_t isa;
	uint32_t tsc_khz;
	bool counting;
	bool untrusted;

	struct top_row *rows;
	unsigned int nr;
	unsigned int room;
	unsigned int all;
	struct top_row sum;

	unsigned int selected;
	bool pinned;
	struct top_row chosen;
	unsigned int first;
	unsigned int page;

	uint64_t time_ns;
	uint64_t interval_ns;
	bool paused;
	uint64_t due_ns;
	unsigned int opened;
	bool numbers;
	bool help;
	bool typing;
	char typed[TOP_FILTER];
	bool quit;
	char message[WHY_SIZE];
	char left_out[VM_DIR_SIZE];
};

#define TOP_MIN_NS	(SECOND / 10)
#define TOP_MAX_NS	(3600 * SECOND)

void top_init(struct top *top, uint64_t interval_ns);
void top_free(struct top *top);

/* Names of ways to sort, as --sort has them; and NULL */
extern const char *const top_sort_words[TOP_SORTS + 1];
bool top_can_sort(enum top_level level, enum top_sort sort);

void top_counts_of(struct top_counts *s, const struct reading *r, uint64_t at_ns);

/* A pass over VMs or vCPUs: begin, take each, end.  False without memory. */
void top_pass_begin(struct top_sources *sources, uint64_t now_ns);
bool top_pass_take(struct top_sources *sources, const struct vm *vm,
		   uint32_t vcpu, const struct top_counts *s);
void top_pass_end(struct top_sources *sources);

/* The reasons of what is open. */
void top_take_reading(struct top *top, const struct reading *r, uint64_t now_ns);

/* Rows of what was read last, sorted; false without memory. */
bool top_arrange(struct top *top);

/* What is open cannot be read any more: back to the VMs.  @why says why. */
void top_gone(struct top *top, const char *why);

void top_open_vcpus(struct top *top, const struct vm *vm, uint64_t id);
void top_open_reasons(struct top *top, const struct vm *vm, uint64_t id,
		      int vcpu);
/* In a guest: its one level. */
void top_open_guest(struct top *top);
void top_enter(struct top *top);
void top_enter_sum(struct top *top);
void top_back(struct top *top);
void top_move(struct top *top, long lines);
void top_home(struct top *top);
void top_page(struct top *top, unsigned int lines);

/* When a reading was taken: when the next one is due. */
void top_was_read(struct top *top, uint64_t now_ns);
bool top_is_due(const struct top *top, uint64_t now_ns);

#endif /* EXITSTAT_TOP_TOP_H */
