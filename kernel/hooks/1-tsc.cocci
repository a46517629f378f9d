// KVM: x86: Derive the guest's TSC from the host's TSC at the last vcpu_put()
//
// vcpu_enter_guest() reads the TSC after each exit that leaves its loop, and
// stores the guest's TSC in last_guest_tsc.  Only kvm_arch_vcpu_load() uses that,
// and only if the host's TSC is unstable: the guest's TSC continues from there.
//
// Every load follows a put, and kvm_arch_vcpu_put() stores the host's TSC in
// last_host_tsc.  It does so on the CPU, and with the TSC offset, that the guest
// has run with, so kvm_read_l1_tsc(vcpu, last_host_tsc) is the guest's TSC at the
// put.  That is never older than last_guest_tsc, nor than the last RDTSC that KVM
// emulated for the guest.  Before the first put both are 0.
//
// Nothing else reads last_guest_tsc, so remove it and its other writers: the
// synchronization of TSCs, and the update of kvmclock.
//
// An exit takes 14 instructions less, one of them RDTSC.
//
// files: arch/x86/kvm/x86.c
// own tree: arch/x86/include/asm/kvm_host.h

@load@
expression vcpu;
@@
  kvm_compute_l1_tsc_offset(vcpu,
- 	vcpu->arch.last_guest_tsc
+ 	kvm_read_l1_tsc(vcpu, vcpu->arch.last_host_tsc)
  )

@write@
expression vcpu, tsc;
@@
- vcpu->arch.last_guest_tsc = tsc;

@update@
struct kvm_vcpu_arch *vcpu;
expression tsc;
@@
- vcpu->last_guest_tsc = tsc;

// Modules cannot do so: for a distribution's kernel, struct kvm_vcpu keeps its layout.
@member@
@@
  struct kvm_vcpu_arch {
  ...
- u64 last_guest_tsc;
  ...
  };
