// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: which VMs, vCPUs and threads are watched while they come, change and go; all that
 * is said, and the whole state after each step.  VMs are folders in a debugfs of the test's own, and
 * processes.  perf events are ../native/perf.c's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/sizes.h"
#include "lib/waits.h"
#include "verify/cmd_verify.h"
#include "verify/pause.h"
#include "verify/tracepoint.h"
#include "verify/verify.h"
#include "verify/verify_watch.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "own_debugfs.h"
#include "threads.h"

#define ROOM	100
#define MORE	"/sys/more"	/* exits that the tracepoint has, and we lack */
#define QMP	"/sys/qmp"
#define LONG_MS	30000

/* No process has such a number, so each VM's process is found by its vCPUs' threads. */
#define A	"5000001-3"
#define B	"5000002-3"
#define C	"5000003-3"

int __real_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __real_usleep(useconds_t us);
int __wrap_usleep(useconds_t us);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __real_tracepoint_read(const struct tracepoint *t, uint64_t *values);
int __wrap_tracepoint_read(const struct tracepoint *t, uint64_t *values);

/* What happens while exitstat waits, or reads events: called with how often it has done so. */
static void (*while_it_waits)(unsigned int time), (*while_it_reads)(unsigned int time);
static unsigned int waited, has_read;

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	waited++;
	if (while_it_waits)
		while_it_waits(waited);
	return __real_nanosleep(time, left);
}

int __wrap_usleep(useconds_t us)
{
	waited++;
	if (while_it_waits)
		while_it_waits(waited);
	return __real_usleep(us);
}

/* There is no memory for one request: the last of so many; 0 if there is for all. */
static unsigned int lacks_memory;

static bool there_is_memory(void)
{
	if (!lacks_memory || --lacks_memory)
		return true;
	errno = ENOMEM;
	return false;
}

void *__wrap_malloc(size_t size)
{
	return there_is_memory() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t nr, size_t size)
{
	return there_is_memory() ? __real_calloc(nr, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	return there_is_memory() ? __real_realloc(old, size) : NULL;
}

int __wrap_tracepoint_read(const struct tracepoint *t, uint64_t *values)
{
	has_read++;
	if (while_it_reads)
		while_it_reads(has_read);
	return __real_tracepoint_read(t, values);
}

static bool has_debugfs;
static struct waits usual;
static struct watch *w;
static int said_fd, own_stderr;
static char said[1 << 14];
static unsigned int fds_before;

/**
 * struct process - a process that has a VM
 * @pid: the process, and its first thread
 * @other: its second thread
 */
static struct process {
	pid_t pid;
	pid_t other;
} one, two;

static void *run_for_ever(void *line)
{
	const pid_t tid = gettid();

	if (write(*(int *)line, &tid, sizeof(tid)) == sizeof(tid))
		for (;;)
			pause();
	return NULL;
}

/* The command that QMP refuses */
static const char *refused;

static void refuse(int listener)
{
	const int client = accept(listener, NULL, NULL);
	char text[4096], reply[128];
	const char *id;
	ssize_t n;

	send(client, "{\"QMP\": {}}\r\n", 13, MSG_NOSIGNAL);
	while ((n = recv(client, text, sizeof(text) - 1, 0)) > 0) {
		text[n] = '\0';
		id = strstr(text, "\"id\"");
		snprintf(reply, sizeof(reply), "{\"%s\": {\"running\": true, \"class\": \"x\", \"desc\": \"no\"}, \"id\": %d}\r\n",
			 strstr(text, refused) ? "error" : "return", id ? atoi(id + 5) : 0);
		send(client, reply, strlen(reply), MSG_NOSIGNAL);
	}
	_exit(0);
}

static void listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 5))
		_exit(1);
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	refuse(fd);
}

static struct process start_process(const char *name, const char *qmp)
{
	struct process p;
	pthread_t thread;
	int line[2], fd;

	assert_int_equal(pipe(line), 0);
	until_threads_end();
	p.pid = fork();
	if (!p.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		if (qmp)
			listen_at(qmp);
		fd = open("/sys/anon_inode:kvm-vm", O_RDONLY | O_CREAT, 0600);
		dup2(line[1], 9);
		dup2(fd, 3);
		fd = 9;
		pthread_create(&thread, NULL, run_for_ever, &fd);
		for (;;)
			pause();
	}
	close(line[1]);
	assert_int_equal(read(line[0], &p.other, sizeof(p.other)), sizeof(p.other));
	close(line[0]);
	return p;
}

static void end_process(struct process *p)
{
	if (!p->pid)
		return;
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	p->pid = 0;
}

static void put(const char *path, const char *text)
{
	char new[] = "/sys/new";
	FILE *file = fopen(new, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(rename(new, path), 0);
}

static const char *path_of(const char *vm, unsigned int vcpu, const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), KVM_DEBUGFS "/%s", vm);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), KVM_DEBUGFS "/%s/vcpu%u", vm, vcpu);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), KVM_DEBUGFS "/%s/vcpu%u/%s", vm, vcpu, file);
	return path;
}

/**
 * struct ledger - a vCPU's file exitstat
 * @id: of its counters, less 10
 * @off: KVM does not count
 * @outside: time in which KVM did not count
 * @cpuid: exits of this reason
 * @hlt: exits of this reason
 * @cr0: exits of the first reason
 * @wrong: the total has so many more
 */
struct ledger {
	unsigned int id;
	bool off;
	unsigned int outside;
	unsigned int cpuid;
	unsigned int hlt;
	unsigned int cr0;
	unsigned int wrong;
};

static void put_ledger(const char *vm, unsigned int vcpu, const struct ledger *l)
{
	char text[512];

	snprintf(text, sizeof(text), "kvm-exitstat 1\nisa svm\nid 0x%x\nvcpu %u\ncounting %d\nhistograms 0\nuntrusted 0\n"
		 "tsc_khz 1000000\nlifetime 9\nguest 0\noutside %u\nanomalies 0\ntorn 0\n"
		 "total exits %u\nreason 0x072 exits %u name cpuid\nreason 0x078 exits %u name hlt\n"
		 "reason 0x000 exits %u name read_cr0\n",
		 l->id + 10, vcpu, !l->off, l->outside, l->cpuid + l->hlt + l->cr0 + l->wrong, l->cpuid, l->hlt, l->cr0);
	put(path_of(vm, vcpu, "exitstat"), text);
}

#define ledger(vm, vcpu, ...)	put_ledger(vm, vcpu, &(struct ledger) { __VA_ARGS__ })

static void run_by(const char *vm, unsigned int vcpu, pid_t tid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", tid);
	put(path_of(vm, vcpu, "pid"), text);
}

/* A vCPU with exits of the reason cpuid, run by this thread */
static void vcpu_at(const char *vm, unsigned int vcpu, pid_t tid)
{
	ledger(vm, vcpu, .cpuid = 100);
	run_by(vm, vcpu, tid);
}

static void remove_vm(const char *vm)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf " KVM_DEBUGFS "/%s", vm);
	assert_int_equal(system(command), 0);
}

static void lack(unsigned int exits)
{
	char text[16];

	snprintf(text, sizeof(text), "%u\n", exits);
	put(MORE, text);
}

