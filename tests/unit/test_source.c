// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source QMP, on sockets that this test serves: QEMU's answers, in any order, and the
 * messages if the other end is not such a QEMU.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "export/qmp_reader.h"
#include "lib/clock.h"
#include "lib/message.h"
#include "lib/sizes.h"
#include "lib/waits.h"
#include "model/accounts.h"
#include "model/reading.h"
#include "model/reasons.h"
#include "source/debugfs.h"
#include "source/pin.h"
#include "source/process.h"
#include "source/source.h"
#include "source/source_qmp.h"
#include "source/target.h"
#include "source/why.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "expected.h"
#include "threads.h"

#define VMX		KVM_EXITSTAT_ISA_VMX
#define SVM		KVM_EXITSTAT_ISA_SVM
#define EXITS		KVM_EXITSTAT_V_EXITS
#define LONGEST		KVM_EXITSTAT_V_LONGEST
#define OTHER		0xfffffffeu
#define NONE		0xfffffffdu
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define GREETING \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}}, \"capabilities\": [\"oob\"]}}\r\n"
#define EVENT \
	"{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RTC_CHANGE\", \"data\": {\"offset\": 1}}\r\n"

static char folder[64], path[96];
static char why[WHY_SIZE];

/**
 * struct server - the other end
 * @greeting: sent first
 * @kvm: answer to query-kvm; NULL: true
 * @stats: answer to query-stats, a JSON value; @error: or the class of an error
 * @name: answer to query-name; NULL: web1
 * @cpus: answer to query-cpus-fast; NULL: vCPUs 0 and 7
 * @apic_id: APIC id of all vCPUs; NULL: the numbers in their names
 * @refusal: error that query-stats gets
 * @flood: query-stats gets this again and again, without end
 * @answers: number of answers to query-stats before the socket is closed
 * @cut: number of bytes of the answer that are sent before the socket is closed
 * @piece: number of bytes that are sent at a time
 * @mute: does not answer
 * @closes_at: closes the socket at this command
 * @refuses: refuses this command
 */
struct server {
	const char *greeting;
	const char *kvm;
	const char *stats;
	const char *error;
	const char *name;
	const char *cpus;
	const char *apic_id;
	const char *refusal;
	const char *flood;
	unsigned int answers;
	size_t cut;
	size_t piece;
	bool mute;
	const char *closes_at;
	const char *refuses;
};

static pid_t server_pid;

/* All that the server has received, one command a line */
static char *heard;

#define HEARD_SIZE	(1u << 16)

/* While they are set, there is no memory for what asprintf(), strdup() or json_tokener_new() would make. */
static bool no_texts, no_copies, no_tokener;

struct json_tokener *json_tokener_new(void)
{
	return no_tokener ? NULL : json_tokener_new_ex(JSON_TOKENER_DEFAULT_DEPTH);
}

int asprintf(char **text, const char *format, ...)
{
	va_list args;
	int n;

	if (no_texts)
		return -1;
	va_start(args, format);
	n = vasprintf(text, format, args);
	va_end(args);
	return n;
}

char *strdup(const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = no_copies ? NULL : malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

/*
 * While it is set, send() and recv() of our end are interrupted, then find no room or nothing, and
 * then send or receive one byte or a few.
 */
static bool by_bits;

static bool is_put_off(int flags)
{
	static unsigned int calls;
	const unsigned int turn = calls++ % 3;

	if (!by_bits || !(flags & MSG_DONTWAIT) || turn == 2)
		return false;
	errno = turn ? EAGAIN : EINTR;
	return true;
}

ssize_t send(int fd, const void *from, size_t size, int flags)
{
	if (is_put_off(flags))
		return -1;
	return sendto(fd, from, by_bits && size > 7 ? 7 : size, flags, NULL, 0);
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
	if (is_put_off(flags))
		return -1;
	return recvfrom(fd, to, by_bits && size > 1 ? 1 : size, flags, NULL, NULL);
}

/* The descriptor that is a VM's in every process; -1: what the kernel says. */
static int vm_at = -1;

ssize_t readlink(const char *link, char *target, size_t size)
{
	int fd;

	if (vm_at < 0 || sscanf(link, "/proc/%*d/fd/%d", &fd) != 1)
		return syscall(SYS_readlink, link, target, size);
	if (fd == vm_at)
		return snprintf(target, size, "anon_inode:kvm-vm");
	errno = ENOENT;
	return -1;
}

/* sched_getaffinity() needs room for so many bytes, or fails with this errno. */
static size_t affinity_bytes;
static int affinity_err;
static unsigned int affinity_calls;

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	affinity_calls++;
	errno = affinity_err ?: EINVAL;
	if (affinity_err || size < affinity_bytes)
		return -1;
	memset(set, 0, size);
	return syscall(SYS_sched_getaffinity, pid, size, set) < 0 ? -1 : 0;
}

/* While it is set, no thread can be started. */
static bool no_threads;

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*body)(void *), void *data)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");

	return no_threads ? EAGAIN : real(thread, attr, body, data);
}

/* The CPU that we run on; -2: the kernel's answer */
static int cpu_is = -2;

int sched_getcpu(void)
{
	unsigned int cpu;

	return cpu_is > -2 ? cpu_is : syscall(SYS_getcpu, &cpu, NULL, NULL) ? -1 : (int)cpu;
}

static void say(const struct server *s, int fd, const char *text, size_t size)
{
	size_t n;

	while (size) {
		n = s->piece && size > s->piece ? s->piece : size;
		n = send(fd, text, n, MSG_NOSIGNAL);
		if ((ssize_t)n <= 0)
			_exit(0);
		text += n;
		size -= n;
	}
}

static void answer(const struct server *s, int fd, struct json_object *id,
		   const char *key, const char *value, size_t cut)
{
	char *line;
	int n;

	n = asprintf(&line, "{\"%s\": %s, \"id\": %s}\r\n", key, value,
		     json_object_to_json_string(id));
	say(s, fd, EVENT, strlen(EVENT));
	say(s, fd, line, cut && cut < (size_t)n ? cut : (size_t)n);
	free(line);
	if (cut)
		_exit(0);
}

/* /machine/cpu7 is vCPU 7; the others are as recorded. */
static const char *number_of(const char *qom)
{
	if (!strcmp(qom, "/machine/unattached/device[0]"))
		return "0";
	if (!strcmp(qom, "/machine/unattached/device[2]"))
		return "1";
	return qom + strlen("/machine/cpu");
}

static void flood(const struct server *s, int fd)
{
	const size_t n = strlen(s->flood);
	static char text[65536];
	size_t i;

	for (i = 0; i + n < sizeof(text); i += n)
		memcpy(text + i, s->flood, n);
	for (;;)
		say(s, fd, text, i);
}

static struct json_object *vcpu_stats(uint32_t isa, unsigned int vcpu, bool reversed);

