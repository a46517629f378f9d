// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: --keys, of show and stat.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/message.h"
#include "lib/text.h"
#include "model/keys.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "model/regions.h"
#include "source/keys_cpuid.h"
#include "source/keys_file.h"
#include "source/source.h"
#include "source/target.h"
#include "source/vm_regions.h"
#include "source/why.h"
#include "with_keys.h"

int with_keys_check(const char *command, const struct target *target, bool own_vcpu,
		    unsigned int sort)
{
	if (target->qmp || (!own_vcpu && !target_given(target)))
		return fail("keys are in the host's debugfs: run 'exitstat %s --keys' there as root, with -p PID or --vm NAME; in a guest root can see those of one vCPU: 'exitstat show --own-vcpu --keys'",
			    command);
	if (sort != KVM_EXITSTAT_V_EXITS && sort != KVM_EXITSTAT_V_KERNEL &&
	    sort != KVM_EXITSTAT_V_USER)
		return fail("keys have exits, kernel and user: give one of these to --sort");
	return EXIT_DONE;
}

int with_keys_read(const struct source *source, const struct target *target, struct keys *keys,
		   char *why)
{
	int ret;

	if (source->cpuid)
		return keys_cpuid_read(keys, why);
	ret = keys_read(target->host ? NULL : &source->vm,
			target->one_vcpu ? (int)target->vcpu : -1, keys, why);
	if (ret || keys->kept)
		return ret;
	snprintf(why, WHY_SIZE, "%s", keys_none(keys));
	free(keys->rows);
	return SOURCE_FAILED;
}

void with_keys_regions(const struct source *source, const struct target *target,
		       struct regions *regions)
{
	*regions = (struct regions) {};
	if (!source->cpuid && !target->host)
		vm_regions(&source->vm, regions);
}

struct reading with_keys_reading(const struct keys *keys, bool host)
{
	return (struct reading) {
		.from = keys->guest_cpu < 0 ? FROM_DEBUGFS : FROM_CPUID,
		.abi_version = 1,
		.isa = keys->isa,
		.id = keys->id,
		.host = host,
		.vcpu = keys->vcpu,
		.vcpus = keys->vcpus,
		.guest_cpu = keys->guest_cpu,
		.cpuids = keys->cpuids,
		.counting = keys->counting,
		.tsc_khz = keys->tsc_khz,
		.adds_up = true,
	};
}

void with_keys_warn(const struct keys *keys)
{
	if (!keys->nr)
		warn("%s", keys_none(keys));
}

/* A file with torn readings need not add up, and is warned of. */
int with_keys_add_up(const struct keys *keys)
{
	const struct key_row *row = keys->torn ? NULL : keys_unbalanced(keys);
	char number[REASON_SIZE] = "other or none";

	if (keys->torn)
		warn("there was no consistent reading of %" PRIu64 " vCPU%s, so keys need not add up; read again",
		     keys->torn, plural(keys->torn));
	if (!row)
		return EXIT_DONE;
	if (row->reason < KVM_EXITSTAT_SUB_NONE)
		reason_text(number, keys->isa, row->reason);
	warn("the keys or the returns of reason %s do not add up to its exits and cycles; this is a bug of the host's KVM",
	     number);
	return EXIT_CHECK;
}
