// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread of a vCPU.
 */
#include "hooks.h"
#include "exitstat_ledger.h"
#include "trace.h"

#define NOTES	32

bool hooks_counting = true;
u32 hooks_isa;
u64 hooks_reasons[12];

static struct {
	const char *what;
	const struct kvm_vcpu *vcpu;
	u64 arg, clock;
} notes[NOTES];
static unsigned long nr_notes;

void hooks_note(const char *what, const struct kvm_vcpu *vcpu, u64 arg)
{
	notes[nr_notes % NOTES].what = what;
	notes[nr_notes % NOTES].vcpu = vcpu;
	notes[nr_notes % NOTES].arg = arg;
	notes[nr_notes++ % NOTES].clock = kshim_clock;
}

void hooks_print_notes(void)
{
	unsigned long n = nr_notes > NOTES ? nr_notes - NOTES : 0;

	for (; n < nr_notes; n++)
		fprintf(stderr, "%20llu %18p %s 0x%llx\n", notes[n % NOTES].clock,
			(const void *)notes[n % NOTES].vcpu, notes[n % NOTES].what,
			notes[n % NOTES].arg);
}

void hooks_tick(void)
{
	switch (vm_random() % 64) {
	case 0:
		kshim_clock += vm_random() >> 24;
		break;
	case 1 ... 8:
		kshim_clock += vm_random() >> 40;
		break;
	default:
		kshim_clock += vm_random() % 4000;
	}
}

void runner_init(struct runner *r, struct kvm_vcpu *vcpu)
{
	*r = (struct runner) { .vcpu = vcpu, .model.hist = r->model.hist };
	model_init(&r->model, vm_stat(vcpu)->created);
}

static bool chance(unsigned int one_in)
{
	return vm_random() % one_in == 0;
}

/* The hook that may come next while KVM_RUN has control */
static enum hook choose_in_kvm(u64 *arg)
{
	switch (vm_random() % 16) {
	case 0:
		*arg = chance(2) ? 0 : chance(2) ? (u64)-EINTR : chance(2) ? (u64)-EFAULT : 1;
		return RUN_END;
	case 1:
		*arg = chance(3);
		return WAIT_BEGIN;
	default:
		return ENTRY;
	}
}

enum hook runner_choose(const struct runner *r, u64 *arg)
{
	*arg = 0;
	if (r->where == SWITCHED_OUT)
		return SCHED_IN;
	/* Other ioctls also load the vCPU, and may be switched away. */
	if (r->where != IN_GUEST && chance(12)) {
		*arg = chance(2);
		return SCHED_OUT;
	}
	switch (r->where) {
	case IN_VMM:
		return RUN_BEGIN;
	case IN_WAIT:
		return WAIT_END;
	case IN_GUEST:
		*arg = hooks_reasons[vm_random() % ARRAY_SIZE(hooks_reasons)];
		return chance(40) ? NO_EXIT : EXIT;
	default:
		return choose_in_kvm(arg);
	}
}

static void call(struct runner *r, enum hook hook, u64 arg)
{
	struct kvm_vcpu *vcpu = r->vcpu;

	switch (hook) {
	case RUN_BEGIN:
		kvm_exitstat_run_begin(vcpu);
		break;
	case RUN_END:
		vcpu->run->exit_reason = arg == (u64)-EFAULT ? KVM_EXIT_MEMORY_FAULT : vm_random() % 8;
		preempt_disable();
		kvm_exitstat_run_end(vcpu, (int)arg, rdtsc());
		preempt_enable();
		break;
	case ENTRY:
		if (hooks_isa == LEAF_ISA_VMX)
			kvm_exitstat_entry(vm_stat(vcpu), KVM_ISA_VMX);
		else
			kvm_exitstat_entry(vm_stat(vcpu), KVM_ISA_SVM);
		break;
	case EXIT:
		/* A constant, as in KVM */
		if (hooks_isa == LEAF_ISA_VMX)
			kvm_exitstat_exit(vm_stat(vcpu), KVM_ISA_VMX, arg);
		else
			kvm_exitstat_exit(vm_stat(vcpu), KVM_ISA_SVM, arg);
		break;
	case WAIT_BEGIN:
		vcpu->arch.apf.halted = arg || chance(4);
		vcpu->arch.mp_state = arg ? KVM_MP_STATE_RUNNABLE : KVM_MP_STATE_HALTED;
		kvm_exitstat_wait_begin(vcpu);
		break;
	case WAIT_END:
		kvm_exitstat_wait_end(vcpu);
		break;
	case SCHED_OUT:
		kshim_runnable = arg;
		kvm_exitstat_sched_out(vcpu);
		break;
	case SCHED_IN:
		kvm_exitstat_sched_in(vcpu);
		break;
	case NO_EXIT:
		break;
	}
}

