// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual machines for the unit tests.
 */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>

#include "vm.h"

u64 kvm_exitstat_host_id(void);

static struct kvm *live[16];
static u64 ended[PLACES];
static u32 ended_vcpus;
static u32 isa;
static struct kvm_vcpu *asking;

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

/* Every table of handlers has holes and ends before the reasons do. */
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
	kvm_exitstat_setup(isa, offsetof(struct kvm_vcpu, arch.exitstat), handlers, nr);
}

static void poison(void *start, size_t size)
{
	memset(start, 0xa5, size);
	ASAN_POISON_MEMORY_REGION(start, size);
}

static struct kvm_vcpu *vcpu_new(struct kvm *vm, int id)
{
	struct kvm_vcpu *vcpu = aligned_alloc(64, sizeof(*vcpu));

	if (!vcpu)
		abort();
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->kvm = vm;
	vcpu->vcpu_id = id;
	poison(vcpu->arch.red_before, KSHIM_RED);
	poison(vcpu->arch.exitstat.exits + PLACES,
	       sizeof(vcpu->arch.exitstat) - PLACES * sizeof(u64));
	poison(vcpu->arch.red_after, KSHIM_RED);
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

/* As KVM does: the accounting first, then the vCPUs are freed. */
void vm_end(struct kvm *vm)
{
	unsigned int i, place;
	int v;

	kvm_exitstat_destroy_vm(vm);
	for (v = 0; v < vm->online_vcpus.counter; v++) {
		for (place = 0; place < PLACES; place++)
			ended[place] += vm->vcpus[v]->arch.exitstat.exits[place];
		ASAN_UNPOISON_MEMORY_REGION(vm->vcpus[v], sizeof(*vm->vcpus[v]));
		free(vm->vcpus[v]);
	}
	ended_vcpus += vm->online_vcpus.counter;
	for (i = 0; live[i] != vm; i++)
		;
	for (; live[i]; i++)
		live[i] = live[i + 1];
	ASAN_UNPOISON_MEMORY_REGION(vm, sizeof(*vm));
	free(vm);
}

/* Counts of all sizes up to 2^63; a third of the reasons did not occur. */
void vm_fill(struct kvm *vm, u32 seed)
{
	u64 *exits;
	u32 place;
	int v;

	for (v = 0; v < vm->online_vcpus.counter; v++) {
		exits = vm->vcpus[v]->arch.exitstat.exits;
		for (place = 0; place < PLACES; place++)
			exits[place] = (place + seed) % 3 ?
				       vm_random() >> (1 + vm_random() % 56) : 0;
	}
}

unsigned int vm_place(u32 sub)
{
	if (sub == LEAF_SUB_TOTAL)
		return PLACE_TOTAL;
	if (!leaf_has_counter(isa, sub))
		return PLACE_OTHER;
	return sub < 0x400 ? sub : sub - 0x400 + 0xc0;
}

u64 *vm_count(struct kvm_vcpu *vcpu, u32 sub)
{
	return &vcpu->arch.exitstat.exits[vm_place(sub)];
}

u64 vm_sum(const struct kvm *vm, u32 sub)
{
	u64 sum = 0;
	int v;

	for (v = 0; v < vm->online_vcpus.counter; v++)
		sum += *vm_count(vm->vcpus[v], sub);
	return sum;
}

u64 vm_host_sum(u32 sub)
{
	u64 sum = ended[vm_place(sub)];
	unsigned int i;

	for (i = 0; live[i]; i++)
		sum += vm_sum(live[i], sub);
	return sum;
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

static uint64_t exits_of(const struct leaf_env *env, bool own, uint32_t sub)
{
	if (own)
		return *vm_count(asking, sub);
	return env->host ? vm_host_sum(sub) : vm_sum(asking->kvm, sub);
}

static bool handled_by(const struct leaf_env *env, uint32_t reason)
{
	(void)env;
	return vm_handled(reason);
}

void vm_env(struct kvm_vcpu *vcpu, struct leaf_env *env)
{
	const bool host = kvm_exitstat_guest == 2;

	asking = vcpu;
	*env = (struct leaf_env) {
		.isa = isa,
		.layout = kvm_exitstat_layout,
		.host = host,
		.counting = kvm_exitstat_key.enabled,
		.vcpus = host ? vm_host_vcpus() :
				(u32)vcpu->kvm->online_vcpus.counter,
		.tsc_khz = tsc_khz,
		.id = host ? kvm_exitstat_host_id() : vcpu->kvm->arch.exitstat.id,
		.max_exits = UINT64_MAX,
		.exits = exits_of,
		.handled = handled_by,
	};
}
