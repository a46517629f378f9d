// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: stops a VM for a moment.  QMP's stop returns when all vCPUs have left
 * KVM_RUN.  After SIGSTOP we wait until all threads are stopped; a vCPU's thread then is
 * outside of KVM_RUN.
 */
#include <errno.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/signals.h"
#include "lib/waits.h"
#include "source/process.h"
#include "source/qmp.h"
#include "source/vm.h"
#include "verify/guard.h"
#include "verify/pause.h"

static bool executed(struct pauser *p, const char *command)
{
	char why[WHY_SIZE];

	return qmp_execute(p->qmp, command, NULL, NULL, why, sizeof(why)) == QMP_DONE;
}

int pauser_open(struct pauser *p, const struct vm *vm, const char *qmp)
{
	char path[VM_QMP_SIZE], why[WHY_SIZE];

	*p = (struct pauser) { .pid = vm->pid };
	/* A PID may be reused by another process, a pidfd may not. */
	p->pidfd = pidfd_open(vm->pid, 0);
	if (p->pidfd < 0 || !vm_exists(vm) || !process_may_have_vm_or_vcpu_at(vm->pid, vm->fd)) {
		pauser_close(p);
		return -ESRCH;
	}
	if (!qmp && !vm_qmp(vm, path))
		return EXIT_DONE;
	p->qmp = qmp_open(qmp ?: path, vm->pid, waits.monitor, waits.stop, why, sizeof(why));
	if (p->qmp) {
		qmp_hurry(p->qmp, end_is_pending);
		return EXIT_DONE;
	}
	if (qmp)
		return fail("%s; without --qmp the process is stopped by SIGSTOP", why);
	note("process %d is stopped by SIGSTOP: %s", vm->pid, why);
	return EXIT_DONE;
}

void pauser_close(struct pauser *p)
{
	qmp_close(p->qmp);
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->qmp = NULL;
	p->pidfd = -1;
}

static int send_signal(const struct pauser *p, int sig)
{
	return pidfd_send_signal(p->pidfd, sig, NULL, 0);
}

/* In the guard, which does not have the part of an answer that we had already read. */
static bool resume(void *data)
{
	const uint64_t until = now_ms() + waits.stop;
	struct pauser *p = data;
	bool done;

	if (!p->qmp)
		return !send_signal(p, SIGCONT);
	qmp_forked(p->qmp);
	while (!(done = executed(p, "cont")) && now_ms() < until)
		usleep(10000);
	return done;
}

/* Start the guard; from here on the VM counts as stopped by us.  NULL, or what is wrong. */
static const char *guarded(struct pauser *p)
{
	if (!guard_begin(&p->guard, waits.paused + waits.witness_grace, resume, p))
		return "no process can be started that would continue the VM if exitstat were killed";
	p->stopped = true;
	return NULL;
}

static const char *stop_by_qmp(struct pauser *p)
{
	struct json_object *status, *running;
	char why[WHY_SIZE];
	const char *wrong;
	bool runs;

	if (qmp_execute(p->qmp, "query-status", NULL, &status, why, sizeof(why)) != QMP_DONE ||
	    !json_object_object_get_ex(status, "running", &running)) {
		json_object_put(status);
		return "QMP does not tell whether the VM runs";
	}
	runs = json_object_get_boolean(running);
	json_object_put(status);
	if (!runs)
		return NULL;
	wrong = guarded(p);
	if (wrong)
		return wrong;
	/* Even without an answer the VM may have stopped. */
	return executed(p, "stop") ? NULL : "QMP does not stop it";
}

static bool is_stopped(char state)
{
	return state == 'T' || state == 't';
}

static const char *stop_by_signal(struct pauser *p, const pid_t *tids,
				  unsigned int nr)
{
	const uint64_t until = now_ms() + waits.threads;
	const char *wrong = NULL;
	unsigned int i = 0;
	char state;

	if (!is_stopped(thread_state(p->pid, p->pid)))
		wrong = guarded(p) ?: send_signal(p, SIGSTOP) ? "SIGSTOP cannot be sent" : NULL;
	if (wrong)
		return wrong;
	while (i < nr) {
		state = thread_state(p->pid, tids[i]);
		if (!state || is_stopped(state)) {
			i++;
			continue;
		}
		if (now_ms() >= until)
			return "a vCPU's thread does not stop";
		if (end_is_pending())
			return "we were interrupted before its threads stopped";
		usleep(200);
	}
	return NULL;
}

const char *pause_begin(struct pauser *p, const pid_t *tids, unsigned int nr)
{
	const char *wrong;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &p->mask);
	wrong = p->qmp ? stop_by_qmp(p) : stop_by_signal(p, tids, nr);
	p->interrupted = wrong && end_is_pending();
	return wrong;
}

const char *pause_end(struct pauser *p)
{
	const char *why = NULL;

	/* Both at once would take each other's answers from the connection. */
	if (p->stopped && !guard_yields(&p->guard, end_is_pending() ? waits.hurry : 2 * waits.stop))
		p->stopped = !guard_has_resumed(&p->guard);
	if (p->stopped && p->qmp && !executed(p, "cont"))
		why = "QMP does not continue it; send it 'cont'";
	if (p->stopped && !p->qmp && send_signal(p, SIGCONT) && errno != ESRCH)
		why = "SIGCONT cannot be sent; kill -CONT its process";
	p->stopped = false;
	/* If we could not continue the VM, the guard goes on trying. */
	p->overdue = !guard_end(&p->guard, !why);
	sigprocmask(SIG_SETMASK, &p->mask, NULL);
	return why;
}
