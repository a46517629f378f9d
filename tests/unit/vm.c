// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual machines for the unit tests.
 */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>

#include "exitstat_vcpus.h"
#include "vm.h"

u64 kvm_exitstat_host_id(void);

/* The values that were put into a vCPU's ledger */
struct filled {
	struct books books;
	model_hist hist;
};

static struct kvm *live[32];
static struct books ended;
static u32 ended_vcpus;
static u32 isa;
static struct kvm_vcpu *asking;
static struct filled frozen;

u64 vm_random(void)
{
	static u64 state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int a_handler(struct kvm_vcpu *vcpu)
{
	(void)vcpu;
	return 1;
}

/* Every table of handlers has gaps, and is shorter than the table of reasons. */
bool vm_handled(u32 reason)
{
	return reason % 3 != 1 && reason < (isa == LEAF_ISA_VMX ? 80 : 0x402);
}

void vm_load(u32 new_isa)
{
	static kvm_exitstat_handler_t handlers[0x402];
	u32 reason, nr;

	isa = new_isa;
	nr = isa == LEAF_ISA_VMX ? 80 : 0x402;
	for (reason = 0; reason < nr; reason++)
		handlers[reason] = vm_handled(reason) ? a_handler : NULL;
	kvm_exitstat_setup(isa, offsetof(struct kvm_vcpu, arch.exitstat),
			   offsetof(struct kvm, arch.exitstat), handlers, nr);
}

const struct kernel_param *vm_param(const char *name)
{
	unsigned int i;

	for (i = 0; i < kshim_nr_params; i++)
		if (!strcmp(kshim_params[i]->name, name))
			return kshim_params[i];
	fprintf(stderr, "there is no parameter %s\n", name);
	abort();
}

int vm_set(const char *param, const char *value)
{
	int r;

	kernel_param_lock(THIS_MODULE);
	r = vm_param(param)->ops->set(value, vm_param(param));
	kernel_param_unlock(THIS_MODULE);
	return r;
}

void vm_let(const char *param, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	if (vm_set(param, text)) {
		fprintf(stderr, "%s does not take %u\n", param, value);
		abort();
	}
}

unsigned int vm_get(const char *param)
{
	char page[4096];

	vm_param(param)->ops->get(page, vm_param(param));
	return atoi(page);
}

static void poison(void *start, size_t size)
{
	memset(start, 0xa5, size);
	ASAN_POISON_MEMORY_REGION(start, size);
}

struct kvm_exitstat *vm_stat(struct kvm_vcpu *vcpu)
{
	return &vcpu->arch.exitstat;
}

static struct filled *filled(const struct kvm_vcpu *vcpu)
{
	return vcpu->test;
}

static struct kvm_vcpu *vcpu_new(struct kvm *vm, int id)
{
	struct kvm_vcpu *vcpu = aligned_alloc(64, sizeof(*vcpu));
	const size_t used = 8 * KVM_EXITSTAT_NR_ROWS * vm_slot(PLACES);

	if (!vcpu)
		abort();
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->kvm = vm;
	vcpu->vcpu_id = id;
	vcpu->test = calloc(1, sizeof(struct filled));
	vcpu->run = calloc(1, sizeof(*vcpu->run));
	if (!vcpu->test || !vcpu->run)
		abort();
	poison(vcpu->arch.red_before, KSHIM_RED);
	poison((char *)vcpu->arch.exitstat_value + used, sizeof(vcpu->arch.exitstat_value) - used);
	poison(vcpu->arch.red_after, KSHIM_RED);
	kshim_assert(!kvm_exitstat_init_vcpu(vcpu));
	return vcpu;
}

struct kvm *vm_new(unsigned int vcpus)
{
	struct kvm *vm = calloc(1, sizeof(*vm));
	unsigned int i;

	if (!vm || vcpus > KSHIM_VCPUS)
		abort();
	poison(vm->arch.red_before, KSHIM_RED);
	poison(vm->arch.red_after, KSHIM_RED);
	kvm_exitstat_init_vm(vm);
	for (i = 0; i < vcpus; i++)
		vm->vcpus[i] = vcpu_new(vm, i);
	vm->online_vcpus.counter = vcpus;

	for (i = 0; live[i]; i++)
		;
	live[i] = vm;
	return vm;
}

static void vcpu_end(struct kvm_vcpu *vcpu)
{
	kvm_exitstat_destroy_vcpu(vcpu);
	ASAN_UNPOISON_MEMORY_REGION(vcpu, sizeof(*vcpu));
	free(vcpu->test);
	free(vcpu->run);
	free(vcpu);
}

/* The values put into the ledger, plus the exits counted since then */
static struct books vcpu_books(struct kvm_vcpu *vcpu)
{
	struct books books = filled(vcpu)->books;
	unsigned int place;

	for (place = 0; place < PLACES; place++)
		if (vm_has(place))
			books.v[place][EXITS] = *vm_value_at(vm_stat(vcpu), EXITS, place);
	return books;
}

static struct books vm_books(const struct kvm *vm)
{
	struct books sum = {}, one;
	int v;

	for (v = 0; v < vm->online_vcpus.counter; v++) {
		one = vcpu_books(vm->vcpus[v]);
		books_add(&sum, &one);
	}
	return sum;
}

static struct books host_books(void)
{
	struct books sum = ended, one;
	unsigned int i;

	for (i = 0; live[i]; i++) {
		one = vm_books(live[i]);
		books_add(&sum, &one);
	}
	return sum;
}

/* In KVM's order: end the accounting first, then free the vCPUs. */
void vm_end(struct kvm *vm)
{
	struct books books;
	unsigned int i, place;
	unsigned long waits;
	int v;

	waits = kshim_srcu_waits;
	kvm_exitstat_destroy_vm(vm);
	/* No reader may be in the VM any more, because it will be freed. */
	kshim_assert(!vm->arch.exitstat.listed && kshim_srcu_waits > waits);
	books = vm_books(vm);
	for (place = 0; place < PLACES; place++)
		books.v[place][LONGEST] = 0;	/* ends with its VM, as histograms do */
	books_add(&ended, &books);
	for (v = 0; v < vm->online_vcpus.counter; v++)
		vcpu_end(vm->vcpus[v]);
	ended_vcpus += vm->online_vcpus.counter;
	for (i = 0; live[i] != vm; i++)
		;
	for (; live[i]; i++)
		live[i] = live[i + 1];
	ASAN_UNPOISON_MEMORY_REGION(vm, sizeof(*vm));
	free(vm);
	/* Remaining memory must belong to remaining vCPUs. */
	kshim_assert(live[0] || !kshim_allocated);
}

void vm_put(struct kvm_vcpu *vcpu, const struct books *books, const model_hist *hist)
{
	struct kvm_exitstat *stat = vm_stat(vcpu);
	struct books *mine = &filled(vcpu)->books;
	unsigned int place, v;

	*mine = *books;
	mine->lifetime = books->guest + books->outside;
	memset(stat->sum, 0, sizeof(stat->sum));
	stat->total = 0;
	for (place = 0; place < PLACES; place++) {
		const uint64_t *value = books->v[place];

		if (!vm_has(place))
			continue;
		for (v = EXITS; v < LONGEST; v++)
			*vm_value_at(stat, v, place) = value[v];
		stat->total += value[EXITS];
		for (v = KERNEL; v <= BLOCK; v++)
			mine->lifetime += value[v];
		for (v = USER; v <= BLOCK; v++)
			stat->sum[v] += value[v];
	}
	stat->settled = stat->total;
	stat->guest = books->guest;
	stat->outside = books->outside;
	stat->anomalies = books->anomalies;
	stat->last = ~0ull;
	stat->since = kshim_clock;
	stat->created = kshim_clock - mine->lifetime;

	memset(filled(vcpu)->hist, 0, sizeof(filled(vcpu)->hist));
	for (place = 0; place < PLACES; place++) {
		if (!vm_has(place) || !stat->hist) {
			mine->v[place][LONGEST] = 0;
			continue;
		}
		stat->hist->longest[vm_slot(place)] = books->v[place][LONGEST];
		if (!hist)
			continue;
		memcpy(filled(vcpu)->hist[place], (*hist)[place], sizeof((*hist)[place]));
		memcpy(stat->hist->exits[vm_slot(place)], (*hist)[place], sizeof((*hist)[place]));
	}
}

static u64 any_number(void)
{
	return vm_random() >> (1 + vm_random() % 56);
}

/* Small enough that even the lifetime of many vCPUs stays below 2^63 */
static u64 any_cycles(void)
{
	return any_number() >> 16;
}

/* Only "none" has times without exits. */
static void fill_place(struct filled *f, unsigned int place, bool occurred)
{
	unsigned int v, b;

	memset(f->books.v[place], 0, sizeof(f->books.v[place]));
	memset(f->hist[place], 0, sizeof(f->hist[place]));
	if (!occurred)
		return;
	for (v = KERNEL; v < VALUES; v++)
		f->books.v[place][v] = any_cycles();
	if (place == PLACE_NONE)
		return;
	f->books.v[place][EXITS] = any_number() | 1;
	for (b = 0; b < BUCKETS; b++)
		f->hist[place][b] = any_number();
}

void vm_fill(struct kvm *vm, u32 seed)
{
	static struct filled f;
	u32 place;
	int v;

	for (v = 0; v < vm->online_vcpus.counter; v++) {
		for (place = 0; place < PLACES; place++)
			fill_place(&f, place, vm_has(place) && (place + seed) % 3);
		f.books.guest = any_cycles();
		f.books.outside = any_cycles();
		f.books.anomalies = any_number();
		vm_put(vm->vcpus[v], &f.books, (const model_hist *)&f.hist);
	}
}

unsigned int vm_place(u32 sub)
{
	if (sub == LEAF_SUB_TOTAL)
		return PLACE_TOTAL;
	if (sub == LEAF_SUB_NONE)
		return PLACE_NONE;
	if (!leaf_has_counter(isa, sub))
		return PLACE_OTHER;
	return sub < 0x400 ? sub : sub - 0x400 + 0xa7;
}

bool vm_has(unsigned int place)
{
	return isa == LEAF_ISA_SVM || place <= 85 || place >= PLACE_OTHER;
}

unsigned int vm_slot(unsigned int place)
{
	kshim_assert(vm_has(place));
	return isa == LEAF_ISA_VMX && place >= PLACE_OTHER ? place - PLACE_OTHER + 86 : place;
}

/* User, halt, preempt, block, exits, kernel: one row of the ISA's slots for each */
u64 *vm_value_at(struct kvm_exitstat *stat, u32 v, unsigned int place)
{
	static const unsigned int row[] = {
		[USER] = 0, [HALT] = 1, [PREEMPT] = 2, [BLOCK] = 3, [EXITS] = 4, [KERNEL] = 5,
	};

	return &stat->value[row[v] * vm_slot(PLACES) + vm_slot(place)];
}

u64 *vm_count(struct kvm_vcpu *vcpu, u32 sub)
{
	if (sub == LEAF_SUB_TOTAL)
		return &vm_stat(vcpu)->total;
	return vm_value_at(vm_stat(vcpu), EXITS, vm_place(sub));
}

static u64 vcpu_value(struct kvm_vcpu *vcpu, unsigned int place, u32 v)
{
	if (v != EXITS)
		return books_value(&filled(vcpu)->books, place, v);
	return place == PLACE_TOTAL ? vm_stat(vcpu)->total :
	       *vm_value_at(vm_stat(vcpu), EXITS, place);
}

static u64 add_value(u64 sum, u64 value, u32 v)
{
	if (v != LONGEST)
		return sum + value;
	return value > sum ? value : sum;
}

static u64 vm_value(const struct kvm *vm, unsigned int place, u32 v)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < vm->online_vcpus.counter; i++)
		sum = add_value(sum, vcpu_value(vm->vcpus[i], place, v), v);
	return sum;
}

