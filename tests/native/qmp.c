// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmm's QMP: answers like QEMU 10.0, to one client at a time; vectors begin with the last
 * element.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#include "vmm.h"

/* Of "info mtree -f"; a name of which a terminal would obey a part */
#define MTREE \
	"FlatView #0\r\n AS \"I/O\", root: io\r\n Root memory region: io\r\n" \
	"  0000000000000071-0000000000000071 (prio 0, i/o): rtc @0000000000000001\r\n" \
	"  000000000000c000-000000000000c01f (prio 1, i/o): virtio-\033[31mpci\r\n\r\n"

#define GREETING "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}}, \"capabilities\": [\"oob\"]}}\r\n"

static int client = -1;
static char line[65536];
static size_t length;

/* The last vCPU: SIGUSR1 unplugs it, or plugs it again; SIGUSR2 gives its path to another vCPU. */
static volatile sig_atomic_t unplugged, moved;

static void plug_last(int sig)
{
	if (sig == SIGUSR1)
		unplugged = !unplugged;
	else
		moved++;
}

int qmp_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1)) {
		perror(path);
		_exit(2);
	}
	signal(SIGUSR1, plug_last);
	signal(SIGUSR2, plug_last);
	return fd;
}

int qmp_waits_for(int listener)
{
	return client >= 0 ? client : listener;
}

static void hang_up(void)
{
	close(client);
	client = -1;
	length = 0;
}

static void say(const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left) {
		n = send(client, text, left, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		text += n;
		left -= n;
	}
}

static struct json_object *number_or_yes(const struct kvm_stats_desc *desc, u64 value)
{
	if ((desc->flags & KVM_STATS_UNIT_MASK) == KVM_STATS_UNIT_BOOLEAN)
		return json_object_new_boolean(value);
	return json_object_new_uint64(value);
}

static struct json_object *value_of(const struct kvm_stats_desc *desc, const u64 *data)
{
	struct json_object *list;
	unsigned int i;

	if (desc->size == 1)
		return number_or_yes(desc, data[0]);
	list = json_object_new_array();
	for (i = desc->size; i--;)
		json_object_array_add(list, number_or_yes(desc, data[i]));
	return list;
}

/* A vCPU's file of KVM_GET_STATS_FD, as JSON like QEMU's. */
static struct json_object *stats_of(struct kvm_vcpu *vcpu)
{
	struct json_object *list = json_object_new_array(), *stat;
	static char file[131072] __attribute__((aligned(8)));
	const struct kvm_stats_header *header = (void *)file;
	const struct kvm_stats_desc *desc;
	loff_t offset = 0;
	unsigned int i;

	if (kvm_exitstat_stats_read(vcpu, file, sizeof(file), &offset) <= 0)
		return list;
	desc = (void *)(file + header->desc_offset);
	for (i = 0; i < header->num_desc; i++) {
		stat = json_object_new_object();
		json_object_object_add(stat, "name", json_object_new_string(desc[i].name));
		json_object_object_add(stat, "value", value_of(&desc[i],
			(const u64 *)(file + header->data_offset + desc[i].offset)));
		json_object_array_add(list, stat);
	}
	return list;
}

static bool is_last(const struct vmm *vmm, int i)
{
	return i == vmm->kvm->online_vcpus.counter - 1;
}

static bool is_plugged(const struct vmm *vmm, int i)
{
	return !unplugged || !is_last(vmm, i);
}

static void path_of(const struct kvm_vcpu *vcpu, char path[64])
{
	snprintf(path, 64, "/machine/unattached/device[%d]", 2 * vcpu->vcpu_id);
}

static bool is_wanted(struct json_object *arguments, const char *path)
{
	struct json_object *paths;
	size_t i;

	if (!json_object_object_get_ex(arguments, "vcpus", &paths))
		return true;
	for (i = 0; i < json_object_array_length(paths); i++)
		if (!strcmp(json_object_get_string(json_object_array_get_idx(paths, i)), path))
			return true;
	return false;
}

static struct json_object *query_stats(const struct vmm *vmm, struct json_object *arguments)
{
	struct json_object *list = json_object_new_array(), *entry;
	char path[64];
	int i;

