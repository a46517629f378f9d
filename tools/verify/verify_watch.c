// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: finds VMs and vCPUs to compare, opens their events and reads them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/sizes.h"
#include "lib/waits.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "source/debugfs.h"
#include "source/target.h"
#include "source/vm.h"
#include "verify/pause.h"
#include "verify/tracepoint.h"
#include "verify/verify.h"
#include "verify/verify_watch.h"
#include "verify/verify_witness.h"

void watch_note(struct watch *w, const char *fmt, ...)
{
	struct result *result = &w->result;
	char *sentence, **notes;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&sentence, fmt, args);
	va_end(args);
	if (n < 0)
		return;
	note("%s", sentence);
	if (result->nr_notes == NOTES_MOST) {
		free(sentence);
		return;
	}
	notes = realloc(result->notes, (result->nr_notes + 1) * sizeof(*notes));
	if (!notes) {
		free(sentence);
		return;
	}
	result->notes = notes;
	notes[result->nr_notes++] = sentence;
}

/* Append @item to an array; false if memory ran out. */
static bool append(void *array, unsigned int *nr, void *item)
{
	void ***items = array, **more;

	more = item ? realloc(*items, (*nr + 1) * sizeof(*more)) : NULL;
	if (!more)
		return false;
	*items = more;
	more[(*nr)++] = item;
	return true;
}

static struct vm_check *find_vm(const struct watch *w, const struct vm *vm)
{
	struct vm_check *known;
	unsigned int i;

	for (i = 0; i < w->result.nr_vms; i++) {
		known = w->result.vms[i];
		if (!known->ended && !strcmp(known->vm.dir, vm->dir))
			return known;
	}
	return NULL;
}

static bool find_vcpu(const struct vm_check *vm, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < vm->nr; i++)
		if (vm->vcpus[i]->number == number)
			return true;
	return false;
}

static void end_vcpu(struct watch *w, struct vcpu_check *v, enum vcpu_state state)
{
	if (v->state == VCPU_OPEN) {
		w->room += v->events->nr;
		tracepoint_close(v->events);
		free(v->events);
		v->events = NULL;
	}
	v->state = state;
}

static bool is_compared(const struct vm_check *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr; i++)
		if (vm->vcpus[i]->comparisons)
			return true;
	return false;
}

static void end_vm(struct watch *w, struct vm_check *vm)
{
	char label[VM_LABEL_SIZE];
	unsigned int i;

	if (vm->ended)
		return;
	vm->ended = true;
	vm_label(label, &vm->vm);
	if (is_compared(vm))
		watch_note(w, "%s has ended; it was compared up to the reading before that", label);
	else if (target_given(&w->target))
		watch_note(w, "%s has ended", label);
	for (i = 0; i < vm->nr; i++)
		end_vcpu(w, vm->vcpus[i], VCPU_ENDED);
}

static bool scan_vcpus(struct vm_check *vm)
{
	unsigned int *numbers;
	struct vcpu_check *v;
	int i, nr;

	nr = vm_vcpus(&vm->vm, &numbers);
	for (i = 0; i < nr; i++) {
		if (find_vcpu(vm, numbers[i]))
			continue;
		v = calloc(1, sizeof(*v));
		if (v)
			v->number = numbers[i];
		if (!append(&vm->vcpus, &vm->nr, v)) {
			free(v);
			nr = -1;
		}
	}
	free(numbers);
	return nr >= 0;
}

static bool add_vm(struct watch *w, const struct vm *vm)
{
	struct vm_check *new = calloc(1, sizeof(*new));

	if (new)
		new->vm = *vm;
	if (append(&w->result.vms, &w->result.nr_vms, new))
		return true;
	free(new);
	return false;
}

/* Add a VM that is new; of one that is known, take the process that has been found meanwhile. */
static bool take_vm(struct watch *w, const struct vm *vm)
{
	struct vm_check *known = find_vm(w, vm);

	if (!known)
		return add_vm(w, vm);
	if (vm->pid && !known->pauser)
		known->vm = *vm;
	return true;
}

static void free_vm(struct vm_check *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr; i++)
		free(vm->vcpus[i]);
	free(vm->vcpus);
	if (vm->pauser)
		pauser_close(vm->pauser);
	free(vm->pauser);
	free(vm);
}

