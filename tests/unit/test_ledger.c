// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: whatever KVM does, in any order, every account of every reason must equal
 * ledger_model.c's, to the cycle.
 */
#include "unit.h"

#include <inttypes.h>
#include <stdlib.h>

#include "hooks.h"
#include "exitstat_vcpus.h"

#define SEEDS	50
#define STEPS	20000
#define VMS	2
#define VCPUS	2	/* of each */
#define RUNNERS	(VMS * VCPUS)

/* Events other than hooks that the seed allows */
struct chances {
	bool hist, flips;
};

static struct kvm *vms[VMS];
static struct runner runners[RUNNERS];
static model_hist hists[RUNNERS];
static unsigned int seed;
static bool steps_back;	/* the TSC may step back in this seed */
static unsigned long unsure, adopted;

static void die(const struct runner *r, const char *what, u64 got, u64 want)
{
	hooks_print_notes();
	fail_msg("ISA %u seed %u vCPU %p clock %llu: %s is %llu, not %llu", hooks_isa,
		 seed, (void *)r->vcpu, kshim_clock, what, got, want);
}

static void books_are(const struct runner *r, const struct books *got,
		      const struct books *want)
{
	static const char *const name[] = {
		"exits", "kernel", "user", "halt", "preempt", "block", "longest",
	};
	unsigned int place, v;
	char text[32];

	if (!memcmp(got, want, sizeof(*got)))
		return;
	for (place = 0; place < PLACES; place++)
		for (v = 0; v < VALUES; v++) {
			snprintf(text, sizeof(text), "%s of %u", name[v], place);
			if (got->v[place][v] != want->v[place][v])
				die(r, text, got->v[place][v], want->v[place][v]);
		}
	if (got->guest != want->guest)
		die(r, "guest", got->guest, want->guest);
	if (got->outside != want->outside)
		die(r, "outside", got->outside, want->outside);
	if (got->anomalies != want->anomalies)
		die(r, "anomalies", got->anomalies, want->anomalies);
	die(r, "lifetime", got->lifetime, want->lifetime);
}

static void value_is_right(const struct runner *r, const struct books *want)
{
	const unsigned int v = vm_random() % (ANOMALIES + 1);
	const unsigned int place = v >= GUEST || vm_random() % 4 == 0 ? PLACE_TOTAL :
				   vm_place(hooks_reasons[vm_random() % 12]);
	u64 got;

	if (v == HIST)
		return;
	got = kvm_exitstat_value(vm_stat(r->vcpu), vm_slot(place), v);
	if (got != books_value(want, place, v))
		die(r, "kvm_exitstat_value()", got, books_value(want, place, v));
}

/* An exit has ended about which the model cannot know everything. */
static void settle_doubts(struct runner *r, const struct books *got)
{
	struct model *m = &r->model;

	model_adopt_longest(m, got);
	if (!m->unsure || m->open)
		return;
	model_adopt(m, kshim_clock, got);
	m->unsure = false;
	adopted++;
}

static void check(struct runner *r)
{
	struct books got, want;
	const char *why;

	books_read(vm_stat(r->vcpu), &got, &why);
	if (why)
		die(r, why, 0, 0);
	settle_doubts(r, &got);
	if (r->model.unsure) {
		unsure++;
		return;
	}
	model_read(&r->model, kshim_clock, &want);
	books_are(r, &got, &want);
	value_is_right(r, &want);
	if (!steps_back && got.lifetime < r->lifetime)
		die(r, "the lifetime, less than before,", got.lifetime, r->lifetime);
	r->lifetime = got.lifetime;
}

static void check_hist(struct runner *r)
{
	unsigned int place, b;
	u64 got, want;

	for (place = 0; place < PLACES; place++)
		for (b = 0; b < BUCKETS && vm_has(place); b++) {
			got = kvm_exitstat_bucket(vm_stat(r->vcpu), vm_slot(place), b);
			want = model_keeps_hist ? hists[r - runners][place][b] : 0;
			if (got != want)
				die(r, "a bucket", got, want);
		}
}

static void flip_exitstat(void)
{
	int i;

	hooks_note("exitstat flips", NULL, !hooks_counting);
	assert_int_equal(vm_set("exitstat", hooks_counting ? "0" : "1"), 0);
	hooks_counting = !hooks_counting;
	for (i = 0; i < RUNNERS && !hooks_counting; i++) {
		model_close(&runners[i].model, kshim_clock);
		check(&runners[i]);
	}
}

