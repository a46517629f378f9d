// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the source QMP.  QEMU's query-stats returns KVM's binary statistics to anyone
 * who may use the socket.
 *
 * The order in which QEMU lists the elements of a vector is not defined (7.1 to 11: the
 * last one first), so exitstat_reason tells which element belongs to which reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "lib/message.h"
#include "lib/patience.h"
#include "lib/signals.h"
#include "lib/sizes.h"
#include "lib/text.h"
#include "lib/waits.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "source/qmp.h"
#include "source/source_qmp.h"
#include "source/vm.h"
#include "source/why.h"
#include "exitstat_reasons.h"

#define STAT_NAME_SIZE	64

/* Besides SOURCE_*: a vCPU was unplugged between two commands */
#define VCPU_GONE	1

/**
 * struct path - QEMU's name for a vCPU
 * @qom: its path in QEMU's object model, which QEMU may use again for another vCPU
 * @thread: its thread, which tells the two apart; -1 if QEMU does not say
 * @vcpu: KVM's vcpu_id, or NOT_ASKED
 */
struct path {
	char *qom;
	int64_t thread;
	int64_t vcpu;
};

#define NOT_ASKED	(-1)

/**
 * struct source_qmp - a QEMU
 * @qmp: the connection
 * @path: path of the socket, for messages
 * @name: QEMU's name for the VM
 * @paths: the vCPUs of the last reading, in the order of @qom
 * @nr_paths: number of entries in @paths
 */
struct source_qmp {
	struct qmp *qmp;
	char *path;
	char name[VM_NAME_SIZE];
	struct path *paths;
	unsigned int nr_paths;
};

static const char *const scalar_names[] = KVM_EXITSTAT_SCALAR_NAMES;

/* Statistics with a single number, and their places in a reading */
static const struct scalar {
	size_t offset;
	size_t size;
} scalars[KVM_EXITSTAT_NR_S] = {
#define SCALAR(_s, _field)							\
	[_s] = { offsetof(struct reading, _field),				\
		 sizeof(((struct reading *)NULL)->_field) }
	SCALAR(KVM_EXITSTAT_S_COUNTING, counting),
	SCALAR(KVM_EXITSTAT_S_HISTOGRAMS, histograms),
	SCALAR(KVM_EXITSTAT_S_UNTRUSTED, untrusted),
	SCALAR(KVM_EXITSTAT_S_TSC_KHZ, tsc_khz),
	SCALAR(KVM_EXITSTAT_S_LIFETIME, lifetime),
	SCALAR(KVM_EXITSTAT_S_GUEST, guest),
	SCALAR(KVM_EXITSTAT_S_OUTSIDE, outside),
	SCALAR(KVM_EXITSTAT_S_ANOMALIES, anomalies),
#undef SCALAR
};

static void stat_name(char name[STAT_NAME_SIZE], const char *of)
{
	snprintf(name, STAT_NAME_SIZE, KVM_EXITSTAT_STAT_PREFIX "%s", of);
}

/* The name of the statistic with the total of all rows; LONGEST has none. */
static void total_name(char name[STAT_NAME_SIZE], unsigned int v)
{
	if (v == KVM_EXITSTAT_V_EXITS)
		stat_name(name, KVM_EXITSTAT_STAT_TOTAL_EXITS);
	else
		snprintf(name, STAT_NAME_SIZE,
			 KVM_EXITSTAT_STAT_PREFIX KVM_EXITSTAT_STAT_TOTAL "%s",
			 value_names[v]);
}

static enum qmp_result execute(struct source_qmp *source, const char *command,
			       struct json_object *arguments,
			       struct json_object **value, char *why)
{
	return qmp_execute(source->qmp, command, arguments, value, why, WHY_SIZE);
}

static int failed(enum qmp_result result)
{
	return result == QMP_CLOSED ? SOURCE_ENDED : SOURCE_FAILED;
}

static int no_memory(char *why)
{
	snprintf(why, WHY_SIZE, "out of memory");
	return SOURCE_FAILED;
}