/* Free the VMs that ended before anything was compared: there may be any number of them. */
static void forget_ended(struct watch *w)
{
	struct result *result = &w->result;
	unsigned int i, nr = 0;

	for (i = 0; i < result->nr_vms; i++) {
		struct vm_check *vm = result->vms[i];

		if (vm->ended && !is_compared(vm))
			free_vm(vm);
		else
			result->vms[nr++] = vm;
	}
	result->nr_vms = nr;
}

int watch_scan(struct watch *w)
{
	struct vm *vms;
	unsigned int i;
	int n, nr;

	if (!target_given(&w->target))
		forget_ended(w);
	nr = vms_list(&vms);
	for (n = 0; n < nr; n++)
		if (target_fits(&w->target, &vms[n]) && !take_vm(w, &vms[n]))
			nr = -1;
	free(vms);
	for (i = 0; i < w->result.nr_vms && nr >= 0; i++) {
		struct vm_check *vm = w->result.vms[i];

		if (!vm->ended && !vm_exists(&vm->vm))
			end_vm(w, vm);
		else if (!vm->ended && !scan_vcpus(vm))
			nr = -1;
	}
	return nr < 0 ? fail("out of memory") : EXIT_DONE;
}

/*
 * Leave out a vCPU that cannot be compared now.  If all VMs are chosen, the comparison of
 * the others goes on.
 */
static int leave_out(struct watch *w, struct vm_check *vm, const char *why)
{
	w->result.obstacle = true;
	if (target_given(&w->target))
		return fail("%s", why);
	if (!vm->told)
		watch_note(w, "%s", why);
	vm->told = true;
	return EXIT_DONE;
}

/* Handle a file that cannot be read, because of the errno @err, or @why if @err is negative. */
static int not_read(struct watch *w, struct vm_check *vm, unsigned int vcpu,
		    int err, char *why)
{
	char label[VM_LABEL_SIZE];

	if (!vm_exists(&vm->vm)) {
		end_vm(w, vm);
		return EXIT_DONE;
	}
	vm_label(label, &vm->vm);
	if (err == ENOENT)
		explain(why, "vCPU %u of %s has no file exitstat, so this KVM has no kvm-exitstat, or the vCPU is still being made; load its modules and restart the VM",
			vcpu, label);
	else if (err >= 0)
		explain(why, "the file exitstat of vCPU %u of %s cannot be read: %s",
			vcpu, label, strerror(err));
	return leave_out(w, vm, why);
}

static int wanted_by_option(const struct watch *w, struct vm_check *vm)
{
	unsigned int i, row;
	char why[WHY_SIZE];

	for (i = 0; i < w->reasons.nr; i++) {
		if (reasons_find(vm->isa, w->reasons.texts[i], &row, why, sizeof(why)))
			return fail("%s", why);
		vm->wanted[row] = true;
	}
	return EXIT_DONE;
}

/* Witnesses have counted exits that we did not count, so they cannot be compared any more. */
static void dismiss_witnesses(struct watch *w)
{
	w->result.witnesses.failed = w->result.witnesses.nr;
}

static void say_off(struct watch *w)
{
	w->result.obstacle = true;
	dismiss_witnesses(w);
	if (!w->said_off)
		watch_note(w, "exitstat is 0 now, so exits are not counted; they are compared again when it is 1");
	w->said_off = true;
}

/* Find the reasons for which a vCPU has exits; the first vCPU also tells the VM's id and ISA. */
static int look(struct watch *w, struct vm_check *vm, struct vcpu_check *v)
{
	const struct reading *r = &w->reading.file.reading;
	char path[VM_PATH_SIZE], why[WHY_SIZE];
	unsigned int i;
	int ret;

	vm_path(path, &vm->vm, v->number, "exitstat");
	w->reading.file.reading.counting = false;
	ret = debugfs_read(path, NULL, &w->reading.file, why, sizeof(why));
	if (ret < 0 && !vm->told && vm_settles(&vm->vm, path))
		ret = debugfs_read(path, NULL, &w->reading.file, why, sizeof(why));
	if (ret)
		return not_read(w, vm, v->number, -ret, why);
	if (!r->counting && w->started) {
		say_off(w);
		return EXIT_DONE;
	}
	if (!r->counting) {
		w->result.obstacle = true;
		return fail("KVM counts no exits now (exitstat=0), so there is nothing to compare; write 1 to /sys/module/kvm/parameters/exitstat");
	}
	if (!vm->isa) {
		vm->isa = r->isa;
		vm->id = r->id;
		ret = wanted_by_option(w, vm);
	}
	for (i = 0; i < r->nr_rows; i++)
		vm->wanted[i] |= r->rows[i].v[KVM_EXITSTAT_V_EXITS] > 0;
	return ret;
}

