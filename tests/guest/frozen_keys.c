// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmrun --keys: what CPUID lists of a snapshot's keys is what debugfs has of that vCPU, to the
 * exit and to the cycle.
 *
 * The file is read while the vCPU is stopped, one OUT after its snapshot.  So the rows of that
 * CPUID have more kernel time there, those of the OUT one exit more, and those of the host's
 * interrupts may be of one that came meanwhile.  All others are equal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "kvmrun.h"

#define MAX_LINES	2000
#define ROW_LEAVES	5	/* from KVM_EXITSTAT_K_VALUE on */

/**
 * struct line - a line of the file, or a row of the leaves
 * @head: what it is of, as the file has it
 * @exits: number
 * @kernel: cycles
 * @user: cycles
 * @error: number
 * @found: it is on both sides
 */
struct line {
	char head[96];
	uint64_t exits, kernel, user, error;
	bool found;
};

static struct vm vm;
static struct line file_lines[MAX_LINES], rows[MAX_LINES];
static unsigned int failures;

static void wrong(const char *what, const char *head, uint64_t got, uint64_t want)
{
	failures++;
	printf("FAIL keys: %s: %s: by CPUID %" PRIu64 ", in the file %" PRIu64 "\n", head, what, got, want);
}

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	failures++;
	printf("FAIL keys: %s\n", what);
}

static void play(struct vcpu *vcpu, unsigned int workload)
{
	enum stop stop;

	vcpu_start(vcpu, MODE_COUNT, workload, env.n);
	do
		stop = vcpu_run(vcpu);
	while (stop == STOP_WARM);
	if (stop != STOP_DONE)
		die("the guest did not end its workload");
}

static void ask(struct vcpu *vcpu, uint32_t leaf, uint32_t sub, unsigned int regs[4])
{
	struct query query = { leaf, sub, {} };

	vcpu_query(vcpu, &query, 1);
	memcpy(regs, query.regs, sizeof(query.regs));
}

static uint32_t snapshot(struct vcpu *vcpu)
{
	unsigned int regs[4];

	ask(vcpu, KVM_EXITSTAT_LEAF_SNAPSHOT, 0, regs);
	if (!regs[0])
		die("no snapshot can be taken");
	return regs[0];
}

static bool parse(const char *text, struct line *line)
{
	static const char *const records[] = { "reason ", "rest ", "level ", "key " };
	const char *numbers = strstr(text, " exits "), *returns = strstr(text, " returns ");
	unsigned int i;

	*line = (struct line) {};
	if (sscanf(text, "floor %*s %" SCNu64, &line->exits) == 1) {
		snprintf(line->head, sizeof(line->head), "%.*s", (int)(strrchr(text, ' ') - text), text);
		return true;
	}
	if (!strncmp(text, "return ", strlen("return ")) && returns) {
		snprintf(line->head, sizeof(line->head), "%.*s", (int)(returns - text), text);
		return sscanf(returns, " returns %" SCNu64 " user %" SCNu64 " error %" SCNu64, &line->exits,
			      &line->user, &line->error) >= 2;
	}
	for (i = 0; numbers && i < sizeof(records) / sizeof(records[0]); i++) {
		if (strncmp(text, records[i], strlen(records[i])))
			continue;
		snprintf(line->head, sizeof(line->head), "%.*s", (int)(numbers - text), text);
		return sscanf(numbers, " exits %" SCNu64 " kernel %" SCNu64 " user %" SCNu64 " error %" SCNu64,
			      &line->exits, &line->kernel, &line->user, &line->error) >= 3;
	}
	return false;
}

static unsigned int read_file_lines(const struct vcpu *vcpu)
{
	unsigned int nr = 0;
	char path[128], text[512];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/vcpu%u/exitstat-keys", getpid(),
		 vcpu->vm->fd, vcpu->id);
	file = fopen(path, "re");
	if (!file)
		die("%s cannot be read", path);
	while (fgets(text, sizeof(text), file) && nr < MAX_LINES)
		nr += parse(text, &file_lines[nr]);
	fclose(file);
	return nr;
}

static void reason_text(uint32_t reason, char text[16])
{
	if (reason == KVM_EXITSTAT_SUB_NONE)
		strcpy(text, "none");
	else if (reason == KVM_EXITSTAT_SUB_OTHER)
		strcpy(text, "other");
	else
		snprintf(text, 16, env.isa == KVM_EXITSTAT_ISA_VMX ? "%u" : "0x%03x", reason);
}

