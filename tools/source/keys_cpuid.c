// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the keys of one vCPU, which a guest's root reads by CPUID.
 *
 * KVM shows keys only to CPL 0.  Linux' module cpuid executes CPUID there, on the CPU whose file
 * is read, for whoever may open the file.
 */
#include <asm/kvm_exitstat.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exitstat_reasons.h"
#include "lib/message.h"
#include "model/keys.h"
#include "source/cpuid.h"
#include "source/keys_cpuid.h"
#include "source/source_cpuid.h"
#include "source/why.h"

/* How often to try again if another reader takes a snapshot meanwhile. */
#define ATTEMPTS	8

/**
 * struct reader - a reading in the making
 * @cpuid: executes CPUID
 * @arg: for @cpuid
 * @cpu: the CPU on which it does
 * @keys: what has been read
 * @snapshot: id of the snapshot that is read
 * @replaced: an answer came from another snapshot
 * @why: what is wrong
 */
struct reader {
	kernel_cpuid_fn cpuid;
	void *arg;
	int cpu;
	struct keys *keys;
	uint32_t snapshot;
	bool replaced;
	char *why;
};

static int ask(struct reader *rd, uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	if (!rd->cpuid(rd->arg, leaf, sub, regs))
		return explain(rd->why, "CPU %d cannot be asked: %s", rd->cpu, strerror(errno));
	rd->keys->cpuids++;
	return EXIT_DONE;
}

static uint64_t value_of(const struct cpuid_regs *regs)
{
	return (uint64_t)regs->ebx << 32 | regs->eax;
}

static int read_signature(struct reader *rd)
{
	struct cpuid_regs regs;

	if (ask(rd, KVM_EXITSTAT_LEAF_SIGNATURE, 0, &regs))
		return SOURCE_FAILED;
	if (source_cpuid_signature(&regs, rd->why))
		return SOURCE_FAILED;
	if (regs.eax < KVM_EXITSTAT_LEAF_HIGHEST)
		return explain(rd->why, "the host's kvm-exitstat is older and shows a guest no keys (its highest leaf is 0x%08x, but 0x%08x is needed); load a newer one on the host",
			       regs.eax, KVM_EXITSTAT_LEAF_HIGHEST);
	return EXIT_DONE;
}

static int read_features(struct reader *rd)
{
	struct keys *keys = rd->keys;
	struct cpuid_regs regs;

	if (ask(rd, KVM_EXITSTAT_LEAF_FEATURES, 0, &regs))
		return SOURCE_FAILED;
	if (source_cpuid_version(&regs, rd->why))
		return SOURCE_FAILED;
	keys->isa = regs.ebx;
	keys->counting = regs.edx & KVM_EXITSTAT_F_COUNTING;
	keys->kept = regs.edx & KVM_EXITSTAT_F_KEYS;
	if (!keys->kept)
		return explain(rd->why, "the host keeps no keys, because its parameter exitstat_keys is 0; ask who runs the host to set it");
	if (ask(rd, KVM_EXITSTAT_LEAF_SCOPE, 0, &regs))
		return SOURCE_FAILED;
	keys->tsc_khz = regs.eax;
	if (ask(rd, KVM_EXITSTAT_LEAF_ID, 0, &regs))
		return SOURCE_FAILED;
	keys->id = value_of(&regs);
	return EXIT_DONE;
}

/* A leaf of the snapshot's keys */
static int ask_row(struct reader *rd, uint32_t which, uint32_t index, struct cpuid_regs *regs)
{
	if (ask(rd, KVM_EXITSTAT_LEAF_KEYS + which, index, regs))
		return SOURCE_FAILED;
	rd->replaced |= regs->edx != rd->snapshot;
	return EXIT_DONE;
}

/* False if this exitstat does not know what the row is of. */
static bool take_what(uint32_t what, uint64_t value, struct key_row *row)
{
	static const char *const classes[] = KVM_EXITSTAT_CLASS_NAMES;
	static const char *const levels[] = KVM_EXITSTAT_LEVEL_NAMES;
	const uint32_t kind = what & 0xff, class = kind - KVM_EXITSTAT_ROW_KEY;
	const char access = what >> 8 & 0xff;

	switch (kind) {
	case KVM_EXITSTAT_ROW_REASON:
		row->kind = KEY_REASON;
		return true;
	case KVM_EXITSTAT_ROW_REST:
		row->kind = KEY_REST;
		return true;
	case KVM_EXITSTAT_ROW_LEVEL:
		if (value >= sizeof(levels) / sizeof(levels[0]))
			return false;
		row->kind = KEY_LEVEL;
		strcpy(row->word, levels[value]);
		return true;
	case KVM_EXITSTAT_ROW_RETURN:
		row->kind = KEY_RETURN;
		row->value = value;
		row->access = access ?: '-';
		return !access || access == KEY_FAILED;
	case KVM_EXITSTAT_ROW_RETURN_REST:
		row->kind = KEY_RETURN_REST;
		return true;
	}
	if (class < 1 || class >= sizeof(classes) / sizeof(classes[0]) ||
	    (access && !strchr("rwxkh", access)))
		return false;
	row->kind = KEY_OWN;
	strcpy(row->word, classes[class]);
	row->value = value;
	row->access = access ?: '-';
	row->size = what >> 16;
	return true;
}

