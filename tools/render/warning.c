// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: warnings about numbers that cannot be trusted.
 */
#include <inttypes.h>

#include "lib/message.h"
#include "model/accounts.h"
#include "model/difference.h"
#include "model/reading.h"
#include "render/warning.h"

void warn_reading(const struct reading *r)
{
	if (!r->counting)
		warn("the host is not counting exits now, so these counts do not change; write 1 to its /sys/module/kvm/parameters/exitstat");
	if (r->untrusted)
		warn("the host's TSC is unstable, so the times cannot be trusted; the numbers of exits are right");
	if (r->anomalies)
		warn("the TSC stepped back %" PRIu64 " times (anomalies); all times lack the intervals around these steps",
		     r->anomalies);
}

void warn_run(const struct stat_run *run)
{
	if (run->incomplete)
		warn("counting was switched on or off meanwhile, so the numbers are incomplete and nothing is subtracted from them");
}

int check_reading(const struct reading *r)
{
	char why[WHY_SIZE];
	const int ret = check_adds_up(r, why);

	if (ret)
		fail("%s", why);
	return ret;
}
