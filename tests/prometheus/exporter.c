// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host with many invented VMs.  It uses the renderer and the server of exitstat export, and
 * the counters grow like those of busy VMs.
 *
 *   exporter ADDR:PORT VMS VCPUS REASONS ACCOUNTS SPEED KEYS
 *
 * VCPUS 0: as with --no-vcpu.  So many REASONS have exits, and so many ACCOUNTS of each have
 * time.  A second counts as SPEED seconds.  With exitstat export --keys each VM would have
 * KEYS exceptions; 0: as without it.  At each address of 127.0.0.0/8 it is another host of the fleet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/address.h"
#include "export/listen.h"
#include "export/metrics.h"
#include "lib/clock.h"
#include "lib/message.h"
#include "lib/number.h"
#include "model/reading.h"
#include "model/reasons.h"

#define SECOND	1000000000ull
#define KHZ	2500000u

/**
 * struct fleet - the host
 * @metrics: its VMs
 * @reasons: number of reasons with exits
 * @accounts: number of accounts with time in each of these
 * @speed: seconds that a second counts as
 * @keys: number of exceptions of a VM that have exits
 * @at: time up to which its counters have grown, by now_ns()
 */
static struct fleet {
	struct metrics metrics;
	unsigned int reasons;
	unsigned int accounts;
	unsigned int speed;
	unsigned int keys;
	uint64_t at;
} fleet;

/* Uniform in [0, 1) */
static double chance(void)
{
	return rand() / (RAND_MAX + 1.0);
}

/*
 * Reason i of a busy vCPU makes some 3000 / (i + 1) exits a second, give or take a
 * third, and each takes some microseconds.
 */
static void grow_row(struct row *row, unsigned int i, double seconds)
{
	const uint64_t exits = 3000 / (i + 1.0) * seconds * (0.67 + 0.66 * chance()) + chance();
	unsigned int v;

	row->v[KVM_EXITSTAT_V_EXITS] += exits;
	for (v = 0; v < fleet.accounts; v++)
		row->v[KVM_EXITSTAT_V_KERNEL + v] += exits * (2000 + 1000 * v) *
						     (0.8 + 0.4 * chance());
}

static void grow(struct reading *r, double seconds)
{
	unsigned int i;

	for (i = 0; i < fleet.reasons; i++)
		grow_row(&r->rows[i], i, seconds);
	r->lifetime += seconds * KHZ * 1000;
	r->guest += seconds * KHZ * 1000 * (0.4 + 0.2 * chance());
}

static void begin(struct metrics_vcpu *vcpu, unsigned int vm, unsigned int number)
{
	struct reading *r = &vcpu->reading;
	unsigned int i;

	r->from = FROM_DEBUGFS;
	r->isa = KVM_EXITSTAT_ISA_VMX;
	r->id = vm + 1;
	r->tsc_khz = KHZ;
	r->vcpus = 1;
	r->nr_rows = reasons_nr(r->isa);
	for (i = 0; i < r->nr_rows; i++)
		r->rows[i].reason = reasons_number(r->isa, i);
	/* The first reasons that have a name */
	for (i = 0; i < fleet.reasons; i++)
		r->rows[i].name = reasons_name(r->isa, i);
	vcpu->vcpu = number;
	/* A day has gone by. */
	grow(r, 86400);
}

/* Of the first reason, of exceptions: one has half of the exits, the next a quarter, and so on. */
static void grow_keys(struct keys *keys, const struct metrics_vm *vm)
{
	struct key_row *row = keys->rows;
	const struct row *of;
	unsigned int i;

	row->exits = row->kernel = 0;
	for (i = 0; i < vm->nr; i++) {
		of = &vm->vcpus[i].reading.rows[0];
		row->exits += of->v[KVM_EXITSTAT_V_EXITS];
		row->kernel += of->v[KVM_EXITSTAT_V_KERNEL];
	}
	for (i = 1; i < keys->nr; i++) {
		row[i].exits = row->exits >> i;
		row[i].kernel = row->kernel >> i;
	}
}

static struct keys begin_keys(void)
{
	struct keys keys = { .isa = KVM_EXITSTAT_ISA_VMX, .tsc_khz = KHZ, .nr = fleet.keys + 1 };
	unsigned int i;

	keys.rows = calloc(keys.nr, sizeof(*keys.rows));
	for (i = 0; keys.rows && i < keys.nr; i++)
		keys.rows[i] = (struct key_row) { .kind = i ? KEY_OWN : KEY_REASON, .word = "exception",
			.value = i - 1, .access = '-' };
	return keys;
}

static char *answer(void *data, enum metrics_format format)
{
	const uint64_t now = now_ns();
	const double seconds = (now - fleet.at) * (double)fleet.speed / SECOND;
	unsigned int i, j;

	(void)data;
	for (i = 0; i < fleet.metrics.nr; i++) {
		struct metrics_vm *vm = (void *)&fleet.metrics.vms[i];

		vm->polled[0] += SECOND / 50 * seconds * chance();
		vm->polled[1] += SECOND / 100 * seconds * chance();
		for (j = 0; j < vm->nr; j++)
			grow((void *)&vm->vcpus[j].reading, seconds);
		if (fleet.keys)
			grow_keys(&vm->keys, vm);
	}
	fleet.at = now;
	fleet.metrics.begun = now;
	return metrics_render(&fleet.metrics, format, NULL);
}

int main(int argc, char **argv)
{
	uint32_t numbers[6];
	struct metrics_vcpu *vcpus;
	struct metrics_vm *vms;
	unsigned int i, j;
	int fd;

	if (argc != 8)
		return fail("give ADDR:PORT VMS VCPUS REASONS ACCOUNTS SPEED KEYS");
	for (i = 0; i < 6; i++)
		if (parse_u32(argv[i + 2], &numbers[i]) || numbers[i] > 10000)
			return fail("'%s' is no number up to 10000", argv[i + 2]);
	fleet.reasons = numbers[2];
	fleet.accounts = numbers[3];
	fleet.speed = numbers[4];
	fleet.keys = numbers[5];
	fleet.at = now_ns();
	if (fleet.reasons > 35 || fleet.accounts > 5)
		return fail("there are 35 reasons, and 5 accounts");
	if (fleet.keys > 32)
		return fail("there are 32 exceptions");

	fleet.metrics = (struct metrics) {
		.host = { 1, 0, 0 }, .nr = numbers[0], .no_vcpu = !numbers[1],
		.with_keys = fleet.keys, .kept = 1,
	};
	fleet.metrics.vms = vms = calloc(numbers[0] ?: 1, sizeof(*vms));
	for (i = 0; vms && i < numbers[0]; i++) {
		vms[i] = (struct metrics_vm) { .pid = 10000 + i, .place = "", .nr = numbers[1] ?: 1,
			.has_polled = true };
		vms[i].vcpus = vcpus = calloc(vms[i].nr, sizeof(*vcpus));
		if (fleet.keys)
			vms[i].keys = begin_keys();
		if (!vcpus || (fleet.keys && !vms[i].keys.rows) ||
		    asprintf((char **)&vms[i].name, "instance-%08x", i) < 0)
			return fail("out of memory");
		for (j = 0; j < vms[i].nr; j++)
			begin(&vcpus[j], i, j);
	}
	if (!vms)
		return fail("out of memory");
	fd = address_open(argv[1]);
	return fd < 0 ? EXIT_MISUSE : listen_at(fd, answer, NULL, NULL);
}
