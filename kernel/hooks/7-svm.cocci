// KVM: SVM: Count exits and settle their time
//
// The hooks are next to the tracepoints, as for VMX.
//
// files: arch/x86/kvm/svm/svm.c arch/x86/kvm/svm/svm.h
// adds: svm/exitstat_keys.c

@include@
@@
  #include "cpuid.h"
+ #include "exitstat.h"

@depends on !include@
@@
+ #include "exitstat.h"
  #include "kvm_cache_regs.h"

@entry@
symbol svm;
@@
  svm_vcpu_run(...)
  {
  <+...
  trace_kvm_entry(...);
+ kvm_exitstat_entry(&svm->exitstat, KVM_ISA_SVM);
  ...+>
  }

@exit@
symbol svm;
expression vcpu;
@@
  svm_vcpu_run(...)
  {
  <+...
  trace_kvm_exit(vcpu, KVM_ISA_SVM);
+ kvm_exitstat_exit(&svm->exitstat, KVM_ISA_SVM, svm->vmcb->control.exit_code);
  ...+>
  }

// In old kernels the tracepoint is where an exit that the fastpath handles does not come.
@late_tracepoint@
expression vcpu;
@@
  svm_handle_exit(...)
  {
  <+...
  trace_kvm_exit(vcpu, KVM_ISA_SVM);
  ...+>
  }

@depends on late_tracepoint && !exit@
symbol svm;
expression vcpu;
@@
  svm_vcpu_run(...)
  {
  <+...
+ kvm_exitstat_exit(&svm->exitstat, KVM_ISA_SVM, svm->vmcb->control.exit_code);
  svm_complete_interrupts(vcpu);
  ...+>
  }

@setup@
expression r;
symbol svm_init_ops, svm_exit_handlers;
@@
  r = kvm_x86_vendor_init(&svm_init_ops);
  if (r)
  	return r;
+ kvm_exitstat_setup(KVM_ISA_SVM, offsetof(struct vcpu_svm, exitstat),
+ 		   offsetof(struct kvm_svm, exitstat), svm_exit_handlers,
+ 		   ARRAY_SIZE(svm_exit_handlers));

@vcpu@
@@
  struct vcpu_svm {
  ...
+
+ struct kvm_exitstat exitstat;
+ u64 exitstat_value[KVM_EXITSTAT_SVM_VALUES];
  };

@vm@
@@
  struct kvm_svm {
  ...
+
+ struct kvm_exitstat_vm exitstat;
  };
