// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: renders readings of VMs as metrics.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "export/metrics.h"
#include "export/metrics_memory.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "model/key_names.h"
#include "model/keys.h"
#include "model/reading.h"
#include "model/reasons.h"

const char *const metrics_content_type[] = {
	[METRICS_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
	[METRICS_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

enum metric {
	EXITS, SECONDS, LONGEST, GUEST, OUTSIDE, LIFETIME, ANOMALIES,
	KEY_REASON_EXITS, KEY_REASON_SECONDS, KEY_EXITS, KEY_SECONDS, KEY_PERIOD,
	POLLED, VCPUS, VM, READING, COUNTING, UNTRUSTED, TORN, VMS,
	UNREADABLE, SAME_ID, KEPT, WITHOUT_KEYS, EXPORT,
	NR_METRICS
};

enum type {
	COUNTER,
	GAUGE,
	INFO,
};

/* The suffix that a sample's name adds to its family's, and the types' names in each format. */
static const char *const suffix_of[] = { [COUNTER] = "_total", [GAUGE] = "", [INFO] = "_info" };
static const char *const type_of[][3] = {
	[METRICS_TEXT] = { [COUNTER] = "counter", [GAUGE] = "gauge", [INFO] = "gauge" },
	[METRICS_OPENMETRICS] = { [COUNTER] = "counter", [GAUGE] = "gauge", [INFO] = "info" },
};

/* Names in OpenMetrics, where a name ends in its unit. */
static const struct {
	const char *family;
	enum type type;
	const char *unit;
	const char *help;
} metrics[NR_METRICS] = {
	[EXITS] = { "kvm_exits", COUNTER, NULL,
		"VM exits by reason." },
	[SECONDS] = { "kvm_exit_seconds", COUNTER, "seconds",
		"Time from exit to entry by reason and account: kernel, user (the VMM), halt (polling included), preempt, block." },
	[LONGEST] = { "kvm_exit_longest_seconds", GAUGE, "seconds",
		"Longest single time from exit to entry by reason; only with exitstat_hist=1." },
	[GUEST] = { "kvm_vcpu_guest_seconds", COUNTER, "seconds",
		"Time in the guest." },
	[OUTSIDE] = { "kvm_vcpu_outside_seconds", COUNTER, "seconds",
		"Time before the first KVM_RUN and while exits were not counted." },
	[LIFETIME] = { "kvm_vcpu_lifetime_seconds", COUNTER, "seconds",
		"Time since creation: all accounts together." },
	[ANOMALIES] = { "kvm_vcpu_anomalies", COUNTER, NULL,
		"Intervals left out of all times because the TSC stepped back." },
	[KEY_REASON_EXITS] = { "kvm_key_reason_exits", COUNTER, NULL,
		"VM exits by reason, of all keys, since these are kept." },
	[KEY_REASON_SECONDS] = { "kvm_key_reason_exit_seconds", COUNTER, "seconds",
		"Time of these by reason and account: kernel, user (the VMM)." },
	[KEY_EXITS] = { "kvm_key_exits", COUNTER, NULL,
		"VM exits by key: which MSR, port, address, CPUID leaf; the keys of each reason with the most." },
	[KEY_SECONDS] = { "kvm_key_exit_seconds", COUNTER, "seconds",
		"Time of these by key and account: kernel, user (the VMM)." },
	[KEY_PERIOD] = { "kvm_key_period", GAUGE, NULL,
		"How often exitstat_keys has become 1 since kvm was loaded; each time keys and their reasons begin from 0." },
	[POLLED] = { "kvm_vm_halt_poll_seconds", COUNTER, "seconds",
		"KVM's halt polling, a part of the account halt; result is success if an event ended it, fail if none came." },
	[VCPUS] = { "kvm_vm_vcpus", GAUGE, NULL,
		"vCPUs of the VM." },
	[VM] = { METRIC_VM, INFO, NULL,
		"The id of the VM's counters and the process of its VMM." },
	[READING] = { "kvm_exitstat_reading_exits", COUNTER, NULL,
		"In a guest: exits made by reading, one for each CPUID; kvm_exits_total includes them." },
	[COUNTING] = { "kvm_exitstat_counting", GAUGE, NULL,
		"1 while exits are counted (exitstat=1), else 0." },
	[UNTRUSTED] = { "kvm_exitstat_tsc_untrusted", GAUGE, NULL,
		"1 if the host's TSC is unstable; there are no times then." },
	[TORN] = { "kvm_exitstat_torn_readings", COUNTER, NULL,
		"Readings kept although an exit was half settled, since kvm was loaded." },
	[VMS] = { "kvm_exitstat_vms", GAUGE, NULL,
		"VMs exported." },
	[UNREADABLE] = { "kvm_exitstat_unreadable_vms", GAUGE, NULL,
		"VMs left out because they could not be read; each answer tries them again." },
	[SAME_ID] = { "kvm_exitstat_same_id_vms", GAUGE, NULL,
		"VMs exported whose QMP reports the id of a VM that another process has, too." },
	[KEPT] = { "kvm_exitstat_keys", GAUGE, NULL,
		"1 while exits are kept by their key (exitstat_keys=1), else 0." },
	[WITHOUT_KEYS] = { "kvm_exitstat_unreadable_keys", GAUGE, NULL,
		"VMs exported without their keys, because these could not be read; each answer tries them again." },
	[EXPORT] = { "kvm_exitstat_export_seconds", GAUGE, "seconds",
		"Time that this answer took." },
};

/* Room for what a series has besides the label of its VM or file. */
#define REST_OF_SERIES	512ul

/**
 * struct exported - a VM with its labels
 * @vm: the VM
 * @id: id of its counters
 * @label: its label vm, escaped
 * @known: the last rendered text has it
 * @fewer: it is a sum over fewer vCPUs than in that text, as some were unplugged
 */
struct exported {
	const struct metrics_vm *vm;
	uint64_t id;
	char *label;
	bool known;
	bool fewer;
};

/**
 * struct render - the renderer's state
 * @out: output
 * @m: the metrics to render
 * @format: the format
 * @before: the last rendered text, or NULL
 * @vms: the VMs of @m
 * @host_labels: labels of samples that belong to no VM, in braces, or ""
 * @series: buffer of @room bytes for a sample's name and labels
 * @headed: the family whose header was written last
 */
struct render {
	FILE *out;
	const struct metrics *m;
	enum metrics_format format;
	struct memory *before;
	struct exported *vms;
	char *host_labels;
	char *series;
	size_t room;
	enum metric headed;
};

/* In a label backslash, quote and newline are escaped. */
static char *escaped(const char *name)
{
	struct text_stream t;
	char *label, *clean;

	if (!text_open(&t))
		return NULL;
	for (; *name; name++)
		if (*name == '\n')
			fputs("\\n", t.out);
		else if (*name == '\\' || *name == '"')
			fprintf(t.out, "\\%c", *name);
		else
			putc(*name, t.out);
	label = text_close(&t);
	clean = printable(label);
	free(label);
	return clean;
}

static bool label_taken(const struct render *r, const char *label)
{
	unsigned int i;

	for (i = 0; i < r->m->nr; i++)
		if (r->vms[i].label && !strcmp(r->vms[i].label, label))
			return true;
	return false;
}

/* Oldest first.  Of VMs with the same id, the real one comes before those that claim the id. */
static int by_age(const void *a, const void *b)
{
	const struct metrics_vm *left = ((const struct exported *)a)->vm;
	const struct metrics_vm *right = ((const struct exported *)b)->vm;

	if (left->claims != right->claims)
		return left->claims ? 1 : -1;
	if (left->born != right->born)
		return left->born < right->born ? -1 : 1;
	return strverscmp(left->place, right->place);
}

/*
 * A VM keeps its label all its life, whatever other VMs start or end.  A VM that only
 * claims the id does not get the label.
 */
static bool keep_label(struct render *r, struct exported *e)
{
	size_t length;
	const char *label = r->before && !e->vm->claims ?
			    memory_label(r->before, e->id, &length) : NULL;
	char *copy;

	if (!label)
		return true;
	copy = strndup(label, length);
	if (copy && label_taken(r, copy)) {
		free(copy);
		return true;
	}
	e->label = copy;
	e->known = true;
	return copy;
}

/* Use the VM's name; append its place if another VM has that name or id, or if it has no name. */
static bool choose_label(struct render *r, struct exported *e)
{
	char *place = escaped(e->vm->place), *longer;
	char *label = e->vm->name[0] ? escaped(e->vm->name) : place ? strdup(place) : NULL;
	bool placed = !e->vm->claims;

	while (label && place && (!placed || label_taken(r, label))) {
		placed = true;
		if (asprintf(&longer, "%s@%s", label, place) < 0)
			longer = NULL;
		free(label);
		label = longer;
	}
	free(place);
	e->label = label;
	return label && place;
}

static uint64_t vcpus_of(const struct metrics_vm *vm)
{
	uint64_t vcpus = 0;
	unsigned int i;

	for (i = 0; i < vm->nr; i++)
		vcpus += vm->vcpus[i].reading.vcpus;
	return vcpus;
}

/* QEMU lists only the vCPUs that are plugged. */
static bool has_fewer(const struct render *r, const struct exported *e)
{
	struct sample_value before;
	char *series;
	bool fewer;

	if (!e->known || !r->m->no_vcpu ||
	    asprintf(&series, "%s{vm=\"%s\"}", metrics[VCPUS].family, e->label) < 0)
		return false;
	fewer = memory_value(r->before, series, strlen(series), &before) &&
		vcpus_of(e->vm) < before.whole;
	free(series);
	return fewer;
}

static bool label_vms(struct render *r)
{
	unsigned int i;

	r->vms = calloc(r->m->nr ?: 1, sizeof(*r->vms));
	if (!r->vms)
		return false;
	for (i = 0; i < r->m->nr; i++) {
		r->vms[i].vm = &r->m->vms[i];
		r->vms[i].id = r->m->vms[i].vcpus[0].reading.id;
	}
	qsort(r->vms, r->m->nr, sizeof(*r->vms), by_age);
	for (i = 0; i < r->m->nr; i++)
		if (!keep_label(r, &r->vms[i]))
			return false;
	for (i = 0; i < r->m->nr; i++) {
		struct exported *e = &r->vms[i];

		if (!e->label && !choose_label(r, e))
			return false;
		e->fewer = has_fewer(r, e);
		r->room = MAX(r->room, strlen(e->label) + REST_OF_SERIES);
	}
	return true;
}

static void head(struct render *r, enum metric metric)
{
	const bool text = r->format == METRICS_TEXT;
	const char *suffix = text ? suffix_of[metrics[metric].type] : "";
	const char *family = metrics[metric].family;

	if (r->headed == metric)
		return;
	r->headed = metric;
	fprintf(r->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", family, suffix,
		metrics[metric].help, family, suffix,
		type_of[r->format][metrics[metric].type]);
	if (metrics[metric].unit && !text)
		fprintf(r->out, "# UNIT %s %s\n", family, metrics[metric].unit);
}

static bool less(struct sample_value a, struct sample_value b)
{
	return a.whole != b.whole ? a.whole < b.whole : a.nano < b.nano;
}

/* The time of a value that was read for an earlier answer: in ms, or in seconds in OpenMetrics. */
static void put_time(struct render *r, uint64_t ns)
{
	const uint64_t ms = ns / (SECOND / 1000);

	if (r->format == METRICS_TEXT)
		fprintf(r->out, " %" PRIu64, ms);
	else
		fprintf(r->out, " %" PRIu64 ".%03u", ms / 1000, (unsigned int)(ms % 1000));
}

/* When the value was read, if that was for an earlier answer; otherwise 0. */
static uint64_t late_of(const struct render *r, enum metric metric, const struct exported *e)
{
	if (e)
		return e->vm->late;
	return metric == COUNTING || metric == UNTRUSTED ? r->m->host.late : 0;
}

/*
 * Write a sample; @labels and the arguments after it format its labels.
 *
 * A counter of a VM that is in the last text does not go back.  A reading extends the
 * account that is being charged up to its own moment, and KVM may then close the account
 * at a slightly earlier time stamp; the higher value of the last text is kept.  A sum over
 * fewer vCPUs is lower, and starts again from there.  The exits that we cause ourselves
 * are added to the value in the last text, because nothing else sums them.
 */
__attribute__((format(printf, 5, 6)))
static void sample(struct render *r, enum metric metric, const struct exported *e,
		   struct sample_value value, const char *labels, ...)
{
	const bool exact = metrics[metric].unit;
	struct sample_value before;
	va_list args;
	int n;

	head(r, metric);
	n = snprintf(r->series, r->room, "%s%s", metrics[metric].family,
		     suffix_of[metrics[metric].type]);
	va_start(args, labels);
	n += vsnprintf(r->series + n, r->room - n, labels, args);
	va_end(args);
	if (metric <= KEY_SECONDS && metrics[metric].type == COUNTER && e->known && !e->fewer &&
	    memory_value(r->before, r->series, n, &before) && less(value, before))
		value = before;
	if (metric == READING && e->known &&
	    memory_value(r->before, r->series, n, &before))
		value.whole += before.whole;
	if (exact)
		fprintf(r->out, "%s %" PRIu64 ".%09u", r->series, value.whole,
			value.nano);
	else
		fprintf(r->out, "%s %" PRIu64, r->series, value.whole);
	if (late_of(r, metric, e))
		put_time(r, late_of(r, metric, e));
	putc('\n', r->out);
}

static struct sample_value number(uint64_t n)
{
	return (struct sample_value) { .whole = n };
}

static struct sample_value nanoseconds(unsigned __int128 ns)
{
	return (struct sample_value) { ns / SECOND, ns % SECOND };
}

static struct sample_value seconds(const struct reading *r, uint64_t cycles)
{
	return nanoseconds((unsigned __int128)cycles * 1000000 / r->tsc_khz);
}

static bool has_times(const struct reading *r)
{
	return r->tsc_khz && !r->untrusted;
}

/* The labels of a VM, or of a vCPU, without braces. */
static char *labels_of(const struct render *r, const struct exported *e,
		       unsigned int i, char *labels)
{
	if (r->m->no_vcpu)
		snprintf(labels, r->room, "vm=\"%s\"", e->label);
	else
		snprintf(labels, r->room, "vm=\"%s\",vcpu=\"%" PRIu32 "\"",
			 e->label, e->vm->vcpus[i].vcpu);
	return labels;
}

/* The value of the label reason: @name, or else the number as in the manual. */
static const char *reason_of(const char *name, uint32_t isa, uint32_t reason,
			     char text[REASON_SIZE])
{
	if (name)
		return name;
	reason_text(text, isa, reason);
	return text;
}

/* Whether a row may have a sample of @metric; most have none. */
static bool row_has(enum metric metric, const struct reading *reading,
		    const struct row *row)
{
	if (metric == EXITS)
		return row->v[KVM_EXITSTAT_V_EXITS];
	return has_times(reading) &&
	       (metric == SECONDS || (reading->histograms && row->v[KVM_EXITSTAT_V_LONGEST]));
}

static void row_samples(struct render *r, enum metric metric,
			const struct exported *e, const struct reading *reading,
			const struct row *row, const char *labels)
{
	const char *isa = isa_word(reading->isa);
	const char *reason;
	unsigned int v;
	char text[REASON_SIZE];

	if (!row_has(metric, reading, row))
		return;
	reason = reason_of(row->name, reading->isa, row->reason, text);
	if (metric == EXITS)
		sample(r, metric, e, number(row->v[KVM_EXITSTAT_V_EXITS]),
		       "{%s,reason=\"%s\",isa=\"%s\"}", labels, reason, isa);
	if (metric == LONGEST)
		sample(r, metric, e, seconds(reading, row->v[KVM_EXITSTAT_V_LONGEST]),
		       "{%s,reason=\"%s\",isa=\"%s\"}", labels, reason, isa);
	for (v = KVM_EXITSTAT_V_KERNEL; metric == SECONDS && v <= KVM_EXITSTAT_V_BLOCK; v++)
		if (row->v[v])
			sample(r, metric, e, seconds(reading, row->v[v]),
			       "{%s,reason=\"%s\",isa=\"%s\",account=\"%s\"}",
			       labels, reason, isa, value_names[v]);
}

static void vcpu_samples(struct render *r, enum metric metric,
			 const struct exported *e, const struct reading *reading,
			 const char *labels)
{
	unsigned int i;

	switch (metric) {
	case EXITS:
	case SECONDS:
	case LONGEST:
		for (i = 0; i < reading->nr_rows; i++)
			row_samples(r, metric, e, reading, &reading->rows[i], labels);
		row_samples(r, metric, e, reading, &reading->other, labels);
		row_samples(r, metric, e, reading, &reading->none, labels);
		break;
	case GUEST:
	case OUTSIDE:
	case LIFETIME:
		if (has_times(reading))
			sample(r, metric, e, seconds(reading, metric == GUEST ? reading->guest :
				       metric == OUTSIDE ? reading->outside : reading->lifetime),
			       "{%s}", labels);
		break;
	default:
		sample(r, metric, e, number(reading->anomalies), "{%s}", labels);
	}
}

/* The labels of a reason that has keys, without braces. */
static int key_reason_labels(const struct render *r, const struct exported *e,
			     const struct key_row *row, char *labels)
{
	const uint32_t isa = e->vm->keys.isa;
	char text[REASON_SIZE];

	return snprintf(labels, r->room, "vm=\"%s\",reason=\"%s\",isa=\"%s\"", e->label,
			reason_of(reason_name(isa, row->reason), isa, row->reason, text),
			isa_word(isa));
}

/* Those of a key, too; the kernel's words and our names need no escape. */
static void key_labels(const struct render *r, const struct exported *e,
		       const struct key_row *row, char *labels)
{
	const char access[] = { row->access == '-' ? '\0' : row->access, '\0' };
	const int n = key_reason_labels(r, e, row, labels);
	char value[KEY_VALUE_SIZE], name[KEY_NAME_SIZE], size[4] = "";

	if (row->kind != KEY_OWN)
		return;
	key_value_text(value, row);
	key_name(name, row, NULL);
	if (row->size)
		snprintf(size, sizeof(size), "%u", row->size);
	snprintf(labels + n, r->room - n,
		 ",class=\"%s\",access=\"%s\",key=\"%s\",size=\"%s\",name=\"%s\"",
		 row->word, access, value, size, name);
}

/*
 * Whether the keys have begun again since the last text: it is of another period.  An older KVM
 * has none; the reason then has fewer exits, or it cannot be known.
 */
static bool keys_begin(const struct render *r, const struct exported *e,
		       const struct key_row *reason, const char *labels)
{
	struct sample_value before;
	int n = snprintf(r->series, r->room, "%s{vm=\"%s\"}", metrics[KEY_PERIOD].family, e->label);

	if (e->vm->keys.period && memory_value(r->before, r->series, n, &before))
		return e->vm->keys.period != before.whole;
	n = snprintf(r->series, r->room, "%s%s{%s}", metrics[KEY_REASON_EXITS].family,
		     suffix_of[COUNTER], labels);
	return memory_value(r->before, r->series, n, &before) && reason->exits < before.whole;
}

static void key_row_samples(struct render *r, enum metric metric, const struct exported *e,
			    const struct key_row *row, const char *labels)
{
	const struct reading *reading = &e->vm->vcpus[0].reading;
	unsigned int v;

	if (!metrics[metric].unit)
		sample(r, metric, e, number(row->exits), "{%s}", labels);
	else if (has_times(reading))
		for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_USER; v++)
			if (key_value(row, v))
				sample(r, metric, e, seconds(reading, key_value(row, v)),
				       "{%s,account=\"%s\"}", labels, value_names[v]);
}

/* A VM's keys; their rows are in the order of keys_keep_first(). */
static void key_samples(struct render *r, enum metric metric, const struct exported *e,
			char *labels)
{
	const bool own = metric == KEY_EXITS || metric == KEY_SECONDS;
	const struct keys *keys = &e->vm->keys;
	struct exported since = *e;
	unsigned int i;

	for (i = 0; i < keys->nr; i++) {
		const struct key_row *row = &keys->rows[i];

		key_labels(r, e, row, labels);
		if (row->kind == KEY_REASON)
			since.known = e->known && !keys_begin(r, e, row, labels);
		if ((row->kind == KEY_OWN) == own)
			key_row_samples(r, metric, &since, row, labels);
	}
}

static void polled_samples(struct render *r, const struct exported *e)
{
	static const char *const results[] = { "success", "fail" };
	unsigned int i;

	for (i = 0; i < 2 && e->vm->has_polled; i++)
		sample(r, POLLED, e, nanoseconds(e->vm->polled[i]),
		       "{vm=\"%s\",result=\"%s\"}", e->label, results[i]);
}

/* To Prometheus, an empty label is the same as no label, so leave it out. */
static void info_sample(struct render *r, const struct exported *e)
{
	char pid[16] = "";

	if (e->vm->pid)
		snprintf(pid, sizeof(pid), "%d", e->vm->pid);
	sample(r, VM, e, number(1),
	       "{vm=\"%s\",id=\"0x%016" PRIx64 "\",pid=\"%s\"}",
	       e->label, e->id, pid);
}

/* The samples of a family must be together, so this loops over the VMs for each family. */
static bool vm_families(struct render *r)
{
	char *labels = malloc(r->room);
	enum metric metric;
	unsigned int i, j;

	for (metric = EXITS; labels && metric <= ANOMALIES; metric++)
		for (i = 0; i < r->m->nr; i++) {
			const struct exported *e = &r->vms[i];

			for (j = 0; j < e->vm->nr; j++)
				vcpu_samples(r, metric, e, &e->vm->vcpus[j].reading,
					     labels_of(r, e, j, labels));
		}
	for (; labels && metric <= KEY_SECONDS; metric++)
		for (i = 0; i < r->m->nr; i++)
			key_samples(r, metric, &r->vms[i], labels);
	free(labels);
	for (i = 0; i < r->m->nr; i++)
		if (r->vms[i].vm->keys.nr && r->vms[i].vm->keys.period)
			sample(r, KEY_PERIOD, &r->vms[i], number(r->vms[i].vm->keys.period),
			       "{vm=\"%s\"}", r->vms[i].label);
	for (i = 0; i < r->m->nr; i++)
		polled_samples(r, &r->vms[i]);
	for (i = 0; i < r->m->nr; i++)
		sample(r, VCPUS, &r->vms[i], number(vcpus_of(r->vms[i].vm)),
		       "{vm=\"%s\"}", r->vms[i].label);
	for (i = 0; i < r->m->nr; i++)
		info_sample(r, &r->vms[i]);
	for (i = 0; i < r->m->nr; i++)
		if (r->vms[i].vm->vcpus[0].reading.from == FROM_CPUID)
			sample(r, READING, &r->vms[i], number(r->vms[i].vm->own_exits),
			       "{vm=\"%s\"}", r->vms[i].label);
	return labels;
}

static void host_families(struct render *r)
{
	const struct metrics_host *host = &r->m->host;
	const char *labels = r->host_labels;

	if (host->counting >= 0)
		sample(r, COUNTING, NULL, number(host->counting), "%s", labels);
	if (host->untrusted >= 0)
		sample(r, UNTRUSTED, NULL, number(host->untrusted), "%s", labels);
	if (host->torn >= 0)
		sample(r, TORN, NULL, number(host->torn), "%s", labels);
	sample(r, VMS, NULL, number(r->m->nr), "%s", labels);
	sample(r, UNREADABLE, NULL, number(r->m->unreadable), "%s", labels);
	sample(r, SAME_ID, NULL, number(r->m->same_id), "%s", labels);
	if (r->m->with_keys && r->m->kept >= 0)
		sample(r, KEPT, NULL, number(r->m->kept), "%s", labels);
	if (r->m->with_keys)
		sample(r, WITHOUT_KEYS, NULL, number(r->m->without_keys), "%s", labels);
	sample(r, EXPORT, NULL, nanoseconds(now_ns() - r->m->begun), "%s", labels);
}

/* Samples of the host would be duplicates if several files are in one folder: label them. */
static bool label_host(struct render *r)
{
	char *file;
	int n;

	if (!r->m->file) {
		r->host_labels = strdup("");
		return r->host_labels;
	}
	file = escaped(r->m->file);
	n = file ? asprintf(&r->host_labels, "{file=\"%s\"}", file) : -1;
	free(file);
	if (n < 0)
		r->host_labels = NULL;
	else
		r->room = MAX(r->room, n + REST_OF_SERIES);
	return r->host_labels;
}

static bool render_all(struct render *r)
{
	if (!label_vms(r) || !label_host(r))
		return false;
	r->series = malloc(r->room);
	if (!r->series || !vm_families(r))
		return false;
	host_families(r);
	if (r->format == METRICS_OPENMETRICS)
		fputs("# EOF\n", r->out);
	return true;
}

char *metrics_render(const struct metrics *m, enum metrics_format format,
		     const char *before)
{
	struct render r = {
		.m = m, .format = format, .room = REST_OF_SERIES, .headed = NR_METRICS,
	};
	struct text_stream t;
	char *text = NULL;
	unsigned int i;
	bool ok;

	r.out = text_open(&t);
	r.before = before ? memory_of(before) : NULL;
	ok = r.out && (!before || r.before) && render_all(&r);
	for (i = 0; r.vms && i < m->nr; i++)
		free(r.vms[i].label);
	free(r.vms);
	free(r.host_labels);
	free(r.series);
	memory_free(r.before);
	if (r.out)
		text = text_close(&t);
	if (ok)
		return text;
	free(text);
	return NULL;
}
