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
#include "model/keys.h"
#include "model/keys_since.h"
#include "model/reading.h"
#include "source/vm.h"

/* What a row stands for */
enum top_level {
	TOP_VMS,
	TOP_VCPUS,	/* of one VM */
	TOP_REASONS,	/* of one vCPU, or of all of a VM's */
	TOP_KEYS,	/* of one reason */
	TOP_LEVELS
};

/* What rows are sorted by; from TOP_ACCOUNT on, an account in accounts_of()'s order */
enum top_sort {
	TOP_RATE,	/* exits a second */
	TOP_EXITS,	/* exits since the counters' start */
	TOP_NAME,
	TOP_NUMBER,	/* process, vCPU, reason, or value of a key */
	TOP_NR_VCPUS,
	TOP_MEAN,
	TOP_ACCOUNT,
	TOP_SORTS = TOP_ACCOUNT + NR_ACCOUNTS
};

/**
 * struct top_counts - a reading of a VM or of a vCPU, without its reasons
 * @at_ns: when it was taken, CLOCK_MONOTONIC
 * @id: id of the counters
 * @isa: KVM_EXITSTAT_ISA_*
 * @tsc_khz: frequency of the host's TSC, 0 if the host does not say
 * @vcpus: number of vCPUs in the sum
 * @members: which vCPUs, see struct reading
 * @counting: exits are being counted
 * @untrusted: the host's TSC is unstable
 * @total: total of all reasons
 * @guest: TSC cycles in the guest
 * @outside: TSC cycles before the first KVM_RUN, or while exits were not counted
 * @lifetime: TSC cycles, the sum of all accounts
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
 * struct top_row - a line: a VM, a vCPU, a reason, a key, or the sum of all
 * @dir: the VM's folder in debugfs; "" if the row is not a VM
 * @id: id of the VM's counters
 * @number: process, KVM's number of the vCPU, or reason
 * @key: at TOP_KEYS: the key, the return, or the reason's others; else 0
 * @name: the VM's, the reason's or the key's, "" for none
 * @vcpus: number of vCPUs
 * @exits: exits since the counters' start, or exits or returns since the key got its place
 * @known: there is an earlier reading; without one, all fields below are 0
 * @added: exits since that reading
 * @elapsed_ns: time since that reading
 * @rate: exits a second; in the sum's row the sum of all rates, as rows are read one by one
 * @cycles: cycles in that time, by account; a reason has no guest and outside, a key only
 *	kernel and user
 * @unit: cycles of one vCPU in that time
 */