static bool is_named(struct json_object *names, const char *name)
{
	size_t i;

	for (i = 0; i < json_object_array_length(names); i++)
		if (!strcmp(json_object_get_string(json_object_array_get_idx(names, i)), name))
			return true;
	return false;
}

/* QEMU sends no statistic that is not named. */
static bool all_are_named(struct json_object *arguments)
{
	struct json_object *providers = json_object_object_get(arguments, "providers");
	struct json_object *names = json_object_object_get(json_object_array_get_idx(providers, 0), "names");
	struct json_object *entry = vcpu_stats(VMX, 0, false);
	struct json_object *stats = json_object_object_get(entry, "stats");
	bool all = true;
	size_t i;

	for (i = 0; i < json_object_array_length(stats); i++)
		all &= is_named(names, json_object_get_string(json_object_object_get(
			json_object_array_get_idx(stats, i), "name")));
	json_object_put(entry);
	return all;
}

static void serve_command(struct server *s, int fd, struct json_object *m)
{
	const char *command = json_object_get_string(json_object_object_get(m, "execute"));
	struct json_object *id = json_object_object_get(m, "id"), *arguments = json_object_object_get(m, "arguments");
	char error[128];
	const char *of;

	if (s->mute)
		return;
	if (s->closes_at && !strcmp(command, s->closes_at))
		_exit(0);
	if (s->refuses && !strcmp(command, s->refuses)) {
		answer(s, fd, id, "error", "{\"class\": \"GenericError\", \"desc\": \"not now\"}", 0);
	} else if (!strcmp(command, "query-stats") && s->flood) {
		say(s, fd, "{\"return\": [", 12);
		flood(s, fd);
	} else if (!strcmp(command, "query-stats") && s->refusal) {
		answer(s, fd, id, "error", s->refusal, 0);
	} else if (!strcmp(command, "query-stats") && s->error) {
		snprintf(error, sizeof(error), "{\"class\": \"%s\", \"desc\": \"The command query-stats has not been found\"}",
			 s->error);
		answer(s, fd, id, "error", error, 0);
	} else if (!strcmp(command, "query-stats")) {
		if (!s->answers--)
			_exit(0);
		answer(s, fd, id, "return", all_are_named(arguments) ? s->stats : "[]", s->cut);
	} else if (!strcmp(command, "query-kvm")) {
		answer(s, fd, id, "return", s->kvm ?: "{\"enabled\": true, \"present\": true}", 0);
	} else if (!strcmp(command, "query-name")) {
		answer(s, fd, id, "return", s->name ?: "{\"name\": \"web1\"}", 0);
	} else if (!strcmp(command, "query-cpus-fast")) {
		answer(s, fd, id, "return", s->cpus ?: "[{\"cpu-index\": 0, \"qom-path\": \"/machine/cpu0\"}, {\"cpu-index\": 1, \"qom-path\": \"/machine/cpu7\"}]", 0);
	} else if (!strcmp(command, "qom-get")) {
		of = json_object_get_string(json_object_object_get(arguments, "path"));
		answer(s, fd, id, "return", s->apic_id ?: number_of(of), 0);
	} else {
		answer(s, fd, id, "return", "{}", 0);
	}
}

static void serve(struct server *s, int listener)
{
	const int fd = accept(listener, NULL, NULL);
	FILE *in = fdopen(fd, "r");
	struct json_object *m;
	size_t size = 0;
	char *line = NULL;

	say(s, fd, s->greeting, strlen(s->greeting));
	while (getline(&line, &size, in) > 0) {
		if (strlen(heard) + strlen(line) < HEARD_SIZE)
			strcat(heard, line);
		m = json_tokener_parse(line);
		if (m)
			serve_command(s, fd, m);
		json_object_put(m);
	}
	_exit(0);
}

static void start(struct server s)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!s.greeting)
		s.greeting = GREETING;
	if (!s.answers)
		s.answers = 1000;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	heard[0] = '\0';
	until_threads_end();
	server_pid = fork();
	assert_true(server_pid >= 0);
	if (!server_pid)
		serve(&s, fd);
	close(fd);
}

/* How many descriptors are open, of which none may be left to a process that we start. */
static unsigned int open_descriptors(void)
{
	unsigned int nr = 0;
	int fd;

	for (fd = 3; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			nr++;
	return nr;
}

static unsigned int descriptors_before;

static int stop(void **state)
{
	(void)state;
	until_threads_end();
	assert_int_equal(open_descriptors(), descriptors_before);
	if (server_pid) {
		kill(server_pid, SIGKILL);
		waitpid(server_pid, NULL, 0);
	}
	server_pid = 0;
	unlink(path);
	return 0;
}

static void has(const char *part)
{
	if (!strstr(why, part))
		fail_msg("'%s' is not in: %s", part, why);
	/* The message is one sentence, whose second half says what to do. */
	assert_null(strchr(why, '\n'));
	assert_true(strlen(why) < WHY_SIZE - 1);
}

/* The value of a slot; all values differ, and vCPU 7's exits are above 2^63. */
static uint64_t value_of(unsigned int vcpu, unsigned int v, unsigned int slot)
{
	if (v == EXITS && vcpu && slot == 10)
		return (1ull << 63) + 5;
	return 1 + slot + 1000 * v + 100000 * vcpu;
}

static unsigned int nr_slots(uint32_t isa)
{
	return isa == VMX ? 86 : 171;
}

static uint32_t reason_of(uint32_t isa, unsigned int slot)
{
	if (slot == nr_slots(isa))
		return OTHER;
	if (slot > nr_slots(isa))
		return NONE;
	return isa == SVM && slot >= 0xa7 ? 0x400 + slot - 0xa7 : slot;
}

static void add(struct json_object *stats, const char *name, struct json_object *value)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "value", value);
	json_object_array_add(stats, o);
}

static void add_number(struct json_object *stats, const char *name, uint64_t n)
{
	add(stats, name, json_object_new_uint64(n));
}

static const char *const names[] = {
	"exits", "kernel", "user", "halt", "preempt", "block", "longest",
};

/* A vector, with the first or the last slot first; v < 0: the vector of reasons. */
static struct json_object *vector(uint32_t isa, unsigned int vcpu, int v,
				  bool reversed)
{
	const unsigned int nr = nr_slots(isa) + (v == EXITS ? 1 : 2);
	struct json_object *list = json_object_new_array();
	unsigned int i, slot;

	for (i = 0; i < nr; i++) {
		slot = reversed ? nr - 1 - i : i;
		json_object_array_add(list, json_object_new_uint64(v < 0 ?
				      reason_of(isa, slot) : value_of(vcpu, v, slot)));
	}
	return list;
}

static struct json_object *vcpu_stats(uint32_t isa, unsigned int vcpu, bool reversed)
{
	struct json_object *entry = json_object_new_object();
	struct json_object *stats = json_object_new_array();
	char name[64];
	unsigned int v;