static u64 host_value(unsigned int place, u32 v)
{
	u64 sum = books_value(&ended, place, v);
	unsigned int i;

	for (i = 0; live[i]; i++)
		sum = add_value(sum, vm_value(live[i], place, v), v);
	return sum;
}

u64 vm_sum(const struct kvm *vm, u32 sub)
{
	return vm_value(vm, vm_place(sub), EXITS);
}

u64 vm_host_sum(u32 sub)
{
	return host_value(vm_place(sub), EXITS);
}

u32 vm_host_vcpus(void)
{
	u32 sum = ended_vcpus;
	unsigned int i;

	for (i = 0; live[i]; i++)
		sum += live[i]->online_vcpus.counter;
	return sum;
}

bool vm_cpuid(struct kvm_vcpu *vcpu, u32 leaf, u32 sub, u32 regs[4])
{
	regs[0] = leaf;
	regs[1] = 0x11111111;
	regs[2] = sub;
	regs[3] = 0x33333333;
	return kvm_exitstat_cpuid(vcpu, &regs[0], &regs[1], &regs[2], &regs[3]);
}

u64 vm_cpuid64(struct kvm_vcpu *vcpu, u32 leaf, u32 sub)
{
	u32 regs[4];

	kshim_assert(vm_cpuid(vcpu, leaf, sub, regs));
	return (u64)regs[1] << 32 | regs[0];
}