/* Set @v->tid, or leave it unset if the vCPU has not run yet; 0 or EXIT_MISUSE. */
static int find_thread(struct watch *w, struct vm_check *vm, struct vcpu_check *v)
{
	char path[VM_PATH_SIZE], label[VM_LABEL_SIZE], why[WHY_SIZE];

	v->tid = vm_thread(&vm->vm, v->number);
	/* KVM makes the folder before the file, and removes it after the file.  Wait once for a VM. */
	vm_path(path, &vm->vm, v->number, "pid");
	if (v->tid < 0 && !vm->told && vm_settles(&vm->vm, path))
		v->tid = vm_thread(&vm->vm, v->number);
	if (v->tid >= 0)
		return EXIT_DONE;
	v->tid = 0;
	if (!vm_exists(&vm->vm))
		return EXIT_DONE;
	vm_label(label, &vm->vm);
	explain(why, "cannot tell which thread runs vCPU %u of %s: there is no file pid beside exitstat (Linux has it since 5.19), and no thread is named 'CPU %u/KVM'; start QEMU with -name debug-threads=on",
		v->number, label, v->number);
	return leave_out(w, vm, why);
}

static unsigned int events_of(const struct vm_check *vm)
{
	unsigned int i, nr = 1;

	for (i = 0; i < MAX_ROWS; i++)
		nr += vm->wanted[i];
	return nr;
}

static int open_pauser(struct watch *w, struct vm_check *vm)
{
	int ret;

	if (!w->pause || vm->pauser)
		return EXIT_DONE;
	vm->pauser = malloc(sizeof(*vm->pauser));
	if (!vm->pauser)
		return fail("out of memory");
	ret = pauser_open(vm->pauser, &vm->vm, w->qmp);
	if (ret) {
		free(vm->pauser);
		vm->pauser = NULL;
	}
	return ret;
}

static void ask_for_bpf(struct watch *w, const struct tracepoint *t)
{
	const unsigned int nr = w->said_bpf ? 0 : tracepoint_bpf_programs(t);

	w->said_bpf = true;
	if (nr)
		watch_note(w, "BPF programs on kvm:kvm_exit: %u; perf does not count an exit for which one of them returns 0, so such exits show as differences",
			   nr);
}

static int open_events(struct watch *w, const struct vm_check *vm, struct vcpu_check *v)
{
	uint32_t reasons[MAX_ROWS];
	unsigned int i;
	int ret;

	v->events = malloc(sizeof(*v->events));
	if (!v->events)
		return fail("out of memory");
	vcpu_choose(v, vm->wanted);
	for (i = 0; i < v->nr_own; i++)
		reasons[i] = reasons_number(vm->isa, v->own[i]);
	ret = tracepoint_open(v->events, w->id, vm->isa, v->tid, reasons, v->nr_own);
	if (ret) {
		free(v->events);
		v->events = NULL;
	}
	return ret;
}

/* Without its process a VM is not paused, and so not compared. */
static int process_unknown(struct watch *w, struct vm_check *vm)
{
	char label[VM_LABEL_SIZE], why[WHY_SIZE];

	vm_label(label, &vm->vm);
	explain(why, "%s cannot be paused, and so is not compared: its process is not found%s; compare it without --pause",
		label, vm->vm.unsearched ?
		" in time, because it may have too many file descriptors to search" :
		", because none is seen to have the VM, or more than one is");
	return leave_out(w, vm, why);
}

