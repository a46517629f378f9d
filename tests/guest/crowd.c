// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun --crowd: many VMs that have run a while and stand still, for those who read
 * a whole host.  One process has them all, and one thread runs their vCPUs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvmrun.h"

/* All that makes its exits by itself, so that a vCPU has many reasons. */
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
		/* Ends the OUT, so that the guest can begin again. */
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
