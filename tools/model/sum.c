// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the sum of several vCPUs' readings.
 */
#include <string.h>
#include <sys/param.h>

#include "model/reading.h"
#include "model/sum.h"

void sum_begin(struct reading *sum)
{
	memset(sum, 0, sizeof(*sum));
}

static void add_row(struct row *sum, const struct row *row)
{
	unsigned int v;

	for (v = 0; v < KVM_EXITSTAT_V_LONGEST; v++)
		sum->v[v] += row->v[v];
	sum->v[v] = MAX(sum->v[v], row->v[v]);
}

static uint64_t member(const struct reading *r)
{
	const uint64_t n = (r->vcpu + 1ull) * 0x9e3779b97f4a7c15;

	return n ^ n >> 32;
}

/* What all vCPUs of a VM have in common comes from the first. */
void sum_add(struct reading *sum, const struct reading *r)
{
	unsigned int i;

	if (!sum->vcpus) {
		*sum = *r;
		sum->members = member(r);
		sum->vcpu = -1;
		sum->guest_cpu = -1;
		sum->hist_of = NULL;
		return;
	}
	for (i = 0; i < sum->nr_rows; i++)
		add_row(&sum->rows[i], &r->rows[i]);
	add_row(&sum->other, &r->other);
	add_row(&sum->none, &r->none);
	add_row(&sum->total, &r->total);
	sum->guest += r->guest;
	sum->lifetime += r->lifetime;
	sum->outside += r->outside;
	sum->anomalies += r->anomalies;
	sum->untrusted |= r->untrusted;
	sum->adds_up &= r->adds_up;
	sum->members += member(r);
	sum->vcpus += r->vcpus;
}
