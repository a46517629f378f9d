// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun --modes: checks what guests see by CPUID for each value of exitstat_guest,
 * with two VMs at once and after one has ended.
 *
 * The VMM lets the guests execute one CPUID at a time, and so knows every CPUID and I/O
 * exit of every VM.  Another VM on the host would make the sums of mode 2 wrong.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "kvmrun.h"

#define LEAF_OUTSIDE	0x4ffffeffu	/* also out of range, but not ours */

struct answer {
	uint32_t eax, ebx, ecx, edx;
};

/* Numbers known by construction */
struct known {
	uint64_t cpuid, io;
};

static struct known vm_known[3];	/* of the existing VMs, by vm_index() */
static struct known host_known;		/* of all VMs, including ended ones */
static struct vm vms[3];
static unsigned int checks, failures;

static void check(bool ok, const char *what, unsigned long long got,
		  unsigned long long want)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("FAIL modes: exitstat_guest=%u: %s: %llu (0x%llx), not %llu (0x%llx)\n",
	       get_parameter("exitstat_guest"), what, got, got, want, want);
}

static void check_is(const char *what, uint64_t got, uint64_t want)
{
	check(got == want, what, got, want);
}

static unsigned int reason_cpuid(void)
{
	return env.isa == KVM_EXITSTAT_ISA_VMX ? 10 : 0x72;
}

static unsigned int reason_io(void)
{
	return env.isa == KVM_EXITSTAT_ISA_VMX ? 30 : 0x7b;
}

static void add(const struct vcpu *vcpu, uint64_t cpuid, uint64_t io)
{
	struct known *known = &vm_known[vcpu->vm - vms];

	known->cpuid += cpuid;
	known->io += io;
	host_known.cpuid += cpuid;
	host_known.io += io;
}

/* Each answer has its own CPUID exit already, but not its I/O exit. */
static struct answer ask(struct vcpu *vcpu, uint32_t leaf, uint32_t sub)
{
	struct guest_page *page = vcpu->page;

	page->leaf = leaf;
	page->sub = sub;
	if (vcpu_run(vcpu) != STOP_DONE)
		die("the guest did not answer");
	add(vcpu, 1, 1);
	return (struct answer) { page->regs[0], page->regs[1], page->regs[2],
				 page->regs[3] };
}

static uint64_t ask64(struct vcpu *vcpu, uint32_t leaf, uint32_t sub)
{
	const struct answer a = ask(vcpu, leaf, sub);

	return a.eax | (uint64_t)a.ebx << 32;
}

static uint64_t exits(struct vcpu *vcpu, uint32_t reason)
{
	return ask64(vcpu, KVM_EXITSTAT_LEAF_LIVE + KVM_EXITSTAT_V_EXITS, reason);
}

static struct vcpu *new_vcpu(struct vm *vm, const struct kvm_cpuid_entry2 *extra)
{
	struct vcpu *vcpu = vcpu_create(vm, extra);

	vcpu_start(vcpu, MODE_ASK, 0, 0);
	return vcpu;
}

static struct vcpu *new_vm(unsigned int i, const struct kvm_cpuid_entry2 *extra)
{
	vm_create(&vms[i], false);
	vm_known[i] = (struct known) {};
	return new_vcpu(&vms[i], extra);
}

static const uint32_t leaves[] = {
	0x4fffff00, 0x4fffff01, 0x4fffff02, 0x4fffff03, 0x4fffff04, 0x4fffff08,
	0x4fffff10, 0x4fffff11, 0x4fffff17, 0x4fffff19, 0x4fffff20, 0x4fffff2b,
	0x4fffff30, 0x4fffff3b, 0x4fffff3c, 0x4fffff40, 0x4fffff45, 0x4fffff46, 0x4ffffffc, 0x4ffffffd, 0x4ffffffe, 0x4fffffff,
};

static const uint32_t subleaves[] = { 0, 1, 10, 0x72, 0x1000, 0xfffffffe, 0xffffffff };

/* Mode 0: the leaf is like any other leaf that is out of range. */
static void check_off(struct vcpu *vcpu)
{
	struct answer got, want;
	unsigned int i, j;
	char what[64];

	set_parameter("exitstat_guest", 0);
	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		for (j = 0; j < sizeof(subleaves) / sizeof(subleaves[0]); j++) {
			want = ask(vcpu, LEAF_OUTSIDE, subleaves[j]);
			got = ask(vcpu, leaves[i], subleaves[j]);
			snprintf(what, sizeof(what), "leaf 0x%x, subleaf 0x%x",
				 leaves[i], subleaves[j]);
			check_is(what, got.eax, want.eax);
			check_is(what, got.ebx, want.ebx);
			check_is(what, got.ecx, want.ecx);
			check_is(what, got.edx, want.edx);
		}
	}
}