static void tell(struct model *m, enum hook hook, u64 arg, u64 now)
{
	switch (hook) {
	case RUN_BEGIN:
		return model_run_begin(m, now);
	case RUN_END:
		/* A memory fault goes on in the VMM like an exit. */
		return model_run_end(m, now, arg == (u64)-EFAULT ? 0 : (int)arg);
	case ENTRY:
		return model_entry(m, now);
	case EXIT:
		return model_exit(m, now, vm_place(arg > 0xffff ? 0xffff : arg));
	case WAIT_BEGIN:
		return model_wait_begin(m, now, arg);
	case WAIT_END:
		return model_wait_end(m, now);
	case SCHED_OUT:
		return model_sched_out(m, now, arg);
	case SCHED_IN:
		return model_sched_in(m, now);
	case NO_EXIT:
		return;
	}
}

static void move(struct runner *r, enum hook hook)
{
	static const enum where after[] = {
		[RUN_BEGIN] = IN_KVM, [RUN_END] = IN_VMM, [ENTRY] = IN_GUEST,
		[NO_EXIT] = IN_KVM, [EXIT] = IN_KVM, [WAIT_BEGIN] = IN_WAIT,
		[WAIT_END] = IN_KVM, [SCHED_OUT] = SWITCHED_OUT,
	};

	if (hook == SCHED_OUT)
		r->next = r->where;
	r->where = hook == SCHED_IN ? r->next : after[hook];
}

void runner_do(struct runner *r, enum hook hook, u64 arg)
{
	static const char *const name[] = {
		"run_begin", "run_end", "entry", "(no exit)", "exit", "wait_begin",
		"wait_end", "sched_out", "sched_in",
	};

	call(r, hook, arg);
	/* The clock still has the last reading, which is the hook's time stamp. */
	if (hooks_counting)
		tell(&r->model, hook, arg, kshim_clock);
	move(r, hook);
	hooks_note(name[hook], r->vcpu, arg);
}

void runner_step(struct runner *r)
{
	u64 arg;
	enum hook hook = runner_choose(r, &arg);

	runner_do(r, hook, arg);
}

static const char *balance(const struct kvm_exitstat_ledger *l, const struct books *books)
{
	const u64 *total = l->value[vm_slot(PLACE_TOTAL)];
	u64 sum[VALUES] = {}, accounts = books->guest + books->outside, most = 0;
	unsigned int place, v;

	for (place = 0; place < PLACES; place++) {
		const uint64_t *row = books->v[place];

		for (v = 0; v < LONGEST; v++)
			sum[v] += row[v];
		sum[v] = max(sum[v], row[v]);
		for (v = KERNEL; v < VALUES; v++)
			most = max(most, row[v]);
	}
	for (v = KERNEL; v <= BLOCK; v++)
		accounts += total[v];
	if (memcmp(sum, total, sizeof(sum)))
		return "a total, which is not the sum of its rows,";
	if (accounts != books->lifetime)
		return "the lifetime, which is not the sum of accounts,";
	if (books->guest > books->lifetime || books->outside > books->lifetime)
		return "guest or outside, above the lifetime,";
	if (most > books->lifetime)
		return "a row, above the lifetime,";
	return NULL;
}

void books_read(const struct kvm_exitstat *stat, struct books *books,
		const char **why)
{
	struct kvm_exitstat_ledger l;
	unsigned int place;

	memset(&l, 0xa5, sizeof(l));
	kvm_exitstat_read(stat, &l);
	memset(books->v, 0, sizeof(books->v));
	for (place = 0; place < PLACES; place++)
		if (vm_has(place))
			memcpy(books->v[place], l.value[vm_slot(place)], sizeof(books->v[place]));
	books->guest = l.guest;
	books->lifetime = l.lifetime;
	books->outside = l.outside;
	books->anomalies = l.anomalies;
	*why = balance(&l, books);
}
