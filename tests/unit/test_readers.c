// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers of the ledger, while its writer is anywhere in a hook: a reading is consistent,
 * or it is counted as torn and still balances.
 *
 * The stores of some hooks are recorded in groups.  The compiler may use any order between
 * two barriers, so each group is shuffled.  Then the stores become visible one by one in a
 * copy, while a reader reads the copy.
 */
#include "unit.h"

#include <pthread.h>
#include <stdlib.h>

#include "hooks.h"
#include "exitstat_ledger.h"

#define HOOKS		6	/* in a recording */
#define STORES		512
/* Bytes of a vCPU's accounts and, after them, of the recorded part of its histograms */
#define USED		(sizeof(struct kvm_exitstat) + \
			 8ul * KVM_EXITSTAT_NR_ROWS * kvm_exitstat_slots)
#define LONGEST_SIZE	(8ul * kvm_exitstat_slots)
#define WORDS		((USED + LONGEST_SIZE) / sizeof(u32))
#define MAX_WORDS	((sizeof(struct kvm_exitstat) + \
			  8 * (KVM_EXITSTAT_SVM_VALUES + KVM_EXITSTAT_MAX_SLOTS)) / sizeof(u32))

/* @after: number of hooks that have begun when the store is visible */
struct store {
	u32 word, value;
	u32 other;	/* the word's other half, or the word itself */
	u32 other_value;
	unsigned int after;
};

static struct kvm *vm;
static struct runner runner;
static u32 shadow[MAX_WORDS];
static struct store stores[STORES];
static unsigned int nr_stores, group, hook;

/* The model before the first hook and after each, and the number of stores at these times */
static struct model models[HOOKS + 1];
static u64 times[HOOKS + 1];
static unsigned int done[HOOKS + 1];	/* number of stores */

/* The memory that readers see, and its contents before the first hook */
static union {
	struct kvm_exitstat stat;
	u32 words[MAX_WORDS];
} copy;
static struct kvm_exitstat_hist copy_hist;
static u32 before[MAX_WORDS];
static unsigned int visible;

/* A u64 is stored at once, except exit; seq and state are two separate u32. */
static bool in_halves(u32 word)
{
	const u32 at = word / 2 * 2 * sizeof(u32);

	return at == offsetof(struct kvm_exitstat, exit) ||
	       at == offsetof(struct kvm_exitstat, seq);
}

static void copy_accounts(u32 *image)
{
	const struct kvm_exitstat *stat = vm_stat(runner.vcpu);

	memcpy(image, stat, USED);
	if (stat->hist)
		memcpy(image + USED / sizeof(u32), stat->hist->longest, LONGEST_SIZE);
}

static u32 *visible_word(u32 word)
{
	const u32 used = USED / sizeof(u32);

	return word < used ? &copy.words[word] : (u32 *)copy_hist.longest + word - used;
}

static void shuffle_group(void)
{
	unsigned int i, j;
	struct store s;

	for (i = group; i + 1 < nr_stores; i++) {
		j = i + vm_random() % (nr_stores - i);
		s = stores[i];
		stores[i] = stores[j];
		stores[j] = s;
	}
	group = nr_stores;
}

static void record_word(const u32 *now, u32 word)
{
	const u32 other = in_halves(word) ? word : word ^ 1;

	kshim_assert(nr_stores < STORES);
	stores[nr_stores++] = (struct store) {
		word, now[word], other, now[other], hook + 1
	};
	shadow[word] = now[word];
	shadow[other] = now[other];
}

/* Record the stores since the last barrier. */
static void record(void)
{
	static u32 now[MAX_WORDS];
	u32 word;

	copy_accounts(now);

	for (word = 0; word < WORDS; word++)
		if (shadow[word] != now[word])
			record_word(now, word);
	shuffle_group();
}