/* Mode 1: the VM's own exits, whichever vCPU executes CPUID. */
static void check_own(struct vcpu *vcpu, const char *name)
{
	const struct known *known = &vm_known[vcpu->vm - vms];
	uint64_t got;
	char what[64];

	snprintf(what, sizeof(what), "CPUID exits of VM %s", name);
	got = exits(vcpu, reason_cpuid());
	check_is(what, got, known->cpuid);
	snprintf(what, sizeof(what), "I/O exits of VM %s", name);
	got = exits(vcpu, reason_io());
	check_is(what, got, known->io - 1);	/* its own OUT is still to come */
	snprintf(what, sizeof(what), "vCPUs of VM %s", name);
	check_is(what, ask(vcpu, KVM_EXITSTAT_LEAF_SCOPE, 0).ebx, vcpu->vm->nr_vcpus);
	snprintf(what, sizeof(what), "flags for VM %s", name);
	check_is(what, ask(vcpu, KVM_EXITSTAT_LEAF_FEATURES, 0).edx,
		 KVM_EXITSTAT_F_COUNTING);
	snprintf(what, sizeof(what), "leaf 0x4FFFFFFE of VM %s", name);
	got = ask(vcpu, KVM_EXITSTAT_LEGACY_E, reason_cpuid()).eax;
	check_is(what, got, (uint32_t)known->cpuid);
}

/* Mode 2: the exits of all VMs since @base, which was read before we made any. */
static void check_host(struct vcpu *vcpu, const struct known *base, const char *when)
{
	uint64_t got;
	char what[96];

	snprintf(what, sizeof(what), "CPUID exits of the host, %s", when);
	got = exits(vcpu, reason_cpuid());
	check_is(what, got, base->cpuid + host_known.cpuid);
	snprintf(what, sizeof(what), "I/O exits of the host, %s", when);
	got = exits(vcpu, reason_io());
	check_is(what, got, base->io + host_known.io - 1);
	snprintf(what, sizeof(what), "flags, %s", when);
	check_is(what, ask(vcpu, KVM_EXITSTAT_LEAF_FEATURES, 0).edx,
		 KVM_EXITSTAT_F_COUNTING | KVM_EXITSTAT_F_HOST);
}

static uint64_t id(struct vcpu *vcpu, unsigned int mode)
{
	set_parameter("exitstat_guest", mode);
	return ask64(vcpu, KVM_EXITSTAT_LEAF_ID, 0);
}

static void check_ids(struct vcpu *a, struct vcpu *b)
{
	const uint64_t id_a = id(a, 1), id_b = id(b, 1), id_host = id(a, 2);

	check(id_a, "id of VM A", id_a, 1);
	check(id_b && id_b != id_a, "id of VM B, against A's", id_b, id_a);
	check(id_host && id_host != id_a && id_host != id_b,
	      "id of the host, against A's", id_host, id_a);
	check_is("id of the host, seen by B", id(b, 2), id_host);
	check_is("id of VM A, again", id(a, 1), id_a);
	check_is("id of VM B, again", id(b, 1), id_b);
}

/* An entry that the VMM sets takes precedence, in every mode. */
static void check_vmm_entry(struct vcpu *vcpu, const struct kvm_cpuid_entry2 *entry)
{
	struct answer got;
	unsigned int mode;

	for (mode = 0; mode <= 2; mode++) {
		set_parameter("exitstat_guest", mode);
		got = ask(vcpu, entry->function, 10);
		check_is("eax of the VMM's entry", got.eax, entry->eax);
		check_is("ebx of the VMM's entry", got.ebx, entry->ebx);
		check_is("ecx of the VMM's entry", got.ecx, entry->ecx);
		check_is("edx of the VMM's entry", got.edx, entry->edx);
	}
}

/* If the VMM sets only the signature's leaf, KVM answers as without kvm-exitstat. */
static void check_silenced(void)
{
	const struct kvm_cpuid_entry2 signature = { .function = KVM_EXITSTAT_LEAF_SIGNATURE };
	struct vcpu *vcpu = new_vm(2, &signature);
	struct answer want, got;
	size_t i;

	set_parameter("exitstat_guest", 1);
	check_vmm_entry(vcpu, &signature);
	set_parameter("exitstat_guest", 0);
	want = ask(vcpu, KVM_EXITSTAT_LEAF_FEATURES, 10);
	set_parameter("exitstat_guest", 1);
	for (i = 1; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		got = ask(vcpu, leaves[i], 10);
		check(!memcmp(&got, &want, sizeof(got)), "a leaf that the signature silences",
		      got.eax, want.eax);
	}
	vm_destroy(&vms[2]);
}

struct watcher {
	pthread_t thread;
	struct vcpu *vcpu;
	uint32_t sub;
};

static void *watch(void *arg)
{
	struct watcher *watcher = arg;
	struct vcpu *vcpu = watcher->vcpu;

	vcpu->page->leaf = KVM_EXITSTAT_LEAF_LIVE + KVM_EXITSTAT_V_EXITS;
	vcpu->page->sub = watcher->sub;
	vcpu_start(vcpu, MODE_WATCH, 0, env.n);
	if (vcpu_run(vcpu) != STOP_DONE)
		die("the guest did not end its readings");
	return NULL;
}

