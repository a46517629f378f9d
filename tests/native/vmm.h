/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VMM and its KVM, for tests of the tool.
 */
#ifndef NATIVE_VMM_H
#define NATIVE_VMM_H

#include "shim/kshim.h"

#include "vm.h"

/**
 * struct vmm - what runs
 * @kvm: its VM, whose books are kept by kernel/exitstat*.c
 * @name: what query-name says, NULL for nothing
 * @running: whether the vCPUs are let run; QMP's stop and cont change it
 * @quit: QMP's quit was given
 */
struct vmm {
	struct kvm *kvm;
	const char *name;
	bool running;
	bool quit;
};

/* Listen at @path; the descriptor to poll. */
int qmp_listen(const char *path);

/* Take what the one client says that QMP serves at a time, and answer. */
void qmp_serve(struct vmm *vmm, int listener);

/* What to poll: the client, or the listener where there is none. */
int qmp_waits_for(int listener);

#endif /* NATIVE_VMM_H */