static int not_understood(const struct source_qmp *source, const char *what,
			  char *why)
{
	snprintf(why, WHY_SIZE, "the answer of QEMU at the socket %s to query-stats cannot be understood: %s; use the exitstat that was built with the host's KVM",
		 source->path, what);
	return SOURCE_FAILED;
}

static int no_exitstat(const struct source_qmp *source, char *why)
{
	snprintf(why, WHY_SIZE, "the KVM under the QEMU at the socket %s has no statistics of kvm-exitstat; load its modules on that host, and restart the VM",
		 source->path);
	return SOURCE_FAILED;
}

static bool is_error_class(struct json_object *error, const char *class)
{
	const char *found = qmp_text(error, "class");

	return found && !strcmp(found, class);
}

/* Check that QEMU uses KVM. */
static int check_kvm(struct source_qmp *source, char *why)
{
	struct json_object *value, *enabled;
	enum qmp_result result;
	bool kvm;

	result = execute(source, "query-kvm", NULL, &value, why);
	kvm = result == QMP_DONE &&
	      json_object_object_get_ex(value, "enabled", &enabled) &&
	      json_object_get_boolean(enabled);
	json_object_put(value);
	if (result != QMP_DONE)
		return SOURCE_FAILED;
	if (kvm)
		return EXIT_DONE;
	snprintf(why, WHY_SIZE, "the QEMU at the socket %s runs its VM without KVM, so there are no exits to count; start it with -accel kvm",
		 source->path);
	return SOURCE_FAILED;
}

static int ask_name(struct source_qmp *source, char *why)
{
	struct json_object *value;
	enum qmp_result result;
	const char *name;

	result = execute(source, "query-name", NULL, &value, why);
	name = result == QMP_DONE ? qmp_text(value, "name") : NULL;
	if (name)
		text_copy(source->name, sizeof(source->name), name);
	json_object_put(value);
	return result == QMP_DONE ? EXIT_DONE : SOURCE_FAILED;
}

static struct patience *begin_waiting(const struct source_qmp *source)
{
	return patience_begin("still waiting for the QEMU at the socket %s: it is busy or hangs, or another client uses the socket; Ctrl-C ends this",
			      source->path);
}

/* Who is interrupted where that is put off does not wait for long. */
static bool connect_and_ask(struct source_qmp *source, char *why)
{
	source->qmp = qmp_open(source->path, 0, waits.qmp, waits.qmp, why, WHY_SIZE);
	if (!source->qmp)
		return false;
	qmp_within(source->qmp, waits.reading);
	qmp_hurry(source->qmp, end_is_pending);
	return !check_kvm(source, why) && !ask_name(source, why);
}

int source_qmp_open(struct source_qmp **source, const char *path, char *why)
{
	struct source_qmp *s = calloc(1, sizeof(*s));
	struct patience *patience;
	bool done;

	if (s)
		s->path = strdup(path);
	if (!s || !s->path) {
		free(s);
		return no_memory(why);
	}
	patience = begin_waiting(s);
	done = connect_and_ask(s, why);
	patience_end(patience);
	if (done) {
		*source = s;
		return EXIT_DONE;
	}
	source_qmp_close(s);
	return SOURCE_FAILED;
}

static void free_paths(struct path *paths, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		free(paths[i].qom);
	free(paths);
}

void source_qmp_close(struct source_qmp *source)
{
	qmp_close(source->qmp);
	free_paths(source->paths, source->nr_paths);
	free(source->path);
	free(source);
}

const char *source_qmp_name(const struct source_qmp *source)
{
	return source->name;
}

pid_t source_qmp_peer(const struct source_qmp *source)
{
	return qmp_peer(source->qmp);
}