static int open_vcpu(struct watch *w, struct vm_check *vm, struct vcpu_check *v)
{
	const int ret = open_pauser(w, vm) ?: open_events(w, vm, v);

	if (ret == -ESRCH && w->pause && !vm->pauser && vm_settles(&vm->vm, NULL))
		return process_unknown(w, vm);
	if (ret == -ESRCH) {
		v->state = VCPU_ENDED;
		return EXIT_DONE;
	}
	if (ret) {
		w->result.obstacle = true;
		return ret;
	}
	v->state = VCPU_OPEN;
	w->room -= v->events->nr;
	ask_for_bpf(w, v->events);
	return EXIT_DONE;
}

/* A waiting vCPU, and its VM */
struct candidate {
	struct vm_check *vm;
	struct vcpu_check *v;
};

/* The waiting vCPUs that have a thread and can be read; @list has room for all. */
static int find_candidates(struct watch *w, struct candidate *list,
			   unsigned int *nr)
{
	unsigned int i, j;
	int ret = 0;

	for (i = 0; i < w->result.nr_vms && !ret; i++) {
		struct vm_check *vm = w->result.vms[i];

		for (j = 0; j < vm->nr && !vm->ended && !ret; j++) {
			struct vcpu_check *v = vm->vcpus[j];

			if (v->state != VCPU_WAITING)
				continue;
			ret = find_thread(w, vm, v);
			if (ret || !v->tid)
				continue;
			ret = look(w, vm, v);
			if (!ret && !vm->ended && w->reading.file.reading.counting)
				list[(*nr)++] = (struct candidate) { vm, v };
		}
	}
	return ret;
}

/* If a VM has ended meanwhile, its vCPUs are neither open nor waiting any more. */
static int open_candidates(struct watch *w, const struct candidate *list,
			   unsigned int nr)
{
	unsigned int i, n, need[nr + 1];
	int ret = 0;

	for (i = 0; i < nr; i++)
		need[i] = events_of(list[i].vm);
	n = batch_size(need, nr, w->room);
	w->left_out = nr - n;
	for (i = 0; i < n && !ret; i++)
		if (list[i].v->state == VCPU_WAITING)
			ret = open_vcpu(w, list[i].vm, list[i].v);
	return ret;
}

int watch_open(struct watch *w)
{
	struct candidate *list;
	unsigned int i, nr = 0, all = 0;
	int ret;

	for (i = 0; i < w->result.nr_vms; i++)
		all += w->result.vms[i]->nr;
	list = calloc(all + 1, sizeof(*list));
	if (!list)
		return fail("out of memory");
	ret = find_candidates(w, list, &nr);
	if (!ret)
		ret = open_candidates(w, list, nr);
	free(list);
	return ret;
}

/* See struct vcpu_reading for the order. */
static enum outcome read_vcpu(struct watch *w, const struct vm_check *vm,
			      struct vcpu_check *v)
{
	struct vcpu_reading *s = &w->reading;
	char path[VM_PATH_SIZE];
	int ret;

	vm_path(path, &vm->vm, v->number, "exitstat");
	snprintf(v->why, sizeof(v->why), "a perf event of thread %d cannot be read",
		 v->tid);
	if (tracepoint_read(v->events, s->tracepoint[0]) ||
	    tracepoint_read(v->events, s->tracepoint[1]))
		return UNREADABLE;
	ret = debugfs_read(path, NULL, &s->file, v->why, sizeof(v->why));
	if (ret < 0)
		snprintf(v->why, sizeof(v->why), "%s cannot be read: %s", path,
			 strerror(-ret));
	if (ret)
		return UNREADABLE;
	if (tracepoint_read(v->events, s->tracepoint[2]) ||
	    tracepoint_read(v->events, s->tracepoint[3]))
		return UNREADABLE;
	return s->file.reading.id == vm->id ?
	       vcpu_compare(v, s, w->pause) : GONE;
}

/*
 * Whether a thread other than @v->tid runs the vCPU, now or within waits.other_thread; this
 * time is shared by all vCPUs of a reading.
 */