static void record_hooks(void)
{
	copy_accounts(shadow);
	copy_accounts(before);
	nr_stores = 0;
	group = 0;
	models[0] = runner.model;
	times[0] = kshim_clock;
	done[0] = 0;
	for (hook = 0; hook < HOOKS; hook++) {
		hooks_tick();
		kshim_hooks.barrier = record;
		kshim_clock_step = 1;
		runner_step(&runner);
		kshim_clock_step = 0;
		kshim_hooks.barrier = NULL;
		record();
		models[hook + 1] = runner.model;
		times[hook + 1] = kshim_clock;
		done[hook + 1] = nr_stores;
	}
}

static void make_visible(void)
{
	const struct store *s = &stores[visible++];

	*visible_word(s->word) = s->value;
	*visible_word(s->other) = s->other_value;
	/* A reader that sees a store comes after it. */
	if (kshim_clock < times[s->after])
		kshim_clock = times[s->after];
}

/* Number of hooks whose stores are all visible, and number of hooks that have begun */
static unsigned int hooks_done(void)
{
	unsigned int n = 0;

	while (n < HOOKS && done[n + 1] <= visible)
		n++;
	return n;
}

static unsigned int hooks_begun(void)
{
	const unsigned int begun = visible ? stores[visible - 1].after : 0;

	/* Some hooks store nothing. */
	return max(begun, hooks_done());
}

static void die(const char *what, unsigned int from)
{
	hooks_print_notes();
	fail_msg("ISA %u: %s; %u to %u of %u stores visible", hooks_isa, what, from,
		 visible, nr_stores);
}

/* Whether @got is the ledger after hook @nr, at the time of the reading */
static bool is_after(const struct books *got, unsigned int nr)
{
	struct books want;

	model_read(&models[nr], models[nr].created + got->lifetime, &want);
	return !memcmp(got, &want, sizeof(want));
}

static bool is_of_one_moment(const struct books *got, unsigned int from, unsigned int to)
{
	for (; from <= to; from++)
		if (is_after(got, from))
			return true;
	return false;
}

static void back_to_start(void)
{
	memcpy(&copy, before, USED);
	memcpy(copy_hist.longest, before + USED / sizeof(u32), LONGEST_SIZE);
	if (copy.stat.hist)
		copy.stat.hist = &copy_hist;
	visible = 0;
	kshim_clock = times[0];
}

/* The writer has stopped after any of its stores. */
static void reads_beside_a_writer_that_stands(unsigned int nr, unsigned long *torn)
{
	const u64 torn_before = kvm_exitstat_torn();
	const char *why;
	struct books got;
	bool between;

	back_to_start();
	while (visible < nr)
		make_visible();
	kshim_clock += vm_random() % 100;
	books_read(&copy.stat, &got, &why);
	if (why)
		die(why, nr);
	between = done[hooks_done()] == nr;
	if (kvm_exitstat_torn() != torn_before) {
		++*torn;
		if (between)
			die("torn, and nobody writes", nr);
	} else if (!is_of_one_moment(&got, hooks_done(), hooks_begun())) {
		die("a reading that was never true", nr);
	}
}

/* While the writer is stopped, a single value must equal that of the whole reading. */
static void value_as_in(const struct books *whole, unsigned int nr)
{
	const unsigned int v = KERNEL + vm_random() % (OUTSIDE + 1 - KERNEL);
	const unsigned int place = v >= GUEST || vm_random() % 3 == 0 ? PLACE_TOTAL :
				   models[vm_random() % (HOOKS + 1)].place;

	if (v != HIST && kvm_exitstat_value(&copy.stat, vm_slot(place), v) !=
			 books_value(whole, place, v))
		die("a value that is not as the whole reading has it", nr);
}

static void values_beside_a_writer_that_stands(unsigned int nr)
{
	struct books whole;
	const char *why;
	int i;

	back_to_start();
	while (visible < nr)
		make_visible();
	kshim_clock += 50;
	books_read(&copy.stat, &whole, &why);
	if (why)
		die(why, nr);
	for (i = 0; i < 3; i++)
		value_as_in(&whole, nr);
}

/* The writer continues during the reading. */
static void store_now_and_then(void)
{
	if (vm_random() % 4 == 0)
		kshim_clock += vm_random() % 16;
	while (visible < nr_stores && vm_random() % 64 == 0)
		make_visible();
}

