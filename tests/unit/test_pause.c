// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify --pause: a VM that it stops runs again, whatever happens to verify.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/signals.h"
#include "lib/waits.h"
#include "source/qmp.h"
#include "source/vm.h"
#include "verify/pause.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own_debugfs.h"
#include "threads.h"

#define TIMES		50	/* number of moments at which we are killed */
#define MOMENT_US	20000	/* the moments are within this time */
#define SOON_MS		30000	/* that takes a busy machine long, and a VM that stands still for ever */

/**
 * struct shared - memory that all processes of a test share
 * @steps: number of steps of the VM's vCPU
 * @runs: QMP lets the VM run
 * @stops: number of stops by QMP
 * @stops_ended: of them, those after which the VM stood still
 * @stop_ms: how long a stop takes
 * @stop_waits: a stop takes until this is false
 * @answer_ms: time from the VM's going on to the answer
 * @refusals: QMP refuses to let it run so many times
 * @begun: the process that stops the VM has started to do so
 */
static struct shared {
	volatile unsigned int steps;
	volatile bool runs;
	volatile unsigned int stops;
	volatile unsigned int stops_ended;
	volatile unsigned int stop_ms;
	volatile bool stop_waits;
	volatile unsigned int answer_ms;
	volatile unsigned int refusals;
	volatile bool begun;
} *shared;

static char path[64];
static pid_t vmm;

/* Like QEMU: input that is unread when the client hangs up is never read. */
static bool is_gone(int client)
{
	struct pollfd fd = { .fd = client };

	usleep(20000);
	return poll(&fd, 1, 0) > 0 && fd.revents & POLLHUP;
}

static void answer(int client, char *line)
{
	const char *id = strstr(line, "\"id\"");
	char reply[128];

	if (strstr(line, "\"stop\"")) {
		shared->stops++;
		usleep(shared->stop_ms * 1000);
		while (shared->stop_waits)
			usleep(1000);
		shared->runs = false;
		shared->stops_ended++;
	} else if (strstr(line, "\"cont\"") && shared->refusals) {
		shared->refusals--;
		snprintf(reply, sizeof(reply), "{\"error\": {\"class\": \"GenericError\", \"desc\": \"not now\"}, \"id\": %d}\r\n",
			 id ? atoi(id + 5) : 0);
		send(client, reply, strlen(reply), MSG_NOSIGNAL);
		return;
	} else if (strstr(line, "\"cont\"")) {
		shared->runs = true;
		usleep(shared->answer_ms * 1000);
	}
	snprintf(reply, sizeof(reply), "{\"return\": {\"running\": %s}, \"id\": %d}\r\n",
		 shared->runs ? "true" : "false", id ? atoi(id + 5) : 0);
	send(client, reply, strlen(reply), MSG_NOSIGNAL);
}

/* Like QEMU: serves one client, command by command. */
static void serve(int client)
{
	static const char greeting[] = "{\"QMP\": {}}\r\n";
	char text[4096], *line, *rest;
	ssize_t n;

	send(client, greeting, strlen(greeting), MSG_NOSIGNAL);
	while ((n = recv(client, text, sizeof(text) - 1, 0)) > 0) {
		text[n] = '\0';
		for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			answer(client, line);
		if (shared->stop_ms && is_gone(client))
			break;
	}
	close(client);
}

static void live(int listener)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The vCPU is another process, because this one serves QMP. */
	if (listener >= 0 && fork()) {
		for (;;)
			serve(accept(listener, NULL, NULL));
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		shared->steps += shared->runs;
		usleep(500);
	}
}