/* KVM's number of a vCPU is its APIC id; QEMU's own number may differ. */
static int ask_number(struct source_qmp *source, const char *qom, uint32_t *vcpu,
		      char *why)
{
	struct json_object *arguments = json_object_new_object(), *value;
	enum qmp_result result;
	int ret = EXIT_DONE;

	json_object_object_add(arguments, "path", json_object_new_string(qom));
	json_object_object_add(arguments, "property",
			       json_object_new_string("apic-id"));
	result = execute(source, "qom-get", arguments, &value, why);
	if (result == QMP_ERROR)
		ret = VCPU_GONE;
	else if (result != QMP_DONE)
		ret = failed(result);
	else if (!json_object_is_type(value, json_type_int) ||
		 json_object_get_int64(value) < 0 || json_object_get_int64(value) > INT32_MAX)
		ret = not_understood(source, "a vCPU's apic-id is not a number", why);
	else
		*vcpu = json_object_get_int64(value);
	json_object_put(value);
	return ret;
}

static int by_qom(const void *a, const void *b)
{
	return strcmp(((const struct path *)a)->qom, ((const struct path *)b)->qom);
}

static struct path *find_path(const struct source_qmp *source, const char *qom)
{
	const struct path wanted = { .qom = (char *)qom };

	return source->nr_paths ? bsearch(&wanted, source->paths, source->nr_paths,
					  sizeof(wanted), by_qom) : NULL;
}

/* The number found earlier is valid as long as the vCPU's thread is the same. */
static int64_t known_number(const struct source_qmp *source, const char *qom, int64_t thread)
{
	const struct path *path = find_path(source, qom);

	return path && thread >= 0 && path->thread == thread ? path->vcpu : NOT_ASKED;
}

/* Take an entry of query-cpus-fast's answer; false if memory ran out. */
static bool take_path(const struct source_qmp *source, struct json_object *cpu,
		      const char *qom, struct path *path)
{
	struct json_object *thread;

	path->qom = strdup(qom);
	path->thread = json_object_object_get_ex(cpu, "thread-id", &thread) ?
		       json_object_get_int64(thread) : -1;
	path->vcpu = known_number(source, qom, path->thread);
	return path->qom;
}

/* Take the present vCPUs, and the numbers that are still valid. */
static int take_cpus(struct source_qmp *source, struct json_object *cpus, char *why)
{
	const bool list = json_object_is_type(cpus, json_type_array);
	const size_t nr = list ? json_object_array_length(cpus) : 0;
	struct path *paths;
	const char *qom = "";
	size_t i;

	if (!list || nr > VCPUS_MOST)
		return not_understood(source, "query-cpus-fast returns no list, or one that is too long", why);
	paths = calloc(nr ?: 1, sizeof(*paths));
	for (i = 0; i < nr && paths; i++) {
		struct json_object *cpu = json_object_array_get_idx(cpus, i);

		qom = qmp_text(cpu, "qom-path");
		if (!qom || !take_path(source, cpu, qom, &paths[i]))
			break;
	}
	if (!paths || i < nr) {
		free_paths(paths, i);
		return qom ? no_memory(why) : not_understood(source, "a vCPU has no qom-path", why);
	}
	qsort(paths, nr, sizeof(*paths), by_qom);
	free_paths(source->paths, source->nr_paths);
	source->paths = paths;
	source->nr_paths = nr;
	return EXIT_DONE;
}

static int learn_cpus(struct source_qmp *source, char *why)
{
	struct json_object *cpus;
	const enum qmp_result result = execute(source, "query-cpus-fast", NULL, &cpus, why);
	const int ret = result == QMP_DONE ? take_cpus(source, cpus, why) : failed(result);

	json_object_put(cpus);
	return ret;
}

/* A vCPU that was plugged after query-cpus-fast is not in @paths, so ask each time. */
static int number_of(struct source_qmp *source, const char *qom, uint32_t *vcpu,
		     char *why)
{
	struct path *path = find_path(source, qom);
	int ret = EXIT_DONE;

	if (path && path->vcpu != NOT_ASKED)
		*vcpu = path->vcpu;
	else
		ret = ask_number(source, qom, vcpu, why);
	if (!ret && path)
		path->vcpu = *vcpu;
	return ret;
}

