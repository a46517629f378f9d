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
	unsigned int null_us;		/* time to spend on each PORT_NULL */
	void (*interrupted_hook)(struct vcpu *vcpu);	/* before KVM_RUN again; or NULL */
};

struct vm {
	int fd;
	bool irqchip;			/* APIC and PIC in the kernel */
	unsigned char *ram;
	unsigned char *lazy;		/* memory of vm_add_lazy() */
	unsigned long lazy_bytes;
	unsigned int nr_vcpus;
	struct vcpu vcpus[GUEST_VCPUS];
};

/* Why vcpu_run() returned */
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
 * Add untouched pages at GUEST_LAZY, before the first vCPU is created.  The guest finds
 * their number in its guest_page.
 */
void vm_add_lazy(struct vm *vm, unsigned int pages);
/* Make these pages untouched again.  No vCPU may run. */
void vm_freshen_lazy(struct vm *vm);
/* From now on, log which of these pages are stored to. */
void vm_log_lazy(struct vm *vm);
/* Number of pages stored to since the last call; the next store to each makes an exit. */
unsigned int vm_fetch_log(struct vm *vm);
/* A statistic of KVM's own, in debugfs. */
unsigned long long vm_stat(const struct vm *vm, const char *name);
/* Destroy the VM with its counters; no descriptor is left open. */
void vm_destroy(struct vm *vm);

/* @extra: a CPUID entry that the VMM sets besides KVM's; or NULL */
struct vcpu *vcpu_create(struct vm *vm, const struct kvm_cpuid_entry2 *extra);

/* Debug the guest, without a breakpoint: KVM then intercepts its debug registers. */
void vcpu_debug(struct vcpu *vcpu);

/* kHz of the guest's TSC */
unsigned int vcpu_tsc_khz(struct vcpu *vcpu);

/* Let the guest start from the beginning; guest.h describes the modes. */
void vcpu_start(struct vcpu *vcpu, enum guest_mode mode, unsigned int workload,
		uint64_t n);

/* Run the vCPU, handling ports, MMIO and HLT, until the guest or the hardware stops. */
enum stop vcpu_run(struct vcpu *vcpu);

/* Call KVM_RUN with immediate_exit, which makes no entry. */
void vcpu_run_not(struct vcpu *vcpu);

/* Start the guest in MODE_QUERY and let it answer @queries, at most GUEST_QUERIES. */
void vcpu_query(struct vcpu *vcpu, struct query *queries, unsigned int nr);

/*
 * Cycles during which the VMM, and not KVM_RUN, had control since vcpu_out_reset(), by the
 * VMM's own RDTSC.  Only for the vCPU's thread.
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
 * Make CS a segment with which no CPU enters: both 64-bit and 32-bit.  Repairing it takes
 * all registers, because QEMU's failed VMRUN leaves the host's in the VMCB.
 */
void vcpu_spoil(struct vcpu *vcpu, struct vcpu_state *state);
void vcpu_mend(struct vcpu *vcpu, const struct vcpu_state *state);

/* Read the vCPU's file exitstat. */
bool vcpu_counters(const struct vcpu *vcpu, struct exitstat_file *file, char *why,
		   size_t size);

/* End with status 2 and one sentence. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif /* VM_H */
