// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat top: reads what is shown, and nothing else.  For a VM it reads the sum that KVM
 * makes; the files of vCPUs only while their VM is open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "model/keys.h"
#include "model/keys_since.h"
#include "model/reading.h"
#include "model/sum.h"
#include "source/debugfs.h"
#include "source/keys_file.h"
#include "source/source_cpuid.h"
#include "source/source_debugfs.h"
#include "source/source_qmp.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/why.h"
#include "top/top.h"
#include "top/top_columns.h"
#include "top/top_read.h"

/* Stands for the folder, which a VM that is read by QMP does not have. */
#define QMP_DIR		"qmp"

static int say(struct top *top, const char *sentence)
{
	snprintf(top->message, sizeof(top->message), "%s", sentence);
	return SOURCE_FAILED;
}

static int no_memory(struct top *top)
{
	return say(top, "out of memory");
}

static bool take(struct top_sources *sources, const struct vm *vm, uint32_t vcpu,
		 const struct reading *r)
{
	struct top_counts counts;

	top_counts_of(&counts, r, now_ns());
	return top_pass_take(sources, vm, vcpu, &counts);
}

static void say_left_out(struct top *top, unsigned int nr, const char *why)
{
	if (nr == 1)
		explain(top->message, "one VM is left out: %s", why);
	else
		explain(top->message, "%u VMs are left out, the last one because %s",
			 nr, why);
}

/**
 * struct pass - what reading the VMs has come to
 * @taken: how many were read
 * @left_out: how many could not be read
 * @last: folder of the last one of those
 * @why: why that one
 * @again: one of them was the last one the time before, too
 */
struct pass {
	unsigned int taken;
	unsigned int left_out;
	const char *last;
	char why[WHY_SIZE];
	bool again;
};

/* Read each VM; with @patient wait for those that start or end, until that was in vain once. */
static bool read_each(struct top *top, const struct vm *vms, int nr, bool patient,
		      struct pass *pass)
{
	static struct debugfs_file file;
	char why[WHY_SIZE];
	bool ok = true;
	int i, ret;

	*pass = (struct pass) { .last = "" };
	for (i = 0; i < nr && ok; i++) {
		ret = patient && !pass->left_out ?
		      source_debugfs_read(&vms[i], -1, NULL, &file, why) :
		      source_debugfs_try(&vms[i], -1, &file, why);
		if (!ret)
			ok = take(&top->vms, &vms[i], 0, &file.reading);
		pass->taken += !ret;
		if (ret != SOURCE_FAILED)
			continue;
		pass->left_out++;
		pass->last = vms[i].dir;
		pass->again |= !strcmp(pass->last, top->left_out);
		strcpy(pass->why, why);
	}
	return ok;
}

static int read_vms(struct top *top, const struct target *target)
{
	struct pass pass;
	struct vm *vms;
	bool ok;
	int nr;

	nr = target_vms(target, &vms);
	if (nr < 0)
		return no_memory(top);
	top_pass_begin(&top->vms, now_ns());
	ok = read_each(top, vms, nr, false, &pass);
	/* Wait only if there is no VM to show.  All may be ending. */
	if (ok && pass.left_out && !pass.taken)
		ok = read_each(top, vms, nr, true, &pass);
	top_pass_end(&top->vms);
	/* A VM that starts or ends is unreadable only once: report it if it is the next time. */
	if (!pass.again)
		snprintf(top->left_out, sizeof(top->left_out), "%s", pass.last);
	free(vms);
	if (!ok)
		return no_memory(top);
	/* If one VM cannot be read, the others are shown; if none can, that is a failure. */
	if (pass.left_out && !pass.taken)
		return say(top, pass.why);
	if (pass.again)
		say_left_out(top, pass.left_out, pass.why);
	return EXIT_DONE;
}

/* The folder may belong to another VM by now. */
static bool is_open_vm(struct top *top, uint64_t id)
{
	if (!top->vm_id)
		top->vm_id = id;
	return top->vm_id == id;
}

/* 0; or if the VM cannot be read, SOURCE_ENDED, or SOURCE_FAILED with a message. */
static int read_vcpus(struct top *top)
{
	static struct debugfs_file file;
	char why[WHY_SIZE] = "";
	int nr, i, ret = EXIT_DONE;
	unsigned int *vcpus;
	bool ok = true;

	nr = vm_vcpus(&top->vm, &vcpus);
	if (nr < 0)
		return no_memory(top);
	if (!vm_exists(&top->vm))
		ret = SOURCE_ENDED;
	top_pass_begin(&top->vcpus, now_ns());
	for (i = 0; i < nr && ok && !ret; i++) {
		ret = source_debugfs_read(&top->vm, vcpus[i], NULL, &file, why);
		if (ret)
			break;
		if (is_open_vm(top, file.reading.id))
			ok = take(&top->vcpus, &top->vm, vcpus[i], &file.reading);
		else
			ret = SOURCE_ENDED;
	}
	top_pass_end(&top->vcpus);
	free(vcpus);
	if (!ok)
		return no_memory(top);
	if (ret == SOURCE_FAILED)
		say(top, why);
	return ret;
}

