// KVM: x86: Answer the CPUID leaves of the accounting
//
// A guest sees them only if the host sets kvm.exitstat_guest.  The VMM's own entry for
// a leaf, if there is one, takes precedence.  The keys of a vCPU's exits are shown to the
// guest's kernel alone, and only those of the vCPU that asks.
//
// files: arch/x86/kvm/cpuid.c
// adds: exitstat_cpuid.c exitstat_cpuid.h exitstat_key_leaves.c exitstat_key_leaves.h

@@
@@
  #include "cpuid.h"
+ #include "exitstat.h"

@@
symbol entry, exact, eax, ebx, ecx, edx;
expression vcpu, function, index;
@@
  kvm_cpuid(...)
  {
  ...
  entry = kvm_find_cpuid_entry_index(vcpu, function, index);
  exact = !!entry;
+ if (!entry && kvm_exitstat_cpuid(vcpu, eax, ebx, ecx, edx))
+ 	return true;
  ...
  }