static void store_often(void)
{
	while (visible < nr_stores && vm_random() % 3 == 0)
		make_visible();
}

/*
 * The reader is held up twice, at the critical places: at its first or last loads, some of
 * which tell whether the loads between them are consistent.
 */
static unsigned int loads, held_up[2], last_load;

static void store_while_held_up(void)
{
	unsigned int n;

	loads++;
	if (loads != held_up[0] && loads != held_up[1] && loads != last_load)
		return;
	n = loads == last_load ? STORES : 1 + vm_random() % 12;
	while (visible < nr_stores && n--)
		make_visible();
}

static void count_load(void)
{
	loads++;
}

static void choose_hold_ups(unsigned int all)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(held_up); i++)
		held_up[i] = vm_random() % 2 ? 1 + vm_random() % 16 :
			     all + vm_random() % 8 - min(all, 16u);
	/* The writer must also end. */
	last_load = 3 * all;
	loads = 0;
}

static unsigned int loads_of_a_reading(void)
{
	struct books books;
	const char *why;

	loads = 0;
	kshim_hooks.load = count_load;
	books_read(vm_stat(runner.vcpu), &books, &why);
	kshim_hooks.load = NULL;
	return loads;
}

static void reads_beside_a_writer(unsigned int nr, void (*writer)(void))
{
	const u64 torn = kvm_exitstat_torn();
	unsigned int from;
	struct books got;
	const char *why;

	back_to_start();
	while (visible < nr)
		make_visible();
	from = hooks_done();
	kshim_hooks.load = writer;
	books_read(&copy.stat, &got, &why);
	kshim_hooks.load = NULL;
	if (why)
		die(why, nr);
	if (kvm_exitstat_torn() != torn)
		die("torn, though the writer comes to an end", nr);
	if (!is_of_one_moment(&got, from, hooks_begun()))
		die("a reading that was never true", nr);
}

/* Read one value, while the clock stands at the end of all hooks. */
static void value_beside_a_writer(unsigned int nr)
{
	const unsigned int v = KERNEL + vm_random() % (OUTSIDE + 1 - KERNEL);
	const unsigned int place = v >= GUEST || vm_random() % 3 == 0 ? PLACE_TOTAL :
				   models[vm_random() % (HOOKS + 1)].place;
	const u64 now = times[HOOKS] + 50;
	unsigned int from, to;
	struct books want;
	u64 got;

	if (v == HIST)
		return;
	back_to_start();
	while (visible < nr)
		make_visible();
	from = hooks_done();
	kshim_clock = now;
	choose_hold_ups(20);
	kshim_hooks.load = vm_random() % 2 ? store_often : store_while_held_up;
	got = kvm_exitstat_value(&copy.stat, vm_slot(place), v);
	kshim_hooks.load = NULL;
	for (to = hooks_begun(); from <= to; from++) {
		model_read(&models[from], now, &want);
		if (got == books_value(&want, place, v))
			return;
	}
	die("a value that was never true", nr);
}

static void read_recordings(unsigned int recordings, bool hist)
{
	unsigned long torn = 0, reads = 0;
	unsigned int n, i, nr, all;
	u64 end;

	if (hist) {
		assert_int_equal(vm_set("exitstat_hist", "1"), 0);
		model_keeps_hist = true;
	}
	vm = vm_new(1);
	runner_init(&runner, vm->vcpus[0]);
	for (n = 0; n < recordings; n++) {
		record_hooks();
		end = kshim_clock;
		all = loads_of_a_reading();
		for (i = 0; i < 3; i++) {
			nr = vm_random() % (nr_stores + 1);
			if (!i)
				reads_beside_a_writer_that_stands(nr, &torn);
			reads_beside_a_writer(nr, store_now_and_then);
			reads_beside_a_writer(nr, store_often);
			choose_hold_ups(all);
			reads_beside_a_writer(nr, store_while_held_up);
		}
		reads_beside_a_writer_that_stands(nr_stores, &torn);
		for (i = 0; i < rounds(8, 14); i++)
			values_beside_a_writer_that_stands(vm_random() % (nr_stores + 1));
		for (i = 0; i < 40; i++)
			value_beside_a_writer(vm_random() % (nr_stores + 1));
		reads += 11;
		kshim_clock = end;
	}
	vm_end(vm);
	if (hist) {
		assert_int_equal(vm_set("exitstat_hist", "0"), 0);
		model_keeps_hist = false;
	}
	print_message("ISA %u: %lu readings, %lu of them beside a writer that stopped in a hook\n",
		      hooks_isa, reads, torn);
	/* A twentieth of all stores leave a hook incomplete. */
	assert_in_range(torn, 1, reads / 10);
}