	for (i = 0; i < vmm->kvm->online_vcpus.counter; i++) {
		path_of(vmm->kvm->vcpus[i], path);
		if (!is_plugged(vmm, i) || !is_wanted(arguments, path))
			continue;
		entry = json_object_new_object();
		json_object_object_add(entry, "provider", json_object_new_string("kvm"));
		json_object_object_add(entry, "qom-path", json_object_new_string(path));
		json_object_object_add(entry, "stats", stats_of(vmm->kvm->vcpus[i]));
		json_object_array_add(list, entry);
	}
	return list;
}

static struct json_object *query_cpus(const struct vmm *vmm)
{
	struct json_object *list = json_object_new_array(), *entry;
	char path[64];
	int i;

	for (i = 0; i < vmm->kvm->online_vcpus.counter; i++) {
		if (!is_plugged(vmm, i))
			continue;
		path_of(vmm->kvm->vcpus[i], path);
		entry = json_object_new_object();
		json_object_object_add(entry, "cpu-index", json_object_new_int(i));
		json_object_object_add(entry, "thread-id", json_object_new_int(1000 + i + (is_last(vmm, i) ? 100 * moved : 0)));
		json_object_object_add(entry, "qom-path", json_object_new_string(path));
		json_object_array_add(list, entry);
	}
	return list;
}

static struct json_object *apic_id(const struct vmm *vmm, struct json_object *arguments)
{
	const char *of = json_object_get_string(json_object_object_get(arguments, "path"));
	char path[64];
	int i;

	for (i = 0; i < vmm->kvm->online_vcpus.counter; i++) {
		path_of(vmm->kvm->vcpus[i], path);
		if (!strcmp(path, of))
			break;
	}
	return json_object_new_int(vmm->kvm->vcpus[i]->vcpu_id + (is_last(vmm, i) ? 4 * moved : 0));
}

static struct json_object *answer_to(struct vmm *vmm, const char *command,
				     struct json_object *arguments)
{
	struct json_object *answer;

	if (!strcmp(command, "query-stats"))
		return query_stats(vmm, arguments);
	if (!strcmp(command, "query-cpus-fast"))
		return query_cpus(vmm);
	if (!strcmp(command, "qom-get"))
		return apic_id(vmm, arguments);
	if (!strcmp(command, "human-monitor-command"))
		return json_object_new_string(MTREE);
	answer = json_object_new_object();
	if (!strcmp(command, "query-kvm")) {
		json_object_object_add(answer, "enabled", json_object_new_boolean(true));
		json_object_object_add(answer, "present", json_object_new_boolean(true));
	} else if (!strcmp(command, "query-name") && vmm->name) {
		json_object_object_add(answer, "name", json_object_new_string(vmm->name));
	} else if (!strcmp(command, "query-status")) {
		json_object_object_add(answer, "running", json_object_new_boolean(vmm->running));
	} else if (!strcmp(command, "stop") || !strcmp(command, "cont")) {
		vmm->running = command[0] == 'c';
	} else if (!strcmp(command, "quit")) {
		vmm->quit = true;
	}
	return answer;
}

static void execute(struct vmm *vmm, struct json_object *message)
{
	struct json_object *reply = json_object_new_object(), *id;
	const char *command = json_object_get_string(json_object_object_get(message, "execute"));

	json_object_object_add(reply, "return", answer_to(vmm, command ?: "",
			       json_object_object_get(message, "arguments")));
	if (json_object_object_get_ex(message, "id", &id))
		json_object_object_add(reply, "id", json_object_get(id));
	say(json_object_to_json_string_ext(reply, JSON_C_TO_STRING_SPACED));
	say("\r\n");
	json_object_put(reply);
}

static void take_lines(struct vmm *vmm)
{
	struct json_object *message;
	char *end;

	while ((end = memchr(line, '\n', length))) {
		*end++ = '\0';
		message = json_tokener_parse(line);
		if (message)
			execute(vmm, message);
		json_object_put(message);
		length -= end - line;
		memmove(line, end, length);
	}
}

void qmp_serve(struct vmm *vmm, int listener)
{
	ssize_t n;

	if (client < 0) {
		client = accept(listener, NULL, NULL);
		say(GREETING);
		return;
	}
	n = recv(client, line + length, sizeof(line) - length, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up();
		return;
	}
	length += n;
	take_lines(vmm);
}
