// KVM: TDX: Count exits and settle their time
//
// Where the tracepoints are, as for VMX.  A TD's vCPU and VM have their fields where
// struct vcpu_vmx and struct kvm_vmx have them: KVM allocates as much memory as the
// larger struct needs, and the TDX struct ends before the fields.
//
// files: arch/x86/kvm/vmx/tdx.c arch/x86/kvm/vmx/main.c

@entry@
expression vcpu, e;
@@
  trace_kvm_entry(vcpu, e);
+ kvm_exitstat_entry(kvm_exitstat_of(vcpu), KVM_ISA_VMX);

@exit@
symbol vt;
expression vcpu;
@@
  trace_kvm_exit(vcpu, KVM_ISA_VMX);
+ kvm_exitstat_exit(kvm_exitstat_of(vcpu), KVM_ISA_VMX, vt->exit_reason.full);

@room@
expression r;
@@
  r = vmx_init();
  if (r)
  	return r;
+ KVM_EXITSTAT_BUILD_BUG_ON_TDX();