static unsigned int fds_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int nr = 0;

	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static void begin_to_listen(void)
{
	assert_int_equal(ftruncate(said_fd, 0), 0);
	lseek(said_fd, 0, SEEK_SET);
	dup2(said_fd, STDERR_FILENO);
}

static void end_to_listen(void)
{
	ssize_t n;

	dup2(own_stderr, STDERR_FILENO);
	n = pread(said_fd, said, sizeof(said) - 1, 0);
	said[n > 0 ? n : 0] = '\0';
}

static int scan(void)
{
	int ret;

	begin_to_listen();
	ret = watch_scan(w);
	end_to_listen();
	return ret;
}

static int open_all(void)
{
	int ret;

	begin_to_listen();
	ret = watch_open(w);
	end_to_listen();
	return ret;
}

static void compare(void)
{
	begin_to_listen();
	watch_compare(w);
	end_to_listen();
}

/* All that the last step has said. */
__attribute__((format(printf, 1, 2))) static void is_said(const char *fmt, ...)
{
	char want[sizeof(said)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(want, sizeof(want), fmt, args);
	va_end(args);
	assert_string_equal(said, want);
}

static bool differs(const struct vcpu_check *v)
{
	unsigned int i;

	for (i = 0; i < NR_LINES; i++)
		if (v->counters[i].missing || v->counters[i].extra)
			return true;
	return false;
}

/*
 * All VMs and vCPUs.  "A ended told:" are a VM's name and states, and "0w1,2" is vCPU 0, which waits,
 * with 1 event, after 2 comparisons; "!": they differ.
 */
static void is_now(const char *want)
{
	static const char states[] = { [VCPU_WAITING] = 'w', [VCPU_OPEN] = 'o', [VCPU_DONE] = 'd', [VCPU_ENDED] = 'e' };
	char text[1024] = "", *at = text;
	unsigned int i, j;

	for (i = 0; i < w->result.nr_vms; i++) {
		const struct vm_check *vm = w->result.vms[i];

		at += sprintf(at, "%s%c%s%s:", i ? "; " : "", 'A' + vm->vm.dir[6] - '1', vm->ended ? " ended" : "",
			      vm->told ? " told" : "");
		for (j = 0; j < vm->nr; j++) {
			const struct vcpu_check *v = vm->vcpus[j];

			at += sprintf(at, " %u%c%u,%u%s", v->number, states[v->state], v->events ? v->events->nr : 0, v->comparisons,
				      differs(v) ? "!" : "");
		}
	}
	at += sprintf(at, " / room %d", (int)w->room - ROOM);
	at += sprintf(at, "%s%s%s", w->result.obstacle ? " obstacle" : "", w->started ? " started" : "",
		      w->said_off ? " off" : "");
	if (w->left_out)
		at += sprintf(at, " left out %u", w->left_out);
	if (w->result.wrong_sums)
		at += sprintf(at, " wrong %u", w->result.wrong_sums);
	if (w->result.nr_notes)
		sprintf(at, " notes %u", w->result.nr_notes);
	assert_string_equal(text, want);
}

static int setup(void **state)
{
	(void)state;
	lacks_memory = 0;
	w = calloc(1, sizeof(*w));
	w->room = ROOM;
	if (!has_debugfs)
		return 0;
	remove_vm("*");
	lack(0);
	waits = usual;
	waits.folder = 1;
	waits.other_thread = 1;
	waits.makers = waits.threads = waits.witness_grace = waits.killed = LONG_MS;
	waited = has_read = 0;
	one = start_process("one", NULL);
	two = start_process("two", NULL);
	fds_before = fds_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	signal(SIGTERM, SIG_DFL);
	while_it_waits = while_it_reads = NULL;
	unsetenv("EXITSTAT_TEST_PERF");
	unsetenv("EXITSTAT_TEST_BPF");
	watch_free(w);
	free(w);
	if (!has_debugfs)
		return 0;
	end_process(&one);
	end_process(&two);
	return fds_open() != fds_before;
}

static void all_is_well(void)
{
	assert_int_equal(scan(), EXIT_DONE);
	is_said("%s", "");
	assert_int_equal(open_all(), EXIT_DONE);
	is_said("%s", "");
}

static void pass(void)
{
	compare();
	compare();
	is_said("%s", "");
}

static void vms_come_and_go(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	all_is_well();
	is_now(" / room 0");
	vcpu_at(A, 0, one.pid);
	vcpu_at(A, 2, one.other);
	vcpu_at(B, 1, 0);
	vcpu_at(B, 2, two.pid);
	assert_int_equal(mkdir(KVM_DEBUGFS "/" C, 0700), 0);
	assert_int_equal(scan(), EXIT_DONE);
	is_now("A: 0w0,0 2w0,0; B: 1w0,0 2w0,0; C: / room 0");
	all_is_well();
	is_now("A: 0o2,0 2o2,0; B: 1w0,0 2o2,0; C: / room -6");
	all_is_well();
	is_now("A: 0o2,0 2o2,0; B: 1w0,0 2o2,0; C: / room -6");
	compare();
	ledger(A, 2, .cpuid = 120);
	compare();
	is_said("%s", "");
	is_now("A: 0o2,1 2o2,1; B: 1w0,0 2o2,1; C: / room -6 started");
	vcpu_at(A, 1, one.pid);
	remove_vm(B);
	remove_vm(C);
	assert_int_equal(scan(), EXIT_DONE);
	is_said("exitstat: note: the VM of process %d has ended; it was compared up to the reading before that\n", two.pid);
	is_now("A: 0o2,1 2o2,1 1w0,0; B ended: 1e0,0 2e0,1; C ended: / room -4 started notes 1");
	all_is_well();
	is_now("A: 0o2,1 2o2,1 1o2,0; B ended: 1e0,0 2e0,1 / room -6 started notes 1");
	/* The folder of a VM that has ended is another VM's now. */
	vcpu_at(B, 0, two.pid);
	vcpu_at(B, 3, two.pid);
	all_is_well();
	is_now("A: 0o2,1 2o2,1 1o2,0; B ended: 1e0,0 2e0,1; B: 0o2,0 3o2,0 / room -10 started notes 1");
	remove_vm(A);
	remove_vm(B);
	assert_int_equal(scan(), EXIT_DONE);
	is_said("exitstat: note: the VM of process %d has ended; it was compared up to the reading before that\n", one.pid);
	is_now("A ended: 0e0,1 2e0,1 1e0,0; B ended: 1e0,0 2e0,1; B ended: 0e0,0 3e0,0 / room 0 started notes 2");
	all_is_well();
	compare();
	is_now("A ended: 0e0,1 2e0,1 1e0,0; B ended: 1e0,0 2e0,1 / room 0 started notes 2");
}

static void a_vm_that_was_asked_for_ends(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	w->target.name = B;
	vcpu_at(A, 0, one.pid);
	vcpu_at(B, 0, two.pid);
	vcpu_at(C, 0, one.pid);
	all_is_well();
	is_now("B: 0o2,0 / room -2");
	remove_vm(B);
	assert_int_equal(scan(), EXIT_DONE);
	is_said("exitstat: note: the VM of process %d has ended\n", two.pid);
	all_is_well();
	is_now("B ended: 0e0,0 / room 0 notes 1");
}

/* A process is found once one of its threads has run a vCPU; then it stays. */
static void a_process_is_found_later(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	ledger(A, 0, .cpuid = 100);
	run_by(A, 0, 0);
	all_is_well();
	compare();
	is_now("A: 0w0,0 / room 0");
	assert_int_equal(w->result.vms[0]->vm.pid, 0);
	run_by(A, 0, one.pid);
	all_is_well();
	is_now("A: 0o2,0 / room -2");
	assert_int_equal(w->result.vms[0]->vm.pid, one.pid);
	run_by(A, 0, 0);
	all_is_well();
	assert_int_equal(w->result.vms[0]->vm.pid, one.pid);
	run_by(A, 0, two.pid);
	all_is_well();
	assert_int_equal(w->result.vms[0]->vm.pid, two.pid);
	/* Unless it is the one that we stop */
	w->pause = true;
	vcpu_at(A, 1, two.pid);
	all_is_well();
	assert_non_null(w->result.vms[0]->pauser);
	run_by(A, 0, one.pid);
	run_by(A, 1, one.pid);
	all_is_well();
	assert_int_equal(w->result.vms[0]->vm.pid, two.pid);
}

static void no_file(const char *vm)
{
	ledger(vm, 0, .cpuid = 100);
	run_by(vm, 0, one.pid);
	unlink(path_of(vm, 0, "exitstat"));
}

static void a_folder(const char *vm)
{
	no_file(vm);
	mkdir(path_of(vm, 0, "exitstat"), 0700);
}

static void other_text(const char *vm)
{
	run_by(vm, 0, one.pid);
	put(path_of(vm, 0, "exitstat"), "nonsense\n");
}

static void no_thread(const char *vm)
{
	vcpu_at(vm, 0, one.pid);
	unlink(path_of(vm, 0, "pid"));
}

static const struct {
	void (*make)(const char *vm);
	const char *why;
} unfit[] = {
	{ no_file, "vCPU 0 of the VM of process %d has no file exitstat, so this KVM has no kvm-exitstat, or the vCPU is still being made; load its modules and restart the VM" },
	{ a_folder, "the file exitstat of vCPU 0 of the VM of process %d cannot be read: Is a directory" },
	{ other_text, KVM_DEBUGFS "/" B "/vcpu0/exitstat cannot be understood: line 1, 'nonsense', does not follow version 1 of the format; use the exitstat that was built with the host's KVM" },
	{ no_thread, "cannot tell which thread runs vCPU 0 of the VM " B ": there is no file pid beside exitstat (Linux has it since 5.19), and no thread is named 'CPU 0/KVM'; start QEMU with -name debug-threads=on" },
};

/* One that cannot be compared is told once, and the others are compared. */
static void who_cannot_be_compared_is_told(void **state)
{
	static char told[sizeof(said)];
	char format[512];
	unsigned int i;
	uint64_t begun;

	(void)state;
	if (!has_debugfs)
		skip();
	for (i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
		teardown(NULL);
		setup(NULL);
		vcpu_at(A, 0, one.pid);
		unfit[i].make(B);
		vcpu_at(C, 0, two.pid);
		assert_int_equal(scan(), EXIT_DONE);
		assert_int_equal(open_all(), EXIT_DONE);
		snprintf(format, sizeof(format), "exitstat: note: %s\n", unfit[i].why);
		/* Not all of them have a process to name. */
		#pragma GCC diagnostic push
		#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		is_said(format, one.pid);
		#pragma GCC diagnostic pop
		strcpy(told, said);
		is_now("A: 0o2,0; B told: 0w0,0; C: 0o2,0 / room -4 obstacle notes 1");
		/* What has been told is not waited for. */
		waits.folder = LONG_MS;
		begun = now_ms();
		all_is_well();
		assert_true(now_ms() - begun < LONG_MS / 2);
		is_now("A: 0o2,0; B told: 0w0,0; C: 0o2,0 / room -4 obstacle notes 1");
		waits.folder = 1;
		w->target.name = B;
		assert_int_equal(open_all(), EXIT_MISUSE);
		assert_string_equal(said + strlen("exitstat: "), told + strlen("exitstat: note: "));
		is_now("A: 0o2,0; B told: 0w0,0; C: 0o2,0 / room -4 obstacle notes 1");
	}
}

static void make_file(unsigned int time)
{
	if (time == 3)
		vcpu_at(A, 0, one.pid);
}

/* KVM makes a vCPU's folder before its files. */
static void files_that_are_late_are_waited_for(void **state)
{
	static void (*const make[])(const char *vm) = { no_file, no_thread };
	unsigned int i;

	(void)state;
	if (!has_debugfs)
		skip();
	for (i = 0; i < 2; i++) {
		teardown(NULL);
		setup(NULL);
		make[i](A);
		assert_int_equal(scan(), EXIT_DONE);
		waits.folder = LONG_MS;
		while_it_waits = make_file;
		assert_int_equal(open_all(), EXIT_DONE);
		is_said("%s", "");
		is_now("A: 0o2,0 / room -2");
		assert_int_equal(waited, 3);
	}
}

static void a_vm_ends_before_it_is_opened(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	vcpu_at(A, 0, one.pid);
	vcpu_at(A, 1, one.pid);
	assert_int_equal(scan(), EXIT_DONE);
	remove_vm(A);
	assert_int_equal(open_all(), EXIT_DONE);
	is_said("%s", "");
	is_now("A: 0w0,0 1w0,0 / room 0");
	/* Its thread is found by name. */
	teardown(NULL);
	setup(NULL);
	end_process(&one);
	one = start_process("CPU 0/KVM", NULL);
	vcpu_at(A, 0, one.pid);
	vcpu_at(A, 1, one.pid);
	w->target.name = A;
	assert_int_equal(scan(), EXIT_DONE);
	remove_vm(A);
	assert_int_equal(open_all(), EXIT_DONE);
	is_said("exitstat: note: the VM of process %d has ended\n", one.pid);
	is_now("A ended: 0e0,0 1e0,0 / room 0 notes 1");
}

static void reasons_have_events(void **state)
{
	const char *texts[] = { "0", "shutdown" };

	(void)state;
	if (!has_debugfs)
		skip();
	/* A reason of one vCPU is compared for all. */
	vcpu_at(A, 0, one.pid);
	ledger(A, 1, .hlt = 5);
	run_by(A, 1, one.other);
	vcpu_at(B, 0, two.pid);
	all_is_well();
	is_now("A: 0o3,0 1o3,0; B: 0o2,0 / room -8");
	assert_int_equal(w->result.vms[0]->isa, KVM_EXITSTAT_ISA_SVM);
	pass();
	ledger(A, 1, .hlt = 9);
	compare();
	is_now("A: 0o3,2 1o3,2; B: 0o2,2 / room -8 started");
	teardown(NULL);
	setup(NULL);
	ledger(A, 0, .cr0 = 1);
	run_by(A, 0, one.pid);
	all_is_well();
	is_now("A: 0o2,0 / room -2");
	teardown(NULL);
	setup(NULL);
	w->reasons.texts = texts;
	w->reasons.nr = 2;
	vcpu_at(A, 0, one.pid);
	ledger(A, 1, .id = 0);
	run_by(A, 1, one.other);
	all_is_well();
	is_now("A: 0o4,0 1o4,0 / room -8");
	teardown(NULL);
	setup(NULL);
	texts[1] = "bogus";
	w->reasons.texts = texts;
	w->reasons.nr = 2;
	vcpu_at(A, 0, one.pid);
	vcpu_at(B, 0, two.pid);
	assert_int_equal(scan(), EXIT_DONE);
	assert_int_equal(open_all(), EXIT_MISUSE);
	assert_non_null(strstr(said, "exitstat: exit reason 'bogus' has no counter"));
	is_now("A: 0w0,0; B: 0w0,0 / room 0");
}

static void there_is_room_for_some(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	w->room = 5;
	vcpu_at(A, 0, one.pid);
	vcpu_at(A, 1, one.pid);
	vcpu_at(B, 0, two.pid);
	all_is_well();
	is_now("A: 0o2,0 1o2,0; B: 0w0,0 / room -99 left out 1");
	watch_close(w);
	is_now("A: 0d0,0 1d0,0; B: 0w0,0 / room -95 left out 1");
	all_is_well();
	is_now("A: 0d0,0 1d0,0; B: 0o2,0 / room -97");
}

static void bpf_programs_are_told_once(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	setenv("EXITSTAT_TEST_BPF", "2", 1);
	vcpu_at(A, 0, one.pid);
	vcpu_at(A, 1, one.pid);
	assert_int_equal(scan(), EXIT_DONE);
	assert_int_equal(open_all(), EXIT_DONE);
	is_said("exitstat: note: BPF programs on kvm:kvm_exit: 2; perf does not count an exit for which one of them returns 0, so such exits show as differences\n");
	is_now("A: 0o2,0 1o2,0 / room -4 notes 1");
}

#define TRACEFS		"/sys/kernel/tracing"
#define KVM_EXIT	TRACEFS "/events/kvm/kvm_exit"

static int find_tracepoint(uint32_t *id)
{
	int ret;

	begin_to_listen();
	ret = tracepoint_id(id);
	end_to_listen();
	return ret;
}

/* On a host whose kernel is locked down or not, one sentence says why the tracepoint is not found. */
static void why_there_is_no_tracepoint(void **state)
{
	static const char *const lockdowns[] = { NULL, "[none] integrity confidentiality\n", "none integrity [confidentiality]\n" };
	unsigned int i;
	uint32_t id;

	(void)state;
	if (!has_debugfs)
		skip();
	assert_int_equal(system("mkdir -p /sys/kernel/security"), 0);
	for (i = 0; i < 3; i++) {
		if (lockdowns[i])
			put("/sys/kernel/security/lockdown", lockdowns[i]);
		assert_int_equal(find_tracepoint(&id), EXIT_MISUSE);
		is_said("exitstat: tracefs is not mounted, so the tracepoint kvm:kvm_exit cannot be found; mount -t tracefs tracefs " TRACEFS "\n");
		assert_int_equal(system("mkdir -p " TRACEFS "/events"), 0);
		assert_int_equal(find_tracepoint(&id), EXIT_MISUSE);
		is_said("exitstat: there is no tracepoint kvm:kvm_exit (No such file or directory); load kvm_intel or kvm_amd, of a kernel with event tracing\n");
		assert_int_equal(system("chmod 755 /sys/kernel && chmod 700 " TRACEFS), 0);
		assert_int_equal(seteuid(65534), 0);
		assert_int_equal(find_tracepoint(&id), EXIT_MISUSE);
		assert_int_equal(seteuid(0), 0);
		is_said("exitstat: %s\n", i == 2 ? "kernel lockdown (confidentiality) keeps tracefs closed, so the tracepoint kvm:kvm_exit cannot be found; boot with lockdown=integrity or without" :
						  "tracefs cannot be read (Permission denied), so the tracepoint kvm:kvm_exit cannot be found; run as root");
		assert_int_equal(system("mkdir -p " KVM_EXIT), 0);
		put(KVM_EXIT "/id", "77x\n");
		assert_int_equal(find_tracepoint(&id), EXIT_MISUSE);
		is_said("exitstat: " KVM_EXIT "/id says '77x', which is not a number\n");
		put(KVM_EXIT "/id", "77\n");
		assert_int_equal(find_tracepoint(&id), EXIT_DONE);
		assert_int_equal(id, 77);
		assert_int_equal(system("rm -rf " TRACEFS), 0);
	}
}

static void events_cannot_be_opened(void **state)
{
	char paranoid[16] = "";
	const int file = open("/proc/sys/kernel/perf_event_paranoid", O_RDONLY);

	(void)state;
	if (!has_debugfs)
		skip();
	/* A vCPU without exits, whose only event is the one of all reasons */
	ledger(A, 0, .cpuid = 0);
	run_by(A, 0, one.pid);
	assert_int_equal(scan(), EXIT_DONE);
	setenv("EXITSTAT_TEST_PERF", "0", 1);
	assert_int_equal(open_all(), EXIT_MISUSE);
	assert_non_null(strstr(said, "perf events may not be opened here"));
	vcpu_at(A, 0, one.pid);
	vcpu_at(A, 1, one.pid);
	assert_int_equal(scan(), EXIT_DONE);
	assert_int_equal(open_all(), EXIT_MISUSE);
	if (file < 0 || read(file, paranoid, sizeof(paranoid) - 1) <= 0)
		strcpy(paranoid, "unknown");
	close(file);
	is_said("exitstat: perf events may not be opened here (Permission denied, kernel.perf_event_paranoid %.*s); run as root or with CAP_PERFMON, outside of a container\n",
		(int)strcspn(paranoid, "\n"), paranoid);
	is_now("A: 0w0,0 1w0,0 / room 0 obstacle");
	unsetenv("EXITSTAT_TEST_PERF");
	all_is_well();
	is_now("A: 0o2,0 1o2,0 / room -4 obstacle");
	/* The thread has ended. */
	vcpu_at(B, 0, two.pid);
	vcpu_at(B, 1, one.pid);
	assert_int_equal(scan(), EXIT_DONE);
	end_process(&two);
	all_is_well();
	is_now("A: 0o2,0 1o2,0; B: 0e0,0 1o2,0 / room -6 obstacle");
}

static void counting_is_off(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	vcpu_at(A, 0, one.pid);
	ledger(A, 1, .off = true);
	run_by(A, 1, one.other);
	assert_int_equal(scan(), EXIT_DONE);
	assert_int_equal(open_all(), EXIT_MISUSE);
	is_said("exitstat: KVM counts no exits now (exitstat=0), so there is nothing to compare; write 1 to /sys/module/kvm/parameters/exitstat\n");
	is_now("A: 0w0,0 1w0,0 / room 0 obstacle");
	/* Once there has been a reading, the comparison goes on. */
	ledger(A, 1, .cpuid = 7);
	all_is_well();
	compare();
	w->result.obstacle = false;
	w->result.witnesses.all = calloc(3, sizeof(struct witness));
	w->result.witnesses.nr = 3;
	ledger(B, 0, .off = true);
	run_by(B, 0, two.pid);
	assert_int_equal(scan(), EXIT_DONE);
	assert_int_equal(open_all(), EXIT_DONE);
	is_said("exitstat: note: exitstat is 0 now, so exits are not counted; they are compared again when it is 1\n");
	is_now("A: 0o2,0 1o2,0; B: 0w0,0 / room -4 obstacle started off notes 1");
	assert_true(w->result.witnesses.failed);
	ledger(A, 0, .cpuid = 100, .off = true);
	compare();
	all_is_well();
	is_now("A: 0o2,0 1o2,1; B: 0w0,0 / room -4 obstacle started off notes 1");
	/* On again, and off and on between two readings. */
	ledger(A, 0, .cpuid = 100);
	compare();
	compare();
	is_said("%s", "");
	is_now("A: 0o2,1 1o2,3; B: 0w0,0 / room -4 obstacle started off notes 1");
	w->result.obstacle = w->result.witnesses.failed = false;
	lack(2);
	ledger(A, 0, .cpuid = 100, .outside = 1);
	ledger(A, 1, .cpuid = 9);
	compare();
	is_said("exitstat: note: exitstat was 0 for a while, so vCPU 0 of process %d lacks exits; its comparison starts again here\n", one.pid);
	assert_true(w->result.witnesses.failed);
	is_now("A: 0o2,1 1o2,4!; B: 0w0,0 / room -4 obstacle started notes 2");

	/* A reading finds it. */
	teardown(NULL);
	setup(NULL);
	vcpu_at(A, 0, one.pid);
	all_is_well();
	pass();
	ledger(A, 0, .cpuid = 100, .off = true);
	compare();
	is_said("exitstat: note: exitstat is 0 now, so exits are not counted; they are compared again when it is 1\n");
	is_now("A: 0o2,1 / room -2 obstacle started off notes 1");
}

static void what_a_reading_finds(void **state)
{
	char *path;

	(void)state;
	if (!has_debugfs)
		skip();
	vcpu_at(A, 0, one.pid);
	ledger(A, 1, .hlt = 5);
	run_by(A, 1, one.other);
	vcpu_at(B, 0, two.pid);
	vcpu_at(B, 1, two.other);
	all_is_well();
	pass();
	is_now("A: 0o3,1 1o3,1; B: 0o2,1 1o2,1 / room -10 started");
	/* Sums */
	ledger(A, 0, .cpuid = 110, .wrong = 1);
	compare();
	is_said("%s", "");
	is_now("A: 0o3,1 1o3,2; B: 0o2,2 1o2,2 / room -10 started wrong 1");
	compare();
	is_now("A: 0o3,1 1o3,3; B: 0o2,3 1o2,3 / room -10 started wrong 2");
	/* A vCPU that is no file, or a file that is none; the others go on. */
	ledger(A, 0, .cpuid = 120);
	put(path_of(A, 1, "exitstat"), "nonsense\n");
	path = strdup(path_of(B, 0, "exitstat"));
	unlink(path);
	mkdir(path, 0700);
	compare();
	is_said("exitstat: note: " KVM_DEBUGFS "/" A "/vcpu1/exitstat cannot be understood: line 1, 'nonsense', does not follow version 1 of the format; use the exitstat that was built with the host's KVM\n"
		"exitstat: note: %s cannot be read: Is a directory\n", path);
	is_now("A: 0o3,2 1d0,3; B: 0d0,3 1o2,4 / room -5 obstacle started wrong 2 notes 2");
	free(path);
	/* Another VM has the folder: the old one has ended, and has none of the new one's vCPUs. */
	ledger(B, 1, .id = 1, .cpuid = 130);
	vcpu_at(B, 7, two.pid);
	compare();
	is_said("exitstat: note: the VM of process %d has ended; it was compared up to the reading before that\n", two.pid);
	is_now("A: 0o3,3 1d0,3; B ended: 0e0,3 1e0,4 / room -3 obstacle started wrong 2 notes 3");
	assert_int_equal(scan(), EXIT_DONE);
	is_now("A: 0o3,3 1d0,3; B ended: 0e0,3 1e0,4; B: 0w0,0 1w0,0 7w0,0 / room -3 obstacle started wrong 2 notes 3");
	/* The folder goes away. */
	remove_vm(A);
	remove_vm(B);
	run_by(C, 0, one.pid);
	compare();
	is_said("exitstat: note: the VM of process %d has ended; it was compared up to the reading before that\n", one.pid);
	is_now("A ended: 0e0,3 1e0,3; B ended: 0e0,3 1e0,4; B: 0w0,0 1w0,0 7w0,0 / room 0 obstacle started wrong 2 notes 4");
}

static void close_event(unsigned int time)
{
	if (time == 9)
		close(w->result.vms[0]->vcpus[0]->events->fds[0]);
}

static void an_event_cannot_be_read(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	vcpu_at(A, 0, one.pid);
	all_is_well();
	pass();
	while_it_reads = close_event;
	compare();
	is_said("exitstat: note: a perf event of thread %d cannot be read\n", one.pid);
	is_now("A: 0d0,1 / room 0 obstacle started notes 1");
}

static void start_other_thread(unsigned int time)
{
	if (time % 3)
		return;
	run_by(A, 0, one.other);
}

static void vcpu_waits(unsigned int time)
{
	(void)time;
	run_by(A, 0, 0);
}

static void end_a(unsigned int time)
{
	(void)time;
	remove_vm(A);
}

/* Exits that the tracepoint has and we lack, after two readings of two vCPUs. */
static void differ(void)
{
	all_is_well();
	pass();
	lack(3);
	compare();
}

static uint64_t missing(unsigned int vcpu)
{
	return w->result.vms[0]->vcpus[vcpu]->counters[ROW_TOTAL].missing;
}

#define SEVERAL	"exitstat: note: vCPU %u of process %d cannot be compared: %s, and a perf event belongs to one thread; let its VMM run each vCPU in a thread of its own\n"

static void a_difference_may_be_of_other_threads(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	/* No other thread: a difference; the thread may be unknown for a while. */
	vcpu_at(A, 0, one.pid);
	while_it_waits = vcpu_waits;
	differ();
	is_said("%s", "");
	is_now("A: 0o2,2! / room -2 started");
	assert_int_equal(missing(0), 3);
	assert_true(waited > 0);
	/* It has been looked for other threads. */
	waited = 0;
	run_by(A, 0, one.pid);
	lack(4);
	compare();
	is_said("%s", "");
	assert_int_equal(waited, 0);
	is_now("A: 0o2,3! / room -2 started");

	teardown(NULL);
	setup(NULL);
	waits.other_thread = LONG_MS;
	while_it_waits = start_other_thread;
	vcpu_at(A, 0, one.pid);
	differ();
	is_said(SEVERAL, 0, one.pid, "several threads run it");
	assert_int_equal(waited, 3);
	assert_int_equal(missing(0), 0);
	is_now("A: 0d0,1 / room 0 obstacle started notes 1");

	teardown(NULL);
	setup(NULL);
	waits.other_thread = LONG_MS;
	vcpu_at(A, 0, one.pid);
	vcpu_at(A, 1, one.pid);
	differ();
	assert_int_equal(waited, 0);
	assert_int_equal(missing(0) + missing(1), 0);
	is_now("A: 0d0,1 1d0,1 / room 0 obstacle started notes 2");

	/* The VM ends meanwhile. */
	teardown(NULL);
	setup(NULL);
	waits.other_thread = LONG_MS;
	vcpu_at(A, 0, one.pid);
	vcpu_at(A, 1, one.other);
	while_it_waits = end_a;
	differ();
	is_said(SEVERAL SEVERAL, 0, w->result.vms[0]->vm.pid, "its VM ended before it was seen which threads run it",
		1, w->result.vms[0]->vm.pid, "its VM ended before it was seen which threads run it");
	is_now("A: 0d0,1 1d0,1 / room 0 obstacle started notes 2");
}

static void start_other_thread_of_b(unsigned int time)
{
	if (time == 3)
		run_by(B, 0, two.other);
}

/* Each reading has its own time to look for other threads. */
static void each_reading_looks_for_other_threads(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	vcpu_at(A, 0, one.pid);
	differ();
	is_now("A: 0o2,2! / room -2 started");
	remove_vm(A);
	vcpu_at(B, 0, two.pid);
	lack(0);
	assert_int_equal(scan(), EXIT_DONE);
	waits.other_thread = LONG_MS;
	waited = 0;
	while_it_waits = start_other_thread_of_b;
	differ();
	is_said(SEVERAL, 0, two.pid, "several threads run it");
	is_now("A ended: 0e0,2!; B: 0d0,1 / room 0 obstacle started notes 2");
	/* Of the VMs, not all have ended. */
	w->result.witnesses.begun = true;
	begin_to_listen();
	watch_check_witnesses(w);
	end_to_listen();
	is_said("exitstat: note: the VM was not stopped for the last reading, so the witnesses' counts cannot be compared\n");
}

static void other_thread_of_b_runs(unsigned int time)
{
	if (time == 8)
		run_by(B, 0, two.other);
}

static void a_thread_changes(void **state)
{
	const pid_t first = one.pid, second = two.pid;

	(void)state;
	if (!has_debugfs)
		skip();
	vcpu_at(A, 0, first);
	ledger(B, 0, .id = 0);
	run_by(B, 0, second);
	all_is_well();
	pass();
	is_now("A: 0o2,1; B: 0o1,1 / room -3 started");
	ledger(A, 0, .cpuid = 120);
	run_by(A, 0, one.other);
	compare();
	is_said("exitstat: note: vCPU 0 of process %d is now run by thread %d; its comparison starts again here\n",
		first, one.other);
	is_now("A: 0w0,1; B: 0o1,2 / room -1 started notes 1");
	all_is_well();
	/* What was counted before is no difference. */
	pass();
	is_now("A: 0o2,2; B: 0o1,4 / room -3 started notes 1");
	/* A vCPU that does not run stays with its thread. */
	run_by(B, 0, 0);
	compare();
	is_said("%s", "");
	is_now("A: 0o2,3; B: 0o1,5 / room -3 started notes 1");
	/* It changes during a reading. */
	run_by(B, 0, second);
	has_read = 0;
	while_it_reads = other_thread_of_b_runs;
	compare();
	is_said("exitstat: note: vCPU 0 of process %d is now run by thread %d; its comparison starts again here\n",
		second, two.other);
	is_now("A: 0o2,4; B: 0w0,6 / room -2 started notes 2");
	all_is_well();
	end_process(&two);
	compare();
	is_said("exitstat: note: the thread of vCPU 0 of process %d has ended\n", second);
	is_now("A: 0o2,5; B: 0e0,6 / room -2 started notes 3");
	end_process(&one);
	compare();
	is_said("exitstat: note: the thread of vCPU 0 of process %d has ended\n", first);
	is_now("A: 0e0,5; B: 0e0,6 / room 0 started notes 4");
	compare();
	is_said("%s", "");
}

static void pause_two(void)
{
	w->pause = true;
	vcpu_at(A, 0, one.pid);
	vcpu_at(A, 1, one.other);
	all_is_well();
	pass();
	is_now("A: 0o2,1 1o2,1 / room -4 started");
}

/* The guard does this, too, when the time is over. */
static void the_guard_resumes(unsigned int time)
{
	const struct guard *guard = &w->result.vms[0]->pauser->guard;
	siginfo_t info;

	if (time != 13)
		return;
	shutdown(guard->line, SHUT_WR);
	waitid(P_PID, guard->pid, &info, WEXITED | WNOWAIT);
}

static void it_runs(unsigned int time)
{
	if (time == 12)
		lack(1);
}

static void it_goes_away(unsigned int time)
{
	if (time == 20)
		remove_vm(A);
}

static void reap(unsigned int time)
{
	if (time == 3)
		end_process(&one);
}

/* What fails here ends the test, and lets the signal in. */
static void do_nothing(int sig)
{
	(void)sig;
}

static void a_pause_goes_wrong(void **state)
{
	const struct timespec none = {};
	sigset_t term;

	(void)state;
	if (!has_debugfs)
		skip();
	/* Somebody else continues it while it is read. */
	pause_two();
	has_read = 8;
	while_it_reads = it_runs;
	compare();
	is_said("exitstat: note: vCPU 0 of process %d ran though it was paused, so somebody else continued it; this reading is not used\n", one.pid);
	is_now("A: 0o2,1 1o2,2! / room -4 started notes 1");
	teardown(NULL);

	/* The VM stands still for too long. */
	setup(NULL);
	pause_two();
	has_read = 12;
	while_it_reads = the_guard_resumes;
	compare();
	is_said("exitstat: note: process %d was stopped for longer than --pause-limit allows, so it was continued before this reading was over\n", one.pid);
	is_now("A: 0o2,2 1o2,2 / room -4 obstacle started notes 1");
	teardown(NULL);

	/* It ends while it is stopped. */
	setup(NULL);
	pause_two();
	has_read = 12;
	while_it_reads = it_goes_away;
	compare();
	is_said("exitstat: note: the VM of process %d has ended; it was compared up to the reading before that\n", one.pid);
	is_now("A ended: 0e0,2 1e0,1 / room 0 started notes 1");
	teardown(NULL);

	/* A thread that has ended, and is not waited for, does not stop; nothing is said of a signal that has ended the wait. */
	setup(NULL);
	pause_two();
	vcpu_at(A, 2, one.pid);
	all_is_well();
	ledger(A, 0, .cpuid = 100, .wrong = 1);
	ledger(A, 2, .cpuid = 100, .wrong = 1);
	compare();
	waits.threads = 1;
	has_read = 0;
	kill(one.pid, SIGKILL);
	waitid(P_PID, one.pid, &(siginfo_t) {}, WEXITED | WNOWAIT);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	signal(SIGTERM, do_nothing);
	kill(getpid(), SIGTERM);
	compare();
	is_said("exitstat: note: the thread of vCPU 1 of process %d has ended\n", one.pid);
	is_now("A: 0o2,1 1e0,2 2o2,0 / room -4 started wrong 2 notes 1");
	w->last = true;
	compare();
	assert_int_equal(sigtimedwait(&term, NULL, &none), SIGTERM);
	sigprocmask(SIG_UNBLOCK, &term, NULL);
	is_said("exitstat: note: process %d cannot be paused: %s\n", one.pid, strstr(said, "we were") ?
		"we were interrupted before its threads stopped" : "a vCPU's thread does not stop");
	is_now("A: 0o2,1 1e0,2 2o2,0 / room -4 obstacle started wrong 2 notes 2");
	w->last = w->result.obstacle = false;
	compare();
	is_said("exitstat: note: process %d cannot be paused: a vCPU's thread does not stop\n", one.pid);
	is_now("A: 0o2,1 1e0,2 2o2,0 / room -4 obstacle started wrong 2 notes 3");
	assert_int_equal(has_read, 0);
	/* There is time until it has stopped; one that has ended counts as stopped. */
	waits.threads = LONG_MS;
	waited = 0;
	while_it_waits = reap;
	compare();
	assert_int_equal(waited, 3);
	assert_int_equal(has_read, 8);
}

static pid_t guard;

static void note_guard(unsigned int time)
{
	(void)time;
	guard = w->result.vms[0]->pauser->guard.pid;
}

static void qmp_refuses(void **state)
{
	static const struct {
		const char *refused, *what;
	} cases[] = {
		{ "\"cont\"", "stays paused: QMP does not continue it; send it 'cont'" },
		{ "\"stop\"", "cannot be paused: QMP does not stop it" },
		{ "\"query-status\"", "cannot be paused: QMP does not tell whether the VM runs" },
	};
	unsigned int i;

	(void)state;
	if (!has_debugfs)
		skip();
	/* No such socket */
	w->pause = true;
	w->qmp = "/sys/none";
	vcpu_at(A, 0, one.pid);
	assert_int_equal(scan(), EXIT_DONE);
	assert_int_equal(open_all(), EXIT_MISUSE);
	assert_non_null(strstr(said, "without --qmp the process is stopped by SIGSTOP\n"));
	assert_null(w->result.vms[0]->pauser);
	is_now("A: 0w0,0 / room 0 obstacle");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		teardown(NULL);
		setup(NULL);
		unlink(QMP);
		end_process(&one);
		refused = cases[i].refused;
		one = start_process("one", QMP);
		w->pause = true;
		w->qmp = QMP;
		vcpu_at(A, 0, one.pid);
		vcpu_at(A, 1, one.other);
		all_is_well();
		while_it_reads = note_guard;
		compare();
		is_said("exitstat: note: process %d %s\n", one.pid, cases[i].what);
		is_now("A: 0o2,0 1o2,0 / room -4 obstacle started notes 1");
		/* One that cannot continue the VM would go on trying. */
		if (guard)
			end_process(&(struct process) { .pid = guard });
		guard = 0;
	}
}