static void choose_reasons(void)
{
	static const u64 reasons[] = { 10, 12, 48, 1 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hooks_reasons); i++)
		hooks_reasons[i] = reasons[i % 4];
}

static void readings_are_of_one_moment(void **state)
{
	(void)state;
	choose_reasons();
	for (hooks_isa = LEAF_ISA_VMX; hooks_isa <= LEAF_ISA_SVM; hooks_isa++) {
		vm_load(hooks_isa);
		read_recordings(rounds(700, 2000), false);
		read_recordings(rounds(350, 1000), true);
	}
	hooks_isa = LEAF_ISA_VMX;
	vm_load(hooks_isa);
}

static void start(void)
{
	choose_reasons();
	vm = vm_new(1);
	runner_init(&runner, vm->vcpus[0]);
}

static void hooks_without_end(void)
{
	if (vm_random() % 8)
		return;
	kshim_clock += vm_random() % 2000;
	runner_step(&runner);
}

static void a_reader_without_a_moment_of_peace_balances(void **state)
{
	const char *why;
	struct books got;
	u64 torn;
	int i;

	(void)state;
	start();
	kshim_clock_step = 1;
	for (i = 0; i < 300; i++) {
		hooks_without_end();
		torn = kvm_exitstat_torn();
		kshim_hooks.load = hooks_without_end;
		books_read(vm_stat(runner.vcpu), &got, &why);
		kshim_hooks.load = NULL;
		if (why)
			die(why, 0);
		assert_int_equal(kvm_exitstat_torn(), torn + 1);
	}
	kshim_clock_step = 0;
	vm_end(vm);
}

/* A guest with almost no guest time: missing time cannot be taken from guest. */
static void mended_books_are_within_bounds(void **state)
{
	const char *why;
	struct books got;
	int i, n;

	(void)state;
	start();
	runner_do(&runner, RUN_BEGIN, 0);
	runner_do(&runner, ENTRY, 0);
	for (n = 0; n < 100; n++) {
		kshim_hooks.load = NULL;
		for (i = 0; i < 10; i++) {
			kshim_clock += 1;
			runner_do(&runner, EXIT, 12);
			kshim_clock += 1;
			runner_do(&runner, WAIT_BEGIN, 0);
			kshim_clock += 1ull << 30;
			runner_do(&runner, WAIT_END, 0);
			runner_do(&runner, ENTRY, 0);
		}
		kshim_clock_step = 1;
		kshim_hooks.load = hooks_without_end;
		books_read(vm_stat(runner.vcpu), &got, &why);
		kshim_hooks.load = NULL;
		kshim_clock_step = 0;
		if (why)
			die(why, 0);
		while (runner.where != IN_GUEST)
			runner_step(&runner);
	}
	vm_end(vm);
}

/* While code is patched, threads may be anywhere, and half of the hooks may be off. */
static void any_hooks(void)
{
	struct books got;
	const char *why;
	int i;

	kshim_clock_step = 1;
	for (i = 0; i < 20; i++) {
		hooks_tick();
		runner_step(&runner);
		books_read(vm_stat(runner.vcpu), &got, &why);
		if (why)
			die(why, 0);
		if (got.lifetime < runner.lifetime)
			die("the lifetime goes back", 0);
		runner.lifetime = got.lifetime;
	}
	kshim_clock_step = 0;
}

