// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM exit accounting: called when KVM creates or destroys a VM or a vCPU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>

#include <asm/kvm_exitstat_compat.h>

#include "exitstat.h"
#include "exitstat_cpuid.h"
#include "exitstat_log.h"
#include "exitstat_slots.h"
#include "exitstat_stats.h"
#include "exitstat_vcpus.h"
#include "exitstat_vms.h"
#include "trace.h"

static_assert(KVM_EXITSTAT_ISA_VMX == KVM_ISA_VMX && KVM_EXITSTAT_ISA_SVM == KVM_ISA_SVM,
	      "the hooks pass the tracepoint's ISA");

/**
 * kvm_exitstat_setup - prepare the accounting for a vendor module
 * @isa: KVM_ISA_VMX or KVM_ISA_SVM
 * @offset: offset of struct kvm_exitstat in the vendor module's vCPU
 * @vm_offset: offset of struct kvm_exitstat_vm in the vendor module's VM
 * @handlers: the exit handlers by reason, as they are after the hardware setup
 * @nr: number of entries in @handlers
 */
void kvm_exitstat_setup(u32 isa, size_t offset, size_t vm_offset,
			const kvm_exitstat_handler_t *handlers, u32 nr)
{
	kvm_exitstat_offset = offset;
	kvm_exitstat_vm_offset = vm_offset;
	kvm_exitstat_slots_setup(isa, handlers, nr);
	kvm_exitstat_stats_setup(isa);
	kvm_exitstat_vms_setup();
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_exitstat_setup);

void kvm_exitstat_init_vm(struct kvm *kvm)
{
	kvm_exitstat_add_vm(kvm);
	kvm_exitstat_log_update();
}

/* Called before the VM's vCPUs are freed */
void kvm_exitstat_destroy_vm(struct kvm *kvm)
{
	kvm_exitstat_end_vm(kvm);
	kvm_exitstat_log_update();
	kvm_exitstat_wait_for_walks();
}

/* Returns -ENOMEM if histograms find no memory; the vCPU is then not created. */
int kvm_exitstat_init_vcpu(struct kvm_vcpu *vcpu)
{
	return kvm_exitstat_add_vcpu(kvm_exitstat_of(vcpu));
}

/* The VM has been through kvm_exitstat_destroy_vm(), or nobody has seen the vCPU. */
void kvm_exitstat_destroy_vcpu(struct kvm_vcpu *vcpu)
{
	struct kvm_exitstat *stat = kvm_exitstat_of(vcpu);

	kvm_exitstat_remove_vcpu(stat);
	kvm_exitstat_free_snapshot(stat->snapshot);
}