static bool is_run_by_others(struct watch *w, const struct vm_check *vm,
			     const struct vcpu_check *v)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	pid_t tid;

	if (!vm_exists(&vm->vm))
		return false;
	if (!w->look_until)
		w->look_until = now_ms() + waits.other_thread;
	do {
		tid = vm_thread(&vm->vm, v->number);
		if (tid > 0 && tid != v->tid)
			return true;
		nanosleep(&moment, NULL);
	} while (now_ms() < w->look_until);
	return false;
}

/*
 * Events count one thread, but KVM lets any thread of the process run a vCPU, and lets a
 * thread run several.  Exits of another thread or vCPU are no difference.  They cannot be
 * told apart, because nothing tells in advance which thread will run which vCPU.
 */
static void check_threads(struct watch *w, const struct vm_check *vm, struct vcpu_check *v)
{
	const char *why = NULL;

	if (v->looked)
		return;
	v->looked = true;
	if (thread_runs_several(v->tid))
		why = "its thread runs another vCPU, too";
	else if (is_run_by_others(w, vm, v))
		why = "several threads run it";
	else if (!vm_exists(&vm->vm))
		why = "its VM ended before it was seen which threads run it";
	if (!why)
		return;
	vcpu_undo(v);
	w->result.obstacle = true;
	watch_note(w, "vCPU %u of process %d cannot be compared: %s, and a perf event belongs to one thread; let its VMM run each vCPU in a thread of its own",
		   v->number, vm->vm.pid, why);
	end_vcpu(w, v, VCPU_DONE);
}

/* Called when the VM runs again, so there is time to print messages. */
static void report_vcpu(struct watch *w, struct vm_check *vm, struct vcpu_check *v)
{
	char path[VM_PATH_SIZE];

	switch (v->outcome) {
	case NOT_READ:
	case AGREES:
		break;
	case DIFFERS:
		check_threads(w, vm, v);
		break;
	case NOT_COUNTING:
		say_off(w);
		break;
	case INTERRUPTED:
		w->result.obstacle = true;
		dismiss_witnesses(w);
		w->said_off = false;
		watch_note(w, "exitstat was 0 for a while, so vCPU %u of process %d lacks exits; its comparison starts again here",
			   v->number, vm->vm.pid);
		break;
	case RAN:
		watch_note(w, "vCPU %u of process %d ran though it was paused, so somebody else continued it; this reading is not used",
			   v->number, vm->vm.pid);
		break;
	case DOES_NOT_ADD_UP:
		w->result.wrong_sums++;
		break;
	case GONE:
		end_vm(w, vm);
		break;
	case UNREADABLE:
		/* KVM may be removing it. */
		vm_path(path, &vm->vm, v->number, "exitstat");
		if (!vm_settles(&vm->vm, path)) {
			end_vm(w, vm);
			break;
		}
		w->result.obstacle = true;
		watch_note(w, "%s", v->why);
		end_vcpu(w, v, VCPU_DONE);
		break;
	}
}

/* Another thread than before may call KVM_RUN now; it needs other events. */
static void check_thread(struct watch *w, struct vm_check *vm, struct vcpu_check *v)
{
	const pid_t tid = vm_thread(&vm->vm, v->number);

	if (v->state != VCPU_OPEN || vm->ended || tid <= 0)
		return;
	if (tid != v->tid) {
		watch_note(w, "vCPU %u of process %d is now run by thread %d; its comparison starts again here",
			   v->number, vm->vm.pid, tid);
		vcpu_restart(v);
		end_vcpu(w, v, VCPU_WAITING);
	} else if (!thread_state(vm->vm.pid, tid) && vm_exists(&vm->vm)) {
		watch_note(w, "the thread of vCPU %u of process %d has ended",
			   v->number, vm->vm.pid);
		end_vcpu(w, v, VCPU_ENDED);
	}
}

static unsigned int open_threads(const struct vm_check *vm, pid_t *tids)
{
	unsigned int i, nr = 0;

	for (i = 0; i < vm->nr; i++)
		if (vm->vcpus[i]->state == VCPU_OPEN)
			tids[nr++] = vm->vcpus[i]->tid;
	return nr;
}

static void read_open(struct watch *w, struct vm_check *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr; i++)
		if (vm->vcpus[i]->state == VCPU_OPEN)
			vm->vcpus[i]->outcome = read_vcpu(w, vm, vm->vcpus[i]);
}