/* Without its process a VM cannot be stopped. */
static void a_vm_without_process_is_not_paused(void **state)
{
	unsigned int makers;

	(void)state;
	if (!has_debugfs)
		skip();
	for (makers = 0; makers < 2; makers++) {
		teardown(NULL);
		setup(NULL);
		w->pause = true;
		waits.makers = makers ? LONG_MS : 0;
		/* This process has no VM. */
		vcpu_at(A, 0, getpid());
		assert_int_equal(scan(), EXIT_DONE);
		assert_int_equal(open_all(), EXIT_DONE);
		is_said("exitstat: note: the VM " A " cannot be paused, and so is not compared: its process is not found%s; compare it without --pause\n",
			makers ? ", because none is seen to have the VM, or more than one is" :
			" in time, because it may have too many file descriptors to search");
		is_now("A told: 0w0,0 / room 0 obstacle notes 1");
		w->target.name = A;
		assert_int_equal(open_all(), EXIT_MISUSE);
		w->target.name = NULL;
		w->pause = false;
		all_is_well();
		is_now("A told: 0o2,0 / room -2 obstacle notes 1");
	}
}

static struct witnesses *one_witness(const char *command)
{
	struct witnesses *ws = &w->result.witnesses;

	w->pause = true;
	ws->all = calloc(1, sizeof(*ws->all));
	ws->all[0].command = command;
	ws->nr = 1;
	getrlimit(RLIMIT_NOFILE, &ws->surroundings.limit);
	vcpu_at(A, 0, one.pid);
	all_is_well();
	return ws;
}