static int listen_at(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(path, sizeof(path), "/tmp/exitstat-pause-%d", getpid());
	unlink(path);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static void begin(bool qmp)
{
	int listener;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shared->runs = true;
	shared->steps = 0;
	shared->stops = 0;
	shared->stops_ended = 0;
	shared->stop_ms = 0;
	shared->stop_waits = false;
	shared->answer_ms = 0;
	shared->refusals = 0;
	listener = qmp ? -2 : -1;
	until_threads_end();
	/* The socket belongs to the process that has called listen(). */
	vmm = fork();
	if (!vmm) {
		if (listener == -2)
			listener = listen_at();
		live(listener);
	}
	snprintf(path, sizeof(path), "/tmp/exitstat-pause-%d", vmm);
	while (!shared->steps)
		usleep(1000);
}

static void end(void)
{
	kill(vmm, SIGKILL);
	waitpid(vmm, NULL, 0);
	unlink(path);
	munmap(shared, 4096);
}

static struct pauser pauser_of(bool qmp)
{
	struct pauser p = { .pid = vmm, .pidfd = pidfd_open(vmm, 0) };
	char why[WHY_SIZE] = "";

	if (qmp) {
		p.qmp = qmp_open(path, vmm, SOON_MS, SOON_MS, why, sizeof(why));
		if (!p.qmp)
			fail_msg("%s", why);
		/* The guard is forked. */
		until_threads_end();
	}
	return p;
}

static bool goes_on(void)
{
	const uint64_t until = now_ms() + SOON_MS;
	const unsigned int steps = shared->steps;

	while (shared->steps - steps < 3 && now_ms() < until)
		usleep(1000);
	return shared->steps - steps >= 3;
}

/* Stop the VM again and again; with stops of up to 2 ms it is stopped most of the time. */
static void pause_for_ever(bool qmp)
{
	struct pauser p;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	p = pauser_of(qmp);
	shared->begun = true;
	for (;;) {
		pause_begin(&p, &vmm, 1);
		usleep(random() % 2000);
		pause_end(&p);
	}
}

static void killed_at_any_moment(bool qmp)
{
	unsigned int i, stopped = 0;
	pid_t verifier;

	begin(qmp);
	srandom(1);
	/* Until it was stopped several times; otherwise nothing was tested. */
	for (i = 0; i < TIMES || (stopped <= TIMES / 10 && i < 20 * TIMES); i++) {
		shared->begun = false;
		verifier = fork();
		if (!verifier)
			pause_for_ever(qmp);
		/* Half of the moments are within pauses, however long connecting takes. */
		while (i % 2 && !shared->begun)
			usleep(100);
		usleep(random() % MOMENT_US);
		kill(verifier, SIGKILL);
		stopped += !shared->runs || thread_state(vmm, vmm) == 'T';
		waitpid(verifier, NULL, 0);
		if (!goes_on())
			fail_msg("killed for the %uth time, and the VM stands still", i + 1);
	}
	assert_true(stopped > TIMES / 10);
	end();
}

static void a_vm_goes_on_when_we_are_killed(void **state)
{
	(void)state;
	killed_at_any_moment(false);
}

static void a_vm_goes_on_when_we_are_killed_by_qmp(void **state)
{
	(void)state;
	killed_at_any_moment(true);
}

/* Until QMP has done what it was told; by then the VM may go on. */
static void until_stopped(void)
{
	while (shared->stops_ended < shared->stops)
		usleep(1000);
}

/* Stopping takes long; the answer to "stop" must not be taken for that to the later "cont". */
static void a_vm_goes_on_that_stops_after_we_are_killed(void **state)
{
	pid_t verifier;

	(void)state;
	begin(true);
	shared->stop_ms = 100;
	verifier = fork();
	if (!verifier)
		pause_for_ever(true);
	while (!shared->stops)
		usleep(1000);
	kill(verifier, SIGKILL);
	waitpid(verifier, NULL, 0);
	until_stopped();
	assert_true(goes_on());
	end();
}

/* While the VM stops */
static void interrupt_us(void)
{
	const pid_t us = getpid();

	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!shared->stops)
		usleep(1000);
	kill(us, SIGINT);
	_exit(0);
}

