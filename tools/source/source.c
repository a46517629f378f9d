// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the source that options choose.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/message.h"
#include "model/histogram.h"
#include "model/reading.h"
#include "model/sum.h"
#include "model/table.h"
#include "source/choose.h"
#include "source/cpuid.h"
#include "source/debugfs.h"
#include "source/source.h"
#include "source/source_cpuid.h"
#include "source/source_debugfs.h"
#include "source/source_qmp.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/why.h"

static int open_debugfs(struct source *source, cpuid_fn cpuid, char *why)
{
	const int ret = host_readable(cpuid, why);

	if (ret || source->target.host)
		return ret;
	if (target_vm(&source->target, &source->vm, why))
		return SOURCE_FAILED;
	source->subject.pid = source->vm.pid;
	return EXIT_DONE;
}

static int open_qmp(struct source *source, char *why)
{
	if (source_qmp_open(&source->qmp, source->target.qmp, why))
		return SOURCE_FAILED;
	snprintf(source->vm.name, sizeof(source->vm.name), "%s",
		 source_qmp_name(source->qmp));
	return EXIT_DONE;
}

int source_open(struct source *source, const struct target *target,
		cpuid_fn cpuid, bool own_vcpu, char *why)
{
	const bool given = target_given(target);
	const int ret = target_check(target, why);

	*source = (struct source) { .target = *target, .own_vcpu = own_vcpu };
	if (ret)
		return ret;
	if (given && own_vcpu)
		return explain(why, "--own-vcpu is for a guest, and no other option can choose what is read; on a host use --vcpu N");
	source->subject = (struct subject) {
		.name = source->vm.name,
		.dir = source->vm.dir,
		.qmp = target->qmp,
	};
	if (!given && kvm_has_exitstat() && !source_cpuid_there(cpuid))
		return explain(why, "this is a host, so say what is read: -p PID or --vm NAME of a VM that 'exitstat list' shows, --qmp PATH, or --host for the sum of all VMs");
	if (!given) {
		source->cpuid = cpuid;
		return EXIT_DONE;
	}
	if (target->qmp)
		return open_qmp(source, why);
	return open_debugfs(source, cpuid, why);
}

static int read_cpuid(struct source *source, const char *hist, struct reading *r,
		      char *why)
{
	const struct request request = {
		.own_vcpu = source->own_vcpu,
		.hist = hist,
	};

	return source_cpuid_read(source->cpuid, &request, r, why);
}

static int read_debugfs(struct source *source, const char *hist,
			struct reading *r, char *why)
{
	const struct target *target = &source->target;
	struct debugfs_file *file = malloc(sizeof(*file));
	int ret;

	if (!file)
		return explain(why, "out of memory");
	ret = source_debugfs_read(target->host ? NULL : &source->vm,
				  target->one_vcpu ? (int)target->vcpu : -1,
				  hist, file, why);
	*r = file->reading;
	/* hist_of pointed into the original. */
	if (!ret && hist)
		ret = hist_find(r, hist, why, WHY_SIZE) ? SOURCE_FAILED : EXIT_DONE;
	free(file);
	return ret;
}

static int read_qmp(struct source *source, const char *hist, struct reading *r,
		    char *why)
{
	const struct target *target = &source->target;
	struct qmp_vcpu *vcpus;
	unsigned int nr, i;
	int ret;

	if (hist)
		return explain(why, "QMP has no histograms; ask debugfs on the host (-p or --vm), as root");
	ret = source_qmp_read(source->qmp,
			      target->one_vcpu ? (int)target->vcpu : -1, &vcpus,
			      &nr, why);
	if (ret)
		return ret;
	if (target->one_vcpu) {
		*r = vcpus[0].reading;
	} else {
		sum_begin(r);
		for (i = 0; i < nr; i++)
			sum_add(r, &vcpus[i].reading);
	}
	free(vcpus);
	return EXIT_DONE;
}

int source_read(struct source *source, const char *hist, struct reading *r,
		char *why)
{
	if (source->cpuid)
		return read_cpuid(source, hist, r, why);
	return source->qmp ? read_qmp(source, hist, r, why) :
			     read_debugfs(source, hist, r, why);
}

const struct subject *source_subject(const struct source *source)
{
	return source->cpuid || source->target.host ? NULL : &source->subject;
}

void source_close(struct source *source)
{
	if (source->qmp)
		source_qmp_close(source->qmp);
}