/* The path of vCPU @wanted. */
static int path_of(struct source_qmp *source, uint32_t wanted, const char **path,
		   char *why)
{
	uint32_t vcpu;
	size_t i, n = 0;
	int ret;
	char list[160] = "";

	for (i = 0; i < source->nr_paths; i++) {
		ret = number_of(source, source->paths[i].qom, &vcpu, why);
		if (ret == VCPU_GONE)
			continue;
		if (ret)
			return ret;
		if (vcpu == wanted) {
			*path = source->paths[i].qom;
			return EXIT_DONE;
		}
		if (n < sizeof(list))
			n += snprintf(list + n, sizeof(list) - n, "%s%u", n ? ", " : "", vcpu);
	}
	snprintf(why, WHY_SIZE, "the VM at the socket %s has no vCPU %u; it has %s",
		 source->path, wanted, list);
	return SOURCE_FAILED;
}

static void add_name(struct json_object *names, const char *name)
{
	json_object_array_add(names, json_object_new_string(name));
}

static struct json_object *all_names(void)
{
	struct json_object *names = json_object_new_array();
	char name[STAT_NAME_SIZE];
	unsigned int i;

	add_name(names, KVM_EXITSTAT_STAT_PREFIX KVM_EXITSTAT_STAT_ISA);
	add_name(names, KVM_EXITSTAT_STAT_PREFIX KVM_EXITSTAT_STAT_ID);
	add_name(names, KVM_EXITSTAT_STAT_PREFIX KVM_EXITSTAT_STAT_REASON);
	for (i = 0; i < KVM_EXITSTAT_NR_S; i++) {
		stat_name(name, scalar_names[i]);
		add_name(names, name);
	}
	for (i = 0; i < KVM_EXITSTAT_NR_V; i++) {
		stat_name(name, value_names[i]);
		add_name(names, name);
		if (i == KVM_EXITSTAT_V_LONGEST)
			continue;
		total_name(name, i);
		add_name(names, name);
	}
	return names;
}

/* The arguments of query-stats: only our statistics, and only vCPU @path unless NULL. */
static struct json_object *query(const char *path)
{
	struct json_object *arguments = json_object_new_object();
	struct json_object *providers = json_object_new_array();
	struct json_object *provider = json_object_new_object();
	struct json_object *vcpus;

	json_object_object_add(provider, "provider", json_object_new_string("kvm"));
	json_object_object_add(provider, "names", all_names());
	json_object_array_add(providers, provider);
	json_object_object_add(arguments, "target", json_object_new_string("vcpu"));
	json_object_object_add(arguments, "providers", providers);
	if (path) {
		vcpus = json_object_new_array();
		json_object_array_add(vcpus, json_object_new_string(path));
		json_object_object_add(arguments, "vcpus", vcpus);
	}
	return arguments;
}

/* The value of a statistic, or NULL. */
static struct json_object *find_stat(struct json_object *stats, const char *name)
{
	struct json_object *stat, *found;
	const char *is;
	size_t i;

	for (i = 0; i < json_object_array_length(stats); i++) {
		stat = json_object_array_get_idx(stats, i);
		is = qmp_text(stat, "name");
		if (is && !strcmp(is, name) &&
		    json_object_object_get_ex(stat, "value", &found))
			return found;
	}
	return NULL;
}

/* A number that is not negative, or a boolean. */
static bool take_number(struct json_object *value, uint64_t *number)
{
	if (json_object_is_type(value, json_type_boolean)) {
		*number = json_object_get_boolean(value);
		return true;
	}
	if (!json_object_is_type(value, json_type_int) ||
	    json_object_get_int64(value) < 0)
		return false;
	*number = json_object_get_uint64(value);
	return true;
}

static bool take_scalar(struct json_object *stats, const char *name,
			struct reading *r, const struct scalar *scalar)
{
	void *const field = (char *)r + scalar->offset;
	uint64_t number;

	if (!take_number(find_stat(stats, name), &number))
		return false;
	if (scalar->size == sizeof(uint64_t))
		*(uint64_t *)field = number;
	else if (scalar->size == sizeof(uint32_t))
		*(uint32_t *)field = number;
	else
		*(bool *)field = number;
	return true;
}

/* The row of @reason; "other" if it has none. */
static struct row *row_of(struct reading *r, uint64_t reason)
{
	unsigned int i;