/*
 * Two vCPUs read at the same time, one the total, one the CPUID exits.  With @churn, VMs
 * start and end meanwhile: in mode 2 each of them moves from the list into the sum.
 */
static void check_forward(struct vcpu *a, struct vcpu *b, bool churn)
{
	struct watcher watchers[2] = {
		{ .vcpu = a, .sub = KVM_EXITSTAT_SUB_TOTAL },
		{ .vcpu = b, .sub = reason_cpuid() },
	};
	unsigned int i, j;

	for (i = 0; i < 2; i++)
		if (pthread_create(&watchers[i].thread, NULL, watch, &watchers[i]))
			die("a thread for vCPU %u cannot be made", i);
	for (i = 0; churn && i < 20; i++) {
		struct vcpu *vcpu = new_vm(2, NULL);

		for (j = 0; j < 20; j++)
			ask(vcpu, 0, 0);
		vm_destroy(&vms[2]);
	}
	for (i = 0; i < 2; i++) {
		pthread_join(watchers[i].thread, NULL);
		add(watchers[i].vcpu, env.n, 1);
		check_is("readings smaller than the one before",
			 watchers[i].vcpu->page->backward, 0);
		check(watchers[i].vcpu->page->reading >= env.n, "the last reading",
		      watchers[i].vcpu->page->reading, env.n);
		vcpu_start(watchers[i].vcpu, MODE_ASK, 0, 0);
	}
}

int modes(void)
{
	const struct kvm_cpuid_entry2 entry = {
		.function = KVM_EXITSTAT_LEGACY_E,
		.eax = 0x11223344, .ebx = 0x55667788, .ecx = 0x99aabbcc, .edx = 0xddeeff01,
	};
	struct vcpu *a, *a1, *b, *c;
	struct known base;
	uint64_t host_vcpus;
	unsigned int i;

	set_parameter("exitstat", 1);
	set_parameter("exitstat_hist", 0);
	set_parameter("exitstat_layout", 2022);
	set_parameter("exitstat_guest", 1);
	a = new_vm(0, NULL);
	b = new_vm(1, NULL);

	check_own(a, "A");
	check_own(b, "B");
	for (i = 0; i < env.n; i++)
		ask(i % 3 ? a : b, 0, 0);
	check_own(a, "A");
	check_own(b, "B");
	check_ids(a, b);

	set_parameter("exitstat_guest", 2);
	base.cpuid = exits(a, reason_cpuid()) - host_known.cpuid;
	base.io = exits(a, reason_io()) - (host_known.io - 1);
	check_host(a, &base, "seen by A");
	check_host(b, &base, "seen by B");
	host_vcpus = ask(a, KVM_EXITSTAT_LEAF_SCOPE, 0).ebx;

	/* A vCPU that is added at run time is in both sums, and has its own count. */
	a1 = new_vcpu(&vms[0], NULL);
	check_host(a1, &base, "seen by A's new vCPU");
	check_is("vCPUs of the host with one more",
		 ask(a, KVM_EXITSTAT_LEAF_SCOPE, 0).ebx, host_vcpus + 1);
	check_is("CPUID exits of A's new vCPU alone",
		 ask64(a1, KVM_EXITSTAT_LEAF_VCPU + KVM_EXITSTAT_V_EXITS, reason_cpuid()), 4);
	set_parameter("exitstat_guest", 1);
	check_own(a1, "A with two vCPUs");
	check_own(a, "A with two vCPUs");
	check_forward(a, a1, false);
	check_own(a, "A after readings by two vCPUs");

	set_parameter("exitstat_guest", 2);
	check_forward(a, a1, true);
	check_host(a, &base, "after 20 VMs came and went");
	host_vcpus = ask(a, KVM_EXITSTAT_LEAF_SCOPE, 0).ebx;
	failures += !audit_files(&vms[1], "modes, B");
	vm_destroy(&vms[1]);
	check_host(a, &base, "after B has ended");
	check_is("vCPUs of the host after B has ended",
		 ask(a, KVM_EXITSTAT_LEAF_SCOPE, 0).ebx, host_vcpus);
	c = new_vm(1, &entry);
	check_host(c, &base, "seen by a new VM");

	check_vmm_entry(c, &entry);
	check_off(a);
	check_off(a1);
	set_parameter("exitstat_guest", 1);
	check_own(a, "A at the end");
	check_silenced();

	failures += !audit_vm(&vms[0], "modes, A") + !audit_vm(&vms[1], "modes, C");
	vm_destroy(&vms[0]);
	vm_destroy(&vms[1]);
	if (failures)
		printf("FAIL modes: %u of %u checks did not hold\n", failures, checks);
	else
		printf("PASS modes: %u checks, %llu CPUID exits\n", checks,
		       (unsigned long long)host_known.cpuid);
	return failures ? STATUS_FAIL : 0;
}