	snprintf(name, sizeof(name), "/machine/cpu%u", vcpu);
	json_object_object_add(entry, "provider", json_object_new_string("kvm"));
	json_object_object_add(entry, "qom-path", json_object_new_string(name));
	json_object_object_add(entry, "stats", stats);
	for (v = 0; v < COUNT(names); v++) {
		snprintf(name, sizeof(name), "exitstat_%s", names[v]);
		add(stats, name, vector(isa, vcpu, v, reversed));
		if (v == LONGEST)
			continue;
		snprintf(name, sizeof(name), "exitstat_total%s%s", v ? "_" : "", v ? names[v] : "");
		add_number(stats, name, 7000 + v);
	}
	add(stats, "exitstat_reason", vector(isa, vcpu, -1, reversed));
	add_number(stats, "exitstat_guest", 70 + vcpu);
	add_number(stats, "exitstat_lifetime", 80 + vcpu);
	add_number(stats, "exitstat_outside", 90 + vcpu);
	add_number(stats, "exitstat_anomalies", 2);
	add_number(stats, "exitstat_id", 0xfedcba9876543210ull);
	add_number(stats, "exitstat_isa", isa);
	add_number(stats, "exitstat_tsc_khz", 3000000);
	add(stats, "exitstat_counting", json_object_new_boolean(true));
	add(stats, "exitstat_histograms", json_object_new_boolean(false));
	add_number(stats, "exitstat_untrusted", 1);
	return entry;
}

static char *answer_text(struct json_object *root)
{
	char *text = strdup(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN));

	json_object_put(root);
	return text;
}

/* The statistics of two vCPUs, the higher number first. */
static char *stats_of(uint32_t isa, bool reversed)
{
	struct json_object *root = json_object_new_array();

	json_object_array_add(root, vcpu_stats(isa, 7, reversed));
	json_object_array_add(root, vcpu_stats(isa, 0, reversed));
	return answer_text(root);
}

static void check_vcpu(const struct qmp_vcpu *q, uint32_t isa, unsigned int vcpu)
{
	const struct reading *r = &q->reading;
	unsigned int i, v;

	assert_int_equal(q->vcpu, vcpu);
	assert_int_equal(r->vcpu, vcpu);
	assert_int_equal(r->isa, isa);
	assert_int_equal(r->nr_rows, nr_slots(isa));
	for (v = 0; v < COUNT(names); v++) {
		for (i = 0; i < r->nr_rows; i++) {
			assert_int_equal(r->rows[i].reason, reason_of(isa, i));
			if (r->rows[i].v[v] != value_of(vcpu, v, i))
				fail_msg("ISA %u, vCPU %u, %s of slot %u: %" PRIu64, isa,
					 vcpu, names[v], i, r->rows[i].v[v]);
		}
		assert_int_equal(r->other.v[v], value_of(vcpu, v, i));
		assert_int_equal(r->none.v[v], v == EXITS ? 0 : value_of(vcpu, v, i + 1));
		assert_int_equal(r->total.v[v], v == LONGEST ? value_of(vcpu, v, i + 1) : 7000 + v);
	}
	assert_int_equal(r->guest, 70 + vcpu);
	assert_int_equal(r->lifetime, 80 + vcpu);
	assert_int_equal(r->outside, 90 + vcpu);
	assert_int_equal(r->anomalies, 2);
	assert_true(r->id == 0xfedcba9876543210ull);
	assert_int_equal(r->tsc_khz, 3000000);
	assert_true(r->counting && !r->histograms && r->untrusted && r->adds_up);
	assert_int_equal(r->from, FROM_QMP);
	assert_int_equal(r->abi_version, 1);
	assert_int_equal(r->vcpus, 1);
	assert_int_equal(r->guest_cpu, -1);
}

static void any_order_is_understood(void **state)
{
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr, i;
	char *stats;

	for (i = 0; i < 4; i++) {
		const uint32_t isa = i & 1 ? SVM : VMX;

		stats = stats_of(isa, i & 2);
		start((struct server) { .stats = stats, .piece = i == 3 ? 7 : 0 });
		assert_int_equal(source_qmp_open(&source, path, why), 0);
		assert_string_equal(source_qmp_name(source), "web1");
		assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), 0);
		assert_int_equal(nr, 2);
		check_vcpu(&vcpus[0], isa, 0);
		check_vcpu(&vcpus[1], isa, 7);
		free(vcpus);
		source_qmp_close(source);
		free(stats);
		stop(state);
	}
}

static char *read_text(const char *isa, const char *name)
{
	char file[200], *text = NULL;
	size_t size = 0;
	FILE *in;

	snprintf(file, sizeof(file), "%s/%s.%s", RECORDED, isa, name);
	in = fopen(file, "r");
	if (!in)
		fail_msg("no %s", file);
	assert_true(getdelim(&text, &size, '\0', in) > 0);
	fclose(in);
	return text;
}

/* The answer with each vector reversed. */
static char *turned(const char *text)
{
	struct json_object *root = json_tokener_parse(text), *stats, *stat, *list, *other;
	size_t i, j, k;

	for (i = 0; i < json_object_array_length(root); i++) {
		stats = json_object_object_get(json_object_array_get_idx(root, i), "stats");
		for (j = 0; j < json_object_array_length(stats); j++) {
			stat = json_object_array_get_idx(stats, j);
			list = json_object_object_get(stat, "value");
			if (!json_object_is_type(list, json_type_array))
				continue;
			other = json_object_new_array();
			for (k = json_object_array_length(list); k--;)
				json_object_array_add(other, json_object_get(json_object_array_get_idx(list, k)));
			json_object_object_add(stat, "value", other);
		}
	}
	return answer_text(root);
}

static void same_row(const struct row *a, const struct row *b, bool user_runs)
{
	unsigned int v;

	for (v = 0; v < KVM_EXITSTAT_NR_V; v++)
		if (a->v[v] != b->v[v] && !(user_runs && v == KVM_EXITSTAT_V_USER))
			fail_msg("reason %u, %s: %" PRIu64 " by QMP, %" PRIu64 " in the file",
				 a->reason, value_names[v], a->v[v], b->v[v]);
}

/* The file was read later; in between the VM was stopped, so user of none has grown. */
static void same_as_file(const struct qmp_vcpu *q, const char *isa)
{
	static struct debugfs_file file;
	const struct reading *a = &q->reading, *b = &file.reading;
	char name[16], *text;
	unsigned int i;

	snprintf(name, sizeof(name), "vcpu%u", q->vcpu);
	text = read_text(isa, name);
	assert_int_equal(debugfs_parse(text, &file, why, sizeof(why)), 0);
	free(text);
	assert_int_equal(a->isa, b->isa);
	assert_true(a->id == b->id && a->counting && !a->histograms && !a->untrusted);
	assert_int_equal(a->tsc_khz, b->tsc_khz);
	assert_int_equal(a->guest, b->guest);
	assert_int_equal(a->outside, b->outside);
	assert_true(a->lifetime < b->lifetime);
	assert_int_equal(a->nr_rows, b->nr_rows);
	for (i = 0; i < a->nr_rows; i++)
		same_row(&a->rows[i], &b->rows[i], false);
	same_row(&a->other, &b->other, false);
	same_row(&a->none, &b->none, true);
	same_row(&a->total, &b->total, true);
	assert_int_equal(check_adds_up(a, why), EXIT_DONE);
}

