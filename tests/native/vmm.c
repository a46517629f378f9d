// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmm: a process that looks to exitstat like a VMM with a VM under KVM.  kernel/exitstat*.c,
 * in user space, keep its ledgers and write its files in debugfs.
 *
 *   vmm [-i svm|vmx] [-v VCPUS] [-n EXITS] [-r RATE] [-h] [-m MAKER] [-tu] [-id ID] [-name NAME] [-qmp unix:PATH,…]
 *   vmm --host   writes the host's own file, of no VM, and ends
 *
 * Like kvmrun --hold it prints "expect REASON EXITS" and "ready PID".  After a line on standard
 * input each vCPU makes EXITS CPUID exits, RATE a second (0: at once).  Then it prints "done", and
 * ends after another line.  VCPUS is the number of vCPUs, or a list of their numbers with commas.
 * With -h KVM keeps histograms.  -m names the folder after MAKER.  With -t the TSC is unstable, with
 * -u no vCPU has run.  -id is the id that it claims for its counters.  -name and -qmp are QEMU's
 * options, which exitstat finds in the command line.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

#define DEBUGFS		"/sys/kernel/debug/kvm"
#define TICK_MS		50
#define CYCLES_OF_EXIT	1000	/* guest and kernel cycles of a short exit */
#define PATH_SIZE	192

/**
 * struct job - the vCPUs' work
 * @left: exits that each vCPU still has to make
 * @rate: exits a second; 0: at once
 * @since: the clock at the last look
 */
struct job {
	u64 left;
	u64 rate;
	u64 since;
};

static char folder[PATH_SIZE];
static int descriptor;		/* the VM's descriptor */
static pid_t maker;		/* the thread that the folder is named after */
static bool ran = true;		/* the vCPUs have run, so debugfs has their thread */
static u32 isa = LEAF_ISA_SVM;

static void die(const char *what)
{
	fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
	_exit(2);
}

/* A cycle of the TSC is a nanosecond. */
static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Make a descriptor that the exitstat under test takes for a VM's. */
static void make_descriptor(void)
{
	descriptor = open("/tmp/anon_inode:kvm-vm", O_RDONLY | O_CREAT, 0444);
	if (descriptor < 0)
		die("anon_inode:kvm-vm");
}

static void put_text(const char *path, const char *text, size_t size)
{
	char next[PATH_SIZE + 8];
	FILE *file;

	/* A reader sees the old or the new contents, as with KVM's files. */
	snprintf(next, sizeof(next), "%s.next", path);
	file = fopen(next, "w");
	if (!file || fwrite(text, 1, size, file) != size || fclose(file) ||
	    chmod(next, 0444) || rename(next, path))
		die(path);
}

/* Write the file that was created last, with the text of kernel/exitstat_debugfs.c. */
static void put_file(const char *path)
{
	struct seq_file m = { .private = kshim_debugfs.data };
	size_t size;
	char *text;

	m.out = open_memstream(&text, &size);
	if (kshim_debugfs.fops->show(&m, NULL))
		die("no memory for a file");
	fclose(m.out);
	put_text(path, text, size);
	free(text);
}

static void put_files(struct kvm *vm)
{
	char path[PATH_SIZE * 2];
	int i;

	for (i = 0; i < vm->online_vcpus.counter; i++) {
		kvm_exitstat_create_vcpu_debugfs(vm->vcpus[i], NULL);
		snprintf(path, sizeof(path), "%s/vcpu%d/exitstat", folder, vm->vcpus[i]->vcpu_id);
		put_file(path);
	}
	kvm_exitstat_create_vm_debugfs(vm);
	snprintf(path, sizeof(path), "%s/exitstat", folder);
	put_file(path);
}

/* In KVM's order: the folder, its files, then each vCPU's folder and files. */
static void make_folder(struct kvm *vm)
{
	static const char *const polled[] = { "halt_poll_success_ns", "halt_poll_fail_ns" };
	char path[PATH_SIZE * 2], text[16];
	int i;

	if (mkdir(folder, 0755))
		die(folder);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, polled[i]);
		put_text(path, "0\n", 2);
	}
	for (i = 0; i < vm->online_vcpus.counter; i++) {
		snprintf(path, sizeof(path), "%s/vcpu%d", folder, vm->vcpus[i]->vcpu_id);
		if (mkdir(path, 0755))
			die(path);
		strcat(path, "/pid");
		put_text(path, text, sprintf(text, "%d\n", ran ? getpid() : 0));
	}
	put_files(vm);
}

