// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which processes have VMs: folders in a debugfs of the test's own, and processes with descriptors
 * and threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/waits.h"
#include "source/process.h"
#include "source/target.h"
#include "source/vm.h"
#include "source/vm_process.h"
#include "source/why.h"
#include "verify/pause.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own_debugfs.h"
#include "threads.h"

#define LONG_MS	40000
#define LAST_FD	70

int __real_statfs(const char *path, struct statfs *fs);
int __wrap_statfs(const char *path, struct statfs *fs);
ssize_t __real_readlink(const char *path, char *to, size_t size);
ssize_t __wrap_readlink(const char *path, char *to, size_t size);

static bool has_debugfs;
static struct waits usual;

/* The own debugfs passes for one. */
static bool passes_for_debugfs;

/* A file of this name is a VM of this test. */
static char vm_file[64];

/* This process hides its descriptors, with this errno. */
static pid_t hides;
static int hides_by;

static const char *pid_namespace = "pid:[4026531836]";

int __wrap_statfs(const char *path, struct statfs *fs)
{
	const int ret = __real_statfs(path, fs);

	if (passes_for_debugfs)
		fs->f_type = 0x64626720;
	return ret;
}

ssize_t __wrap_readlink(const char *path, char *to, size_t size)
{
	const ssize_t n = __real_readlink(path, to, size);
	pid_t pid;

	if (!strcmp(path, "/proc/self/ns/pid"))
		return snprintf(to, size, "%s", pid_namespace);
	if (hides && sscanf(path, "/proc/%d/fd/", &pid) == 1 && pid == hides) {
		errno = hides_by;
		return -1;
	}
	return n == (ssize_t)strlen(vm_file) && !memcmp(to, vm_file, n) ? snprintf(to, size, "anon_inode:kvm-vm") : n;
}

/**
 * struct process - a process with VMs
 * @pid: the process, and its first thread
 * @other: its second thread, 0 if it runs another program
 */
struct process {
	pid_t pid;
	pid_t other;
};

static struct process p, q, r;

static void *run_for_ever(void *line)
{
	const pid_t tid = gettid();

	if (write(*(int *)line, &tid, sizeof(tid)) == sizeof(tid))
		for (;;)
			pause();
	return NULL;
}

/* A process with a VM at each of these descriptors; the last is -1.  With @args it becomes another program, which stops. */
static struct process start(const int *fds, char *const *args)
{
	struct process new = {};
	pthread_t thread;
	int line[2], file;

	assert_int_equal(pipe2(line, O_CLOEXEC), 0);
	until_threads_end();
	new.pid = fork();
	if (!new.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		file = open(vm_file, O_RDONLY | O_CREAT, 0600);
		fcntl(line[1], F_DUPFD_CLOEXEC, LAST_FD);
		dup3(file, LAST_FD + 1, O_CLOEXEC);
		close_range(3, LAST_FD - 1, 0);
		for (; *fds >= 0; fds++)
			dup2(LAST_FD + 1, *fds);
		close(LAST_FD + 1);
		file = LAST_FD;
		if (args)
			_exit(execv("/bin/sh", args));
		pthread_create(&thread, NULL, run_for_ever, &file);
		for (;;)
			pause();
	}
	close(line[1]);
	/* The other program closes this. */
	assert_int_equal(read(line[0], &new.other, sizeof(new.other)), args ? 0 : sizeof(new.other));
	close(line[0]);
	/* It has its arguments when it stops itself. */
	if (args)
		assert_int_equal(waitpid(new.pid, NULL, WUNTRACED), new.pid);
	return new;
}

#define PROCESS_AT(...)	start((int []) { __VA_ARGS__, -1 }, NULL)

