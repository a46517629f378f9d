// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun --crowd: many VMs that have run for a while and then stopped, for programs that
 * read a whole host.  They are in one process, and one thread runs all vCPUs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvmrun.h"

/* Whether a workload makes its exits without the VMM's help, to give a vCPU many reasons. */
static bool goes_alone(unsigned int workload)
{
	const struct workload *w = &workloads[workload];

	return !w->needs && !strcmp(w->groups, "exits") && w->reason[env.isa] >= 0 &&
	       workload != W_signals;
}

static void live(struct vcpu *vcpu)
{
	unsigned int i;

	for (i = 0; i < NR_WORKLOADS; i++) {
		if (!goes_alone(i))
			continue;
		vcpu_start(vcpu, MODE_COUNT, i, env.n);
		while (vcpu_run(vcpu) != STOP_DONE)
			;
		/* End the OUT, so that the guest can start again. */
		vcpu_run_not(vcpu);
	}
}

int crowd(unsigned int nr)
{
	struct vm *vms = calloc(nr, sizeof(*vms));
	unsigned int i, j;

	if (!vms)
		die("out of memory");
	for (i = 0; i < nr; i++) {
		vm_create(&vms[i], false);
		for (j = 0; j < env.vcpus; j++)
			live(vcpu_create(&vms[i], NULL));
	}
	printf("ready %d\n", getpid());
	fflush(stdout);
	while (getchar() != EOF)
		;
	for (i = 0; i < nr; i++)
		vm_destroy(&vms[i]);
	free(vms);
	return 0;
}