/* Ctrl-C does not wait for the VM's disks, and the VM runs again when they are done. */
static void an_interruption_does_not_wait_for_stop(void **state)
{
	const struct timespec none = {};
	const char *not_begun, *not_ended;
	uint64_t begun, took;
	struct pauser p;
	sigset_t set;
	int sig;

	(void)state;
	begin(true);
	shared->stop_ms = 1;
	shared->stop_waits = true;
	p = pauser_of(true);
	qmp_hurry(p.qmp, end_is_pending);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	begun = now_ms();
	interrupt_us();
	not_begun = pause_begin(&p, &vmm, 1);
	not_ended = pause_end(&p);
	took = now_ms() - begun;
	sig = sigtimedwait(&set, NULL, &none);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	pauser_close(&p);
	assert_int_equal(sig, SIGINT);
	assert_non_null(not_begun);
	assert_true(p.interrupted);
	assert_non_null(not_ended);
	/* Without the signal it would have waited for SOON_MS. */
	assert_true(took < SOON_MS / 2);
	assert_true(shared->runs);
	shared->stop_waits = false;
	until_stopped();
	assert_true(goes_on());
	end();
}

/*
 * Pause the VM.  A busy machine may take longer for that than the guard waits; then again.
 * QMP refuses to continue it so many times.
 */
static void pause_in_time(struct pauser *p, unsigned int refusals)
{
	unsigned int tries = 0;
	const char *why;
	uint64_t begun;

	for (;;) {
		shared->refusals = refusals;
		begun = now_ms();
		why = pause_begin(p, &vmm, 1);
		if (now_ms() - begun < waits.paused + waits.witness_grace || ++tries == 100)
			break;
		shared->refusals = 0;
		pause_end(p);
	}
	assert_null(why);
}

static void a_pause_has_an_end(void **state)
{
	const struct waits usual = waits;
	unsigned int by_qmp;
	struct pauser p;

	(void)state;
	waits.paused = 100;
	waits.witness_grace = 100;
	for (by_qmp = 0; by_qmp < 2; by_qmp++) {
		begin(by_qmp);
		p = pauser_of(by_qmp);
		pause_in_time(&p, 0);
		/* As if we hung, or were stopped. */
		assert_true(goes_on());
		pause_end(&p);
		assert_true(p.overdue);
		waits.paused = usual.paused;
		p.interrupted = true;
		assert_null(pause_begin(&p, &vmm, 1));
		assert_false(p.interrupted);
		assert_null(pause_end(&p));
		assert_false(p.overdue);
		waits.paused = 100;
		assert_true(goes_on());
		pauser_close(&p);
		assert_null(p.qmp);
		assert_int_equal(p.pidfd, -1);
		end();
	}
	waits = usual;
}

/* The guard and we would otherwise take each other's answers. */
static void a_guard_at_work_is_waited_for(void **state)
{
	const struct waits usual = waits;
	struct pauser p;
	unsigned int i;

	(void)state;
	waits.paused = 100;
	waits.witness_grace = 100;
	begin(true);
	shared->answer_ms = 50;
	p = pauser_of(true);
	for (i = 0; i < 10; i++) {
		pause_in_time(&p, 0);
		assert_true(goes_on());
		assert_null(pause_end(&p));
		assert_true(p.overdue);
	}
	pauser_close(&p);
	end();
	waits = usual;
}

/* The guard asks again until the VM runs. */
static void a_guard_is_refused_for_a_while(void **state)
{
	const struct waits usual = waits;
	struct pauser p;

	(void)state;
	waits.paused = 100;
	waits.witness_grace = 100;
	begin(true);
	p = pauser_of(true);
	pause_in_time(&p, 3);
	assert_true(goes_on());
	assert_int_equal(shared->refusals, 0);
	assert_null(pause_end(&p));
	assert_true(p.overdue);
	pauser_close(&p);
	end();
	waits = usual;
}

static void wait_for(const struct guard *guard)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, guard->pid, &info, WEXITED | WNOWAIT), 0);
}