/* Start or end witnesses, while the VM is stopped; NULL, or what is wrong. */
static const char *run_witnesses(struct watch *w, const struct vm_check *vm, char *why,
			size_t size)
{
	struct witnesses *ws = &w->result.witnesses;

	if (!ws->nr || ws->failed || ws->over)
		return NULL;
	if (!ws->begun)
		return witnesses_begin(ws, &vm->vm, why, size);
	return w->last ? witnesses_end(ws, &vm->vm, why, size) : NULL;
}

static void read_paused(struct watch *w, struct vm_check *vm, const pid_t *tids,
			unsigned int nr)
{
	const char *why, *stays, *wrong = NULL;
	char sentence[512];
	unsigned int i;

	for (i = 0; i < vm->nr; i++)
		vm->vcpus[i]->outcome = NOT_READ;
	why = pause_begin(vm->pauser, tids, nr);
	if (!why)
		wrong = run_witnesses(w, vm, sentence, sizeof(sentence));
	if (!why)
		read_open(w, vm);
	stays = pause_end(vm->pauser);
	if (!vm_exists(&vm->vm)) {
		end_vm(w, vm);
		return;
	}
	if (wrong) {
		w->result.obstacle = true;
		watch_note(w, "%s", wrong);
	}
	/* After an interruption follows the last reading, which compares what this one would have. */
	if (why && (w->last || !vm->pauser->interrupted)) {
		w->result.obstacle = true;
		watch_note(w, "process %d cannot be paused: %s", vm->vm.pid, why);
	}
	if (vm->pauser->overdue) {
		w->result.obstacle = true;
		watch_note(w, "process %d was stopped for longer than --pause-limit allows, so it was continued before this reading was over",
			   vm->vm.pid);
	}
	if (stays) {
		w->result.obstacle = true;
		watch_note(w, "process %d stays paused: %s", vm->vm.pid, stays);
	}
}

static void compare_vm(struct watch *w, struct vm_check *vm)
{
	pid_t tids[vm->nr + 1];
	unsigned int i, nr;

	for (i = 0; i < vm->nr; i++)
		check_thread(w, vm, vm->vcpus[i]);
	nr = open_threads(vm, tids);
	if (!nr)
		return;
	w->started = true;
	if (vm->pauser)
		read_paused(w, vm, tids, nr);
	else
		read_open(w, vm);
	for (i = 0; i < vm->nr; i++) {
		if (vm->vcpus[i]->state == VCPU_OPEN)
			report_vcpu(w, vm, vm->vcpus[i]);
		check_thread(w, vm, vm->vcpus[i]);
	}
}

void watch_compare(struct watch *w)
{
	unsigned int i;

	w->look_until = 0;
	for (i = 0; i < w->result.nr_vms; i++)
		if (!w->result.vms[i]->ended)
			compare_vm(w, w->result.vms[i]);
}

static bool one_is_left(const struct watch *w)
{
	unsigned int i;

	for (i = 0; i < w->result.nr_vms; i++)
		if (!w->result.vms[i]->ended)
			return true;
	return false;
}

void watch_check_witnesses(struct watch *w)
{
	const struct witnesses *ws = &w->result.witnesses;

	if (!ws->begun || ws->over || ws->failed)
		return;
	w->result.obstacle = true;
	watch_note(w, "%s, so the witnesses' counts cannot be compared", one_is_left(w) ?
		   "the VM was not stopped for the last reading" : "the VM was gone before the last reading");
}

void watch_close(struct watch *w)
{
	unsigned int i, j;

	for (i = 0; i < w->result.nr_vms; i++)
		for (j = 0; j < w->result.vms[i]->nr; j++)
			if (w->result.vms[i]->vcpus[j]->state == VCPU_OPEN)
				end_vcpu(w, w->result.vms[i]->vcpus[j], VCPU_DONE);
}

void watch_free(struct watch *w)
{
	unsigned int i;

	watch_close(w);
	for (i = 0; i < w->result.nr_vms; i++)
		free_vm(w->result.vms[i]);
	free(w->result.vms);
	for (i = 0; i < w->result.nr_notes; i++)
		free(w->result.notes[i]);
	free(w->result.notes);
	witnesses_free(&w->result.witnesses);
}