static void hooks_that_are_half_patched_balance(void **state)
{
	static const char *const params[] = { "exitstat", "exitstat_hist" };
	const u64 torn = kvm_exitstat_torn();
	int i;

	(void)state;
	start();
	hooks_counting = false;	/* the model cannot follow */
	for (i = 0; i < 4000; i++) {
		any_hooks();
		kshim_hooks.patched = any_hooks;
		assert_int_equal(vm_set(params[vm_random() % 2],
					vm_random() % 2 ? "1" : "0"), 0);
		kshim_hooks.patched = NULL;
	}
	assert_int_equal(kvm_exitstat_torn(), torn);
	assert_int_equal(vm_set("exitstat", "1"), 0);
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	hooks_counting = true;
	vm_end(vm);
}

static void books_are_the_models(void)
{
	struct books got, want;
	const char *why;

	books_read(vm_stat(runner.vcpu), &got, &why);
	if (why)
		die(why, 0);
	model_read(&runner.model, kshim_clock, &want);
	assert_memory_equal(&got, &want, sizeof(got));
}

/* The closed ledger: nobody may write to it. */
static u32 closed[MAX_WORDS];

static void turned_off(void)
{
	kshim_hooks.preempt = NULL;
	kshim_clock += 10;
	assert_int_equal(vm_set("exitstat", "0"), 0);
	model_close(&runner.model, kshim_clock);
	hooks_counting = false;
	memcpy(closed, vm_stat(runner.vcpu), USED);
	kshim_clock += 1000;
}

static void hist_turned_off(void)
{
	kshim_hooks.preempt = NULL;
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	model_keeps_hist = false;
	model_hist_changed(&runner.model);
}

/* Call hooks up to the place before @hook, with an exit under way. */
static void lead_to(enum hook hook)
{
	static const enum hook way[] = { RUN_BEGIN, ENTRY, EXIT };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(way); i++) {
		kshim_clock += 100;
		runner_do(&runner, way[i], 10);
	}
	kshim_clock += 100;
	if (hook == RUN_BEGIN)
		runner_do(&runner, RUN_END, 0);
	if (hook == WAIT_END)
		runner_do(&runner, WAIT_BEGIN, 0);
	kshim_clock += 100;
}

static u64 lifetime_while_busy;

static void read_while_busy(void)
{
	const char *why;
	struct books got;

	kshim_hooks.barrier = NULL;
	assert_true(vm_stat(runner.vcpu)->left == KVM_EXITSTAT_BUSY);
	books_read(vm_stat(runner.vcpu), &got, &why);
	if (why)
		die(why, 0);
	lifetime_while_busy = got.lifetime;
}

/* The writer stops there: the reader must not take BUSY for a time stamp, and sees an exit under way. */
static void a_stamp_that_is_being_replaced_is_none(void **state)
{
	u64 torn;

	(void)state;
	start();
	lead_to(RUN_BEGIN);
	torn = kvm_exitstat_torn();
	kshim_hooks.barrier = read_while_busy;
	runner_do(&runner, RUN_BEGIN, 0);
	assert_null(kshim_hooks.barrier);
	assert_int_equal(kvm_exitstat_torn(), torn + 1);
	assert_true(lifetime_while_busy == kshim_clock - vm_stat(runner.vcpu)->created);
	vm_end(vm);
}

static u64 guest_before;
static unsigned int readings_within;

static void read_within_entry(void)
{
	const u64 torn = kvm_exitstat_torn();
	const char *why;
	struct books got;

	kshim_hooks.barrier = NULL;
	books_read(vm_stat(runner.vcpu), &got, &why);
	if (why)
		die(why, 0);
	if (kvm_exitstat_torn() == torn)
		assert_int_equal(got.guest, guest_before);
	readings_within++;
	kshim_hooks.barrier = read_within_entry;
}

/*
 * The TSC has stepped back behind the exit, and the entry notices.  At each of its stores a
 * reader has the guest's time up to the exit, or notices as well: last must not change first.
 */