static void remove_folder(const char *path)
{
	struct dirent *entry;
	char inside[PATH_SIZE * 2];
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
		if (unlink(inside))
			remove_folder(inside);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* KVM removes the folder when the process ends, whatever ends it. */
static void remove_at_the_end(void)
{
	int ends[2];
	char c;

	if (pipe(ends))
		die("pipe");
	switch (fork()) {
	case -1:
		die("fork");
		break;
	case 0:
		break;
	default:
		close(ends[0]);
		return;
	}
	setsid();
	close(descriptor);
	close(0);
	close(1);
	close(ends[1]);
	while (read(ends[0], &c, 1) < 0)
		;
	remove_folder(folder);
	_exit(0);
}

static bool is_vmx(void)
{
	return isa == LEAF_ISA_VMX;
}

static void exit_for(struct kvm_vcpu *vcpu, u32 reason)
{
	if (is_vmx())
		kvm_exitstat_exit(vm_stat(vcpu), KVM_ISA_VMX, reason);
	else
		kvm_exitstat_exit(vm_stat(vcpu), KVM_ISA_SVM, reason);
}

static u32 cpuid_reason(void)
{
	return is_vmx() ? 10 : 0x72;
}

/* One KVM_RUN with @n exits, which takes from kshim_clock to @until. */
static void run(struct kvm_vcpu *vcpu, u32 reason, u64 n, u64 until)
{
	const u64 each = n ? (until - kshim_clock) / n : 0;

	kvm_exitstat_run_begin(vcpu);
	for (; n; n--) {
		kvm_exitstat_entry(vm_stat(vcpu), isa);
		kshim_clock += each - each / 4;
		exit_for(vcpu, reason);
		kshim_clock += each / 4;
	}
	kshim_clock = until;
	/* As if a signal had come: the time from now on belongs to no exit. */
	kvm_exitstat_run_end(vcpu, -EINTR, rdtsc());
}

/* The same for all vCPUs at the same time. */
static void run_all(struct kvm *vm, u32 reason, u64 n, u64 until)
{
	const u64 from = kshim_clock;
	int i;

	for (i = 0; i < vm->online_vcpus.counter; i++) {
		kshim_clock = from;
		run(vm->vcpus[i], reason, n, until);
	}
	kshim_clock = until;
}

/* The exits of a vCPU's past, for several reasons. */
static void boot(struct kvm *vm)
{
	static const u32 vmx[] = { 0, 1, 7, 12, 28, 30, 31, 32, 48, 49 };
	static const u32 svm[] = { 0x00, 0x10, 0x60, 0x64, 0x65, 0x78, 0x7b, 0x7c, 0x400 };
	const u32 *reasons = is_vmx() ? vmx : svm;
	const unsigned int nr = is_vmx() ? ARRAY_SIZE(vmx) : ARRAY_SIZE(svm);
	unsigned int i;

	for (i = 0; i < nr; i++)
		run_all(vm, reasons[i], i + 1, kshim_clock + (i + 1) * CYCLES_OF_EXIT);
}

/* Do the exits that are due; true if that ends the job. */
static bool do_job(struct kvm *vm, struct job *job, bool running)
{
	const u64 now = now_ns(), due = job->rate * (now - job->since) / 1000000000;
	const u64 n = !running ? 0 : !job->rate || due > job->left ? job->left : due;

	if (running)
		job->since = now;
	if (n)
		run_all(vm, cpuid_reason(), n, kshim_clock + n * CYCLES_OF_EXIT > now ?
			kshim_clock + n * CYCLES_OF_EXIT : now);
	if (kshim_clock < now)
		kshim_clock = now;
	job->left -= n;
	return n && !job->left;
}

/* Whether there is a line on standard input: 1, 0 if not, -1 at the end of input. */
static int line_came(void)
{
	static char last;
	ssize_t n;

	n = read(0, &last, 1);
	return n <= 0 ? -1 : last == '\n';
}

static void live(struct vmm *vmm, u64 exits, u64 rate, int listener)
{
	struct job job = { .rate = rate };
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	bool begun = false, done = false;
	int line;

	while (!vmm->quit) {
		fds[1].fd = qmp_waits_for(listener);
		poll(fds, 2, TICK_MS);
		line = fds[0].revents ? line_came() : 0;
		if (line < 0)
			fds[0].fd = -1;
		if (line > 0 && begun)
			return;
		if (line > 0) {
			begun = true;
			job.left = exits;
			job.since = now_ns();
		}
		if (do_job(vmm->kvm, &job, vmm->running) && !done) {
			put_files(vmm->kvm);
			done = puts("done") > 0 && !fflush(stdout);
		}
		/* The files have what QMP's answer has, as KVM's do. */
		put_files(vmm->kvm);
		if (fds[1].revents)
			qmp_serve(vmm, listener);
	}
}

static void write_host_file(void)
{
	kvm_exitstat_create_debugfs();
	put_file(DEBUGFS "-exitstat");
}

/* KVM's numbers of the vCPUs: how many, or which, "0,1,2,4". */
static struct kvm *new_vm(char *vcpus, u64 id)
{
	const bool listed = strchr(vcpus, ',');
	unsigned int n = 0;
	int ids[16];
	struct kvm *vm;
	char *word;

	while (listed && n < ARRAY_SIZE(ids) && (word = strsep(&vcpus, ",")))
		ids[n++] = atoi(word);
	vm = vm_new(listed ? n : (unsigned int)atoi(vcpus));
	while (listed && n--)
		vm->vcpus[n]->vcpu_id = ids[n];
	/* Different in each process */
	vm->arch.exitstat.id = id ?: now_ns() * 0x9e3779b97f4a7c15ull ^ getpid();
	return vm;
}

/* The name in name=X,… or guest=X,…, as in QEMU. */
static char *name_of(char *option)
{
	if (!strncmp(option, "guest=", 6))
		option += 6;
	option[strcspn(option, ",")] = '\0';
	return option;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "host", no_argument, NULL, 'H' },
		{ "id", required_argument, NULL, 'I' },
		{ "name", required_argument, NULL, 'N' },
		{ "qmp", required_argument, NULL, 'Q' },
		{},
	};
	char one[] = "1", *vcpus = one, *name = NULL, *qmp = NULL;
	struct vmm vmm = { .running = true };
	u64 exits = 0, rate = 0, id = 0;
	bool host = false, hist = false;
	int c;

	while ((c = getopt_long_only(argc, argv, "i:v:n:r:hm:tu", options, NULL)) != -1) {
		switch (c) {
		case 'i': isa = !strcmp(optarg, "vmx") ? LEAF_ISA_VMX : LEAF_ISA_SVM; break;
		case 'v': vcpus = strdup(optarg); break;
		case 'n': exits = strtoull(optarg, NULL, 0); break;
		case 'r': rate = strtoull(optarg, NULL, 0); break;
		case 'I': id = strtoull(optarg, NULL, 0); break;
		case 'N': name = strdup(optarg); break;
		case 'Q': qmp = strdup(optarg); break;
		case 'h': hist = true; break;
		case 'm': maker = atoi(optarg); break;
		case 't': kshim_clock_unstable = true; break;
		case 'u': ran = false; break;
		case 'H': host = true; break;
		default: return 2;
		}
	}
	tsc_khz = 1000000;
	kshim_clock = now_ns();
	vm_load(isa);
	if (hist)
		vm_set("exitstat_hist", "1");
	if (host) {
		write_host_file();
		_exit(0);
	}
	signal(SIGPIPE, SIG_IGN);
	vmm.name = name ? name_of(name) : NULL;
	vmm.kvm = new_vm(vcpus, id);
	boot(vmm.kvm);
	make_descriptor();
	snprintf(folder, sizeof(folder), DEBUGFS "/%d-%d", maker ?: getpid(), descriptor);
	remove_at_the_end();
	make_folder(vmm.kvm);
	c = qmp ? qmp_listen(name_of(qmp + strlen("unix:"))) : -1;
	printf("expect 0x%x %llu\nready %d\n", cpuid_reason(),
	       exits * vmm.kvm->online_vcpus.counter, getpid());
	fflush(stdout);
	live(&vmm, exits, rate, c);
	_exit(0);
}
