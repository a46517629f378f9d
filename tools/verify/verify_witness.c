// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: compares witnesses' counts with ours.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/waits.h"
#include "model/reading.h"
#include "source/debugfs.h"
#include "source/vm.h"
#include "verify/verify_witness.h"
#include "verify/witness.h"

static void tally_add(struct tally *t, const struct reading *r)
{
	unsigned int i, v;

	for (v = 0; v < KVM_EXITSTAT_NR_V; v++) {
		for (i = 0; i < r->nr_rows; i++)
			t->v[i][v] += r->rows[i].v[v];
		t->v[ROW_OTHER][v] += r->other.v[v];
	}
	t->vcpus++;
}

/* Add up all vCPUs that exist now; NULL, or @why. */
static const char *tally_vm(struct witnesses *ws, const struct vm *vm,
			    struct tally *t, char *why, size_t size)
{
	struct debugfs_file *file = malloc(sizeof(*file));
	char path[VM_PATH_SIZE];
	unsigned int *vcpus;
	const int nr = vm_vcpus(vm, &vcpus);
	int i, ret = 0;

	*t = (struct tally) {};
	for (i = 0; i < nr && file && !ret; i++) {
		vm_path(path, vm, vcpus[i], "exitstat");
		ret = debugfs_read(path, NULL, file, why, size);
		if (ret < 0)
			snprintf(why, size, "%s cannot be read: %s", path,
				 strerror(-ret));
		if (ret)
			break;
		ws->isa = file->reading.isa;
		ws->tsc_khz = file->reading.tsc_khz;
		tally_add(t, &file->reading);
	}
	if (nr < 0 || !file) {
		snprintf(why, size, "out of memory");
		ret = 1;
	}
	free(vcpus);
	free(file);
	return ret ? why : NULL;
}

static const char *blame(const struct witness *w, const char *what, char *why,
			 size_t size)
{
	if (!what)
		return NULL;
	snprintf(why, size, "the witness '%s' %s", w->command, what);
	return why;
}

const char *witnesses_begin(struct witnesses *ws, const struct vm *vm, char *why, size_t size)
{
	const uint64_t until = now_ms() + waits.paused;
	const char *wrong = NULL;
	unsigned int i;

	for (i = 0; i < ws->nr && !wrong; i++)
		wrong = blame(&ws->all[i],
			      witness_start(&ws->all[i], vm->pid,
					    &ws->surroundings, until),
			      why, size);
	wrong = wrong ?: tally_vm(ws, vm, &ws->first, why, size);
	ws->begun = true;
	ws->failed = wrong;
	return wrong;
}

/* A vCPU that was plugged meanwhile counts from 0: all its exits came after the first tally. */
const char *witnesses_end(struct witnesses *ws, const struct vm *vm, char *why, size_t size)
{
	const char *wrong = tally_vm(ws, vm, &ws->ours, why, size);
	const uint64_t until = now_ms() + waits.paused;
	unsigned int i, v;

	for (i = 0; i < ws->nr && !wrong; i++)
		wrong = blame(&ws->all[i],
			      witness_end(&ws->all[i], ws->isa, until), why, size);
	for (i = 0; i < NR_TALLY; i++)
		for (v = 0; v < KVM_EXITSTAT_NR_V; v++)
			ws->ours.v[i][v] -= ws->first.v[i][v];
	ws->over = !wrong;
	ws->failed = wrong;
	return wrong;
}

void witnesses_free(struct witnesses *ws)
{
	unsigned int i;

	for (i = 0; i < ws->nr; i++)
		witness_kill(&ws->all[i]);
	free(ws->all);
}

/* A witness that counts entries has not seen exits that are still under way. */
static uint64_t may_miss(const struct witnesses *ws, const struct witness *w)
{
	return w->lost + (w->entries ? ws->ours.vcpus : 0);
}

void comparison_of(const struct witnesses *ws, const struct witness *w,
		   struct comparison *t)
{
	struct compared *o;
	unsigned int i;

	*t = (struct comparison) { .allowed = may_miss(ws, w) };
	for (i = 0; i < NR_TALLY; i++) {
		o = &t->rows[i];
		o->ours = ws->ours.v[i][KVM_EXITSTAT_V_EXITS];
		o->theirs = w->rows[i].exits;
		if (o->theirs > o->ours)
			o->missing = o->theirs - o->ours;
		else
			o->extra = o->ours - o->theirs;
		t->total.ours += o->ours;
		t->total.theirs += o->theirs;
		t->total.missing += o->missing;
		t->total.extra += o->extra;
	}
	t->missed = t->total.extra;
	if (t->missed > t->allowed)
		return;
	for (i = 0; i < NR_TALLY; i++)
		t->rows[i].extra = 0;
	t->total.extra = 0;
}