struct top_row {
	char dir[VM_DIR_SIZE];
	uint64_t id;
	uint32_t number;
	struct key_row key;
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
 * struct top_source - a VM or a vCPU, and its last two readings
 * @vm: the VM
 * @vcpu: for a vCPU, KVM's number of it
 * @now: the last reading
 * @before: the reading before; all 0 if the VM or vCPU is new
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
 * @nr: number of entries in @all
 * @room: number of entries that @all has memory for
 * @next: index in @all at which the next search starts
 * @pass: number of the last pass over them, 0 for none
 * @pass_ns: when that pass began
 * @last_ns: when the pass before it began
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

/* Keys of a reason that have a row of their own, and as many returns */
#define TOP_KEYS_MOST	1000

/* Size of a filter in bytes */
#define TOP_FILTER	40

/**
 * struct top_view - how the rows of a level are shown; each level has its own
 * @sort: what rows are sorted by
 * @reverse: in reverse order
 * @filter: show only rows that contain this text, "" for all
 */
struct top_view {
	enum top_sort sort;
	bool reverse;
	char filter[TOP_FILTER];
};

/**
 * struct top - the model
 * @level: the level that is shown
 * @qmp: the socket of the QEMU that is read, NULL for none
 * @vm: the open VM, below TOP_VMS
 * @vm_id: id of its counters, 0 if not known yet
 * @vcpu: the open vCPU, at TOP_REASONS; -1 for all of the VM's
 * @opened_at: the level from which TOP_REASONS was opened
 * @vms: readings of VMs
 * @vcpus: readings of @vm's vCPUs
 * @reasons_of: folder of @now's VM, "" for none
 * @reasons_vcpu: @now's vCPU, or -1
 * @now: the last reading with its reasons
 * @before: the reading before
 * @now_ns: when @now was taken
 * @before_ns: when @before was taken, 0 for never
 * @reason: the open reason, at TOP_KEYS; the next four are empty elsewhere
 * @keys: the last reading of its keys
 * @keys_ns: when @keys was taken, 0 for never
 * @since: what they have had since the reading before
 * @since_ns: time since that reading, 0 if there is none
 * @guest: in a guest, by CPUID: the only level is TOP_REASONS, of all vCPUs
 * @took_ns: in a guest: how long the last reading took
 * @subtracted: in a guest: exits by our own CPUIDs, which rates and differences leave out
 * @isa: KVM_EXITSTAT_ISA_* of the last reading, 0 for none; the next three are also the
 *	last reading's
 * @tsc_khz: frequency of the host's TSC
 * @counting: exits are being counted
 * @untrusted: the host's TSC is unstable
 * @rows: the rows that pass the filter, sorted
 * @nr: number of entries in @rows
 * @room: number of entries that @rows has memory for
 * @all: number of rows, including those filtered out
 * @sum: sum of all rows, including those filtered out
 * @others: at TOP_KEYS: the row of the keys' others, even if it is filtered out or empty
 * @other_returns: the same of the returns
 * @selected: index of the selected row
 * @pinned: the user has chosen a row, so the selection follows it; else it stays on the
 *	first line
 * @chosen: the row that was selected last
 * @first: index of the first row on the screen
 * @page: number of rows on the screen, 0 for none
 * @time_ns: time of the last reading, since 1970
 * @interval_ns: time between readings
 * @paused: only the readings that a newly opened level needs are taken
 * @due_ns: when to read next
 * @opened: number of readings to take at once, because a level was opened
 * @numbers: show accounts as numbers, not as a bar
 * @help: the help is shown
 * @typing: the user is typing a filter
 * @typed: the filter before that
 * @quit: the user has quit
 * @message: what happened, a sentence; "" for nothing
 * @left_out: folder of a VM that could not be read in the last pass, or ""
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
	struct top_row reason;
	struct keys keys;
	uint64_t keys_ns;
	struct keys_since since;
	uint64_t since_ns;

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
	struct top_row others;
	struct top_row other_returns;

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

/* Words of --sort, up to NULL */
extern const char *const top_sort_words[TOP_SORTS + 1];
bool top_can_sort(enum top_level level, enum top_sort sort);

void top_counts_of(struct top_counts *s, const struct reading *r, uint64_t at_ns);

/* A pass over VMs or vCPUs: begin, take each, end.  False if memory ran out. */
void top_pass_begin(struct top_sources *sources, uint64_t now_ns);
bool top_pass_take(struct top_sources *sources, const struct vm *vm,
		   uint32_t vcpu, const struct top_counts *s);
void top_pass_end(struct top_sources *sources);

/* Take a reading of the open VM or vCPU, with its reasons. */
void top_take_reading(struct top *top, const struct reading *r, uint64_t now_ns);

/*
 * Take a reading of the open reason's keys, after keys_keep(); @keys->rows is then @top's.
 * False if memory ran out.
 */
bool top_take_keys(struct top *top, const struct keys *keys, uint64_t now_ns);

/* Make sorted rows from the last readings; false if memory ran out. */
bool top_arrange(struct top *top);

/* The open VM can no longer be read, for the reason @why: go back to the VMs. */
void top_gone(struct top *top, const char *why);

/* The open reason's keys cannot be read, for the reason @why: go back to the reasons. */
void top_no_keys(struct top *top, const char *why);

void top_open_vcpus(struct top *top, const struct vm *vm, uint64_t id);
void top_open_reasons(struct top *top, const struct vm *vm, uint64_t id,
		      int vcpu);
/* Of the reason @reason, which is called @name; @vcpu as in struct top. */
void top_open_keys(struct top *top, const struct vm *vm, uint64_t id, int vcpu, uint32_t reason,
		   const char *name);
/* Why a guest and QMP have no keys, a sentence */
extern const char top_keys_elsewhere[];
/* Open the only level that there is in a guest. */
void top_open_guest(struct top *top);
void top_enter(struct top *top);
void top_enter_sum(struct top *top);
void top_back(struct top *top);
void top_move(struct top *top, long lines);
void top_home(struct top *top);
void top_page(struct top *top, unsigned int lines);

/* A reading was taken: set the time of the next one. */
void top_was_read(struct top *top, uint64_t now_ns);
bool top_is_due(const struct top *top, uint64_t now_ns);

#endif /* EXITSTAT_TOP_TOP_H */