static void end(struct process *process)
{
	if (process->pid) {
		kill(process->pid, SIGKILL);
		waitpid(process->pid, NULL, 0);
	}
	*process = (struct process) {};
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* A VM's folder, and vCPU 4, run by this thread; -1: without a vCPU. */
static void folder(pid_t maker, int fd, pid_t tid)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), KVM_DEBUGFS "/%d-%d", maker, fd);
	mkdir(path, 0700);
	if (tid < 0)
		return;
	snprintf(path, sizeof(path), KVM_DEBUGFS "/%d-%d/vcpu4", maker, fd);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), KVM_DEBUGFS "/%d-%d/vcpu4/pid", maker, fd);
	snprintf(text, sizeof(text), "%d\n", tid);
	put(path, text);
}

static int setup(void **state)
{
	(void)state;
	waits = usual;
	waits.makers = waits.process = LONG_MS;
	return has_debugfs && system("rm -rf " KVM_DEBUGFS "/*");
}

static int teardown(void **state)
{
	(void)state;
	end(&p);
	end(&q);
	end(&r);
	hides = 0;
	passes_for_debugfs = false;
	return 0;
}

static char letter_of(pid_t pid)
{
	return !pid ? '0' : pid == p.pid ? 'p' : pid == q.pid ? 'q' : pid == r.pid ? 'r' : 'x';
}

static void describe(char *text, const struct vm *vms, int nr)
{
	int i;

	*text = '\0';
	for (i = 0; i < nr; i++)
		text += sprintf(text, "%s%s %c%d%s", i ? "; " : "", vms[i].dir, letter_of(vms[i].pid), vms[i].fd,
				vms[i].unsearched ? "?" : "");
}

/* All folders, in their order: the process, its descriptor, and whether the search had to end. */
__attribute__((format(printf, 1, 2))) static void are_found(const char *fmt, ...)
{
	const uint64_t begun = now_ms();
	char want[512], text[512];
	struct vm *vms;
	va_list args;

	describe(text, vms, vms_list(&vms));
	free(vms);
	va_start(args, fmt);
	vsnprintf(want, sizeof(want), fmt, args);
	va_end(args);
	assert_string_equal(text, want);
	/* It ends when all have been searched. */
	assert_true(now_ms() - begun < LONG_MS / 2);
}

#define A	5000001
#define B	5000002
#define C	5000003

static void makers_and_threads_of_vcpus_have_vms(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	p = PROCESS_AT(3, 20);
	q = PROCESS_AT(3);
	are_found("%s", "");
	folder(p.pid, 20, -1);
	are_found("%d-20 p20", p.pid);
	folder(q.other, 3, 0);
	folder(A, 3, p.other);
	folder(B, 7, 0);
	folder(C, 7, getpid());
	are_found("%d-20 p20; %d-3 q3; %d-3 p3; %d-7 00; %d-7 00", p.pid, q.other, A, B, C);
	/* A maker that has none at this descriptor */
	setup(NULL);
	folder(p.pid, 45, -1);
	are_found("%d-45 00", p.pid);
	folder(p.pid, 45, q.pid);
	are_found("%d-45 q3", p.pid);
}

/* It may have been moved to another descriptor: the first, or one that is found after some rounds. */
static void a_vm_may_have_another_descriptor(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	p = PROCESS_AT(0);
	q = PROCESS_AT(60);
	r = PROCESS_AT(3, 8);
	folder(A, 8, q.pid);
	folder(B, 8, p.pid);
	folder(C, 8, r.other);
	are_found("%d-8 q60; %d-8 p0; %d-8 r8", A, B, C);
}