static void flip_hist(void)
{
	int i;

	hooks_note("exitstat_hist flips", NULL, !model_keeps_hist);
	assert_int_equal(vm_set("exitstat_hist", model_keeps_hist ? "0" : "1"), 0);
	model_keeps_hist = !model_keeps_hist;
	for (i = 0; i < RUNNERS; i++)
		model_hist_changed(&runners[i].model);
}

static void step_back(void)
{
	const u64 by = vm_random() % 8 ? vm_random() % 3000 : vm_random() >> 28;
	int i;

	kshim_clock -= by;
	hooks_note("the TSC steps back", NULL, by);
	for (i = 0; i < RUNNERS; i++)
		model_step_back(&runners[i].model);
}

/* A parameter is written, or the hardware fails. */
static void something_else(const struct chances *c)
{
	switch (vm_random() % 4096) {
	case 0 ... 15:
		if (c->flips)
			flip_exitstat();
		break;
	case 16 ... 31:
		if (c->hist)
			flip_hist();
		break;
	case 32 ... 95:
		if (steps_back)
			step_back();
		break;
	}
}

static void run(const struct chances *c)
{
	struct runner *r;
	int step, i;

	for (step = 0; step < STEPS; step++) {
		hooks_tick();
		something_else(c);
		r = &runners[vm_random() % RUNNERS];
		kshim_clock_step = 1;
		runner_step(r);
		kshim_clock_step = 0;
		check(r);
		hooks_tick();
		if (step % 4 == 0)
			check(r);
		if (step % 1024)
			continue;
		for (i = 0; i < RUNNERS; i++) {
			check(&runners[i]);
			check_hist(&runners[i]);
		}
	}
}

static void choose_reasons(void)
{
	static const u64 vmx[] = { 0, 1, 10, 12, 48, 85, 86, 0xffff };
	static const u64 svm[] = { 0, 0x60, 0x72, 0x78, 0xa6, 0x400, 0x403, ~0ull };
	const u64 *some = hooks_isa == LEAF_ISA_VMX ? vmx : svm;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hooks_reasons); i++)
		hooks_reasons[i] = i < 8 ? some[i] : vm_random() % 86;
}

/* vCPUs are also created while exits are not counted, or histograms are kept. */
static void start(const struct chances *c)
{
	int i;

	choose_reasons();
	if (c->flips && seed % 5 == 0) {
		assert_int_equal(vm_set("exitstat", "0"), 0);
		hooks_counting = false;
	}
	if (c->hist && seed % 5 == 1) {
		assert_int_equal(vm_set("exitstat_hist", "1"), 0);
		model_keeps_hist = true;
	}
	for (i = 0; i < VMS; i++) {
		vms[i] = vm_new(VCPUS);
		kshim_clock += 1000;
	}
	for (i = 0; i < RUNNERS; i++) {
		memset(hists[i], 0, sizeof(hists[i]));
		runners[i].model.hist = &hists[i];
		runner_init(&runners[i], vms[i / VCPUS]->vcpus[i % VCPUS]);
	}
}

static void end(void)
{
	int i;

	if (!hooks_counting)
		flip_exitstat();
	if (model_keeps_hist)
		flip_hist();
	for (i = 0; i < VMS; i++)
		vm_end(vms[i]);
}

static void any_order_of_hooks(u32 isa)
{
	struct chances c;

	hooks_isa = isa;
	vm_load(isa);
	for (seed = 0; seed < SEEDS; seed++) {
		c = (struct chances) {
			.flips = seed % 3, .hist = seed % 2,
		};
		steps_back = seed >= SEEDS / 2;
		kshim_clock = 1ull << (40 + seed % 16);
		start(&c);
		run(&c);
		end();
	}
}

static void vmx(void **state)
{
	(void)state;
	any_order_of_hooks(LEAF_ISA_VMX);
}

static void svm(void **state)
{
	(void)state;
	any_order_of_hooks(LEAF_ISA_SVM);
	print_message("%lu readings within bounds only, of %lu exits\n", unsure, adopted);
	/* There are some 1.3 readings a step in seeds whose TSC steps back */
	assert_true(unsure < (unsigned long)SEEDS * STEPS / 50);
	unsure = adopted = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmx),
		cmocka_unit_test(svm),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
