// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: what was added between two readings.
 */
#include "model/difference.h"
#include "model/reading.h"
#include "model/reasons.h"

/* The longest interval is of the VM's life: it is new only where it grew. */
static void subtract_row(const struct row *a, struct row *b, bool *back)
{
	unsigned int v;

	*back |= b->v[KVM_EXITSTAT_V_EXITS] < a->v[KVM_EXITSTAT_V_EXITS];
	for (v = 0; v < KVM_EXITSTAT_V_LONGEST; v++)
		b->v[v] -= a->v[v];
	if (b->v[KVM_EXITSTAT_V_LONGEST] <= a->v[KVM_EXITSTAT_V_LONGEST])
		b->v[KVM_EXITSTAT_V_LONGEST] = 0;
}

/*
 * An account that runs is read up to the moment of the reading, so that it may
 * be a few cycles less later on, when the host has closed it earlier than that.
 * Numbers and the lifetime never go back.
 */
static bool subtract_all(const struct reading *a, struct reading *b)
{
	bool back = b->lifetime < a->lifetime || b->anomalies < a->anomalies;
	unsigned int i;

	for (i = 0; i < b->nr_rows; i++)
		subtract_row(&a->rows[i], &b->rows[i], &back);
	subtract_row(&a->other, &b->other, &back);
	subtract_row(&a->none, &b->none, &back);
	subtract_row(&a->total, &b->total, &back);
	b->guest -= a->guest;
	b->outside -= a->outside;
	b->lifetime -= a->lifetime;
	b->anomalies -= a->anomalies;
	b->untrusted |= a->untrusted;
	b->difference = true;
	return !back;
}

/*
 * The CPUIDs of our own between the two snapshots: those that read the first,
 * and those up to the one that took the second.
 */
static void subtract_cpuids(const struct reading *a, struct reading *b,
			    struct stat_run *run)
{
	uint64_t *exits = &b->rows[reasons_cpuid_row(b->isa)].v[KVM_EXITSTAT_V_EXITS];
	const unsigned int own = a->cpuids - a->cpuids_frozen + b->cpuids_frozen;

	run->cpuids_subtracted = a->counting && b->counting ? own : 0;
	run->incomplete = a->counting != b->counting || *exits < run->cpuids_subtracted;
	if (run->incomplete)
		run->cpuids_subtracted = 0;
	*exits -= run->cpuids_subtracted;
	b->total.v[KVM_EXITSTAT_V_EXITS] -= run->cpuids_subtracted;
}

int subtract(const struct reading *a, struct reading *b, struct stat_run *run)
{
	if (!subtract_all(a, b))
		return -1;
	subtract_cpuids(a, b, run);
	return 0;
}