/* The only process that has a VM at this descriptor which is no other folder's */
static void a_vm_whose_vcpus_have_not_run(void **state)
{
	struct vm alone = { .dir = "5000002-3" };
	char text[64];

	(void)state;
	if (!has_debugfs)
		skip();
	p = PROCESS_AT(3, 5);
	q = PROCESS_AT(3);
	/* Two could have it. */
	folder(A, 5, p.pid);
	folder(B, 3, 0);
	are_found("%d-5 p5; %d-3 00", A, B);
	setup(NULL);
	folder(p.pid, 5, -1);
	folder(B, 3, -1);
	are_found("%d-5 p5; %d-3 00", p.pid, B);
	/* One has another. */
	folder(A, 3, p.other);
	are_found("%d-5 p5; %d-3 p3; %d-3 q3", p.pid, A, B);
	setup(NULL);
	folder(p.other, 3, 0);
	folder(B, 3, 0);
	are_found("%d-3 p3; %d-3 q3", p.other, B);
	/* It has created that meanwhile. */
	assert_int_equal(vms_find_processes(&alone, 1), 0);
	describe(text, &alone, 1);
	assert_string_equal(text, "5000002-3 q3");
	r = PROCESS_AT(3);
	are_found("%d-3 p3; %d-3 00", p.other, B);
	/* Three could have it. */
	setup(NULL);
	folder(B, 3, 0);
	are_found("%d-3 00", B);
}

/* One process has a VM at this descriptor, and it may be either one's. */
static void two_vms_whose_vcpus_have_not_run(void **state)
{
	(void)state;
	if (!has_debugfs)
		skip();
	p = PROCESS_AT(3, 5);
	folder(A, 3, 0);
	folder(B, 3, 0);
	folder(C, 5, 0);
	are_found("%d-3 00; %d-3 00; %d-5 p5", A, B, C);
	/* The other's process is known. */
	q = PROCESS_AT(3);
	folder(A, 3, q.pid);
	are_found("%d-3 q3; %d-3 p3; %d-5 p5", A, B, C);
}

/* Who may not be seen may have it. */
static void descriptors_may_be_hidden(void **state)
{
	static const int by[] = { EACCES, EPERM };
	struct effort effort = { 100, UINT64_MAX };
	unsigned int i;

	(void)state;
	if (!has_debugfs)
		skip();
	p = PROCESS_AT(3);
	for (i = 0; i < 2; i++) {
		setup(NULL);
		hides = p.pid;
		hides_by = by[i];
		assert_true(process_may_have_vm_at(p.pid, 44));
		assert_true(process_may_have_vm_or_vcpu_at(p.pid, 44));
		assert_false(process_has_vm_at(p.pid, 3));
		assert_int_equal(process_search(p.pid, &effort), 0);
		folder(p.pid, 44, -1);
		folder(A, 3, -1);
		are_found("%d-44 p44; %d-3 00", p.pid, A);
		hides = 0;
		assert_false(process_may_have_vm_at(p.pid, 44));
		assert_false(process_may_have_vm_or_vcpu_at(p.pid, 44));
		assert_true(process_may_have_vm_at(p.pid, 3));
		assert_true(process_has_vm_at(p.pid, 3));
	}
	hides_by = ENOENT;
	hides = p.pid;
	assert_false(process_may_have_vm_at(p.pid, 3));
}

static void a_search_has_an_end(void **state)
{
	struct effort effort = { 2, UINT64_MAX }, late = { 2, 0 };
	struct effort search = { 1 << 20, UINT64_MAX };
	char *args, why[WHY_SIZE];
	size_t size;

	(void)state;
	assert_true(effort_spend(&effort));
	assert_true(effort_spend(&effort));
	assert_int_equal(effort.steps, 0);
	assert_false(effort_spend(&effort));
	assert_false(effort_spend(&effort));
	assert_int_equal(effort.steps, 0);
	assert_false(effort_spend(&late));
	assert_int_equal(late.steps, 0);
	if (!has_debugfs)
		skip();
	p = PROCESS_AT(40);
	q = PROCESS_AT(3);
	assert_int_equal(process_of(p.other), p.pid);
	assert_int_equal(process_of(p.pid), p.pid);
	assert_int_equal(process_of(0), 0);
	/* All descriptors that there is room for */
	hides = p.pid;
	hides_by = ENOENT;
	assert_int_equal(process_search(p.pid, &search), -1);
	assert_in_range((1 << 20) - search.steps, 64, 1024);
	assert_int_equal(search.steps % 64, 0);
	hides = 0;
	args = process_args(p.pid, &size);
	assert_non_null(args);
	free(args);
	waits.makers = 0;
	folder(A, 3, q.pid);
	folder(q.pid, 3, -1);
	are_found("%d-3 q3; %d-3 00?", q.pid, A);
	assert_int_equal(target_vm(&(struct target) { .name = "none" }, &(struct vm) {}, why), SOURCE_FAILED);
	assert_non_null(strstr(why, ", 5000001-3; a process with too many file descriptors to search was not found in time: choose its VM by the folder"));
	waits.makers = LONG_MS;
	assert_int_equal(target_vm(&(struct target) { .name = "none" }, &(struct vm) {}, why), SOURCE_FAILED);
	assert_null(strstr(why, "too many"));
}

