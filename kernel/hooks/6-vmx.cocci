// KVM: VMX: Count exits and settle their time
//
// Count each VM exit next to trace_kvm_exit(), and settle its time next to
// trace_kvm_entry().  Fastpath exits and failed entries are then counted exactly
// when the tracepoints report them.
//
// files: arch/x86/kvm/vmx/vmx.c arch/x86/kvm/vmx/vmx.h
// adds: vmx/exitstat_keys.c

@include@
@@
  #include "capabilities.h"
+ #include "../exitstat.h"

@entry@
symbol vmx;
@@
  vmx_vcpu_run(...)
  {
  <+...
  trace_kvm_entry(...);
+ kvm_exitstat_entry(&vmx->exitstat, KVM_ISA_VMX);
  ...+>
  }

// No flag of the reason is set if the hook returns false, so the entry has not failed.
@exit@
symbol vmx;
expression vcpu, reason;
@@
  trace_kvm_exit(vcpu, KVM_ISA_VMX);
- if (unlikely(reason.failed_vmentry))
+ if (kvm_exitstat_exit(&vmx->exitstat, KVM_ISA_VMX, reason.full) &&
+     unlikely(reason.failed_vmentry))
  	return EXIT_FASTPATH_NONE;

// The handlers of nested virtualization complete the table.
@setup@
symbol kvm_vmx_exit_handlers;
@@
  if (nested) {
  	...
  	r = nested_vmx_hardware_setup(kvm_vmx_exit_handlers);
  	...
  }
+ kvm_exitstat_setup(KVM_ISA_VMX, offsetof(struct vcpu_vmx, exitstat),
+ 		   offsetof(struct kvm_vmx, exitstat), kvm_vmx_exit_handlers,
+ 		   ARRAY_SIZE(kvm_vmx_exit_handlers));

@vcpu@
@@
  struct vcpu_vmx {
  ...
+
+ struct kvm_exitstat exitstat;
+ u64 exitstat_value[KVM_EXITSTAT_VMX_VALUES];
  };

@vm@
@@
  struct kvm_vmx {
  ...
+
+ struct kvm_exitstat_vm exitstat;
  };
