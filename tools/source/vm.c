// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: finds VMs, their names and vCPU threads.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/message.h"
#include "lib/text.h"
#include "lib/waits.h"
#include "source/process.h"
#include "source/vm.h"
#include "source/vm_process.h"
#include "source/vmm_name.h"

/* From <linux/magic.h> */
#define DEBUGFS_MAGIC	0x64626720

/* The initial PID namespace, whose PIDs KVM uses. */
#define INIT_PID_NS	"pid:[4026531836]"

static bool in_other_pid_namespace(void)
{
	char link[64] = "";

	return readlink("/proc/self/ns/pid", link, sizeof(link) - 1) > 0 &&
	       strcmp(link, INIT_PID_NS) != 0;
}

static int not_readable(int err, char *why)
{
	struct statfs fs;

	if (err == EACCES || err == EPERM)
		return explain(why, KVM_DEBUGFS " cannot be read (%s), and the vCPUs' counters are only there; run as root",
			    strerror(err));
	if (statfs("/sys/kernel/debug", &fs) || fs.f_type != DEBUGFS_MAGIC)
		return explain(why, "debugfs is not mounted, and the vCPUs' counters are only there; mount -t debugfs debugfs /sys/kernel/debug");
	return explain(why, "there is no " KVM_DEBUGFS " (%s), so KVM is not loaded; this command is for a host: load KVM with kvm-exitstat there",
		    strerror(err));
}

bool kvm_has_exitstat(void)
{
	return file_exists(KVM_PARAMETER);
}

int kvm_keeps_keys(void)
{
	char text[4];

	return read_start(KEYS_PARAMETER, text, sizeof(text)) ? text[0] == '1' : -1;
}

int vms_readable(char *why)
{
	DIR *dir = opendir(KVM_DEBUGFS);

	if (!dir)
		return not_readable(errno, why);
	closedir(dir);
	if (in_other_pid_namespace())
		return explain(why, "this runs in a PID namespace of its own, where KVM's process numbers mean nothing; run it on the host itself");
	if (access("/proc/1/stat", R_OK))
		return explain(why, "/proc shows only your own processes (it is mounted with hidepid), so the VMs' processes and names cannot be found; run as root");
	return EXIT_DONE;
}

/* The number 12, and the rest, of a name like PREFIX12-3; -1 for any other name. */
static long number_after(const char *name, const char *prefix, char **rest)
{
	const size_t length = strlen(prefix);
	long number;

	if (strncmp(name, prefix, length) || !isdigit((unsigned char)name[length]))
		return -1;
	number = strtol(name + length, rest, 10);
	return number > INT_MAX ? -1 : number;
}

void vm_path(char path[VM_PATH_SIZE], const struct vm *vm, int vcpu,
	     const char *file)
{
	if (vcpu < 0)
		snprintf(path, VM_PATH_SIZE, KVM_DEBUGFS "/%s/%s", vm->dir, file);
	else
		snprintf(path, VM_PATH_SIZE, KVM_DEBUGFS "/%s/vcpu%d/%s",
			 vm->dir, vcpu, file);
}

bool vm_exists(const struct vm *vm)
{
	char path[VM_PATH_SIZE];

	vm_path(path, vm, -1, "");
	return file_exists(path);
}

