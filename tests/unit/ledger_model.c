// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger of docs/abi.md as a program.
 */
#include <string.h>

#include "ledger_model.h"

bool model_keeps_hist;

void model_init(struct model *m, uint64_t now)
{
	model_hist *hist = m->hist;

	*m = (struct model) {
		.account = OUTSIDE, .place = PLACE_NONE, .created = now, .mark = now,
		.hist = hist,
	};
}

static uint64_t *account(struct books *books, enum value account, unsigned int place)
{
	if (account == GUEST)
		return &books->guest;
	if (account == OUTSIDE)
		return &books->outside;
	return &books->v[place][account];
}

static bool is_away(const struct model *m)
{
	return m->account != KERNEL && m->account != GUEST && m->account != OUTSIDE;
}

/* Complete the ledger up to @now; a negative interval is left out. */
static void advance(struct model *m, uint64_t now)
{
	if (now < m->mark) {
		m->skipped += now - m->mark;
		m->books.anomalies++;
	} else {
		*account(&m->books, m->account, m->place) += now - m->mark;
		if (is_away(m))
			m->away += now - m->mark;
	}
	m->mark = now;
}

/* No exit followed the entry: the time from the entry on belongs to "none". */
static void no_exit_came(struct model *m)
{
	if (m->account != GUEST)
		return;
	m->account = KERNEL;
	m->place = PLACE_NONE;
}

static void change(struct model *m, uint64_t now, enum value account)
{
	/*
	 * Back from another account after a step back: seen if it was while
	 * away, and then exact if the exit had not been away before.
	 */
	if (m->open && is_away(m) && account == KERNEL) {
		if (m->stepped && (now >= m->mark || m->was_away))
			m->unsure = true;
		if (now < m->mark)
			m->stepped = false;
		m->was_away = true;
	}
	advance(m, now);
	m->account = account;
	m->switched = false;
}

static unsigned int bucket(uint64_t cycles)
{
	unsigned int b = 0;

	while (cycles >>= 1)
		b++;
	return b;
}

static uint64_t without(uint64_t cycles, uint64_t away)
{
	return away < cycles ? cycles - away : 0;
}

static void finish(struct model *m, uint64_t now)
{
	const uint64_t cycles = now > m->exit ? now - m->exit : 0;
	const uint64_t kernel = without(cycles, m->away);
	const uint64_t least = m->unmeasured ? kernel : cycles;
	uint64_t *longest = &m->books.v[m->place][LONGEST];

	if (m->open && model_keeps_hist) {
		if (m->hist)
			(*m->hist)[m->place][bucket(kernel)]++;
		if (least > *longest)
			*longest = least;
		m->longest_place = m->place;
		m->longest_most = cycles;
	}
	m->open = false;
}

void model_entry(struct model *m, uint64_t now)
{
	no_exit_came(m);
	change(m, now, GUEST);
	finish(m, now);
}

void model_exit(struct model *m, uint64_t now, unsigned int place)
{
	change(m, now, KERNEL);
	m->books.v[place][EXITS]++;
	m->place = place;
	m->open = true;
	m->exit = now;
	m->away = 0;
	m->was_away = false;
	m->stepped = false;
	m->unsure = false;
	m->unmeasured = false;
}

void model_run_begin(struct model *m, uint64_t now)
{
	change(m, now, KERNEL);
}

void model_run_end(struct model *m, uint64_t now, int ret)
{
	no_exit_came(m);
	change(m, now, USER);
	if (ret >= 0)
		return;
	finish(m, now);
	m->place = PLACE_NONE;
}

void model_wait_begin(struct model *m, uint64_t now, bool fault)
{
	no_exit_came(m);
	change(m, now, fault ? BLOCK : HALT);
}

void model_wait_end(struct model *m, uint64_t now)
{
	change(m, now, KERNEL);
}

void model_sched_out(struct model *m, uint64_t now, bool runnable)
{
	no_exit_came(m);
	if (m->account != KERNEL)
		return;
	change(m, now, runnable ? PREEMPT : BLOCK);
	m->switched = true;
}

void model_sched_in(struct model *m, uint64_t now)
{
	if (m->switched)
		change(m, now, KERNEL);
}

void model_close(struct model *m, uint64_t now)
{
	change(m, now, OUTSIDE);
	m->open = false;
	m->place = PLACE_NONE;
}

void model_hist_changed(struct model *m)
{
	unsigned int place;

	if (m->hist)
		memset(*m->hist, 0, sizeof(*m->hist));
	for (place = 0; place < PLACES; place++)
		m->books.v[place][LONGEST] = 0;
	m->unmeasured = m->open && (m->was_away || is_away(m));
}

void model_step_back(struct model *m)
{
	m->stepped = m->open;
	if (m->open && m->was_away)
		m->unsure = true;
}

void model_read(const struct model *m, uint64_t now, struct books *books)
{
	const uint64_t until = now > m->mark ? now : m->mark;

	*books = m->books;
	*account(books, m->account, m->place) += until - m->mark;
	books->lifetime = until - m->created - m->skipped;
}

void model_adopt_longest(struct model *m, const struct books *books)
{
	const uint64_t is = books->v[m->longest_place][LONGEST];
	uint64_t *longest = &m->books.v[m->longest_place][LONGEST];

	if (m->unmeasured && !m->open && is > *longest && is <= m->longest_most)
		*longest = is;
}

void model_adopt(struct model *m, uint64_t now, const struct books *books)
{
	m->books = *books;
	m->mark = now;
	m->skipped = now - m->created - books->lifetime;
}

uint64_t books_value(const struct books *books, unsigned int place, unsigned int v)
{
	uint64_t all = 0;
	unsigned int p;

	switch (v) {
	case GUEST:
		return books->guest;
	case LIFETIME:
		return books->lifetime;
	case OUTSIDE:
		return books->outside;
	case ANOMALIES:
		return books->anomalies;
	}
	if (place != PLACE_TOTAL)
		return books->v[place][v];
	for (p = 0; p < PLACES; p++) {
		if (v != LONGEST)
			all += books->v[p][v];
		else if (books->v[p][v] > all)
			all = books->v[p][v];
	}
	return all;
}

void books_add(struct books *sum, const struct books *books)
{
	unsigned int p, v;

	for (p = 0; p < PLACES; p++) {
		for (v = 0; v < LONGEST; v++)
			sum->v[p][v] += books->v[p][v];
		if (books->v[p][v] > sum->v[p][v])
			sum->v[p][v] = books->v[p][v];
	}
	sum->guest += books->guest;
	sum->lifetime += books->lifetime;
	sum->outside += books->outside;
	sum->anomalies += books->anomalies;
}