static int read_reasons(struct top *top)
{
	static struct debugfs_file file;
	char why[WHY_SIZE];
	int ret;

	ret = source_debugfs_read(&top->vm, top->vcpu, NULL, &file, why);
	if (ret == SOURCE_FAILED)
		return say(top, why);
	if (ret || !is_open_vm(top, file.reading.id))
		return SOURCE_ENDED;
	top_take_reading(top, &file.reading, now_ns());
	return EXIT_DONE;
}

static int say_no_keys(struct top *top, const char *none)
{
	return none ? say(top, none) :
	       explain(top->message, "reason %s has no keys, and has not returned to user space since exitstat_keys was set; docs/keys.md lists the reasons with keys",
		       top->reason.name);
}

/* Keys that are not there yet can come, but not while KVM keeps none. */
static int take_keys(struct top *top, struct keys *keys, bool batch)
{
	const char *none = keys_none(keys);
	bool ok = true;

	if (!is_open_vm(top, keys->id))
		return SOURCE_ENDED;
	if (none || !keys_keep(keys, top->reason.number)) {
		say_no_keys(top, none);
		if (!batch || !keys->kept)
			return SOURCE_FAILED;
		ok = keys_keep_none(keys, top->reason.number);
	}
	return ok && top_take_keys(top, keys, now_ns()) ? EXIT_DONE : no_memory(top);
}

static int read_keys(struct top *top, bool batch)
{
	char why[WHY_SIZE];
	struct keys keys;
	int ret;

	ret = keys_read(&top->vm, top->vcpu, &keys, why);
	if (ret == SOURCE_FAILED)
		return say(top, why);
	if (ret)
		return ret;
	ret = take_keys(top, &keys, batch);
	if (ret)
		free(keys.rows);
	return ret;
}

static int read_debugfs(struct top *top, const struct target *target, bool batch)
{
	char why[WHY_SIZE], vm[VM_NAME_SIZE + 32];
	int ret;

	if (top->level == TOP_VMS)
		return read_vms(top, target);
	ret = top->level == TOP_VCPUS ? read_vcpus(top) :
	      top->level == TOP_KEYS  ? read_keys(top, batch) :
					read_reasons(top);
	if (!ret)
		return EXIT_DONE;
	if (top->level == TOP_KEYS && ret == SOURCE_FAILED) {
		if (batch)
			return ret;
		strcpy(why, top->message);
		top_no_keys(top, why);
		return EXIT_DONE;
	}
	top_vm_text(top, vm, sizeof(vm));
	if (ret == SOURCE_FAILED)
		strcpy(why, top->message);
	else
		explain(why, "%s has ended", vm);
	top_gone(top, why);
	ret = read_vms(top, target);
	return ret ?: target_given(target) && !top->vms.nr ? SOURCE_ENDED : EXIT_DONE;
}

/* Read everything at once, because QEMU answers everything at once. */
static int read_qmp(struct top *top, struct source_qmp *qmp)
{
	static struct reading sum;
	struct vm vm = { .dir = QMP_DIR };
	struct qmp_vcpu *vcpus;
	unsigned int nr, i;
	bool ok = true;
	int ret;

	ret = source_qmp_read(qmp, top->level == TOP_REASONS ? top->vcpu : -1,
			      &vcpus, &nr, top->message);
	if (ret)
		return ret;
	snprintf(vm.name, sizeof(vm.name), "%s", source_qmp_name(qmp));
	sum_begin(&sum);
	for (i = 0; i < nr; i++)
		sum_add(&sum, &vcpus[i].reading);
	if (top->level != TOP_VMS) {
		top->vm = vm;
		top->vm_id = sum.id;
	}
	switch (top->level) {
	case TOP_VMS:
		top_pass_begin(&top->vms, now_ns());
		ok = take(&top->vms, &vm, 0, &sum);
		top_pass_end(&top->vms);
		break;
	case TOP_VCPUS:
		top_pass_begin(&top->vcpus, now_ns());
		for (i = 0; i < nr && ok; i++)
			ok = take(&top->vcpus, &vm, vcpus[i].vcpu, &vcpus[i].reading);
		top_pass_end(&top->vcpus);
		break;
	default:
		top_take_reading(top, &sum, now_ns());
	}
	free(vcpus);
	return ok ? EXIT_DONE : no_memory(top);
}

static int read_guest(struct top *top, cpuid_fn cpuid)
{
	const struct request request = {};
	static struct reading r;
	uint64_t begun = now_ns();
	int ret;

	ret = source_cpuid_read(cpuid, &request, &r, top->message);
	if (ret)
		return ret;
	top->took_ns = now_ns() - begun;
	top_take_reading(top, &r, begun);
	return EXIT_DONE;
}

int top_read(struct top *top, const struct top_reader *reader)
{
	int ret;

	ret = reader->cpuid ? read_guest(top, reader->cpuid) :
	      reader->qmp ? read_qmp(top, reader->qmp) :
			    read_debugfs(top, reader->target, reader->batch);
	top->time_ns = time_of_day_ns();
	if (!ret && !top_arrange(top))
		ret = no_memory(top);
	top_was_read(top, now_ns());
	return ret;
}