static void what_is_stopped_after_that_end_stays_so(void **state)
{
	const struct waits usual = waits;
	struct pauser p;

	(void)state;
	waits.paused = 100;
	waits.witness_grace = 100;
	begin(true);
	p = pauser_of(true);
	pause_in_time(&p, 0);
	assert_true(goes_on());
	/* It has got its answer. */
	wait_for(&p.guard);
	shared->runs = false;
	pause_end(&p);
	assert_true(p.overdue);
	assert_false(shared->runs);
	pauser_close(&p);
	end();
	waits = usual;
}

static void what_somebody_else_has_stopped_stays_so(void **state)
{
	struct pauser p;

	(void)state;
	begin(true);
	p = pauser_of(true);
	shared->runs = false;
	assert_null(pause_begin(&p, &vmm, 1));
	assert_null(pause_end(&p));
	assert_false(shared->runs);
	assert_int_equal(shared->stops, 0);
	pauser_close(&p);
	end();
}

static void a_socket_of_another_process_is_refused(void **state)
{
	char why[WHY_SIZE] = "", part[64];

	(void)state;
	begin(true);
	assert_null(qmp_open(path, getpid(), SOON_MS, SOON_MS, why, sizeof(why)));
	snprintf(part, sizeof(part), "process %d, and not the VM's process %d, listens at", vmm, getpid());
	if (!strstr(why, part))
		fail_msg("'%s' is not in '%s'", part, why);
	assert_int_equal(shared->stops, 0);
	end();
}

/* What the links of descriptors lead to, instead of readlink(); NULL: as it is. */
static const char *links_to;
static char link_asked[64];

ssize_t readlink(const char *restrict of, char *restrict to, size_t size)
{
	snprintf(link_asked, sizeof(link_asked), "%s", of);
	return links_to ? snprintf(to, size, "%s", links_to) : readlinkat(AT_FDCWD, of, to, size);
}

/* It is the process that has the VM or a vCPU as the descriptor at which the search has found it. */
static void only_a_process_that_has_the_vm_is_stopped(void **state)
{
	static const struct {
		const char *link;
		bool may;
	} cases[] = {
		{ "anon_inode:kvm-vm", true }, { "anon_inode:kvm-vcpu:0", true }, { "anon_inode:kvm-vm-stats", false },
		{ "anon_inode:kvm-vcpu-stats:0", false }, { "anon_inode:[eventfd]", false }, { "/dev/kvm", false },
	};
	struct vm vm = { .dir = OWN_VM, .fd = 77 };
	char descriptor[64];
	struct pauser p;
	unsigned int i;

	(void)state;
	if (!own_debugfs())
		skip();
	begin(false);
	vm.pid = vmm;
	snprintf(descriptor, sizeof(descriptor), "/proc/%d/fd/77", vmm);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		links_to = cases[i].link;
		assert_int_equal(pauser_open(&p, &vm, NULL), cases[i].may ? EXIT_DONE : -ESRCH);
		assert_string_equal(link_asked, descriptor);
		assert_int_equal(p.pidfd >= 0, cases[i].may);
		pauser_close(&p);
	}
	links_to = "anon_inode:kvm-vm";
	vm.pid = 0;
	assert_int_equal(pauser_open(&p, &vm, NULL), -ESRCH);
	vm.pid = vmm;
	strcpy(vm.dir, "3-4");
	assert_int_equal(pauser_open(&p, &vm, NULL), -ESRCH);
	links_to = NULL;
	end();
}

static bool is_stopped(void)
{
	return thread_state(vmm, vmm) == 'T';
}

/* By a signal, too; and what is stopped after we have continued it is not continued again. */
static void what_sigstop_has_stopped_stays_so(void **state)
{
	struct pauser p;

	(void)state;
	begin(false);
	p = pauser_of(false);
	assert_null(pause_begin(&p, &vmm, 1));
	assert_true(is_stopped());
	assert_null(pause_end(&p));
	assert_true(goes_on());
	kill(vmm, SIGSTOP);
	while (!is_stopped())
		usleep(1000);
	assert_null(pause_begin(&p, &vmm, 1));
	assert_null(pause_end(&p));
	assert_true(is_stopped());
	assert_false(p.overdue);
	pauser_close(&p);
	assert_int_equal(p.pidfd, -1);
	assert_null(p.qmp);
	end();
}