/* Answers of QEMU 10.0 about a VM that it had stopped, and KVM's files of that VM in debugfs. */
static void recorded_answers_are_what_debugfs_had(void **state)
{
	static const char *const isas[] = { "svm", "vmx" };
	char *recorded, *stats;
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr, i;

	for (i = 0; i < 4; i++) {
		recorded = read_text(isas[i / 2], "json");
		recorded[strcspn(recorded, "\n")] = '\0';
		stats = i & 1 ? turned(recorded) : strdup(recorded);
		start((struct server) { .stats = stats });
		if (source_qmp_open(&source, path, why) ||
		    source_qmp_read(source, -1, &vcpus, &nr, why))
			fail_msg("%s", why);
		assert_int_equal(nr, 2);
		same_as_file(&vcpus[0], isas[i / 2]);
		same_as_file(&vcpus[1], isas[i / 2]);
		free(vcpus);
		source_qmp_close(source);
		free(stats);
		free(recorded);
		stop(state);
	}
}

static void a_vm_is_the_sum_of_its_vcpus(void **state)
{
	const struct target target = { .qmp = path };
	static struct reading r;
	struct source source;
	char *stats = stats_of(VMX, true);

	(void)state;
	start((struct server) { .stats = stats });
	assert_int_equal(source_open(&source, &target, NULL, false, why), 0);
	assert_int_equal(source_read(&source, NULL, &r, why), 0);
	assert_int_equal(r.vcpu, -1);
	assert_int_equal(r.vcpus, 2);
	assert_int_equal(r.lifetime, 167);
	assert_int_equal(r.anomalies, 4);
	assert_true(r.rows[10].v[EXITS] == (1ull << 63) + 5 + value_of(0, EXITS, 10));
	assert_int_equal(r.rows[85].v[KVM_EXITSTAT_V_BLOCK],
			 value_of(0, KVM_EXITSTAT_V_BLOCK, 85) + value_of(7, KVM_EXITSTAT_V_BLOCK, 85));
	assert_int_equal(r.rows[85].v[LONGEST], value_of(7, LONGEST, 85));
	assert_int_equal(r.total.v[EXITS], 14000);
	source_close(&source);
	free(stats);
}

static void a_vcpu_has_kvms_number(void **state)
{
	struct json_object *root = json_object_new_array();
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr;
	char *stats;

	(void)state;
	json_object_array_add(root, vcpu_stats(SVM, 7, true));
	stats = answer_text(root);
	start((struct server) { .stats = stats });
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	assert_int_equal(source_qmp_read(source, 7, &vcpus, &nr, why), 0);
	assert_int_equal(nr, 1);
	check_vcpu(&vcpus[0], SVM, 7);
	free(vcpus);
	assert_int_equal(source_qmp_read(source, 1, &vcpus, &nr, why), SOURCE_FAILED);
	has("has no vCPU 1; it has 0, 7");
	source_qmp_close(source);
	free(stats);
}

/* As many vCPUs are listed as there is room for. */
static void the_vcpus_that_there_are_are_listed(void **state)
{
	char want[WHY_SIZE], list[160] = "", cpus[4096] = "[";
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr, i;
	size_t n = 0, at = 1;

	(void)state;
	for (i = 10; i < 70; i++) {
		at += snprintf(cpus + at, sizeof(cpus) - at, "%s{\"qom-path\": \"/machine/cpu%u\"}", i > 10 ? ", " : "", i);
		if (n < sizeof(list))
			n += snprintf(list + n, sizeof(list) - n, "%s%u", i > 10 ? ", " : "", i);
	}
	strcat(cpus, "]");
	start((struct server) { .cpus = cpus, .stats = "[]" });
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	assert_int_equal(source_qmp_read(source, 9, &vcpus, &nr, why), SOURCE_FAILED);
	snprintf(want, sizeof(want), "the VM at the socket %s has no vCPU 9; it has %s", path, list);
	assert_string_equal(why, want);
	source_qmp_close(source);
}

/* A newer KVM may have another reason and another statistic. */
static void what_is_unknown_is_other(void **state)
{
	struct json_object *root = json_object_new_array(), *entry, *stats, *list;
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr, i;
	char *text;

	(void)state;
	entry = vcpu_stats(VMX, 0, false);
	stats = json_object_object_get(entry, "stats");
	for (i = 0; i < json_object_array_length(stats); i++) {
		struct json_object *stat = json_object_array_get_idx(stats, i);

		list = json_object_object_get(stat, "value");
		if (json_object_is_type(list, json_type_array))
			json_object_array_put_idx(list, 85, json_object_new_uint64(
				strcmp(json_object_get_string(json_object_object_get(stat, "name")), "exitstat_reason") ?
				50000 : 4711));
	}
	add_number(stats, "exitstat_smell", 3);
	json_object_array_add(root, entry);
	text = answer_text(root);
	start((struct server) { .stats = text });
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), 0);
	assert_int_equal(vcpus->reading.rows[85].v[EXITS], 0);
	assert_int_equal(vcpus->reading.other.v[EXITS], 50000 + value_of(0, EXITS, 86));
	assert_int_equal(vcpus->reading.other.v[LONGEST], 50000);
	free(vcpus);
	source_qmp_close(source);
	free(text);
}

static void cannot_open(const char *part)
{
	struct source_qmp *source;

	assert_int_equal(source_qmp_open(&source, path, why), SOURCE_FAILED);
	has(part);
	stop(NULL);
}

static void cannot_read(struct server s, int status, const char *part)
{
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr;

	start(s);
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), status);
	has(part);
	source_qmp_close(source);
	stop(NULL);
}

static void a_path_that_is_no_socket(void **state)
{
	char long_path[PATH_MAX + 1] = "";
	struct source_qmp *source;
	int fd;

	(void)state;
	cannot_open("there is no QMP socket");
	fd = creat(path, 0600);
	close(fd);
	assert_int_equal(source_qmp_open(&source, "/dev/null", why), SOURCE_FAILED);
	has("/dev/null is no socket");
	assert_int_equal(source_qmp_open(&source, folder, why), SOURCE_FAILED);
	has("is no socket");
	cannot_open("is no socket");
	memset(long_path, 'x', sizeof(long_path) - 1);
	assert_int_equal(source_qmp_open(&source, long_path, why), SOURCE_FAILED);
	has("the path of the QMP socket is too long");
	start((struct server) {});
	kill(server_pid, SIGKILL);
	waitpid(server_pid, NULL, 0);
	server_pid = 0;
	cannot_open("nobody listens at the socket");
}

