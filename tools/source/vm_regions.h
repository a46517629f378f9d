/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: asks a VM's QEMU what its regions are called.
 */
#ifndef EXITSTAT_SOURCE_VM_REGIONS_H
#define EXITSTAT_SOURCE_VM_REGIONS_H

struct regions;
struct vm;

/*
 * Ask the QEMU of @vm, by its QMP socket, for "info mtree -f", which changes nothing.  There are
 * none if @vm has no such socket, if another client is connected to it, or if the answer does
 * not come within waits.names.  The caller frees @regions->list.
 */
void vm_regions(const struct vm *vm, struct regions *regions);

#endif /* EXITSTAT_SOURCE_VM_REGIONS_H */