static u64 bucket_of(const struct filled *f, unsigned int place, u32 bucket)
{
	u64 sum = 0;

	if (place != PLACE_TOTAL)
		return f->hist[place][bucket];
	for (place = 0; place < PLACES; place++)
		sum += f->hist[place][bucket];
	return sum;
}

static u64 bucket_of_vm(const struct kvm *vm, unsigned int place, u32 bucket)
{
	u64 sum = 0;
	int v;

	for (v = 0; v < vm->online_vcpus.counter; v++)
		sum += bucket_of(filled(vm->vcpus[v]), place, bucket);
	return sum;
}

static u64 bucket_in(bool host, unsigned int place, u32 bucket)
{
	u64 sum = 0;
	unsigned int i;

	if (!host)
		return bucket_of_vm(asking->kvm, place, bucket);
	for (i = 0; live[i]; i++)
		sum += bucket_of_vm(live[i], place, bucket);
	return sum;
}

static uint64_t value_in(const struct leaf_env *env, enum leaf_books scope,
			 uint32_t v, uint32_t sub, uint32_t bucket)
{
	const unsigned int place = vm_place(sub);

	if (scope == LEAF_FROZEN)
		return v == HIST ? bucket_of(&frozen, place, bucket) :
		       books_value(&frozen.books, place, v);
	if (v == HIST)
		return scope == LEAF_OWN ? bucket_of(filled(asking), place, bucket) :
		       bucket_in(env->host, place, bucket);
	if (scope == LEAF_OWN)
		return vcpu_value(asking, place, v);
	return env->host ? host_value(place, v) : vm_value(asking->kvm, place, v);
}