static void a_socket_that_is_not_ours(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	start((struct server) {});
	chmod(path, 0600);
	chmod(folder, 0755);
	assert_int_equal(seteuid(65534), 0);
	{
		struct source_qmp *source;

		assert_int_equal(source_qmp_open(&source, path, why), SOURCE_FAILED);
	}
	assert_int_equal(seteuid(0), 0);
	has("(Permission denied)");
}

static void an_end_that_speaks_nonsense(void **state)
{
	static const char *const greetings[] = {
		"220 mail.example ESMTP\r\n", "\x01\x02\xff\n", "[]\n", "{\"hello\": 1}\n",
		"{\"QMP\"}\n", "hello\n", "-\n",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(greetings); i++) {
		start((struct server) { .greeting = greetings[i] });
		cannot_open("does not speak QMP ('");
	}
	start((struct server) { .greeting = GREETING "who?\n" });
	cannot_open("does not speak QMP ('who?')");
}

/* The thread that connects has no more time than the peer; on a busy machine it may not run meanwhile. */
static void says_nothing(struct server s)
{
	struct source_qmp *source;
	unsigned int tries = 0;

	do {
		stop(NULL);
		start(s);
		assert_int_equal(source_qmp_open(&source, path, why), SOURCE_FAILED);
	} while (strstr(why, "cannot be reached in time") && ++tries < 100);
	has("nobody answers at the socket");
	stop(NULL);
}

static void an_end_that_says_nothing(void **state)
{
	const struct waits usual = waits;

	(void)state;
	waits.qmp = 300;
	says_nothing((struct server) { .greeting = "" });
	says_nothing((struct server) { .greeting = "\r\n\n {\"QMP\":\n" });
	says_nothing((struct server) { .mute = true });
	waits = usual;
}

static void an_end_that_closes(void **state)
{
	char *stats = stats_of(VMX, true);
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr;

	(void)state;
	cannot_read((struct server) { .stats = stats, .cut = 1 }, SOURCE_ENDED, "closed the socket");
	cannot_read((struct server) { .stats = stats, .cut = 5000 }, SOURCE_ENDED, "closed the socket");
	start((struct server) { .stats = stats, .answers = 1 });
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), 0);
	free(vcpus);
	assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), SOURCE_ENDED);
	has("closed the socket");
	source_qmp_close(source);
	free(stats);
}

static void no_memory_for_a_command(void **state)
{
	char *stats = stats_of(VMX, true);
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr;

	(void)state;
	start((struct server) { .stats = stats, .answers = 1 });
	no_copies = true;
	assert_int_equal(source_qmp_open(&source, path, why), SOURCE_FAILED);
	no_copies = false;
	has("memory");
	strcpy(why, "nothing");
	no_tokener = true;
	assert_int_equal(source_qmp_open(&source, path, why), SOURCE_FAILED);
	no_tokener = false;
	has("out of memory");
	strcpy(why, "nothing");
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	no_texts = true;
	assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), SOURCE_FAILED);
	no_texts = false;
	has("out of memory");
	source_qmp_close(source);
	free(stats);
}

static void a_qemu_that_cannot_tell(void **state)
{
	(void)state;
	start((struct server) { .kvm = "{\"enabled\": false, \"present\": true}" });
	cannot_open("without KVM");
	cannot_read((struct server) { .error = "CommandNotFound" }, SOURCE_FAILED,
		    "has no query-stats, which came with QEMU 7.1");
	cannot_read((struct server) { .error = "GenericError" }, SOURCE_FAILED, "refuses: The command");
	cannot_read((struct server) { .stats = "[]" }, SOURCE_FAILED, "has no statistics of kvm-exitstat");
	cannot_read((struct server) { .stats = "[{\"provider\": \"kvm\", \"qom-path\": \"/machine/cpu0\", \"stats\": []}]" },
		    SOURCE_FAILED, "has no statistics of kvm-exitstat");
	cannot_read((struct server) { .stats = "5" }, SOURCE_FAILED, "it is not a list");
	cannot_read((struct server) { .stats = "[5]" }, SOURCE_FAILED, "no qom-path");
}

/* The answer of these vCPUs, in this order */
static char *stats_of_vcpus(const unsigned int *numbers, unsigned int nr)
{
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < nr; i++)
		json_object_array_add(list, vcpu_stats(SVM, numbers[i], false));
	return answer_text(list);
}

/* Its samples would be duplicates. */
static void a_vcpu_that_is_told_of_twice(void **state)
{
	static const unsigned int numbers[][4] = { { 7, 0, 3, 7 }, { 7, 0, 0, 3 }, { 3, 7, 3, 0 } };
	unsigned int i;
	char *stats;

	(void)state;
	for (i = 0; i < COUNT(numbers); i++) {
		stats = stats_of_vcpus(numbers[i], 4);
		cannot_read((struct server) { .stats = stats }, SOURCE_FAILED, "a vCPU is in it twice");
		free(stats);
	}
}

static void vcpus_are_sorted(void **state)
{
	static const unsigned int numbers[] = { 3, 9, 0, 12, 1, 7, 2 };
	char *stats = stats_of_vcpus(numbers, COUNT(numbers));
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr, i;

	(void)state;
	start((struct server) { .stats = stats });
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), 0);
	assert_int_equal(nr, COUNT(numbers));
	for (i = 0; i < nr; i++) {
		assert_true(!i || vcpus[i].vcpu > vcpus[i - 1].vcpu);
		assert_int_equal(vcpus[i].reading.guest, 70 + vcpus[i].vcpu);
	}
	free(vcpus);
	source_qmp_close(source);
	free(stats);
}

/* Each statistic that we ask for is left out, and then has a wrong form. */
static void a_statistic_that_is_wrong(void **state)
{
	struct json_object *root, *entry, *stats, *stat;
	const char *name;
	char part[96];
	size_t i, n;
	char *text;
	int how;

	(void)state;
	root = vcpu_stats(VMX, 0, true);
	n = json_object_array_length(json_object_object_get(root, "stats"));
	json_object_put(root);
	for (i = 0; i < n; i++) {
		for (how = 0; how < 4; how++) {
			entry = vcpu_stats(VMX, 0, true);
			stats = json_object_object_get(entry, "stats");
			stat = json_object_array_get_idx(stats, i);
			name = json_object_get_string(json_object_object_get(stat, "name"));
			/* Without a reason's element the vectors are too long. */
			snprintf(part, sizeof(part), "%s is missing or malformed",
				 how == 3 && !strcmp(name, "exitstat_reason") ? "exitstat_exits" : name);
			if (how == 0)
				json_object_object_add(stat, "value", NULL);
			else if (how == 1)
				json_object_object_add(stat, "value", json_object_new_string("5"));
			else if (how == 2)
				json_object_object_add(stat, "value", json_object_new_int(-1));
			else if (json_object_is_type(json_object_object_get(stat, "value"), json_type_array))
				json_object_array_del_idx(json_object_object_get(stat, "value"), 3, 1);
			else
				json_object_array_del_idx(stats, i, 1);
			root = json_object_new_array();
			json_object_array_add(root, entry);
			text = answer_text(root);
			cannot_read((struct server) { .stats = text }, SOURCE_FAILED, part);
			free(text);
		}
	}
}