static void an_entry_before_its_exit_leaves_guest_alone(void **state)
{
	struct books before;
	const char *why;
	u64 back;

	(void)state;
	/* Back to before the exit, and to before the entry before it */
	for (back = 250; back <= 350; back += 100) {
		start();
		lead_to(ENTRY);
		kshim_clock -= back;
		books_read(vm_stat(runner.vcpu), &before, &why);
		guest_before = before.guest;
		assert_true(guest_before > 0);
		readings_within = 0;
		kshim_hooks.barrier = read_within_entry;
		runner_do(&runner, ENTRY, 0);
		kshim_hooks.barrier = NULL;
		assert_true(readings_within > 1);
		vm_end(vm);
	}
}

/*
 * A thread has found exitstat on, and is switched away before it disables preemption.
 * When it returns, exitstat is off and the ledger is closed.
 */
static void a_thread_that_comes_late_writes_nothing(void **state)
{
	static const enum hook hooks[] = { RUN_BEGIN, RUN_END, WAIT_BEGIN, WAIT_END };
	size_t i, hist;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(hooks); i++) {
		hist = i / ARRAY_SIZE(hooks);
		assert_int_equal(vm_set("exitstat_hist", hist ? "1" : "0"), 0);
		model_keeps_hist = hist;
		start();
		lead_to(hooks[i % 4]);
		kshim_hooks.preempt = turned_off;
		runner_do(&runner, hooks[i % 4], 0);
		assert_null(kshim_hooks.preempt);
		assert_memory_equal(closed, vm_stat(vm->vcpus[0]), USED);
		books_are_the_models();
		assert_int_equal(vm_set("exitstat", "1"), 0);
		hooks_counting = true;
		vm_end(vm);
	}
	hist_turned_off();
}

static void histograms_may_go_before_a_hook_writes(void **state)
{
	static const enum hook hooks[] = { RUN_BEGIN, RUN_END, WAIT_BEGIN, WAIT_END };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		assert_int_equal(vm_set("exitstat_hist", "1"), 0);
		model_keeps_hist = true;
		start();
		lead_to(hooks[i]);
		kshim_hooks.preempt = hist_turned_off;
		runner_do(&runner, hooks[i], hooks[i] == RUN_END ? (u64)-EINTR : 0);
		assert_null(kshim_hooks.preempt);
		books_are_the_models();
		vm_end(vm);
	}
}

static void nobody_switches_me_away(void)
{
	kshim_assert(kshim_no_preempt);
}

static void hooks_write_with_preemption_disabled(void **state)
{
	static const enum hook hooks[] = { RUN_BEGIN, RUN_END, WAIT_BEGIN, WAIT_END };
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(hooks); i++) {
		start();
		lead_to(hooks[i % 4]);
		kshim_hooks.barrier = nobody_switches_me_away;
		runner_do(&runner, hooks[i % 4], i < 4 ? 0 : (u64)-EINTR);
		kshim_hooks.barrier = NULL;
		assert_int_equal(kshim_no_preempt, 0);
		vm_end(vm);
	}
}

static struct static_key *late_key;

/* A CPU that was in a hook when the code was patched now ends the hook. */
static void a_hook_ends(void)
{
	const bool entries = kvm_exitstat_entry_key.enabled;

	kvm_exitstat_entry_key.enabled = true;
	late_key->enabled = true;
	kshim_clock += 10;
	runner_do(&runner, ENTRY, 0);
	late_key->enabled = false;
	late_key = NULL;
	kvm_exitstat_entry_key.enabled = entries;
	kshim_clock += 10;
}

static void books_are_closed_when_all_hooks_have_ended(void **state)
{
	(void)state;
	start();
	lead_to(ENTRY);
	late_key = &kvm_exitstat_entry_key;
	kshim_hooks.grace = a_hook_ends;
	assert_int_equal(vm_set("exitstat", "0"), 0);
	assert_null(late_key);	/* the key's change has waited for the hook */
	kshim_hooks.grace = NULL;
	hooks_counting = false;
	model_close(&runner.model, kshim_clock);
	kshim_clock += 1000;
	books_are_the_models();
	assert_int_equal(vm_set("exitstat", "1"), 0);
	hooks_counting = true;
	vm_end(vm);
}