static uint64_t number_in(const struct query *query)
{
	return query->regs[0] | (uint64_t)query->regs[1] << 32;
}

/* docs/abi.md's classes, in their order */
static const char *class_name(uint32_t class)
{
	static const char *const names[] = {
		"msr", "port", "address", "frame", "cpuid", "hypercall", "register", "exception",
		"vector", "xcr", "vmgexit", "return",
	};

	return class > KVM_EXITSTAT_ROW_KEY && class <= KVM_EXITSTAT_ROW_KEY + 12 ?
	       names[class - KVM_EXITSTAT_ROW_KEY - 1] : "?";
}

static void head_of(const struct query *q, char head[96])
{
	static const char *const levels[] = { "l1", "l2", "l2-l1" };
	const uint32_t what = q[0].regs[2] & 0xff, access = q[0].regs[2] >> 8 & 0xff;
	const uint64_t value = number_in(q);
	char reason[16];

	reason_text(q[1].regs[2], reason);
	if (what == KVM_EXITSTAT_ROW_REASON)
		snprintf(head, 96, "reason %s", reason);
	else if (what == KVM_EXITSTAT_ROW_REST)
		snprintf(head, 96, "rest %s", reason);
	else if (what == KVM_EXITSTAT_ROW_LEVEL)
		snprintf(head, 96, "level %s %s", reason, value < 3 ? levels[value] : "?");
	else if (what == KVM_EXITSTAT_ROW_FLOOR)
		snprintf(head, 96, "floor %s", class_name(value));
	else if (what == KVM_EXITSTAT_ROW_RETURN_REST)
		snprintf(head, 96, "return %s rest", reason);
	else if (what == KVM_EXITSTAT_ROW_RETURN)
		snprintf(head, 96, "return %s 0x%" PRIx64 " %c", reason, value, access ? (int)access : '-');
	else
		snprintf(head, 96, "key %s %s 0x%" PRIx64 " %c %u", reason, class_name(what), value,
			 access ? (int)access : '-', q[0].regs[2] >> 16);
}

static unsigned int read_rows(struct vcpu *vcpu, uint32_t id)
{
	static struct query queries[ROW_LEAVES];
	unsigned int regs[4], i, v;

	ask(vcpu, KVM_EXITSTAT_LEAF_KEYS, 0, regs);
	if (regs[0] > MAX_LINES || regs[1] || regs[3] != id)
		die("leaf 0x4fffff40 has %u rows, %u, of snapshot %u and not %u", regs[0], regs[1], regs[3], id);
	for (i = 0; i < regs[0]; i++) {
		for (v = 0; v < ROW_LEAVES; v++)
			queries[v] = (struct query) { KVM_EXITSTAT_LEAF_KEYS + KVM_EXITSTAT_K_VALUE + v, i, {} };
		vcpu_query(vcpu, queries, ROW_LEAVES);
		rows[i] = (struct line) {
			.exits = number_in(&queries[1]),
			.kernel = number_in(&queries[2]),
			.user = number_in(&queries[3]),
			.error = number_in(&queries[4]),
		};
		head_of(queries, rows[i].head);
	}
	return regs[0];
}

/* The rows of a reason, and of one of its keys */
static bool is_of(const char *head, const char *reason, const char *key)
{
	char line[96];

	snprintf(line, sizeof(line), "reason %s", reason);
	if (!strcmp(head, line))
		return true;
	snprintf(line, sizeof(line), "level %s l1", reason);
	if (!strcmp(head, line))
		return true;
	snprintf(line, sizeof(line), "return %s 0x2 -", reason);
	if (!strcmp(head, line))
		return true;
	snprintf(line, sizeof(line), "key %s %s", reason, key);
	return *key ? !strcmp(head, line) : !strncmp(head, line, strlen(line));
}

static bool is_interrupts(const char *head)
{
	return is_of(head, env.isa == KVM_EXITSTAT_ISA_VMX ? "1" : "0x060", "");
}

