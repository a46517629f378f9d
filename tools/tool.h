/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what its files share.
 *
 * A source fills in a struct reading, a subcommand chooses what of it is shown,
 * the renderer writes that as text or JSON.
 */
#ifndef EXITSTAT_TOOL_H
#define EXITSTAT_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <asm/kvm_exitstat.h>

#define EXITSTAT_VERSION	"1.0"

/* Exit codes; `exitstat stat` otherwise returns its command's own. */
#define EXIT_DONE		0
#define EXIT_MISUSE		2	/* misuse, or missing support */
#define EXIT_NOT_RUNNABLE	126	/* the command was found but not started */
#define EXIT_NOT_FOUND		127	/* there is no such command */
#define EXIT_BY_SIGNAL		128	/* plus the signal that ended the command */

/* Reasons with a counter of their own, on the ISA that has more of them. */
#define MAX_ROWS		(KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH)

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

/* Executes CPUID, or stands in for it in a test. */
typedef void (*cpuid_fn)(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs);

void cpuid_insn(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs);

/**
 * struct row - the exits of one reason
 * @reason: number, as the manual of the ISA has it
 * @name: the kernel's name or else the manual's, NULL where there is none
 * @exits: number of exits
 * @defined: the newest manual defines the reason
 * @handled: KVM has a handler for it
 */
struct row {
	uint32_t reason;
	const char *name;
	uint64_t exits;
	bool defined;
	bool handled;
};

/**
 * struct reading - all counters, read once
 * @abi_version: of the interface, 1
 * @isa: KVM_EXITSTAT_ISA_*
 * @layout: of the legacy leaves, a year
 * @tsc_khz: frequency of the host's TSC
 * @vcpus: number of vCPUs summed
 * @id: random id of the counters; differences across a change are void
 * @counting: exits are being counted
 * @host: the numbers are sums over all VMs of the host
 * @cpu: the CPU whose vCPU alone was read, -1 where all were
 * @nr_rows: number of entries in @rows
 * @rows: every reason that has a counter, in ascending order
 * @other: exits of all other reasons
 * @total: all exits.  Read after the rows, so it may exceed their sum.
 * @pass_cpuids: number of CPUIDs in the pass that gave these numbers
 * @cpuids: number of CPUIDs in all, passes that had to be repeated included
 */
struct reading {
	uint32_t abi_version;
	uint32_t isa;
	uint32_t layout;
	uint32_t tsc_khz;
	uint32_t vcpus;
	uint64_t id;
	bool counting;
	bool host;
	int cpu;
	unsigned int nr_rows;
	struct row rows[MAX_ROWS];
	uint64_t other;
	uint64_t total;
	unsigned int pass_cpuids;
	unsigned int cpuids;
};

/* Fills in @r; 0, or EXIT_MISUSE after a sentence on stderr. */
int source_cpuid_read(cpuid_fn cpuid, bool own_vcpu, struct reading *r);

/* reasons.c: the table of reasons, seen from the tool */
unsigned int reasons_nr(uint32_t isa);
uint32_t reasons_number(uint32_t isa, unsigned int row);
const char *reasons_name(uint32_t isa, unsigned int row);
unsigned int reasons_cpuid_row(uint32_t isa);
int reasons_find(uint32_t isa, const char *what, unsigned int *row);

/**
 * struct stat_run - what `exitstat stat` adds to the difference of two readings
 * @argv: the command
 * @status: what it returned, or EXIT_BY_SIGNAL and the signal
 * @elapsed_ns: time from the command's start to its end
 * @cpuids_subtracted: exits by the second reading's own CPUIDs, not shown
 */
struct stat_run {
	char *const *argv;
	int status;
	uint64_t elapsed_ns;
	unsigned int cpuids_subtracted;
};

/**
 * struct view - what of a reading is shown
 * @r: the reading, or the difference of two
 * @only: by row, whether it was asked for; NULL for all
 * @zero_rows: show rows without exits too
 * @json: as JSON
 * @run: the command that the numbers belong to, NULL for none
 */
struct view {
	const struct reading *r;
	const bool *only;
	bool zero_rows;
	bool json;
	const struct stat_run *run;
};

/*
 * The whole output in one allocated string, so that it can be written at once;
 * NULL after a sentence on stderr where memory ran out.
 */
char *render(const struct view *view);

/* Subcommands: argv[0] is the name of the subcommand. */
int cmd_show(int argc, char **argv, cpuid_fn cpuid);
int cmd_raw(int argc, char **argv, cpuid_fn cpuid);
int cmd_stat(int argc, char **argv, cpuid_fn cpuid);
int cmd_reasons(int argc, char **argv, cpuid_fn cpuid);

/* util.c */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn_reading(const struct reading *r);
int write_all(int fd, const char *what, const char *text);
int print(const char *text);
int parse_u32(const char *text, uint32_t *value);
int next_option(int argc, char **argv, const char *optstring,
		const void *options);
int print_version(void);
bool only_operands(int argc, char **argv, const char *help, int *ret);

#endif /* EXITSTAT_TOOL_H */
