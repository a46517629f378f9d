// KVM: x86: Account for the time that is not the kernel's
//
// Tell the ledger when KVM_RUN begins and ends, when a vCPU waits in KVM, and
// when its thread is scheduled out and in.  The hooks for the latter are in the
// preempt notifiers, because every ioctl calls vcpu_load() and vcpu_put().  The
// end of KVM_RUN uses the time stamp that vcpu_put() has stored.  Keep a list of
// all VMs for the host's sums.
//
// An architecture without the accounting has the empty hooks in
// virt/kvm/kvm_exitstat.h.  struct kvm and struct kvm_vcpu do not change.
//
// files: arch/x86/kvm/x86.c arch/x86/kvm/xen.c virt/kvm/kvm_main.c
// adds: include/kvm_exitstat.h

@include_x86@
@@
  #include "x86.h"
+ #include "exitstat.h"

@include_kvm@
@@
  #include "async_pf.h"
+ #include "kvm_exitstat.h"

@wait@
expression vcpu, condition;
@@
+ kvm_exitstat_wait_begin(vcpu);
  if (condition)
  	kvm_vcpu_halt(vcpu);
  else
  	kvm_vcpu_block(vcpu);
+ kvm_exitstat_wait_end(vcpu);

@wait_uninitialized@
expression vcpu;
@@
  kvm_arch_vcpu_ioctl_run(...)
  {
  <+...
+ kvm_exitstat_wait_begin(vcpu);
  kvm_vcpu_block(vcpu);
+ kvm_exitstat_wait_end(vcpu);
  ...+>
  }

@wait_xen@
expression vcpu;
@@
  kvm_xen_schedop_poll(...)
  {
  <+...
+ kvm_exitstat_wait_begin(vcpu);
  kvm_vcpu_halt(vcpu);
+ kvm_exitstat_wait_end(vcpu);
  ...+>
  }

@run@
expression vcpu, r;
@@
  kvm_arch_vcpu_ioctl_run(...)
  {
  ...
  vcpu_load(vcpu);
+ kvm_exitstat_run_begin(vcpu);
  ...
+ preempt_disable();
  vcpu_put(vcpu);
+ kvm_exitstat_run_end(vcpu, r, vcpu->arch.last_host_tsc);
+ preempt_enable();
  return r;
  }

@create@
expression vcpu, r;
symbol vcpu_create, kvm_x86_vcpu_create;
identifier label;
@@
+ r = kvm_exitstat_init_vcpu(vcpu);
+ if (r)
+ 	goto label;
  r = \(kvm_x86_call(vcpu_create)(vcpu)\|static_call(kvm_x86_vcpu_create)(vcpu)\);
- if (r)
+ if (r) {
+ 	kvm_exitstat_destroy_vcpu(vcpu);
  	goto label;
+ }

@destroy@
expression vcpu;
@@
  kvm_arch_vcpu_destroy(...)
  {
  <+...
  kvm_xen_destroy_vcpu(vcpu);
+ kvm_exitstat_destroy_vcpu(vcpu);
  ...+>
  }

@create_vm@
expression vm;
@@
  kvm_arch_init_vm(...)
  {
  <+...
  kvm_xen_init_vm(vm);
+ kvm_exitstat_init_vm(vm);
  ...+>
  }

@destroy_vm@
expression vm;
@@
  kvm_arch_destroy_vm(...)
  {
  <+...
+ kvm_exitstat_destroy_vm(vm);
  kvm_destroy_vcpus(vm);
  ...+>
  }

@switch_in@
expression vcpu, cpu;
@@
  kvm_sched_in(...)
  {
  <+...
  kvm_arch_vcpu_load(vcpu, cpu);
+ kvm_exitstat_sched_in(vcpu);
  ...+>
  }

@switch_out@
expression vcpu;
@@
  kvm_sched_out(...)
  {
  <+...
+ kvm_exitstat_sched_out(vcpu);
  kvm_arch_vcpu_put(vcpu);
  ...+>
  }
