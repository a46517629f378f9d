// KVM: x86: Append the ledger to a vCPU's binary statistics
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