/* No signal reaches us while a VM is stopped. */
static void signals_wait_for_the_end_of_a_pause(void **state)
{
	const struct timespec none = {};
	sigset_t before, during, after;
	struct pauser p;
	int sig;

	(void)state;
	begin(false);
	p = pauser_of(false);
	sigprocmask(SIG_BLOCK, NULL, &before);
	assert_null(pause_begin(&p, &vmm, 1));
	sigprocmask(SIG_BLOCK, NULL, &during);
	assert_null(pause_end(&p));
	sigprocmask(SIG_BLOCK, NULL, &after);
	for (sig = 1; sig < 32; sig++) {
		assert_int_equal(sigismember(&during, sig), sig != SIGKILL && sig != SIGSTOP);
		assert_int_equal(sigismember(&before, sig), sigismember(&after, sig));
	}
	assert_int_equal(sigtimedwait(&during, NULL, &none), -1);
	pauser_close(&p);
	end();
}

/* A VM that has ended while it was stopped need not be continued. */
static void a_vm_ends_while_it_is_stopped(void **state)
{
	struct pauser p;

	(void)state;
	begin(false);
	p = pauser_of(false);
	assert_null(pause_begin(&p, &vmm, 1));
	kill(vmm, SIGKILL);
	waitpid(vmm, NULL, 0);
	assert_null(pause_end(&p));
	assert_false(p.overdue);
	pauser_close(&p);
	vmm = 0;
	munmap(shared, 4096);
}

