// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun --measure: measures what an exit costs, by the TSC that the guest reads before and
 * after it.  If the TSC counts instructions (Bochs, QEMU with -icount), the result repeats
 * exactly.  No perf event is open, because its cost would be measured, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvmrun.h"
#include "stage.h"

#define SAMPLES	10007
#define WARM_UP	1000	/* as guest.c has it for this mode */

static int compare(const void *a, const void *b)
{
	const unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

int measure_exits(unsigned int workload)
{
	const struct workload *w = &workloads[workload];
	struct guest_page *page;
	struct vcpu *vcpu;
	struct vm vm;

	if (w->needs & (NEEDS_VMM | NEEDS_STEP | AT_LEAST) ||
	    (w->needs & NEEDS_TIME && workload != W_touch)) {
		printf("SKIP %s: %s\n", w->name, w->needs & NEEDS_VMM ?
		       "the guest makes none of its exits" : w->needs & NEEDS_STEP ?
		       "the VMM takes part in it" : "it waits");
		return STATUS_SKIP;
	}
	if (!workload_possible(workload))
		return STATUS_SKIP;

	vm_create(&vm, w->needs & NEEDS_IRQCHIP);
	if (workload == W_touch) {
		/* Each page is used once; the host has all of them, so a fault only maps one. */
		vm_add_lazy(&vm, WARM_UP + env.n + SAMPLES);
		memset(vm.lazy, 1, vm.lazy_bytes);
	}
	vcpu = vcpu_create(&vm, NULL);
	prepare_vcpu(vcpu, workload);
	page = vcpu->page;
	page->samples = SAMPLES;
	vcpu_start(vcpu, MODE_MEASURE, workload, env.n);
	if (vcpu_run(vcpu) != STOP_DONE)
		die("the guest did not end its workload");

	qsort(page->sample, SAMPLES, sizeof(page->sample[0]), compare);
	printf("%s: %llu per exit, remainder %llu, of %llu exits; median %u, least %u, of %u single exits\n",
	       w->name, page->cycles / env.n, page->cycles % env.n,
	       (unsigned long long)env.n, page->sample[SAMPLES / 2], page->sample[0],
	       SAMPLES);
	vm_destroy(&vm);
	return 0;
}
