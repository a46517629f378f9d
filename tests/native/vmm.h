/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VMM and its KVM, for tests of the tool.
 */
#ifndef NATIVE_VMM_H
#define NATIVE_VMM_H

#include "shim/kshim.h"

#include "vm.h"

/**
 * struct vmm - the VMM
 * @kvm: its VM; kernel/exitstat*.c keep its ledgers
 * @name: the answer to query-name, NULL for none
 * @running: the vCPUs may run; QMP's stop and cont change this
 * @quit: QMP's quit has been received
 */
struct vmm {
	struct kvm *kvm;
	const char *name;
	bool running;
	bool quit;
};

/* Listen at @path; the descriptor to poll. */
int qmp_listen(const char *path);

/* Receive from the only client that QMP serves at a time, and answer. */
void qmp_serve(struct vmm *vmm, int listener);

/* The descriptor to poll: the client's, or the listener if there is no client. */
int qmp_waits_for(int listener);

#endif /* NATIVE_VMM_H */