static int read_numbers(struct reader *rd, uint32_t index, struct key_row *row)
{
	uint64_t *const numbers[] = { &row->exits, &row->kernel, &row->user, &row->error };
	struct cpuid_regs regs;
	uint32_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (ask_row(rd, KVM_EXITSTAT_K_EXITS + i, index, &regs))
			return SOURCE_FAILED;
		*numbers[i] = value_of(&regs);
		row->reason = regs.ecx;
	}
	return EXIT_DONE;
}

static int read_row(struct reader *rd, uint32_t index)
{
	struct key_row row = { .access = '-' };
	struct cpuid_regs regs;

	if (ask_row(rd, KVM_EXITSTAT_K_VALUE, index, &regs))
		return SOURCE_FAILED;
	if (rd->replaced || (regs.ecx & 0xff) == KVM_EXITSTAT_ROW_FLOOR)
		return EXIT_DONE;
	if (!take_what(regs.ecx, value_of(&regs), &row))
		return explain(rd->why, "the host shows keys of a kind that this exitstat does not know (ecx of row %u is 0x%08x); install the exitstat that belongs to the host's kvm-exitstat",
			       index, regs.ecx);
	if (read_numbers(rd, index, &row))
		return SOURCE_FAILED;
	rd->keys->rows[rd->keys->nr++] = row;
	return EXIT_DONE;
}

static int read_rows(struct reader *rd)
{
	struct keys *keys = rd->keys;
	struct cpuid_regs regs;
	uint32_t i, nr;

	if (ask_row(rd, KVM_EXITSTAT_K_ROWS, 0, &regs) || rd->replaced)
		return rd->replaced ? EXIT_DONE : SOURCE_FAILED;
	nr = regs.eax;
	keys->torn = regs.ebx;
	if (nr > KEYS_FULL)
		return explain(rd->why, "the host shows %u rows of one vCPU's keys, which is not possible", nr);
	keys->rows = calloc(nr + 1, sizeof(*keys->rows));
	if (!keys->rows)
		return explain(rd->why, "out of memory");
	for (i = 0; i < nr && !rd->replaced; i++)
		if (read_row(rd, i))
			return SOURCE_FAILED;
	return EXIT_DONE;
}

static int read_pass(struct reader *rd)
{
	struct cpuid_regs regs;

	rd->replaced = false;
	free(rd->keys->rows);
	*rd->keys = (struct keys) { .vcpu = -1, .vcpus = 1, .guest_cpu = rd->cpu, .cpuids = rd->keys->cpuids };
	if (read_signature(rd) || read_features(rd) || ask(rd, KVM_EXITSTAT_LEAF_SNAPSHOT, 0, &regs))
		return SOURCE_FAILED;
	if (!regs.eax && regs.edx)
		return explain(rd->why, "the host has no memory for a snapshot of the counters; try again later");
	rd->snapshot = regs.eax;
	return read_rows(rd);
}

int keys_cpuid_take(kernel_cpuid_fn cpuid, void *arg, int cpu, struct keys *keys, char *why)
{
	struct reader rd = { .cpuid = cpuid, .arg = arg, .cpu = cpu, .keys = keys, .why = why };
	int ret = EXIT_DONE, i;

	*keys = (struct keys) {};
	for (i = 0; i < ATTEMPTS; i++) {
		ret = read_pass(&rd);
		if (ret || !rd.replaced)
			break;
	}
	if (!ret && rd.replaced)
		ret = explain(why, "the snapshot on CPU %d was replaced %d times while it was read, or the host cannot show keys to this guest, whose registers may be encrypted; let other readers of the counters on that CPU end",
			      cpu, ATTEMPTS);
	if (ret) {
		free(keys->rows);
		keys->rows = NULL;
		return SOURCE_FAILED;
	}
	keys_arrange(keys);
	return EXIT_DONE;
}

/* Linux' Documentation has none of it: the offset has the leaf below and the subleaf above. */
static bool read_device(void *arg, uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	const ssize_t n = pread(*(int *)arg, regs, sizeof(*regs), (off_t)((uint64_t)sub << 32 | leaf));

	if (n >= 0 && n != sizeof(*regs))
		errno = EIO;
	return n == sizeof(*regs);
}

int keys_cpuid_read(struct keys *keys, char *why)
{
	const int cpu = sched_getcpu();
	char path[48];
	int fd, ret;

	if (cpu < 0)
		return explain(why, "cannot tell which CPU this process runs on");
	snprintf(path, sizeof(path), "/dev/cpu/%d/cpuid", cpu);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENXIO))
		return explain(why, "there is no %s, by which a guest's root reads keys; load the guest's module for it: modprobe cpuid",
			       path);
	if (fd < 0)
		return explain(why, "%s cannot be opened: %s; a guest shows keys to root only", path,
			       strerror(errno));
	ret = keys_cpuid_take(read_device, &fd, cpu, keys, why);
	close(fd);
	return ret;
}