/* Each text that we read has another type, one after the other. */
static void a_text_of_another_type_is_refused(void **state)
{
	static const char *const types[] = { "null", "5", "true", "[]", "{}", "1.5" };
	char name[64], refusal[64], entry[128], stat[128];
	struct source_qmp *source;
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(types); i++) {
		snprintf(name, sizeof(name), "{\"name\": %s}", types[i]);
		start((struct server) { .name = name });
		assert_int_equal(source_qmp_open(&source, path, why), 0);
		assert_string_equal(source_qmp_name(source), "");
		source_qmp_close(source);
		stop(NULL);
		snprintf(refusal, sizeof(refusal), "{\"class\": %s, \"desc\": \"no\"}", types[i]);
		cannot_read((struct server) { .refusal = refusal }, SOURCE_FAILED, "refuses: no");
		snprintf(refusal, sizeof(refusal), "{\"class\": \"x\", \"desc\": %s}", types[i]);
		cannot_read((struct server) { .refusal = refusal }, SOURCE_FAILED, "does not speak QMP");
		cannot_read((struct server) { .refusal = types[i] }, SOURCE_FAILED, "does not speak QMP");
		snprintf(entry, sizeof(entry), "[{\"qom-path\": %s, \"stats\": [{}]}]", types[i]);
		cannot_read((struct server) { .stats = entry }, SOURCE_FAILED, "no qom-path");
		snprintf(stat, sizeof(stat), "[{\"qom-path\": \"/x\", \"stats\": [{\"name\": %s, \"value\": 1}, %s]}]", types[i], types[i]);
		cannot_read((struct server) { .stats = stat }, SOURCE_FAILED, "is missing or malformed");
		snprintf(entry, sizeof(entry), "[%s]", types[i]);
		cannot_read((struct server) { .stats = entry }, SOURCE_FAILED, "no qom-path");
	}
}

static void a_vcpu_whose_number_is_none(void **state)
{
	static const char *const numbers[] = { "-1", "2147483648", "18446744073709551615", "\"0\"", "null" };
	struct json_object *root = json_object_new_array();
	char *stats = stats_of(VMX, true);
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr, i;

	(void)state;
	for (i = 0; i < COUNT(numbers); i++)
		cannot_read((struct server) { .stats = stats, .apic_id = numbers[i] },
			    SOURCE_FAILED, "apic-id is not a number");
	free(stats);
	json_object_array_add(root, vcpu_stats(VMX, 0, true));
	stats = answer_text(root);
	start((struct server) { .stats = stats, .apic_id = "2147483647" });
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), 0);
	assert_int_equal(vcpus->vcpu, INT32_MAX);
	free(vcpus);
	source_qmp_close(source);
	free(stats);
}

static void a_list_of_vcpus_that_is_wrong(void **state)
{
	static const struct {
		const char *cpus, *part;
	} lists[] = {
		{ "5", "no list" },
		{ "[5]", "a vCPU has no qom-path" },
		{ "[{\"qom-path\": \"/machine/cpu0\"}, {\"cpu-index\": 1}]", "a vCPU has no qom-path" },
		{ "[{\"cpu-index\": 0}, {\"qom-path\": \"/machine/cpu0\"}]", "a vCPU has no qom-path" },
	};
	char *stats = stats_of(VMX, true);
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(lists); i++)
		cannot_read((struct server) { .stats = stats, .cpus = lists[i].cpus }, SOURCE_FAILED, lists[i].part);
	free(stats);
}

/*
 * All commands of two readings and of one vCPU's, byte for byte.  vCPU 7's number is asked once
 * while its thread is the same, and that of vCPU 0, whose thread is not known, each time.
 */
static void each_command_is_as_expected(void **state)
{
	static const int chosen[] = { -1, -1, 7 };
	static const char cpus[] = "[{\"qom-path\": \"/machine/cpu7\", \"thread-id\": 4711}, {\"qom-path\": \"/machine/cpu0\"}]";
	char *stats = stats_of(VMX, false);
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr, i;

	(void)state;
	start((struct server) { .stats = stats, .cpus = cpus });
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	for (i = 0; i < COUNT(chosen); i++) {
		assert_int_equal(source_qmp_read(source, chosen[i], &vcpus, &nr, why), 0);
		assert_int_equal(nr, 2);
		free(vcpus);
	}
	source_qmp_close(source);
	free(stats);
	is_as_expected(heard, "", "qmp-commands");
}

/* A QEMU that ends at a command, or refuses it. */
static void a_command_that_fails_is_told(void **state)
{
	static const char *const when_opened[] = { "qmp_capabilities", "query-kvm", "query-name" };
	static const char *const when_read[] = { "query-cpus-fast", "qom-get", "query-stats" };
	char *stats = stats_of(VMX, false);
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(when_opened); i++) {
		start((struct server) { .closes_at = when_opened[i] });
		cannot_open("closed the socket");
		start((struct server) { .refuses = when_opened[i] });
		cannot_open("refuses: not now");
	}
	for (i = 0; i < COUNT(when_read); i++) {
		cannot_read((struct server) { .stats = stats, .closes_at = when_read[i] }, SOURCE_ENDED, "closed the socket");
		cannot_read((struct server) { .stats = stats, .refuses = when_read[i] }, SOURCE_FAILED, "refuses: not now");
	}
	free(stats);
}

/* However little is sent and received at a time, and however often that is put off. */
static void bytes_may_come_one_at_a_time(void **state)
{
	struct json_object *root = json_object_new_array();
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr;
	char *stats;

	(void)state;
	json_object_array_add(root, vcpu_stats(VMX, 0, true));
	stats = answer_text(root);
	start((struct server) { .stats = stats });
	by_bits = true;
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), 0);
	assert_int_equal(nr, 1);
	check_vcpu(&vcpus[0], VMX, 0);
	free(vcpus);
	source_qmp_close(source);
	by_bits = false;
	free(stats);
}

/* A list with one more entry than KVM has vCPUs is not looked at; none of its entries is a vCPU. */
static void a_list_may_have_as_many_vcpus_as_kvm(void **state)
{
	struct json_object *list = json_object_new_array();
	char *most, *more;
	unsigned int i;

	(void)state;
	for (i = 0; i < VCPUS_MOST; i++)
		json_object_array_add(list, json_object_new_int(5));
	most = strdup(json_object_to_json_string(list));
	json_object_array_add(list, json_object_new_int(5));
	more = answer_text(list);
	cannot_read((struct server) { .cpus = most }, SOURCE_FAILED, "a vCPU has no qom-path");
	cannot_read((struct server) { .cpus = more }, SOURCE_FAILED, "no list, or one that is too long");
	cannot_read((struct server) { .stats = most }, SOURCE_FAILED, "an entry has no qom-path");
	cannot_read((struct server) { .stats = more }, SOURCE_FAILED, "more vCPUs than KVM runs");
	free(most);
	free(more);
}