/* Several VMs of one process, or of one name */
static void one_of_several_is_chosen(void **state)
{
	char *args[] = { "qemu", "-c", "kill -STOP $$", "-name", "web", "-qmp", "unix:/none,server=on", NULL };
	char why[WHY_SIZE], want[WHY_SIZE], path[VM_QMP_SIZE];
	struct target target = {};
	struct vm vm, *vms;
	unsigned int nr;

	(void)state;
	if (!has_debugfs)
		skip();
	p = start((int []) { 3, 5, -1 }, args);
	args[6] = "unix:none,server=on";
	q = start((int []) { 3, -1 }, args);
	folder(p.pid, 3, -1);
	folder(p.pid, 5, -1);
	folder(q.pid, 3, -1);
	are_found("%d-3 p3; %d-5 p5; %d-3 q3", p.pid, p.pid, q.pid);

	target.pid = p.pid;
	assert_int_equal(target_vm(&target, &vm, why), SOURCE_FAILED);
	snprintf(want, sizeof(want), "process %d has 2 VMs: web %d-3, web %d-5; choose one by its folder, --vm PID-FD", p.pid, p.pid, p.pid);
	assert_string_equal(why, want);
	nr = target_vms(&target, &vms);
	assert_int_equal(nr, 2);
	assert_int_equal(vms[1].fd, 5);
	free(vms);
	target.name = "web";
	assert_int_equal(target_vm(&target, &vm, why), SOURCE_FAILED);
	target.pid = 0;
	assert_int_equal(target_vm(&target, &vm, why), SOURCE_FAILED);
	snprintf(want, sizeof(want), "3 VMs are named 'web': web %d-3, web %d-5, web %d-3; choose one by its folder, --vm PID-FD",
		 p.pid, p.pid, q.pid);
	assert_string_equal(why, want);
	target.pid = q.pid;
	assert_int_equal(target_vm(&target, &vm, why), EXIT_DONE);
	assert_int_equal(vm.pid, q.pid);

	/* Its QMP socket is where it says, in its root or its folder. */
	assert_true(vm_qmp(&vm, path));
	snprintf(want, sizeof(want), "/proc/%d/cwd/none", q.pid);
	assert_string_equal(path, want);
	vm.pid = p.pid;
	assert_true(vm_qmp(&vm, path));
	snprintf(want, sizeof(want), "/proc/%d/root/none", p.pid);
	assert_string_equal(path, want);
	vm.pid = getpid();
	assert_false(vm_qmp(&vm, path));
}