bool vm_settles(const struct vm *vm, const char *path)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	const uint64_t until = now_ms() + waits.folder;

	while (vm_exists(vm)) {
		if ((path && file_exists(path)) || now_ms() >= until)
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

static void find_name(struct vm *vm)
{
	size_t size;
	char *args = vm->pid ? process_args(vm->pid, &size) : NULL;

	if (args)
		vmm_name(args, size, vm->name);
	free(args);
}

/* Whether @dir is the folder of a VM, PID-FD. */
static bool take_dir(struct vm *vm, const char *dir)
{
	char *rest, *end;

	if (number_after(dir, "", &rest) < 0 || number_after(rest, "-", &end) < 0 || *end ||
	    strlen(dir) >= sizeof(vm->dir))
		return false;
	*vm = (struct vm) {};
	strcpy(vm->dir, dir);
	return true;
}

static int by_dir(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

int vms_list(struct vm **vms)
{
	struct dirent **entries;
	int n, i, nr = 0;

	n = scandir(KVM_DEBUGFS, &entries, NULL, by_dir);
	*vms = calloc(MAX(n, 1), sizeof(**vms));
	for (i = 0; i < n; i++) {
		if (*vms && take_dir(&(*vms)[nr], entries[i]->d_name))
			nr++;
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	if (!*vms || vms_find_processes(*vms, nr))
		return -1;
	for (i = 0; i < nr; i++)
		find_name(&(*vms)[i]);
	return nr;
}

int vm_vcpus(const struct vm *vm, unsigned int **vcpus)
{
	char path[VM_PATH_SIZE], *rest;
	struct dirent **entries;
	int n, i, nr = 0;
	long vcpu;

	vm_path(path, vm, -1, "");
	n = scandir(path, &entries, NULL, by_dir);
	*vcpus = calloc(MAX(n, 1), sizeof(**vcpus));
	for (i = 0; i < n; i++) {
		vcpu = number_after(entries[i]->d_name, "vcpu", &rest);
		if (*vcpus && vcpu >= 0 && !*rest)
			(*vcpus)[nr++] = vcpu;
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return *vcpus ? nr : -1;
}

/*
 * QEMU names its threads like this with -name debug-threads=on, which libvirt uses.
 * QEMU's number of a CPU differs from KVM's if the APIC ids have gaps.
 */
static pid_t thread_by_name(pid_t pid, unsigned int vcpu)
{
	char path[300], want[32], comm[32];
	struct dirent *entry;
	pid_t tid = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return -1;
	snprintf(want, sizeof(want), "CPU %u/KVM\n", vcpu);
	while (tid < 0 && (entry = readdir(dir))) {
		/* "..", the process, has a name, too. */
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/comm", pid,
			 entry->d_name);
		if (read_start(path, comm, sizeof(comm)) && !strcmp(comm, want))
			tid = atoi(entry->d_name);
	}
	closedir(dir);
	return tid;
}

/* KVM has this file since Linux 5.19.  0 before the first KVM_RUN, -1 without the file. */
static pid_t thread_by_kvm(const struct vm *vm, unsigned int vcpu)
{
	char path[VM_PATH_SIZE], text[32];

	vm_path(path, vm, vcpu, "pid");
	return read_start(path, text, sizeof(text)) ? atoi(text) : -1;
}

pid_t vm_thread(const struct vm *vm, unsigned int vcpu)
{
	const pid_t known = thread_by_kvm(vm, vcpu);
	pid_t tid;

	if (known > 0)
		return known;
	tid = vm->pid ? thread_by_name(vm->pid, vcpu) : -1;
	return tid < 0 ? known : tid;
}

/* Number of vCPUs of the VM in folder @dir that @tid ran last. */
static unsigned int count_runs(const char *dir, pid_t tid)
{
	unsigned int *vcpus, nr = 0;
	struct vm vm;
	int n, i;

	if (!take_dir(&vm, dir))
		return 0;
	n = vm_vcpus(&vm, &vcpus);
	for (i = 0; i < n; i++)
		nr += thread_by_kvm(&vm, vcpus[i]) == tid;
	free(vcpus);
	return nr;
}

bool thread_runs_several(pid_t tid)
{
	DIR *dir = opendir(KVM_DEBUGFS);
	struct dirent *entry;
	unsigned int nr = 0;

	while (dir && nr < 2 && (entry = readdir(dir)))
		nr += count_runs(entry->d_name, tid);
	if (dir)
		closedir(dir);
	return nr > 1;
}

char thread_state(pid_t pid, pid_t tid)
{
	char path[64], text[256];
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	if (!read_start(path, text, sizeof(text)))
		return 0;
	/* The name before the state is in parentheses and may contain any byte. */
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : 0;
}

/*
 * The value of @key in an option of QEMU, KEY=VALUE,KEY=VALUE…  A first value without a
 * key is @implied's, and ",," is a comma.  @value gets as much as it has room for.
 * Returns the length of the whole value, 0 if there is none.
 */
static size_t option_text(const char *option, const char *implied,
			  const char *key, char *value, size_t size)
{
	size_t length_of_value = 0;
	bool first = true;

	while (*option) {
		const size_t length = strcspn(option, "=,");
		const bool pair = option[length] == '=';
		const bool wanted = pair ? length == strlen(key) &&
					   !strncmp(option, key, length) :
					   first && implied && !strcmp(implied, key);
		size_t n = 0;

		if (pair)
			option += length + 1;
		for (; *option && (*option != ',' || option[1] == ','); option++) {
			if (*option == ',')
				option++;
			if (wanted && n + 1 < size)
				value[n] = *option;
			n++;
		}
		if (wanted) {
			value[n < size ? n : size - 1] = '\0';
			length_of_value = n;
		}
		if (*option)
			option++;
		first = false;
	}
	return length_of_value;
}

/* The same, but false if there is no value, or if it is longer than @value. */
static bool option_value(const char *option, const char *implied,
			 const char *key, char *value, size_t size)
{
	const size_t length = option_text(option, implied, key, value, size);

	return length && length < size;
}

/* The argument after @arg, or NULL. */
static const char *next_arg(const char *args, size_t size, const char *arg)
{
	const char *next = arg + strnlen(arg, args + size - arg) + 1;

	return next < args + size && memchr(next, 0, args + size - next) ?
	       next : NULL;
}

/*
 * The value of the next option -@name (or --@name) after @at, or of the first one if @at
 * is NULL; NULL if there is none.
 */
static const char *find_option(const char *args, size_t size, const char *name,
			       const char *at)
{
	const char *arg = at ?: args, *word;

	for (; arg; arg = next_arg(args, size, arg)) {
		if (!memchr(arg, 0, args + size - arg))
			return NULL;
		word = arg;
		if (*word != '-')
			continue;
		word += word[1] == '-' ? 2 : 1;
		if (!strcmp(word, name))
			return next_arg(args, size, arg);
	}
	return NULL;
}

/* The last one wins. */
bool qemu_name(const char *args, size_t size, char name[VM_NAME_SIZE])
{
	char whole[VM_NAME_SIZE + 1];
	const char *option = NULL;

	name[0] = '\0';
	while ((option = find_option(args, size, "name", option)))
		if (option_text(option, "guest", "guest", whole, sizeof(whole)))
			text_copy(name, VM_NAME_SIZE, whole);
	return name[0];
}

/* Path of the socket of the character device @id, if it listens at one. */
static bool chardev_path(const char *args, size_t size, const char *id,
			 char path[PATH_MAX])
{
	const char *option = NULL;
	char text[128];

	while ((option = find_option(args, size, "chardev", option))) {
		if (!option_value(option, "backend", "id", text, sizeof(text)) ||
		    strcmp(text, id))
			continue;
		if (option_value(option, "backend", "abstract", text, sizeof(text)) &&
		    !strcmp(text, "on"))
			continue;
		return option_value(option, "backend", "path", path, PATH_MAX);
	}
	return false;
}

/* -qmp unix:PATH,server=on,wait=off */
static bool qmp_option(const char *option, char path[PATH_MAX])
{
	return option_value(option, "address", "address", path, PATH_MAX) &&
	       !strncmp(path, "unix:", 5) &&
	       memmove(path, path + 5, strlen(path + 5) + 1) && path[0];
}

/* -qmp …, or -mon chardev=ID,mode=control with -chardev socket,id=ID,path=PATH,… */
bool qemu_qmp(const char *args, size_t size, char path[PATH_MAX])
{
	const char *option = NULL;
	char id[128], mode[16];

	while ((option = find_option(args, size, "qmp", option)))
		if (qmp_option(option, path))
			return true;
	while ((option = find_option(args, size, "mon", option)))
		if (option_value(option, "chardev", "mode", mode, sizeof(mode)) &&
		    !strcmp(mode, "control") &&
		    option_value(option, "chardev", "chardev", id, sizeof(id)) &&
		    chardev_path(args, size, id, path))
			return true;
	return false;
}

bool vm_qmp(const struct vm *vm, char path[VM_QMP_SIZE])
{
	char inside[PATH_MAX];
	size_t length;
	bool found;
	char *args;

	args = process_args(vm->pid, &length);
	found = args && qemu_qmp(args, length, inside);
	free(args);
	if (found)
		snprintf(path, VM_QMP_SIZE, "/proc/%d/%s%s", vm->pid,
			 inside[0] == '/' ? "root" : "cwd/", inside);
	return found;
}
