// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the difference of two readings.
 */
#include "model/difference.h"
#include "model/reading.h"
#include "model/reasons.h"

/* LONGEST is the maximum of the VM's whole life, so the difference has it only if it grew. */
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
 * The account that is being charged is read up to the moment of the reading.  If the host
 * closes it at a slightly earlier time stamp, the next reading is a few cycles lower.
 * Numbers of exits and the lifetime never go back.
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
 * Our own CPUIDs between the two snapshots: those that read the first snapshot, and those
 * up to the one that took the second.
 */
static void subtract_cpuids(const struct reading *a, struct reading *b,
			    struct stat_run *run)
{
	uint64_t *exits = &b->rows[reasons_cpuid_row(b->isa)].v[KVM_EXITSTAT_V_EXITS];
	const unsigned int own = a->cpuids - a->cpuids_frozen + b->cpuids_frozen;

	run->cpuids_subtracted = a->counting ? own : 0;
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