/* The beginning of a message that is no object, whether or not it comes in one piece. */
static void the_beginning_of_nonsense_is_shown(void **state)
{
	char want[WHY_SIZE];
	unsigned int i;

	(void)state;
	for (i = 0; i < 16; i++) {
		by_bits = i % 2;
		start((struct server) { .greeting = " [\"0123456789012345678901234567890123456789\"] ", .piece = i });
		cannot_open("does not speak QMP");
		snprintf(want, sizeof(want), "the socket %s does not speak QMP ('[\"01234567890123456789012345678901234567'); give the path that QEMU was started with, -qmp unix:PATH",
			 path);
		assert_string_equal(why, want);
	}
	by_bits = false;
}

static size_t memory_most(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss / 1024;
}

/* An answer of text, of numbers, and of lists and objects, which take most memory. */
static void an_answer_without_an_end_is_refused(void **state)
{
	static const char *const floods[] = { "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",", "0,", "[],", "{},", "\n" };
	const size_t before = memory_most();
	const clock_t begun = clock();
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(floods); i++)
		cannot_read((struct server) { .flood = floods[i] }, SOURCE_FAILED,
			    "is longer than any answer of QEMU;");
	/* CPU time, which others do not take */
	assert_true(clock() - begun < 60 * CLOCKS_PER_SEC);
	/* MiB, including the sanitizer's memory */
	if (memory_most() - before > 1000)
		fail_msg("%zu MiB were taken", memory_most() - before);
	cannot_read((struct server) { .stats = "[{}, {}]" }, SOURCE_FAILED, "no qom-path");
}

