// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export: reads the chosen VMs by debugfs or QMP, or in a guest its own VM.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/export.h"
#include "export/metrics.h"
#include "export/qmp_reader.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/message.h"
#include "lib/text.h"
#include "lib/waits.h"
#include "model/keys.h"
#include "model/reading.h"
#include "model/sum.h"
#include "source/choose.h"
#include "source/debugfs.h"
#include "source/keys_file.h"
#include "source/source_cpuid.h"
#include "source/source_debugfs.h"
#include "source/source_qmp.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/why.h"

/**
 * struct pass - one reading of all chosen VMs
 * @read: number of VMs that were read
 * @left_out: number of VMs that could not be read
 * @in_vain: waiting for one of these did not help
 * @why: why the last of these could not be read
 * @without_keys: number of VMs that were read, but not their keys
 * @no_keys_why: why not those of the last of these
 */
struct pass {
	unsigned int read;
	unsigned int left_out;
	bool in_vain;
	char why[WHY_SIZE];
	unsigned int without_keys;
	char no_keys_why[WHY_SIZE];
};

static bool reads_debugfs(const struct exporter *exporter)
{
	bool debugfs = !exporter->nr && !exporter->guest;
	unsigned int i;

	for (i = 0; i < exporter->nr; i++)
		debugfs |= !exporter->chosen[i].target.qmp;
	return debugfs;
}

int exporter_check(const struct exporter *exporter)
{
	if (exporter->keys && !reads_debugfs(exporter))
		return fail("export reads keys from the host's debugfs alone: run 'exitstat export --keys' there as root, and not with --qmp alone");
	return EXIT_DONE;
}

int exporter_ready(const struct exporter *exporter, cpuid_fn cpuid, char *why)
{
	const int ret = reads_debugfs(exporter) ? host_readable(cpuid, why) : EXIT_DONE;

	if (ret && exporter->keys && is_guest(cpuid))
		explain(why, "this is a guest, and its own KVM, if there is one, has no kvm-exitstat; export reads keys from a host's debugfs alone: load KVM with kvm-exitstat here, or run 'exitstat export --keys' on the host, as root");
	return ret;
}

static uint64_t born(const struct vm *vm)
{
	char path[VM_PATH_SIZE];
	struct stat st;

	vm_path(path, vm, -1, "");
	return stat(path, &st) ? 0 : st.st_mtim.tv_sec * SECOND + st.st_mtim.tv_nsec;
}

/* KVM's own statistics of halt polling, summed over the VM's vCPUs. */
static bool read_polled(const struct vm *vm, uint64_t polled[2])
{
	static const char *const files[] = { "halt_poll_success_ns", "halt_poll_fail_ns" };
	char path[VM_PATH_SIZE], *text, *end;
	unsigned int i;
	bool ok = true;

	for (i = 0; i < 2 && ok; i++) {
		vm_path(path, vm, -1, files[i]);
		text = read_file(path, NULL);
		polled[i] = text ? strtoull(text, &end, 10) : 0;
		ok = text && end != text;
		free(text);
	}
	return ok;
}

static void take_host(struct metrics_host *host, const struct debugfs_file *file)
{
	host->counting = file->reading.counting;
	host->untrusted = file->reading.untrusted;
	host->torn = file->torn;
}

/* Whether a VM's folder is still empty: KVM creates the files after the folder. */
static bool not_yet(const struct vm *vm, int vcpu)
{
	char path[VM_PATH_SIZE];

	vm_path(path, vm, vcpu, "exitstat");
	return !file_exists(path) && errno == ENOENT;
}

/*
 * Read the vCPUs @numbers of @vm into @vcpus, which has room for @nr; number -1 is the sum
 * of all.  @n gets how many were read.  Returns 0, SOURCE_ENDED or SOURCE_FAILED.
 */
static int read_vcpus(const struct vm *vm, const int *numbers, int nr,
		      struct metrics_vcpu *vcpus, int *n, struct metrics_host *host,
		      char *why)
{
	struct debugfs_file *file = malloc(sizeof(*file));
	int i, ret = file ? EXIT_DONE : explain(why, "out of memory");

	for (i = 0, *n = 0; i < nr && file; i++) {
		ret = source_debugfs_try(vm, numbers[i], file, why);
		if (ret == SOURCE_FAILED && *n && not_yet(vm, numbers[i])) {
			ret = EXIT_DONE;
			continue;
		}
		/* A VM's sum, without any vCPU yet */
		if (ret || !file->reading.vcpus)
			break;
		vcpus[(*n)++] = (struct metrics_vcpu) { file->reading, file->vcpu };
		take_host(host, file);
	}
	free(file);
	return ret;
}