static void compare(const struct line *row, const struct line *file)
{
	const bool vmx = env.isa == KVM_EXITSTAT_ISA_VMX;
	const bool own = is_of(row->head, vmx ? "10" : "0x072", "cpuid 0x4fffff08 - 0");
	const bool out = is_of(row->head, vmx ? "30" : "0x07b", "port 0xe1 w 1");

	if (is_interrupts(row->head))
		return;
	if (file->exits != row->exits + out)
		wrong("exits", row->head, row->exits, file->exits);
	if (own || out ? file->kernel < row->kernel : file->kernel != row->kernel)
		wrong("kernel", row->head, row->kernel, file->kernel);
	if (out ? file->user < row->user : file->user != row->user)
		wrong("user", row->head, row->user, file->user);
	if (file->error != row->error)
		wrong("error", row->head, row->error, file->error);
}

static unsigned int check_rows(struct vcpu *vcpu)
{
	const uint32_t id = snapshot(vcpu);
	const unsigned int nr_lines = read_file_lines(vcpu), nr = read_rows(vcpu, id);
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < nr_lines && strcmp(rows[i].head, file_lines[j].head); j++)
			;
		if (j == nr_lines) {
			wrong("the file has no such line, exits", rows[i].head, rows[i].exits, 0);
			continue;
		}
		if (file_lines[j].found)
			wrong("CPUID has it twice, exits", rows[i].head, rows[i].exits, file_lines[j].exits);
		file_lines[j].found = true;
		compare(&rows[i], &file_lines[j]);
	}
	for (j = 0; j < nr_lines; j++)
		if (!file_lines[j].found && !is_interrupts(file_lines[j].head))
			wrong("CPUID does not have it, exits", file_lines[j].head, 0, file_lines[j].exits);
	return nr;
}

static bool is_zeros(struct vcpu *vcpu)
{
	unsigned int regs[4], v, all = 0;

	for (v = KVM_EXITSTAT_K_ROWS; v <= KVM_EXITSTAT_K_ERROR; v++) {
		ask(vcpu, KVM_EXITSTAT_LEAF_KEYS + v, 0, regs);
		all |= regs[0] | regs[1] | regs[2] | regs[3];
	}
	return !all;
}

static void check_off(struct vcpu *vcpu)
{
	uint32_t id = snapshot(vcpu);
	unsigned int regs[4];

	ask(vcpu, KVM_EXITSTAT_LEAF_KEYS + KVM_EXITSTAT_K_EXITS, 0xffffffff, regs);
	expect(!regs[0] && !regs[1] && !regs[2] && regs[3] == id, "beyond the last row there is one");
	set_parameter("exitstat_guest", 2);
	expect(is_zeros(vcpu), "the snapshot of another scope has rows");
	set_parameter("exitstat_guest", 1);
	set_parameter("exitstat_keys", 0);
	expect(is_zeros(vcpu), "with exitstat_keys=0 there are rows");
	snapshot(vcpu);
	set_parameter("exitstat_keys", 1);
	expect(is_zeros(vcpu), "a snapshot without keys has rows");
}

int frozen_keys(void)
{
	static const unsigned int played[] = {
		W_pio_in, W_pio_out, W_msr_read, W_msr_write, W_mmio_write, W_hypercall, W_cpuid, W_keys_65,
	};
	struct vcpu *one, *two;
	unsigned int i, nr;

	set_parameter("exitstat", 1);
	set_parameter("exitstat_guest", 1);
	set_parameter("exitstat_keys", 1);
	vm_create(&vm, false);
	one = vcpu_create(&vm, NULL);
	two = vcpu_create(&vm, NULL);
	expect(is_zeros(one), "there are rows before the snapshot");
	for (i = 0; i < sizeof(played) / sizeof(played[0]); i++) {
		play(one, played[i]);
		if (i < 3)
			play(two, played[i]);
	}
	nr = check_rows(one);
	expect(nr > 70, "the vCPU with more than 64 keys has 70 rows at most");
	expect(is_zeros(two), "one vCPU's snapshot shows another rows");
	i = check_rows(two);
	expect(i < 50, "the vCPU with few keys has 50 rows at least");
	check_off(one);
	failures += !audit_vm(&vm, "keys");
	vm_destroy(&vm);
	if (!failures)
		printf("PASS keys: %u and %u rows of two vCPUs are those of debugfs\n", nr, i);
	return failures ? STATUS_FAIL : 0;
}