	if (reason == KVM_EXITSTAT_SUB_NONE)
		return &r->none;
	for (i = 0; i < r->nr_rows; i++)
		if (r->rows[i].reason == reason)
			return &r->rows[i];
	return &r->other;
}

static void add_value(struct row *row, unsigned int v, uint64_t value)
{
	if (v != KVM_EXITSTAT_V_LONGEST)
		row->v[v] += value;
	else
		row->v[v] = MAX(row->v[v], value);
}

/*
 * Store each element of a vector in the row of its reason.  The vector of exits has no
 * element for "none", so "none" is skipped among the reasons.
 */
static bool take_vector(struct json_object *values, struct json_object *reasons,
			struct reading *r, unsigned int v)
{
	const bool all = v != KVM_EXITSTAT_V_EXITS;
	uint64_t reason, value;
	size_t i, element = 0;

	if (!json_object_is_type(values, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(reasons); i++) {
		if (!take_number(json_object_array_get_idx(reasons, i), &reason))
			return false;
		if (!all && reason == KVM_EXITSTAT_SUB_NONE)
			continue;
		if (element >= json_object_array_length(values) ||
		    !take_number(json_object_array_get_idx(values, element), &value))
			return false;
		element++;
		add_value(row_of(r, reason), v, value);
		if (v == KVM_EXITSTAT_V_LONGEST)
			add_value(&r->total, v, value);
	}
	return element == json_object_array_length(values);
}

static bool take_total(struct json_object *stats, struct reading *r, unsigned int v)
{
	char name[STAT_NAME_SIZE];

	if (v == KVM_EXITSTAT_V_LONGEST)
		return true;
	total_name(name, v);
	return take_number(find_stat(stats, name), &r->total.v[v]);
}

static bool take_isa(struct json_object *stats, const char *name,
		     struct reading *r)
{
	uint64_t isa;

	if (!take_number(find_stat(stats, name), &isa) ||
	    (isa != KVM_EXITSTAT_ISA_VMX && isa != KVM_EXITSTAT_ISA_SVM))
		return false;
	r->isa = isa;
	name_rows(r);
	return true;
}

static bool take_rows(struct json_object *stats, struct json_object *reasons,
		      struct reading *r, char name[STAT_NAME_SIZE])
{
	unsigned int v;

	for (v = 0; v < KVM_EXITSTAT_NR_V; v++) {
		stat_name(name, value_names[v]);
		if (!take_vector(find_stat(stats, name), reasons, r, v))
			return false;
		total_name(name, v);
		if (!take_total(stats, r, v))
			return false;
	}
	return true;
}

/* False if statistic @name is missing or malformed. */
static bool take_stats(struct json_object *stats, struct reading *r,
		       char name[STAT_NAME_SIZE])
{
	struct json_object *reasons;
	unsigned int i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < KVM_EXITSTAT_NR_S; i++) {
		stat_name(name, scalar_names[i]);
		if (!take_scalar(stats, name, r, &scalars[i]))
			return false;
	}
	stat_name(name, KVM_EXITSTAT_STAT_ID);
	if (!take_number(find_stat(stats, name), &r->id))
		return false;
	stat_name(name, KVM_EXITSTAT_STAT_ISA);
	if (!take_isa(stats, name, r))
		return false;
	stat_name(name, KVM_EXITSTAT_STAT_REASON);
	reasons = find_stat(stats, name);
	if (!json_object_is_type(reasons, json_type_array))
		return false;
	r->from = FROM_QMP;
	r->abi_version = KVM_EXITSTAT_ABI_VERSION;
	r->adds_up = true;
	r->vcpus = 1;
	return take_rows(stats, reasons, r, name);
}

/* Take one entry of the answer. */
static int take_entry(struct source_qmp *source, struct json_object *entry,
		      struct qmp_vcpu *v, char *why)
{
	const char *qom = qmp_text(entry, "qom-path");
	struct json_object *stats;
	char name[STAT_NAME_SIZE], what[STAT_NAME_SIZE + 64];
	int ret;