/* By QMP: replace the @nr vCPUs by their sum. */
static void add_up(struct metrics_vcpu *vcpus, int *nr)
{
	struct reading *sum = malloc(sizeof(*sum));
	int i;

	if (!sum) {
		*nr = -1;
		fail("out of memory");
		return;
	}
	sum_begin(sum);
	for (i = 0; i < *nr; i++)
		sum_add(sum, &vcpus[i].reading);
	vcpus[0].reading = *sum;
	*nr = 1;
	free(sum);
}

/* Whether an id is only claimed: debugfs is the kernel's, but anyone may listen at a socket. */
static bool merely_says_so(const struct metrics_vm *vm)
{
	return vm->vcpus[0].reading.from == FROM_QMP;
}

/*
 * Whether another option has already chosen the VM with this id.  If the processes differ,
 * they are two VMs, whatever id they claim.
 */
static bool is_there(struct metrics *metrics, struct metrics_vm *vm)
{
	const pid_t process = vm->pid ?: vm->peer;
	struct metrics_vm *other;
	unsigned int i;

	for (i = 0; i < metrics->nr; i++) {
		other = &metrics->vms[i];
		if (other->vcpus[0].reading.id != vm->vcpus[0].reading.id)
			continue;
		if (!strcmp(other->place, vm->place) ||
		    (process && process == (other->pid ?: other->peer)))
			return true;
		other->claims = merely_says_so(other);
		vm->claims = merely_says_so(vm);
	}
	return false;
}

/* Takes ownership of @vcpus.  A VM that two options choose is added once. */
static int add_vm(struct metrics *metrics, struct metrics_vm vm,
		  struct metrics_vcpu *vcpus, int nr)
{
	struct metrics_vm *more = NULL;

	vm.vcpus = vcpus;
	vm.nr = nr;
	if (nr <= 0 || is_there(metrics, &vm)) {
		free(vcpus);
		return nr < 0 ? EXIT_MISUSE : EXIT_DONE;
	}
	vm.name = strdup(vm.name);
	vm.place = strdup(vm.place);
	if (vm.name && vm.place)
		more = realloc(metrics->vms, (metrics->nr + 1) * sizeof(*more));
	if (!more) {
		free((void *)vm.name);
		free((void *)vm.place);
		free(vcpus);
		return fail("out of memory");
	}
	more[metrics->nr++] = vm;
	metrics->vms = more;
	return EXIT_DONE;
}

/* Memory ran out: a result besides 0, SOURCE_ENDED and SOURCE_FAILED. */
#define NO_MEMORY	(-2)

static int read_vm(const struct exporter *exporter, const struct vm *vm,
		   struct metrics *metrics, char *why)
{
	struct metrics_vm to = {
		.name = vm->name, .place = vm->dir, .pid = vm->pid, .born = born(vm),
	};
	unsigned int *numbers = NULL;
	struct metrics_vcpu *vcpus;
	const int all = -1;
	int nr, n, ret;

	/* KVM computes the sum at a lower cost than we could. */
	nr = exporter->no_vcpu ? 1 : vm_vcpus(vm, &numbers);
	vcpus = nr < 0 ? NULL : malloc((nr ?: 1) * sizeof(*vcpus));
	if (!vcpus) {
		free(numbers);
		return NO_MEMORY;
	}
	ret = read_vcpus(vm, numbers ? (const int *)numbers : &all, nr, vcpus, &n,
			 &metrics->host, why);
	free(numbers);
	to.has_polled = read_polled(vm, to.polled);
	return add_vm(metrics, to, vcpus, ret ? 0 : n) ? NO_MEMORY : ret;
}

/* The keys of the VM that was added last, if they are there and it is still the same VM. */
static int read_keys(const struct exporter *exporter, const struct vm *vm, struct pass *pass,
		     struct metrics *metrics)
{
	struct metrics_vm *to = &metrics->vms[metrics->nr - 1];
	struct keys keys;
	const int ret = keys_try(vm, &keys, pass->no_keys_why);

	pass->without_keys += ret == SOURCE_FAILED;
	if (ret)
		return EXIT_DONE;
	if (keys.id != to->vcpus[0].reading.id)
		keys.nr = 0;
	to->keys = keys;
	return keys_keep_first(&to->keys, exporter->keys) ? fail("out of memory") : EXIT_DONE;
}

/*
 * A VM that cannot be read is left out.  Wait for it first, as it may be starting or
 * ending, unless as many were left out the last time or waiting has been in vain.
 */
static int read_or_leave(struct exporter *exporter, const struct vm *vm,
			 struct pass *pass, struct metrics *metrics)
{
	const unsigned int nr = metrics->nr;
	char path[VM_PATH_SIZE];
	int ret = read_vm(exporter, vm, metrics, pass->why);

