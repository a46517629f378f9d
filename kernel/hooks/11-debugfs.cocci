// KVM: x86: Show the ledger of each vCPU, each VM and the host in debugfs
//
// A file for each, with one record a line, which is one consistent reading.  The
// host's is not in KVM's own folder, because kvm_stat takes each file there for a
// number that every VM has.  A second file for each has the keys of exits.
//
// files: arch/x86/kvm/debugfs.c virt/kvm/kvm_main.c
// adds: exitstat_debugfs.c exitstat_rows.c exitstat_rows.h

@@
@@
+ #include "exitstat.h"
  #include "lapic.h"

@vcpu@
expression vcpu, dir, fops;
@@
  debugfs_create_file("tsc-offset", 0444, dir, vcpu, fops);
+ kvm_exitstat_create_vcpu_debugfs(vcpu, dir);

@vm@
expression vm, dir, fops;
@@
  debugfs_create_file("mmu_rmaps_stat", 0644, dir, vm, fops);
+ kvm_exitstat_create_vm_debugfs(vm);

@host@
expression dir;
@@
  dir = debugfs_create_dir("kvm", NULL);
+ kvm_exitstat_create_debugfs();

@failed@
@@
  kvm_init(...)
  {
  <+...
+ kvm_exitstat_remove_debugfs();
  kvm_async_pf_deinit();
  ...+>
  }

@removed@
expression dir;
@@
  kvm_exit(...)
  {
  <+...
+ kvm_exitstat_remove_debugfs();
  debugfs_remove_recursive(dir);
  ...+>
  }