	if (!qom ||
	    !json_object_object_get_ex(entry, "stats", &stats) ||
	    !json_object_is_type(stats, json_type_array))
		return not_understood(source, "an entry has no qom-path or no stats", why);
	if (!json_object_array_length(stats))
		return no_exitstat(source, why);
	if (!take_stats(stats, &v->reading, name)) {
		snprintf(what, sizeof(what), "%s is missing or malformed", name);
		return not_understood(source, what, why);
	}
	ret = number_of(source, qom, &v->vcpu, why);
	v->reading.vcpu = v->vcpu;
	v->reading.guest_cpu = -1;
	return ret;
}

static int by_vcpu(const void *a, const void *b)
{
	const struct qmp_vcpu *x = a, *y = b;

	return (x->vcpu > y->vcpu) - (x->vcpu < y->vcpu);
}

/* Take the vCPUs that are still there; if none is, @why says why. */
static int take_entries(struct source_qmp *source, struct json_object *answer,
			struct qmp_vcpu *vcpus, unsigned int *nr, char *why)
{
	size_t i;
	int ret;

	for (i = 0; i < json_object_array_length(answer); i++) {
		ret = take_entry(source, json_object_array_get_idx(answer, i),
				 &vcpus[*nr], why);
		if (ret && ret != VCPU_GONE)
			return ret;
		*nr += !ret;
	}
	return *nr ? EXIT_DONE : SOURCE_FAILED;
}

/* Do two vCPUs, which are sorted, have one number?  Their samples would be of one series. */
static bool is_twice(const struct qmp_vcpu *vcpus, unsigned int nr)
{
	unsigned int i;

	for (i = 1; i < nr; i++)
		if (vcpus[i].vcpu == vcpus[i - 1].vcpu)
			return true;
	return false;
}

static int take_answer(struct source_qmp *source, struct json_object *answer,
		       struct qmp_vcpu **vcpus, unsigned int *nr, char *why)
{
	int ret;

	if (!json_object_is_type(answer, json_type_array))
		return not_understood(source, "it is not a list", why);
	if (!json_object_array_length(answer))
		return no_exitstat(source, why);
	if (json_object_array_length(answer) > VCPUS_MOST)
		return not_understood(source, "it has more vCPUs than KVM runs", why);
	*vcpus = calloc(json_object_array_length(answer), sizeof(**vcpus));
	if (!*vcpus)
		return no_memory(why);
	*nr = 0;
	ret = take_entries(source, answer, *vcpus, nr, why);
	if (!ret)
		qsort(*vcpus, *nr, sizeof(**vcpus), by_vcpu);
	if (!ret && is_twice(*vcpus, *nr))
		ret = not_understood(source, "a vCPU is in it twice", why);
	if (ret)
		free(*vcpus);
	return ret;
}

static int read_stats(struct source_qmp *source, int vcpu, struct qmp_vcpu **vcpus,
		      unsigned int *nr, char *why)
{
	struct json_object *answer;
	const char *path = NULL;
	enum qmp_result result;
	int ret;

	ret = learn_cpus(source, why);
	if (!ret && vcpu >= 0)
		ret = path_of(source, vcpu, &path, why);
	if (ret)
		return ret;
	result = execute(source, "query-stats", query(path), &answer, why);
	if (result == QMP_DONE)
		ret = take_answer(source, answer, vcpus, nr, why);
	else
		ret = failed(result);
	if (result == QMP_ERROR && is_error_class(answer, "CommandNotFound"))
		snprintf(why, WHY_SIZE, "the QEMU at the socket %s has no query-stats, which came with QEMU 7.1; use a newer one, or read debugfs on its host as root (-p or --vm)",
			 source->path);
	json_object_put(answer);
	return ret;
}

int source_qmp_read(struct source_qmp *source, int vcpu, struct qmp_vcpu **vcpus,
		    unsigned int *nr, char *why)
{
	struct patience *patience = begin_waiting(source);
	int ret;

	qmp_within(source->qmp, waits.reading);
	ret = read_stats(source, vcpu, vcpus, nr, why);
	patience_end(patience);
	return ret;
}