	if (ret == SOURCE_FAILED && pass->left_out >= exporter->left_out && !pass->in_vain) {
		vm_path(path, vm, -1, "exitstat");
		ret = vm_settles(vm, path) ? read_vm(exporter, vm, metrics, pass->why) :
					     SOURCE_ENDED;
		pass->in_vain = ret == SOURCE_FAILED;
	}
	pass->left_out += ret == SOURCE_FAILED;
	pass->read += !ret;
	if (ret == NO_MEMORY)
		return fail("out of memory");
	return metrics->nr > nr && metrics->kept ? read_keys(exporter, vm, pass, metrics) :
						   EXIT_DONE;
}

/* Warn only when their numbers change. */
static void say_left_out(const struct exporter *exporter, const struct pass *pass)
{
	if (pass->without_keys && pass->without_keys != exporter->without_keys)
		warn("the keys of %u VM%s are left out, the last ones because %s", pass->without_keys,
		     plural(pass->without_keys), pass->no_keys_why);
	if (!pass->left_out || pass->left_out == exporter->left_out)
		return;
	if (pass->left_out == 1)
		warn("one VM is left out: %s", pass->why);
	else
		warn("%u VMs are left out, the last one because %s", pass->left_out, pass->why);
}

static int read_vms(struct exporter *exporter, const struct vm *vms, int nr,
		    struct pass *pass, struct metrics *metrics)
{
	int i, ret = EXIT_DONE;

	for (i = 0; i < nr && !ret; i++)
		ret = read_or_leave(exporter, &vms[i], pass, metrics);
	return ret;
}

static int read_debugfs(struct exporter *exporter, const struct target *target,
			struct pass *pass, struct metrics *metrics)
{
	char why[WHY_SIZE];
	struct vm *vms, one;
	int nr, ret;

	if (vms_readable(why))
		return fail("%s", why);
	nr = target_vms(target, &vms);
	if (nr < 0)
		ret = fail("out of memory");
	/* target_vm() says that there is none, and which VMs there are */
	else if (!nr && target_given(target) && !exporter->lasting &&
		 target_vm(target, &one, why))
		ret = fail("%s", why);
	else
		ret = read_vms(exporter, vms, nr, pass, metrics);
	free(vms);
	return ret;
}

/* Takes ownership of @read. */
static int add_qmp(const struct exporter *exporter, const struct metrics_vm *vm,
		   struct qmp_vcpu *read, unsigned int nr, struct metrics *metrics)
{
	struct metrics_vcpu *vcpus = malloc((nr ?: 1) * sizeof(*vcpus));
	unsigned int i;
	int count = nr;

	for (i = 0; vcpus && i < nr; i++)
		vcpus[i] = (struct metrics_vcpu) { read[i].reading, read[i].vcpu };
	free(read);
	if (!vcpus)
		return fail("out of memory");
	if (nr && (!vm->late || metrics->host.counting < 0)) {
		metrics->host.counting = vcpus[0].reading.counting;
		metrics->host.untrusted = vcpus[0].reading.untrusted;
		metrics->host.late = vm->late;
	}
	if (count && exporter->no_vcpu)
		add_up(vcpus, &count);
	return add_vm(metrics, *vm, vcpus, count);
}

static int read_qmp(const struct exporter *exporter, const struct chosen *chosen,
		    uint64_t until, struct pass *pass, struct metrics *metrics)
{
	struct metrics_vm vm = { .place = chosen->target.qmp };
	struct qmp_answer answer;

	if (qmp_reader_end(chosen->qmp, until, &answer, pass->why)) {
		pass->left_out++;
		return EXIT_DONE;
	}
	pass->read++;
	vm.name = answer.name;
	vm.peer = answer.peer;
	vm.late = answer.late;
	return add_qmp(exporter, &vm, answer.vcpus, answer.nr, metrics);
}

static int begin_qmp(struct exporter *exporter)
{
	unsigned int i;

	for (i = 0; i < exporter->nr; i++) {
		struct chosen *chosen = &exporter->chosen[i];

		if (!chosen->target.qmp)
			continue;
		if (!chosen->qmp)
			chosen->qmp = qmp_reader_new(chosen->target.qmp);
		if (!chosen->qmp)
			return fail("out of memory");
		qmp_reader_begin(chosen->qmp);
	}
	return EXIT_DONE;
}

/*
 * This VM, as the sum of its vCPUs.  It is identified by its id, which the host uses, too.
 * With exitstat_guest=2 the sum is not over one VM.
 */