static void witnesses_begin_and_end_with_the_readings(void **state)
{
	struct witnesses *ws;

	(void)state;
	if (!has_debugfs)
		skip();
	ws = one_witness("trap 'echo witness sh; echo total exits 0; exit 0' INT; echo ready; while :; do sleep 0.01; done");
	compare();
	is_said("%s", "");
	assert_true(ws->begun && !ws->failed && !ws->over);
	compare();
	assert_true(ws->begun && !ws->failed && !ws->over);
	w->last = true;
	compare();
	is_said("%s", "");
	assert_true(ws->over && !ws->failed);
	/* Then they are not asked again. */
	compare();
	is_said("%s", "");
	is_now("A: 0o2,3 / room -2 started");
	teardown(NULL);

	setup(NULL);
	ws = one_witness("echo no");
	compare();
	assert_non_null(strstr(said, "exitstat: note: the witness 'echo no' "));
	assert_true(ws->begun && ws->failed && !ws->over);
	is_now("A: 0o2,0 / room -2 obstacle started notes 1");
	compare();
	is_said("%s", "");
}

/* What cannot be had is told, and had the next time. */
static void memory_runs_out(void **state)
{
	unsigned int lacks, failed;

	(void)state;
	if (!has_debugfs)
		skip();
	for (lacks = 1, failed = 0; lacks == 1 || !lacks_memory; lacks++) {
		lacks_memory = 0;
		teardown(NULL);
		setup(NULL);
		vcpu_at(A, 2, one.pid);
		vcpu_at(A, 3, one.other);
		vcpu_at(B, 0, two.pid);
		lacks_memory = lacks;
		if (scan() == EXIT_DONE) {
			is_said("%s", "");
			is_now("A: 2w0,0 3w0,0; B: 0w0,0 / room 0");
			continue;
		}
		failed++;
		assert_int_equal(lacks_memory, 0);
		is_said("exitstat: out of memory\n");
		assert_int_equal(scan(), EXIT_DONE);
		is_now("A: 2w0,0 3w0,0; B: 0w0,0 / room 0");
	}
	assert_in_range(failed, 8, 50);
	for (lacks = 1, failed = 0; lacks == 1 || !lacks_memory; lacks++) {
		lacks_memory = 0;
		teardown(NULL);
		setup(NULL);
		w->pause = true;
		vcpu_at(A, 2, one.pid);
		vcpu_at(A, 3, one.other);
		assert_int_equal(scan(), EXIT_DONE);
		lacks_memory = lacks;
		if (open_all() == EXIT_DONE) {
			is_said("%s", "");
			is_now("A: 2o2,0 3o2,0 / room -4");
			continue;
		}
		failed++;
		is_said("exitstat: out of memory\n");
		w->result.obstacle = false;
		all_is_well();
		is_now("A: 2o2,0 3o2,0 / room -4");
	}
	assert_in_range(failed, 5, 50);
	/* A note is said, if not kept; the first request is for what is said. */
	w->result.nr_notes = 0;
	begin_to_listen();
	lacks_memory = 2;
	watch_note(w, "a note");
	lacks_memory = 0;
	end_to_listen();
	is_said("exitstat: note: a note\n");
	assert_int_equal(w->result.nr_notes, 0);
}

