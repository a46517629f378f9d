/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger of docs/abi.md as a program, written only from that text: one account runs at
 * a time, and each event charges to it the time since the last event.
 */
#ifndef LEDGER_MODEL_H
#define LEDGER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* Places of the reasons, numbered as in docs/abi.md, for SVM, which has more. */
#define PLACE_OTHER	(0xa7 + 0x4)
#define PLACE_NONE	(PLACE_OTHER + 1)
#define PLACES		(PLACE_NONE + 1)
#define PLACE_TOTAL	PLACES

#define BUCKETS		64

/* In the order of the leaves */
enum value {
	EXITS, KERNEL, USER, HALT, PREEMPT, BLOCK, LONGEST, VALUES,
	HIST = VALUES, GUEST, LIFETIME, OUTSIDE, ANOMALIES,
};

typedef uint64_t model_hist[PLACES][BUCKETS];

/* @v: by place and value; then the values that belong to no reason */
struct books {
	uint64_t v[PLACES][VALUES];
	uint64_t guest, lifetime, outside, anomalies;
};

/**
 * struct model - one vCPU
 * @account: the running account; GUEST and OUTSIDE have no place
 * @switched: account is PREEMPT or BLOCK because of a context switch
 * @place: the reason that the account runs for
 * @mark: the ledger is complete up to here
 * @open: an exit is under way since @exit; @away cycles of it were not the kernel's
 * @was_away: the exit has been in another account, and is back
 * @stepped: the TSC has stepped back during the exit
 * @unsure: the TSC has stepped back during the exit where the hooks cannot notice it: the
 *	ledger is only known to balance and to be within bounds
 * @unmeasured: histograms were turned on when the exit was, or had been, in another
 *	account: its longest may or may not have that time
 * @longest_most: maximum for the longest of such an exit that has ended, at @longest_place
 * @hist: exits by place and bucket
 */
struct model {
	struct books books;
	enum value account;
	bool switched;
	unsigned int place;
	uint64_t created, skipped, mark;
	bool open;
	uint64_t exit, away;
	bool was_away, stepped, unsure, unmeasured;
	unsigned int longest_place;
	uint64_t longest_most;
	model_hist *hist;
};

/* exitstat_hist=1 */
extern bool model_keeps_hist;

void model_init(struct model *m, uint64_t now);
void model_entry(struct model *m, uint64_t now);
void model_exit(struct model *m, uint64_t now, unsigned int place);
void model_run_begin(struct model *m, uint64_t now);
void model_run_end(struct model *m, uint64_t now, int ret);
void model_wait_begin(struct model *m, uint64_t now, bool fault);
void model_wait_end(struct model *m, uint64_t now);
void model_sched_out(struct model *m, uint64_t now, bool runnable);
void model_sched_in(struct model *m, uint64_t now);
void model_close(struct model *m, uint64_t now);

/* exitstat_hist has changed, or the TSC has stepped back. */
void model_hist_changed(struct model *m);
void model_step_back(struct model *m);

/* The ledger as a reader must find it, including the running account. */
void model_read(const struct model *m, uint64_t now, struct books *books);

/*
 * Take from @books, read at @now, what the model cannot know: the longest of an exit that
 * was @unmeasured, and all values of an exit that was @unsure.
 */
void model_adopt_longest(struct model *m, const struct books *books);
void model_adopt(struct model *m, uint64_t now, const struct books *books);

/* A leaf's value; @place may be PLACE_TOTAL. */
uint64_t books_value(const struct books *books, unsigned int place, unsigned int v);
void books_add(struct books *sum, const struct books *books);

#endif /* LEDGER_MODEL_H */