static int read_guest(struct exporter *exporter, struct metrics *metrics)
{
	struct metrics_vcpu *vcpus = calloc(1, sizeof(*vcpus));
	const struct request request = {};
	char why[WHY_SIZE] = "out of memory", place[24];
	struct metrics_vm vm = { .name = "", .place = place };
	struct reading *r = vcpus ? &vcpus->reading : NULL;
	const int ret = r ? source_cpuid_read(exporter->guest, &request, r, why) :
			    SOURCE_FAILED;

	if (r)
		exporter->cpuids += r->cpuids;
	if (ret) {
		free(vcpus);
		return fail("%s", why);
	}
	metrics->host.counting = r->counting;
	metrics->host.untrusted = r->untrusted;
	vm.own_exits = r->counting ? exporter->cpuids : 0;
	exporter->cpuids = 0;
	if (r->host)
		strcpy(place, "host");
	else
		snprintf(place, sizeof(place), "0x%016" PRIx64, r->id);
	return add_vm(metrics, vm, vcpus, 1);
}

/* The host's values, if no VM has provided them. */
static int read_host(struct metrics_host *host)
{
	struct debugfs_file *file = malloc(sizeof(*file));
	char why[WHY_SIZE] = "out of memory";
	const int ret = file ? source_debugfs_read(NULL, -1, NULL, file, why) :
			       SOURCE_FAILED;

	if (!ret)
		take_host(host, file);
	free(file);
	return ret ? fail("%s", why) : EXIT_DONE;
}

/* All QEMUs answer at the same time, while the VMs in debugfs are read. */
static int read_chosen(struct exporter *exporter, struct pass *pass, struct metrics *metrics)
{
	const uint64_t until = now_ms() + (exporter->lasting ? waits.scrape : waits.qmp);
	const struct chosen *chosen;
	unsigned int i;
	int ret = begin_qmp(exporter);

	for (i = 0; i < exporter->nr && !ret; i++) {
		chosen = &exporter->chosen[i];
		if (!chosen->target.qmp)
			ret = read_debugfs(exporter, &chosen->target, pass, metrics);
	}
	for (i = 0; i < exporter->nr && !ret; i++) {
		chosen = &exporter->chosen[i];
		if (chosen->target.qmp)
			ret = read_qmp(exporter, chosen, until, pass, metrics);
	}
	return ret;
}

static int read_all(struct exporter *exporter, struct pass *pass, struct metrics *metrics)
{
	static const struct target all;
	int ret;

	if (exporter->nr)
		return read_chosen(exporter, pass, metrics);
	ret = read_debugfs(exporter, &all, pass, metrics);
	return ret || metrics->nr ? ret : read_host(&metrics->host);
}

/* Warn only when the number of such VMs changes. */
static void count_claims(struct exporter *exporter, struct metrics *metrics)
{
	const char *place = NULL;
	unsigned int i;

	for (i = 0; i < metrics->nr; i++)
		if (metrics->vms[i].claims) {
			metrics->same_id++;
			place = metrics->vms[i].place;
		}
	if (place && metrics->same_id != exporter->same_id)
		warn("the process at the socket %s claims the id of a VM that another process has, too; it is exported as NAME@%s, and 'exitstat list' on its host shows which process has the VM",
		     place, place);
	exporter->same_id = metrics->same_id;
}

int exporter_read(struct exporter *exporter, struct metrics *metrics)
{
	struct pass pass = {};
	int ret;

	*metrics = (struct metrics) {
		.host = { -1, -1, -1, 0 },
		.no_vcpu = exporter->no_vcpu || exporter->guest,
		.with_keys = exporter->keys,
		.kept = exporter->keys ? kvm_keeps_keys() : 0,
		.begun = now_ns(),
	};
	if (exporter->guest)
		return read_guest(exporter, metrics);
	ret = read_all(exporter, &pass, metrics);
	if (ret)
		return ret;
	/* A single run fails; for a server, the metric shows it. */
	if (pass.left_out && !pass.read && !exporter->lasting)
		return fail("%s", pass.why);
	say_left_out(exporter, &pass);
	count_claims(exporter, metrics);
	exporter->left_out = metrics->unreadable = pass.left_out;
	exporter->without_keys = metrics->without_keys = pass.without_keys;
	return EXIT_DONE;
}

void exporter_free(struct metrics *metrics)
{
	unsigned int i;

	for (i = 0; i < metrics->nr; i++) {
		free((void *)metrics->vms[i].name);
		free((void *)metrics->vms[i].place);
		free((void *)metrics->vms[i].vcpus);
		free(metrics->vms[i].keys.rows);
	}
	free(metrics->vms);
}

void exporter_reopen(struct exporter *exporter)
{
	unsigned int i;

	for (i = 0; i < exporter->nr; i++) {
		qmp_reader_free(exporter->chosen[i].qmp);
		exporter->chosen[i].qmp = NULL;
	}
	exporter->left_out = 0;
	exporter->without_keys = 0;
	exporter->same_id = 0;
}

void exporter_close(struct exporter *exporter)
{
	exporter_reopen(exporter);
	free(exporter->chosen);
}
