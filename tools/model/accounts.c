// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the accounts of the ledger, and whether they add up.
 */
#include <inttypes.h>
#include <sys/param.h>

#include "lib/message.h"
#include "model/accounts.h"
#include "model/reading.h"
#include "model/reasons.h"

#define MISTAKE	"; this is an error in the host's kvm-exitstat, please report it"

/* guest, the accounts of reasons, outside: together the lifetime */
void accounts_of(const struct reading *r, struct account accounts[NR_ACCOUNTS])
{
	unsigned int v, n = 0;

	accounts[n++] = (struct account) { "guest", r->guest };
	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++)
		accounts[n++] = (struct account) { value_names[v], r->total.v[v] };
	accounts[n] = (struct account) { "outside", r->outside };
}

static uint64_t sum_of_rows(const struct reading *r, unsigned int v)
{
	uint64_t sum = r->other.v[v] + r->none.v[v];
	unsigned int i;

	for (i = 0; i < r->nr_rows; i++)
		sum += r->rows[i].v[v];
	return sum;
}

static uint64_t longest_of_rows(const struct reading *r)
{
	const unsigned int v = KVM_EXITSTAT_V_LONGEST;
	uint64_t longest = MAX(r->other.v[v], r->none.v[v]);
	unsigned int i;

	for (i = 0; i < r->nr_rows; i++)
		longest = MAX(longest, r->rows[i].v[v]);
	return longest;
}

static int check_value(const struct reading *r, unsigned int v, char *why)
{
	const bool longest = v == KVM_EXITSTAT_V_LONGEST;
	const uint64_t rows = longest ? longest_of_rows(r) : sum_of_rows(r, v);

	if (rows == r->total.v[v])
		return EXIT_DONE;
	explain(why, "the counters do not add up: the %s of %s over all rows is %" PRIu64
		", the total says %" PRIu64 MISTAKE,
		longest ? "maximum" : "sum", value_names[v], rows, r->total.v[v]);
	return EXIT_CHECK;
}

static int check_lifetime(const struct reading *r, char *why)
{
	struct account accounts[NR_ACCOUNTS];
	uint64_t sum = 0;
	unsigned int i;

	accounts_of(r, accounts);
	for (i = 0; i < NR_ACCOUNTS; i++)
		sum += accounts[i].cycles;
	if (sum == r->lifetime)
		return EXIT_DONE;
	explain(why, "the counters do not add up: the sum of all accounts is %" PRIu64
		" cycles, the lifetime %" PRIu64 MISTAKE,
		sum, r->lifetime);
	return EXIT_CHECK;
}

int check_adds_up(const struct reading *r, char *why)
{
	unsigned int v;
	int ret;

	if (!r->adds_up)
		return EXIT_DONE;
	for (v = 0; v < KVM_EXITSTAT_NR_V; v++) {
		ret = check_value(r, v, why);
		if (ret)
			return ret;
	}
	return check_lifetime(r, why);
}