static char printed[1 << 16];

static void no_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	(void)leaf;
	(void)sub;
	*regs = (struct cpuid_regs) {};
}

/* The whole command; what it prints is in @printed. */
static int verify_as(char **argv)
{
	const int out = memfd_create("out", MFD_CLOEXEC), own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	int argc = 0, status;
	ssize_t n;

	while (argv[argc])
		argc++;
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	begin_to_listen();
	status = cmd_verify(argc, argv, no_cpuid);
	end_to_listen();
	dup2(own, STDOUT_FILENO);
	close(own);
	n = pread(out, printed, sizeof(printed) - 1, 0);
	printed[n > 0 ? n : 0] = '\0';
	close(out);
	return status;
}

#define verify(...)	verify_as((char *[]) { "verify", __VA_ARGS__, NULL })

static int64_t number_in(const char *key)
{
	const char *at = strstr(printed, key);

	if (!at)
		fail_msg("%s is not in: %s", key, printed);
	at += strlen(key);
	at += strspn(at, ": ");
	return !strncmp(at, "true", 4) ? 1 : strtoll(at, NULL, 10);
}

static void a_reading_is_slow(unsigned int time)
{
	if (time == 5)
		usleep(500000);
}

static void another_vm_cannot_be_compared(unsigned int time)
{
	if (time == 9)
		ledger(A, 0, .cpuid = 110);
	if (time != 13)
		return;
	setenv("EXITSTAT_TEST_PERF", "0", 1);
	vcpu_at(B, 0, two.pid);
}