/* The format of -qmp-pretty. */
static void an_answer_of_several_lines_is_one(void **state)
{
	struct json_object *root = json_object_new_array();
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	unsigned int nr;
	char *stats;

	(void)state;
	json_object_array_add(root, vcpu_stats(VMX, 0, true));
	stats = strdup(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
	start((struct server) { .stats = stats, .greeting = "{\r\n    \"QMP\": {\r\n    }\r\n}\r\n", .piece = 7 });
	assert_int_equal(source_qmp_open(&source, path, why), 0);
	assert_int_equal(source_qmp_read(source, -1, &vcpus, &nr, why), 0);
	assert_int_equal(nr, 1);
	check_vcpu(&vcpus[0], VMX, 0);
	free(vcpus);
	source_qmp_close(source);
	free(stats);
}

static void options_that_do_not_go_together(void **state)
{
	static const struct target wrong[] = {
		{ .pid = 1, .name = "x" }, { .pid = 1, .host = true }, { .qmp = "x", .name = "x" },
		{ .one_vcpu = true }, { .one_vcpu = true, .host = true },
	};
	struct target right = { .pid = 1, .one_vcpu = true, .vcpu = 3 }, target = {};
	const int keep = dup(2), null = open("/dev/null", O_WRONLY);
	const struct opt opt = { .name = "x" };
	unsigned int i;

	(void)state;
	dup2(null, 2);
	for (i = 0; i < COUNT(wrong); i++)
		assert_int_equal(target_check(&wrong[i], why), EXIT_MISUSE);
	assert_int_equal(target_pid(&opt, "x", &target), EXIT_MISUSE);
	assert_int_equal(target_pid(&opt, "0", &target), EXIT_MISUSE);
	assert_int_equal(target_vcpu(&opt, "-1", &target), EXIT_MISUSE);
	assert_int_equal(target_vcpu(&opt, "4294967295", &target), EXIT_MISUSE);
	dup2(keep, 2);
	close(keep);
	close(null);
	assert_int_equal(target_check(&right, why), EXIT_DONE);
}

/* A process's FDSize is 64 at least. */
static void a_vm_is_found_at_any_descriptor(void **state)
{
	const int last = 63;
	struct effort effort;

	(void)state;
	for (vm_at = 0; vm_at <= last; vm_at += 21) {
		effort = (struct effort) { 64, UINT64_MAX };
		assert_int_equal(process_search(getpid(), &effort), vm_at);
		assert_int_equal(effort.steps, 63 - vm_at);
	}
	vm_at = -1;
}

/* A thread stays on its CPU, and returns to those that it had, however large the kernel's sets are. */
static void a_thread_is_pinned(void **state)
{
	cpu_set_t before, now;
	struct pin pin;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	for (affinity_bytes = 0; affinity_bytes <= 4096; affinity_bytes += 512) {
		assert_int_equal(pin_here(&pin, why), EXIT_DONE);
		assert_true(pin.size >= affinity_bytes);
		assert_int_equal(syscall(SYS_sched_getaffinity, 0, sizeof(now), memset(&now, 0, sizeof(now))) > 0, 1);
		assert_int_equal(CPU_COUNT(&now), 1);
		assert_true(CPU_ISSET(pin.cpu, &now));
		assert_int_equal(unpin(&pin, why), EXIT_DONE);
		assert_int_equal(syscall(SYS_sched_getaffinity, 0, sizeof(now), memset(&now, 0, sizeof(now))) > 0, 1);
		assert_true(CPU_EQUAL(&before, &now));
	}
	affinity_bytes = 0;
	for (cpu_is = -1; cpu_is < 2048; cpu_is += 1025) {
		assert_int_equal(pin_here(&pin, why), EXIT_MISUSE);
		assert_string_equal(why, "cannot tell which CPU this process runs on");
	}
	cpu_is = -2;
	affinity_err = EPERM;
	affinity_calls = 0;
	assert_int_equal(pin_here(&pin, why), EXIT_MISUSE);
	assert_string_equal(why, "cannot tell which CPUs this process may use: Operation not permitted");
	assert_int_equal(affinity_calls, 1);
	affinity_err = 0;
	affinity_bytes = SIZE_MAX;
	assert_int_equal(pin_here(&pin, why), EXIT_MISUSE);
	assert_string_equal(why, "cannot tell which CPUs this process may use: Invalid argument");
	affinity_bytes = 0;
}

#define LONG_MS	40000

static struct qmp_reader *reader;
static struct qmp_answer got;

/* Begin a reading, and wait for it for so long, or for a part of that time. */
static int reading_within(unsigned int ms)
{
	const uint64_t begun = now_ms();
	int ret;

	memset(&got, 0, sizeof(got));
	strcpy(why, "nothing");
	qmp_reader_begin(reader);
	ret = qmp_reader_end(reader, begun + ms, &got, why);
	assert_true(ms < LONG_MS || now_ms() - begun < LONG_MS / 2);
	return ret;
}

static void has_answered(bool late)
{
	assert_int_equal(got.nr, 2);
	assert_int_equal(got.vcpus[1].reading.vcpu, 7);
	assert_string_equal(got.name, "web1");
	assert_int_equal(got.peer, getpid());
	if (late)
		assert_in_range(time_of_day_ns() - got.late, 0, 600000000000ull);
	else
		assert_true(!got.late);
	free(got.vcpus);
}

/* Another server */
static void restart(const char *stats)
{
	until_threads_end();
	kill(server_pid, SIGKILL);
	waitpid(server_pid, NULL, 0);
	unlink(path);
	start((struct server) { .stats = stats });
}

/* One that does not answer in time is asked once, and its answer stands in the next time. */
static void a_reader_waits_for_no_qemu(void **state)
{
	const struct waits usual = waits;
	char *stats = stats_of(VMX, false), *twice;
	unsigned int i;

	(void)state;
	waits.qmp = waits.reading = LONG_MS;
	no_copies = true;
	assert_null(qmp_reader_new(path));
	no_copies = false;
	reader = qmp_reader_new(path);
	assert_int_equal(reading_within(LONG_MS), SOURCE_FAILED);
	has("there is no QMP socket ");
	/* Connected once, it is asked again and again. */
	until_threads_end();
	start((struct server) { .stats = stats });
	assert_int_equal(reading_within(LONG_MS), EXIT_DONE);
	has_answered(false);
	assert_int_equal(reading_within(LONG_MS), EXIT_DONE);
	has_answered(false);
	assert_string_equal(why, "nothing");
	assert_null(strstr(strstr(heard, "qmp_capabilities") + 1, "qmp_capabilities"));
	/* It is too slow: its last answer has been taken. */
	kill(server_pid, SIGSTOP);
	assert_int_equal(reading_within(20), EXIT_MISUSE);
	has("nobody answers at the socket ");
	/* The same reading goes on, and is not waited for as long as another. */
	waits.late = 20;
	assert_int_equal(reading_within(LONG_MS), EXIT_MISUSE);
	waits.late = LONG_MS;
	assert_int_equal(reading_within(20), EXIT_MISUSE);
	assert_int_equal(threads(), 2);
	/* That answer comes at last, and stands in for the next, which is late again. */
	kill(server_pid, SIGCONT);
	until_threads_end();
	kill(server_pid, SIGSTOP);
	assert_int_equal(reading_within(20), EXIT_DONE);
	has_answered(true);
	assert_int_equal(reading_within(20), EXIT_MISUSE);
	/* One that is in time has no delay. */
	kill(server_pid, SIGCONT);
	assert_int_equal(reading_within(LONG_MS), EXIT_DONE);
	has_answered(false);
	waits.late = 0;
	assert_int_equal(reading_within(LONG_MS), EXIT_DONE);
	has_answered(false);
	/* One that has answered, if too late, is waited for again. */
	kill(server_pid, SIGSTOP);
	assert_int_equal(reading_within(20), EXIT_MISUSE);
	kill(server_pid, SIGCONT);
	until_threads_end();
	assert_int_equal(reading_within(LONG_MS), EXIT_DONE);
	has_answered(false);
	/* Without a thread there is no reading, until there is one. */
	kill(server_pid, SIGSTOP);
	assert_int_equal(reading_within(20), EXIT_MISUSE);
	kill(server_pid, SIGCONT);
	until_threads_end();
	no_threads = true;
	assert_int_equal(reading_within(LONG_MS), EXIT_MISUSE);
	assert_string_equal(why, "no thread can be started to read it");
	assert_int_equal(reading_within(LONG_MS), EXIT_MISUSE);
	no_threads = false;
	assert_int_equal(reading_within(LONG_MS), EXIT_DONE);
	has_answered(false);
	/* It has ended, and another listens. */
	restart(stats);
	assert_int_equal(reading_within(LONG_MS), SOURCE_FAILED);
	assert_int_equal(reading_within(LONG_MS), EXIT_DONE);
	has_answered(false);
	/* What is wrong with an answer is told each time. */
	twice = stats_of_vcpus((const unsigned int []) { 7, 7 }, 2);
	restart(twice);
	assert_int_equal(reading_within(LONG_MS), SOURCE_FAILED);
	for (i = 0; i < 3; i++) {
		assert_int_equal(reading_within(LONG_MS), SOURCE_FAILED);
		has("a vCPU is in it twice");
		restart(i == 2 ? stats : twice);
	}
	free(twice);
	assert_int_equal(reading_within(LONG_MS), EXIT_DONE);
	has_answered(false);
	/* It is no longer wanted while it is read. */
	kill(server_pid, SIGSTOP);
	assert_int_equal(reading_within(20), EXIT_MISUSE);
	qmp_reader_free(reader);
	assert_int_equal(threads(), 2);
	kill(server_pid, SIGCONT);
	until_threads_end();
	qmp_reader_free(NULL);
	waits = usual;
	free(stats);
}

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_source.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/qmp", folder);
	heard = mmap(NULL, HEARD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	descriptors_before = open_descriptors();
	return heard == MAP_FAILED ? -1 : 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

#define TEST(name)	cmocka_unit_test_teardown(name, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(any_order_is_understood),
		TEST(recorded_answers_are_what_debugfs_had),
		TEST(a_vm_is_the_sum_of_its_vcpus),
		TEST(a_vcpu_has_kvms_number),
		TEST(the_vcpus_that_there_are_are_listed),
		TEST(what_is_unknown_is_other),
		TEST(a_path_that_is_no_socket),
		TEST(a_socket_that_is_not_ours),
		TEST(an_end_that_speaks_nonsense),
		TEST(an_end_that_says_nothing),
		TEST(an_end_that_closes),
		TEST(no_memory_for_a_command),
		TEST(a_qemu_that_cannot_tell),
		TEST(a_vcpu_that_is_told_of_twice),
		TEST(vcpus_are_sorted),
		TEST(a_statistic_that_is_wrong),
		TEST(a_text_of_another_type_is_refused),
		TEST(a_vcpu_whose_number_is_none),
		TEST(a_list_of_vcpus_that_is_wrong),
		TEST(an_answer_without_an_end_is_refused),
		TEST(an_answer_of_several_lines_is_one),
		TEST(each_command_is_as_expected),
		TEST(a_command_that_fails_is_told),
		TEST(bytes_may_come_one_at_a_time),
		TEST(a_list_may_have_as_many_vcpus_as_kvm),
		TEST(the_beginning_of_nonsense_is_shown),
		TEST(options_that_do_not_go_together),
		TEST(a_vm_is_found_at_any_descriptor),
		TEST(a_reader_waits_for_no_qemu),
		TEST(a_thread_is_pinned),
	};

	/* Who answers has as much time as a busy machine may need. */
	waits.qmp = waits.reading = 120000;
	return cmocka_run_group_tests_name("source", tests, make_folder, remove_folder);
}