/* A VM whose QEMU does not listen where it says is stopped by SIGSTOP. */
static void a_qemu_does_not_listen(void **state)
{
	char *args[] = { "qemu", "-c", "kill -STOP $$", "-qmp", "unix:/none,server=on", NULL };
	const int own = dup(STDERR_FILENO), said = memfd_create("said", MFD_CLOEXEC);
	struct pauser pauser;
	char text[512], want[64];
	struct vm *vms;
	ssize_t n;
	int ret;

	(void)state;
	if (!has_debugfs)
		skip();
	p = start((int []) { 3, -1 }, args);
	folder(p.pid, 3, -1);
	assert_int_equal(vms_list(&vms), 1);
	dup2(said, STDERR_FILENO);
	ret = pauser_open(&pauser, vms, NULL);
	dup2(own, STDERR_FILENO);
	close(own);
	n = pread(said, text, sizeof(text) - 1, 0);
	close(said);
	text[n > 0 ? n : 0] = '\0';
	snprintf(want, sizeof(want), "exitstat: note: process %d is stopped by SIGSTOP: ", p.pid);
	assert_memory_equal(text, want, strlen(want));
	assert_int_equal(ret, EXIT_DONE);
	assert_null(pauser.qmp);
	assert_true(pauser.pidfd > 0);
	pauser_close(&pauser);
	assert_int_equal(pauser.pidfd, -1);
	free(vms);
}

static void why_vms_cannot_be_read(void **state)
{
	static const char none[] = KVM_DEBUGFS "-away";
	char why[WHY_SIZE];

	(void)state;
	if (!has_debugfs)
		skip();
	assert_int_equal(vms_readable(why), EXIT_DONE);
	pid_namespace = "pid:[4026531837]";
	assert_int_equal(vms_readable(why), EXIT_MISUSE);
	assert_string_equal(why, "this runs in a PID namespace of its own, where KVM's process numbers mean nothing; run it on the host itself");
	pid_namespace = "pid:[4026531836]";
	assert_int_equal(mount("none", "/proc", "tmpfs", 0, NULL), 0);
	assert_int_equal(vms_readable(why), EXIT_MISUSE);
	assert_int_equal(umount("/proc"), 0);
	assert_string_equal(why, "/proc shows only your own processes (it is mounted with hidepid), so the VMs' processes and names cannot be found; run as root");
	assert_int_equal(rename(KVM_DEBUGFS, none), 0);
	assert_int_equal(vms_readable(why), EXIT_MISUSE);
	assert_string_equal(why, "debugfs is not mounted, and the vCPUs' counters are only there; mount -t debugfs debugfs /sys/kernel/debug");
	passes_for_debugfs = true;
	assert_int_equal(vms_readable(why), EXIT_MISUSE);
	assert_string_equal(why, "there is no " KVM_DEBUGFS " (No such file or directory), so KVM is not loaded; this command is for a host: load KVM with kvm-exitstat there");
	assert_int_equal(rename(none, KVM_DEBUGFS), 0);
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(vms_readable(why), EXIT_MISUSE);
	assert_int_equal(seteuid(0), 0);
	assert_string_equal(why, KVM_DEBUGFS " cannot be read (Permission denied), and the vCPUs' counters are only there; run as root");

	assert_false(kvm_has_exitstat());
	assert_int_equal(kvm_keeps_keys(), -1);
	assert_int_equal(system("mkdir -p /sys/module/kvm/parameters"), 0);
	put(KVM_PARAMETER, "1\n");
	assert_true(kvm_has_exitstat());
	put(KEYS_PARAMETER, "1\n");
	assert_int_equal(kvm_keeps_keys(), 1);
	put(KEYS_PARAMETER, "0\n");
	assert_int_equal(kvm_keeps_keys(), 0);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(makers_and_threads_of_vcpus_have_vms),
		TEST(a_vm_may_have_another_descriptor),
		TEST(a_vm_whose_vcpus_have_not_run),
		TEST(two_vms_whose_vcpus_have_not_run),
		TEST(descriptors_may_be_hidden),
		TEST(a_search_has_an_end),
		TEST(one_of_several_is_chosen),
		TEST(a_qemu_does_not_listen),
		TEST(why_vms_cannot_be_read),
	};

	usual = waits;
	has_debugfs = own_debugfs();
	snprintf(vm_file, sizeof(vm_file), "/sys/vm-of-%d", getpid());
	return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
