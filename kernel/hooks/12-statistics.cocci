// KVM: x86: Append the ledger to a vCPU's binary statistics
//
// KVM_GET_STATS_FD then shows them to the VMM, without root.  They are not in KVM's
// own table: KVM makes a file in debugfs of each statistic there, and a write to it
// clears the statistic.
//
// files: virt/kvm/kvm_main.c
// adds: exitstat_stats.c exitstat_stats.h

@@
symbol kvm_vcpu_stats_header, kvm_vcpu_stats_desc;
expression vcpu, to, size, offset;
@@
- return kvm_stats_read(vcpu->stats_id, &kvm_vcpu_stats_header, &kvm_vcpu_stats_desc[0],
- 		      &vcpu->stat, sizeof(vcpu->stat), to, size, offset);
+ return kvm_exitstat_stats_read(vcpu, to, size, offset);