/* The guard gives us both the time for witnesses and that in which they end. */
static void a_guard_waits_for_witnesses_to_end(void **state)
{
	const struct waits usual = waits;
	struct pauser p;
	siginfo_t info = {};
	unsigned int i;

	(void)state;
	waits.paused = waits.witness_grace = 60000;
	begin(false);
	p = pauser_of(false);
	assert_null(pause_begin(&p, &vmm, 1));
	/* One that does not wait ends soon. */
	for (i = 0; i < 300 && !info.si_pid; i++) {
		usleep(1000);
		assert_int_equal(waitid(P_PID, p.guard.pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	}
	assert_int_equal(info.si_pid, 0);
	assert_null(pause_end(&p));
	assert_false(p.overdue);
	pauser_close(&p);
	end();
	waits = usual;
}

static bool counts_resume(void *data)
{
	shared->steps++;
	return data;
}

static struct guard guard_of(unsigned int ms, bool resumes)
{
	struct guard guard;

	shared->steps = 0;
	assert_true(guard_begin(&guard, ms, counts_resume, resumes ? shared : NULL));
	assert_true(guard.pid > 0);
	return guard;
}

static unsigned int descriptors(void)
{
	unsigned int nr = 0, fd;

	for (fd = 0; fd < 256; fd++)
		nr += fcntl(fd, F_GETFD) >= 0;
	return nr;
}

static bool fork_fails;

pid_t fork(void)
{
	return fork_fails ? -1 : _Fork();
}

/* It resumes the VM if we end, or do not say that we have, after it has promised to wait for that. */
static void a_guard_keeps_its_promise(void **state)
{
	const unsigned int before = descriptors();
	struct rlimit usual, none;
	struct guard guard;
	pid_t last;
	char path[64], name[32] = "";
	FILE *file;

	(void)state;
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* It is asked to wait, and told that we are done. */
	guard = guard_of(60000, true);
	assert_false(guard_has_resumed(&guard));
	assert_true(guard_yields(&guard, 60000));
	assert_int_equal(getsid(guard.pid), guard.pid);
	snprintf(path, sizeof(path), "/proc/%d/comm", guard.pid);
	file = fopen(path, "r");
	assert_non_null(fgets(name, sizeof(name), file));
	fclose(file);
	assert_string_equal(name, "verify-guard\n");
	assert_false(guard_has_resumed(&guard));
	assert_int_equal(kill(guard.pid, 0), 0);
	assert_true(guard_end(&guard, true));
	assert_int_equal(guard.pid, 0);
	assert_int_equal(shared->steps, 0);
	assert_true(guard_end(&guard, true));
	assert_false(guard_has_resumed(&guard));
	/* It is asked, and not told. */
	guard = guard_of(60000, true);
	assert_true(guard_yields(&guard, 60000));
	assert_int_equal(shutdown(guard.line, SHUT_WR), 0);
	wait_for(&guard);
	assert_int_equal(shared->steps, 1);
	assert_true(guard_has_resumed(&guard));
	assert_false(guard_yields(&guard, 60000));
	assert_false(guard_end(&guard, true));
	/* It has waited for long enough, with success or without. */
	guard = guard_of(0, true);
	wait_for(&guard);
	assert_int_equal(shared->steps, 1);
	assert_true(guard_has_resumed(&guard));
	assert_false(guard_end(&guard, true));
	guard = guard_of(0, false);
	wait_for(&guard);
	assert_int_equal(shared->steps, 1);
	assert_false(guard_has_resumed(&guard));
	assert_false(guard_end(&guard, true));
	/* It was killed, by a signal with the number of that status, which nohup(1) would have it ignore. */
	signal(SIGHUP, SIG_DFL);
	guard = guard_of(60000, true);
	kill(guard.pid, SIGHUP);
	wait_for(&guard);
	assert_false(guard_has_resumed(&guard));
	assert_true(guard_end(&guard, true));
	assert_int_equal(shared->steps, 0);
	/* One that does not answer */
	guard = guard_of(60000, true);
	kill(guard.pid, SIGSTOP);
	assert_false(guard_yields(&guard, 50));
	kill(guard.pid, SIGKILL);
	assert_true(guard_end(&guard, true));
	/* Without success, we do not wait for its end; then it resumes the VM. */
	guard = guard_of(60000, true);
	last = guard.pid;
	kill(last, SIGSTOP);
	assert_true(guard_end(&guard, false));
	kill(last, SIGCONT);
	assert_int_equal(waitpid(last, NULL, 0), last);
	assert_int_equal(shared->steps, 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	none = usual;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	assert_false(guard_begin(&guard, 60000, counts_resume, shared));
	setrlimit(RLIMIT_NOFILE, &usual);
	fork_fails = true;
	assert_false(guard_begin(&guard, 60000, counts_resume, shared));
	fork_fails = false;
	assert_int_equal(guard.pid, 0);
	assert_int_equal(descriptors(), before);
	munmap(shared, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vm_goes_on_when_we_are_killed),
		cmocka_unit_test(a_vm_goes_on_when_we_are_killed_by_qmp),
		cmocka_unit_test(a_vm_goes_on_that_stops_after_we_are_killed),
		cmocka_unit_test(an_interruption_does_not_wait_for_stop),
		cmocka_unit_test(a_pause_has_an_end),
		cmocka_unit_test(a_guard_at_work_is_waited_for),
		cmocka_unit_test(a_guard_is_refused_for_a_while),
		cmocka_unit_test(what_is_stopped_after_that_end_stays_so),
		cmocka_unit_test(what_somebody_else_has_stopped_stays_so),
		cmocka_unit_test(a_socket_of_another_process_is_refused),
		cmocka_unit_test(only_a_process_that_has_the_vm_is_stopped),
		cmocka_unit_test(what_sigstop_has_stopped_stays_so),
		cmocka_unit_test(signals_wait_for_the_end_of_a_pause),
		cmocka_unit_test(a_vm_ends_while_it_is_stopped),
		cmocka_unit_test(a_guard_waits_for_witnesses_to_end),
		cmocka_unit_test(a_guard_keeps_its_promise),
	};

	waits.threads = SOON_MS;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
