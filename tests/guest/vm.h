/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM with the guest in it, on /dev/kvm. */
#ifndef VM_H
#define VM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include "debugfs_read.h"
#include "guest.h"

struct vcpu {
	struct vm *vm;
	int fd;
	unsigned int id;
	struct kvm_run *run;
	struct guest_page *page;
	uint64_t interrupted;		/* KVM_RUNs that a signal ended */
	uint64_t created_before, created_after;	/* TSC around KVM_CREATE_VCPU */
	uint64_t left;			/* TSC after the last KVM_RUN */
	uint64_t out;			/* TSC cycles between KVM_RUNs, see vcpu_out() */
	unsigned int null_us;		/* what serving PORT_NULL takes */
	void (*interrupted_hook)(struct vcpu *vcpu);	/* before KVM_RUN again; or NULL */
};

struct vm {
	int fd;
	bool irqchip;			/* APIC and PIC in the kernel */
	unsigned char *ram;
	unsigned char *lazy;		/* vm_add_lazy()'s */
	unsigned long lazy_bytes;
	unsigned int nr_vcpus;
	struct vcpu vcpus[GUEST_VCPUS];
};

/* Why vcpu_run() came back. */
enum stop {
	STOP_WARM,		/* PORT_WARM */
	STOP_DONE,		/* PORT_DONE */
	STOP_STEP,		/* PORT_STEP */
	STOP_FAILED_ENTRY,	/* the hardware refused to enter */
};

/* KVM_EXITSTAT_ISA_* of this host's KVM; exits with a sentence if there is none. */
unsigned int host_isa(void);

void vm_create(struct vm *vm, bool irqchip);
/*
 * Pages at GUEST_LAZY that nobody has touched yet; before the first vCPU.  The
 * guest finds their number in its guest_page.
 */
void vm_add_lazy(struct vm *vm, unsigned int pages);
/* Nobody has touched them, once more.  No vCPU may run. */
void vm_freshen_lazy(struct vm *vm);
/* From now on there is a log of which are stored to. */
void vm_log_lazy(struct vm *vm);
/* Pages stored to since the last call; the next store to each makes an exit. */
unsigned int vm_fetch_log(struct vm *vm);
/* A statistic of KVM's own, in debugfs. */
unsigned long long vm_stat(const struct vm *vm, const char *name);
/* At once, counters and all: nothing of it is left open. */
void vm_destroy(struct vm *vm);

/* @extra: a CPUID entry that the VMM sets besides those of KVM; or NULL */
struct vcpu *vcpu_create(struct vm *vm, const struct kvm_cpuid_entry2 *extra);

/* Debug the guest, without a breakpoint: KVM leaves it no debug register. */
void vcpu_debug(struct vcpu *vcpu);

/* kHz of the guest's TSC */
unsigned int vcpu_tsc_khz(struct vcpu *vcpu);

/* The guest is to begin at its start; see guest.h for what it does. */
void vcpu_start(struct vcpu *vcpu, enum guest_mode mode, unsigned int workload,
		uint64_t n);

/* Run, serving ports, MMIO and HLT, until the guest or the hardware stops. */
enum stop vcpu_run(struct vcpu *vcpu);

/* KVM_RUN with immediate_exit, which makes no entry. */
void vcpu_run_not(struct vcpu *vcpu);

/* Have MODE_QUERY's guest, which this starts, answer @queries of at most GUEST_QUERIES. */
void vcpu_query(struct vcpu *vcpu, struct query *queries, unsigned int nr);

/*
 * Cycles that the VMM, not KVM_RUN, had control since vcpu_out_reset(), by the
 * VMM's own RDTSC: all of them are outside of KVM_RUN.  Only for its thread.
 */
void vcpu_out_reset(struct vcpu *vcpu);
uint64_t vcpu_out(const struct vcpu *vcpu);

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return low | (uint64_t)high << 32;
}

struct vcpu_state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
};

/*
 * Make CS a segment that no CPU enters with: both 64-bit and 32-bit.  To mend
 * it takes all registers: QEMU's failed VMRUN leaves the host's in the VMCB.
 */
void vcpu_spoil(struct vcpu *vcpu, struct vcpu_state *state);
void vcpu_mend(struct vcpu *vcpu, const struct vcpu_state *state);

/* The vCPU's file exitstat. */
bool vcpu_counters(const struct vcpu *vcpu, struct exitstat_file *file, char *why,
		   size_t size);

/* End with status 2 and one sentence. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif /* VM_H */