static void histograms_are_dropped_when_all_hooks_have_ended(void **state)
{
	(void)state;
	assert_int_equal(vm_set("exitstat_hist", "1"), 0);
	model_keeps_hist = true;
	start();
	lead_to(ENTRY);
	late_key = &kvm_exitstat_hist_key;
	kshim_hooks.grace = a_hook_ends;
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	assert_null(late_key);
	kshim_hooks.grace = NULL;
	model_keeps_hist = false;
	model_hist_changed(&runner.model);
	books_are_the_models();
	vm_end(vm);
}

static volatile bool stop;
static volatile unsigned int hook_steps;	/* odd within a hook */

static void spin(u64 cycles)
{
	const u64 from = rdtsc();

	while (rdtsc() - from < cycles)
		;
}

static void *write_until_stopped(void *unused)
{
	(void)unused;
	while (!stop) {
		spin(1000 + vm_random() % 20000);
		hook_steps++;
		runner_step(&runner);
		hook_steps++;
	}
	return NULL;
}

#define READS	200000

/*
 * Cycles by which another CPU's TSC may be behind: stamps come from the writer's TSC, the
 * time of a reading from the reader's.
 */
#define APART	3000

/*
 * Two CPUs, with their own TSC.  A machine that runs the writer no further than into a hook, for as long as a
 * reading takes, leaves the reader no other choice than to be torn.
 */
static void two_threads(bool hist)
{
	u64 torn = 0, in_vain = 0, before, lifetime = 0;
	unsigned int step;
	pthread_t writer;
	struct books got;
	const char *why;
	int i;

	assert_int_equal(vm_set("exitstat_hist", hist ? "1" : "0"), 0);
	kshim_clock_real = true;
	start();
	hooks_counting = false;	/* the model knows no real clock */
	stop = false;
	assert_int_equal(pthread_create(&writer, NULL, write_until_stopped, NULL), 0);
	for (i = 0; i < READS || (vm_stat(runner.vcpu)->total <= READS / 100 && i < 20 * READS); i++) {
		before = kvm_exitstat_torn();
		step = hook_steps;
		books_read(vm_stat(runner.vcpu), &got, &why);
		if (kvm_exitstat_torn() != before)
			*(step % 2 && step == hook_steps ? &in_vain : &torn) += 1;
		if (why || got.lifetime + APART < lifetime)
			break;
		lifetime = max(lifetime, (u64)got.lifetime);
	}
	stop = true;
	pthread_join(writer, NULL);
	if (why || got.lifetime + APART < lifetime)
		die(why ? why : "the lifetime goes back", 0);
	print_message("%d readings beside a running writer, %llu torn; exits %llu, %llu readings while it stood still\n", i,
		      torn, vm_stat(runner.vcpu)->total, in_vain);
	assert_true(torn < READS / 100);
	assert_true(vm_stat(runner.vcpu)->total > READS / 100);
	kshim_clock_real = false;
	hooks_counting = true;
	assert_int_equal(vm_set("exitstat_hist", "0"), 0);
	vm_end(vm);
}

static void a_thread_reads_what_another_writes(void **state)
{
	(void)state;
	two_threads(false);
	two_threads(true);
}

static int setup(void **state)
{
	(void)state;
	hooks_isa = LEAF_ISA_VMX;
	vm_load(hooks_isa);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings_are_of_one_moment),
		cmocka_unit_test(a_reader_without_a_moment_of_peace_balances),
		cmocka_unit_test(mended_books_are_within_bounds),
		cmocka_unit_test(hooks_that_are_half_patched_balance),
		cmocka_unit_test(a_stamp_that_is_being_replaced_is_none),
		cmocka_unit_test(an_entry_before_its_exit_leaves_guest_alone),
		cmocka_unit_test(a_thread_that_comes_late_writes_nothing),
		cmocka_unit_test(histograms_may_go_before_a_hook_writes),
		cmocka_unit_test(hooks_write_with_preemption_disabled),
		cmocka_unit_test(books_are_closed_when_all_hooks_have_ended),
		cmocka_unit_test(histograms_are_dropped_when_all_hooks_have_ended),
		cmocka_unit_test(a_thread_reads_what_another_writes),
	};

	return cmocka_run_group_tests_name("readers", tests, setup, NULL);
}