static void a_comparison_is_run(void **state)
{
	sigset_t usual_signals;
	struct sigaction pipe;
	char text[64], pid[16];
	FILE *file;

	(void)state;
	if (!has_debugfs)
		skip();
	sigprocmask(SIG_BLOCK, NULL, &usual_signals);
	assert_int_equal(system("mkdir -p /sys/kernel/tracing/events/kvm/kvm_exit"), 0);
	put("/sys/kernel/tracing/events/kvm/kvm_exit/id", "77\n");
	/* A command runs, whether or not there is a VM. */
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(verify("--all", "--", "sh", "-c", "exit 3"), EXIT_MISUSE);
	is_said("exitstat: note: the command returned 3\nexitstat: nothing could be compared: no vCPU ran long enough for two readings\n");
	assert_int_equal(sigaction(SIGPIPE, NULL, &pipe), 0);
	assert_true(pipe.sa_handler == SIG_IGN);
	/* One that stops goes on. */
	assert_int_equal(verify("--all", "--", "sh", "-c", "(until grep -q '^State:.T' /proc/$$/status; do sleep 0.01; done; kill -CONT $$) & kill -STOP $$; exit 4"),
			 EXIT_MISUSE);
	assert_non_null(strstr(said, "the command returned 4\n"));

	vcpu_at(A, 0, one.pid);
	snprintf(pid, sizeof(pid), "%d", one.pid);
	assert_int_equal(verify("-p", pid, "--pause", "--json", "--duration", "0.3", "--interval", "0.1", "--save", "/sys/saved"), EXIT_MISUSE);
	is_said("exitstat: there was no exit in that time, so nothing was compared; let the VM run, or give a longer --duration\n");
	assert_int_equal(number_in("\"paused\""), 1);
	assert_in_range(number_in("\"elapsed_ns\""), 300000000, 60000000000);
	file = fopen("/sys/saved", "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_memory_equal(text, printed, strlen(text));
	/* After a slow reading the next comes an interval later; those that were due are left out. */
	while_it_reads = a_reading_is_slow;
	has_read = 0;
	assert_int_equal(verify("-p", pid, "--duration", "1", "--interval", "0.1", "--vcpus", "--json"), EXIT_MISUSE);
	assert_in_range(number_in("\"comparisons\""), 1, 6);
	assert_int_equal(number_in("\"paused\""), 0);

	/* What was compared before the end is reported. */
	while_it_reads = another_vm_cannot_be_compared;
	has_read = 0;
	assert_int_equal(verify("--all", "--json", "--duration", "3600", "--interval", "0.02"), EXIT_MISUSE);
	unsetenv("EXITSTAT_TEST_PERF");
	while_it_reads = NULL;
	assert_int_equal(number_in("\"complete\""), 0);
	assert_int_equal(number_in("\"vcpus_compared\""), 1);
	assert_non_null(strstr(said, "perf events may not be opened here"));

	remove_vm(B);
	vcpu_at(B, 0, one.pid);
	assert_int_equal(verify("-p", pid, "--pause", "--witness", "true"), EXIT_MISUSE);
	is_said("exitstat: there is more than one VM to compare (processes %d and %d), and witnesses need one; choose it by -p PID or --vm NAME\n",
		one.pid, one.pid);
	sigprocmask(SIG_SETMASK, &usual_signals, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static void notes_have_a_limit(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < NOTES_MOST + 2; i++) {
		begin_to_listen();
		watch_note(w, "note %u", i);
		end_to_listen();
		is_said("exitstat: note: note %u\n", i);
	}
	assert_int_equal(w->result.nr_notes, NOTES_MOST);
	assert_string_equal(w->result.notes[0], "note 0");
	assert_string_equal(w->result.notes[NOTES_MOST - 1], "note 999");
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(vms_come_and_go),
		TEST(a_vm_that_was_asked_for_ends),
		TEST(a_process_is_found_later),
		TEST(who_cannot_be_compared_is_told),
		TEST(files_that_are_late_are_waited_for),
		TEST(a_vm_ends_before_it_is_opened),
		TEST(reasons_have_events),
		TEST(there_is_room_for_some),
		TEST(bpf_programs_are_told_once),
		TEST(why_there_is_no_tracepoint),
		TEST(events_cannot_be_opened),
		TEST(counting_is_off),
		TEST(what_a_reading_finds),
		TEST(an_event_cannot_be_read),
		TEST(a_difference_may_be_of_other_threads),
		TEST(each_reading_looks_for_other_threads),
		TEST(a_thread_changes),
		TEST(a_pause_goes_wrong),
		TEST(qmp_refuses),
		TEST(a_vm_without_process_is_not_paused),
		TEST(witnesses_begin_and_end_with_the_readings),
		TEST(a_comparison_is_run),
		TEST(memory_runs_out),
		TEST(notes_have_a_limit),
	};

	said_fd = memfd_create("said", MFD_CLOEXEC);
	own_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	has_debugfs = own_debugfs();
	usual = waits;
	setenv("EXITSTAT_TEST_MORE", MORE, 1);
	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
