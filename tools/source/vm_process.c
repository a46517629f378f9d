// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: finds the processes of VMs.
 *
 * KVM names a VM's folder after the thread that created it, and the VM's descriptor.  That
 * thread may have ended, and another may have its number now.  So the process is the one
 * that has the VM; a vCPU's thread shows it, too, once the vCPU has run.
 *
 * A process can have a million descriptors, and its VM may be the last.  So all VMs are
 * searched for a few steps, then those that are left for more, and so on: who is found
 * early is found whatever others do.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/waits.h"
#include "source/process.h"
#include "source/vm.h"
#include "source/vm_process.h"

#define FIRST_STEPS	8	/* for each VM, in the first round */
#define MORE_STEPS	4	/* times as many as in the round before */

/**
 * struct search - the search for a VM's process
 * @vm: the VM
 * @maker: the process of the thread that the folder is named after, 0 if it has ended
 * @fd: the descriptor that the folder is named after
 * @searched: the processes of the vCPUs' threads have been searched
 */
struct search {
	struct vm *vm;
	pid_t maker;
	int fd;
	bool searched;
};

/**
 * struct searches - all of them
 * @list: one for each VM
 * @nr: number of entries in @list
 */
struct searches {
	struct search *list;
	int nr;
};

static bool is_open(const struct search *s)
{
	return !s->vm->pid && !s->searched;
}

static void found(struct search *s, pid_t pid, int fd)
{
	s->vm->pid = pid;
	s->vm->fd = fd;
}

static void begin(struct search *s, struct vm *vm)
{
	char *rest;

	*s = (struct search) { .vm = vm };
	s->maker = process_of(strtol(vm->dir, &rest, 10));
	s->fd = atoi(rest + 1);
	if (s->maker && process_may_have_vm_at(s->maker, s->fd))
		found(s, s->maker, s->fd);
}

static void search_process(struct search *s, pid_t pid, struct effort *effort)
{
	const int fd = process_may_have_vm_at(pid, s->fd) ? s->fd : process_search(pid, effort);

	if (fd >= 0)
		found(s, pid, fd);
}

static void search_threads(struct search *s, unsigned int steps, uint64_t until)
{
	struct effort effort = { steps, until };
	unsigned int *vcpus;
	pid_t tid, pid, last = 0;
	const int nr = vm_vcpus(s->vm, &vcpus);
	int i;

	for (i = 0; i < nr && !s->vm->pid && effort_spend(&effort); i++, last = pid) {
		tid = vm_thread(s->vm, vcpus[i]);
		pid = tid > 0 ? process_of(tid) : 0;
		if (pid && pid != last)
			search_process(s, pid, &effort);
	}
	free(vcpus);
	s->searched = effort.steps;
}

static void search_all_threads(const struct searches *all, uint64_t until)
{
	unsigned int steps = FIRST_STEPS;
	bool goes_on = true;
	int i;

	while (goes_on && now_ms() < until) {
		goes_on = false;
		for (i = 0; i < all->nr; i++) {
			if (is_open(&all->list[i]))
				search_threads(&all->list[i], steps, until);
			goes_on |= is_open(&all->list[i]);
		}
		steps *= MORE_STEPS;
	}
}

/* Whether the descriptor @fd of @pid is one of the VMs: its thread has created it, or it was found. */
static bool is_known(const struct searches *all, pid_t pid, int fd)
{
	int i;

	for (i = 0; i < all->nr; i++) {
		const struct search *s = &all->list[i];

		if ((s->maker == pid && s->fd == fd) || (s->vm->pid == pid && s->vm->fd == fd))
			return true;
	}
	return false;
}

/* Whether @name is the folder of the VM that a thread of @pid has created as descriptor @fd. */
static bool is_folder_of(const char *name, pid_t pid, int fd)
{
	char path[64], *rest;
	const long tid = strtol(name, &rest, 10);

	snprintf(path, sizeof(path), "-%d", fd);
	if (tid <= 0 || strcmp(rest, path))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%ld", pid, tid);
	return file_exists(path);
}

/* Whether a thread of @pid has created a VM as @fd meanwhile. */
static bool has_created_now(pid_t pid, int fd)
{
	DIR *dir = opendir(KVM_DEBUGFS);
	struct dirent *entry;
	bool created = false;

	while (dir && !created && (entry = readdir(dir)))
		created = is_folder_of(entry->d_name, pid, fd);
	if (dir)
		closedir(dir);
	return created;
}

/*
 * The only process whose descriptor @fd is a VM that is not known yet; 0 if there is none, or
 * more than one, and -1 if the search does not end before @until.
 */
static pid_t process_with(const struct searches *all, int fd, uint64_t until)
{
	DIR *dir = opendir("/proc");
	pid_t pid, only = 0;
	unsigned int nr = 0;
	struct dirent *entry;
	bool late = false;

	while (dir && nr < 2 && !(late = now_ms() >= until) && (entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		if (pid <= 0 || !process_has_vm_at(pid, fd) || is_known(all, pid, fd) ||
		    has_created_now(pid, fd))
			continue;
		only = pid;
		nr++;
	}
	if (dir)
		closedir(dir);
	return late ? -1 : nr == 1 ? only : 0;
}

static int by_fd(const void *a, const void *b)
{
	const struct search *left = a, *right = b;

	return (left->fd > right->fd) - (left->fd < right->fd);
}

/*
 * The only VM without a process among those at @all->list[@from] that have one descriptor; NULL
 * if there is none, or more than one.  @next is behind them.
 */
static struct search *only_one_left(const struct searches *all, int from, int *next)
{
	struct search *only = NULL;
	unsigned int nr = 0;
	int i;

	for (i = from; i < all->nr && all->list[i].fd == all->list[from].fd; i++)
		if (!all->list[i].vm->pid) {
			only = &all->list[i];
			nr++;
		}
	*next = i;
	return nr == 1 ? only : NULL;
}

/* For VMs whose vCPUs have not run.  Of two at one descriptor, the process could have either. */
static void search_all_processes(const struct searches *all, uint64_t until)
{
	struct search *s;
	pid_t pid;
	int i;

	qsort(all->list, all->nr, sizeof(*all->list), by_fd);
	for (i = 0; i < all->nr;) {
		s = only_one_left(all, i, &i);
		if (!s || !s->searched)
			continue;
		pid = process_with(all, s->fd, until);
		s->searched = pid >= 0;
		if (pid > 0)
			found(s, pid, s->fd);
	}
}

int vms_find_processes(struct vm *vms, int nr)
{
	const uint64_t now = now_ms();
	struct searches all = { calloc(nr ?: 1, sizeof(*all.list)), nr };
	int i;

	if (!all.list)
		return -1;
	for (i = 0; i < nr; i++)
		begin(&all.list[i], &vms[i]);
	/* Each way has half of the time, so that neither takes all. */
	search_all_threads(&all, now + waits.makers / 2);
	search_all_processes(&all, now + waits.makers);
	for (i = 0; i < nr; i++)
		all.list[i].vm->unsearched = is_open(&all.list[i]);
	free(all.list);
	return 0;
}