static bool handled_by(const struct leaf_env *env, uint32_t reason)
{
	(void)env;
	return vm_handled(reason);
}

void vm_frozen(struct leaf_env *env, u32 id)
{
	unsigned int place, b;

	frozen.books = env->host ? host_books() : vm_books(asking->kvm);
	for (place = 0; place < PLACES; place++)
		for (b = 0; b < BUCKETS; b++)
			frozen.hist[place][b] = bucket_in(env->host, place, b);
	env->snapshot = id;
}

void vm_env(struct kvm_vcpu *vcpu, struct leaf_env *env)
{
	const bool host = vm_get("exitstat_guest") == 2;

	asking = vcpu;
	*env = (struct leaf_env) {
		.isa = isa,
		.layout = vm_get("exitstat_layout"),
		.host = host,
		.counting = kvm_exitstat_key.enabled,
		.histograms = vm_stat(vcpu)->hist,
		.untrusted = kshim_clock_unstable,
		.keys = vm_get("exitstat_keys"),
		.vcpus = host ? vm_host_vcpus() :
				(u32)vcpu->kvm->online_vcpus.counter,
		.tsc_khz = tsc_khz,
		.id = host ? kvm_exitstat_host_id() : vcpu->kvm->arch.exitstat.id,
		.max_exits = UINT64_MAX,
		.value = value_in,
		.handled = handled_by,
	};
}
