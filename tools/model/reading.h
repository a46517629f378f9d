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
#include <sys/types.h>

#include <asm/kvm_exitstat.h>

#define EXITSTAT_VERSION	"1.0"

/* Exit codes; `exitstat stat` otherwise returns its command's own. */
#define EXIT_DONE		0
#define EXIT_CHECK		1	/* a check failed */
#define EXIT_MISUSE		2	/* misuse, or missing support */
#define EXIT_NOT_RUNNABLE	126	/* the command was found but not started */
#define EXIT_NOT_FOUND		127	/* there is no such command */
#define EXIT_BY_SIGNAL		128	/* plus the signal that ended the command */

#define SECOND			1000000000ull	/* ns */

/* Reasons with a counter of their own, on the ISA that has more of them. */
#define MAX_ROWS		(KVM_EXITSTAT_SVM_LOW + KVM_EXITSTAT_SVM_HIGH)

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

/* Executes CPUID, or stands in for it in a test. */
typedef void (*cpuid_fn)(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs);

void cpuid_insn(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs);

/**
 * struct row - one reason, or what takes a reason's place
 * @reason: number, as the manual of the ISA has it; of "other", "none" and the
 *	total KVM_EXITSTAT_SUB_*
 * @name: the kernel's name or else the manual's, NULL where there is none
 * @v: by KVM_EXITSTAT_V_*: number of exits, and TSC cycles.  In a difference
 *	cycles are signed, and LONGEST is 0 where it did not grow.
 * @defined: the newest manual defines the reason
 * @handled: KVM has a handler for it
 */
struct row {
	uint32_t reason;
	const char *name;
	uint64_t v[KVM_EXITSTAT_NR_V];
	bool defined;
	bool handled;
};

/* Where a reading is from */
enum from { FROM_CPUID, FROM_DEBUGFS, FROM_QMP };

/**
 * struct reading - all counters, read once
 * @from: by what it was read
 * @abi_version: of the interface, 1
 * @isa: KVM_EXITSTAT_ISA_*
 * @layout: of the legacy leaves, a year
 * @tsc_khz: frequency of the host's TSC, 0 where the host does not say
 * @vcpus: number of vCPUs summed
 * @id: random id of the counters; differences across a change are void
 * @snapshot: id of the frozen copy that was read, of CPUID; 0: none
 * @adds_up: each vCPU's values are of one moment
 * @counting: exits are being counted
 * @host: the numbers are sums over all VMs of the host
 * @histograms: histograms are being kept
 * @untrusted: the host's TSC is unstable
 * @difference: of two readings
 * @cpu: -1 where all vCPUs were read; else the one that was: of CPUID the CPU
 *	that it is to the guest, else KVM's number
 * @nr_rows: number of entries in @rows
 * @rows: every reason that has a counter, in ascending order
 * @other: all other reasons
 * @none: times that belong to no exit; its exits are 0
 * @total: of all of them, as the host says; of LONGEST the maximum
 * @guest: TSC cycles, as the next two
 * @lifetime: sum of all accounts
 * @outside: before the first KVM_RUN, or not counting
 * @anomalies: number of intervals left out of all times
 * @hist_of: whose histogram was read: NULL, or a row or @total
 * @hist: number of finished exits by bucket
 * @cpuids: number of CPUIDs executed, passes that had to be repeated included
 * @cpuids_frozen: number of them up to the one that took the snapshot
 */
struct reading {
	enum from from;
	uint32_t abi_version;
	uint32_t isa;
	uint32_t layout;
	uint32_t tsc_khz;
	uint32_t vcpus;
	uint64_t id;
	uint32_t snapshot;
	bool adds_up;
	bool counting;
	bool host;
	bool histograms;
	bool untrusted;
	bool difference;
	int cpu;
	unsigned int nr_rows;
	struct row rows[MAX_ROWS];
	struct row other;
	struct row none;
	struct row total;
	uint64_t guest;
	uint64_t lifetime;
	uint64_t outside;
	uint64_t anomalies;
	const struct row *hist_of;
	uint64_t hist[KVM_EXITSTAT_BUCKETS];
	unsigned int cpuids;
	unsigned int cpuids_frozen;
};

/**
 * struct request - what to read
 * @own_vcpu: the vCPU that asks alone, live; else all, from a snapshot
 * @total: the total and the accounts alone; all rows are 0
 * @hist: reason whose histogram to read too, or "total" or "other"; or NULL
 */
struct request {
	bool own_vcpu;
	bool total;
	const char *hist;
};

/* Whether the KVM below has kvm-exitstat and shows it; one CPUID. */
bool source_cpuid_there(cpuid_fn cpuid);

/* Fills in @r; 0, or EXIT_MISUSE after a sentence on stderr. */
int source_cpuid_read(cpuid_fn cpuid, const struct request *request,
		      struct reading *r);

/**
 * struct pin - this thread held on the CPU that it runs on
 * @cpu: the CPU
 * @before: where it might run before
 * @size: of @before, in bytes
 */
struct pin {
	int cpu;
	void *before;
	size_t size;
};

/* pin.c: 0, or EXIT_MISUSE after a sentence on stderr */
int pin_here(struct pin *pin);
int unpin(struct pin *pin);

/* accounts.c: the ledger's accounts, which make up the lifetime */
#define NR_ACCOUNTS	7

struct account {
	const char *name;
	uint64_t cycles;
};

void accounts_of(const struct reading *r, struct account accounts[NR_ACCOUNTS]);
int check_adds_up(const struct reading *r);

/* Cycles of a reading are unsigned; a difference of two may be negative. */
static inline __int128 cycles_of(const struct reading *r, uint64_t v)
{
	return r->difference ? (__int128)(int64_t)v : (__int128)v;
}

/* reasons.c: the table of reasons, seen from the tool; names by KVM_EXITSTAT_V_* */
extern const char *const value_names[KVM_EXITSTAT_NR_V];
unsigned int reasons_nr(uint32_t isa);
uint32_t reasons_number(uint32_t isa, unsigned int row);
const char *reasons_name(uint32_t isa, unsigned int row);
void name_rows(struct reading *r);
unsigned int reasons_cpuid_row(uint32_t isa);
/*
 * The row of a reason, by number or, in either case, by name; -1 with a sentence in
 * @why, or EXIT_MISUSE after one on stderr.
 */
int reasons_find_why(uint32_t isa, const char *what, unsigned int *row, char *why,
		     size_t size);
int reasons_find(uint32_t isa, const char *what, unsigned int *row);

/**
 * struct stat_run - what `exitstat stat` adds to the difference of two readings
 * @argv: the command; NULL: none, an interval
 * @status: what it returned, or EXIT_BY_SIGNAL and the signal
 * @elapsed_ns: time from the command's start to its end, or of the interval
 * @cpuids_subtracted: exits by CPUIDs of our own between the two, not shown
 */
struct stat_run {
	char *const *argv;
	int status;
	uint64_t elapsed_ns;
	unsigned int cpuids_subtracted;
};

/*
 * difference.c: turns @b into what was added since @a; -1 where a counter went back,
 * so that there is no difference.
 */
int subtract(const struct reading *a, struct reading *b, struct stat_run *run);

/**
 * struct subject - what a host's reading is of, for people and programs
 * @name: QEMU's name of the VM, "" where it has none
 * @pid: its process, 0 where unknown
 * @dir: its folder in debugfs, "" where unknown
 * @qmp: the socket it was read by, or NULL
 */
struct subject {
	const char *name;
	pid_t pid;
	const char *dir;
	const char *qmp;
};

/* What rows are sorted by: KVM_EXITSTAT_V_*, or the mean. */
#define SORT_MEAN	KVM_EXITSTAT_NR_V

/**
 * struct view - what of a reading is shown, and how
 * @r: the reading, or the difference of two
 * @only: by row, whether it was asked for; NULL for all
 * @zero_rows: show rows in which all is 0 too
 * @sort: KVM_EXITSTAT_V_* or SORT_MEAN
 * @json: as JSON
 * @cycles: text has TSC cycles instead of times
 * @run: the command or the interval that the numbers belong to, NULL for none
 * @subject: on a host what was read, NULL in a guest
 * @time_ns: when the last reading was made, since 1970; 0: it is not shown
 */
struct view {
	const struct reading *r;
	const bool *only;
	bool zero_rows;
	unsigned int sort;
	bool json;
	bool cycles;
	const struct stat_run *run;
	const struct subject *subject;
	uint64_t time_ns;
};

/**
 * struct table - the rows that are shown
 * @view: of which view
 * @lines: reasons, sorted; then "other", "none" and the total, those shown
 * @nr_reasons: number of reasons in @lines
 * @nr: number of entries in @lines
 * @exits: of all rows, shown or not; SHARE is a share of this
 * @kernel: cycles, the same for KSHARE
 */
struct table {
	const struct view *view;
	const struct row *lines[MAX_ROWS + 3];
	unsigned int nr_reasons;
	unsigned int nr;
	double exits;
	double kernel;
};

/* table.c; a text has @size bytes, of which CELL are enough. */
#define CELL	48

int parse_sort(const char *name, unsigned int *sort);
void table_fill(struct table *t, const struct view *view);
const char *row_name(const struct row *row);
double exits_per_second(const struct view *view, uint64_t exits);
void share_text(char *text, size_t size, double part, double whole);

/* units.c */
void cycles_text(char *text, size_t size, __int128 cycles);
void time_text(char *text, size_t size, __int128 cycles, uint32_t tsc_khz);
void rate_text(char *text, size_t size, double rate);
bool share_out(const uint64_t *parts, unsigned int nr, unsigned int whole,
	       unsigned int *shares);
bool share_tenths(const uint64_t *parts, unsigned int nr, unsigned int *tenths);

/*
 * hist.c.  What --hist names becomes @r's @hist_of; -1 with a sentence of at most
 * @size bytes in @why.
 */
int hist_find(struct reading *r, const char *hist, char *why, size_t size);
uint64_t bucket_from(unsigned int bucket);
uint64_t bucket_to(unsigned int bucket);
bool hist_range(const struct reading *r, unsigned int *first, unsigned int *last);
void hist_text(FILE *out, const struct reading *r);

/*
 * The whole output in one allocated string, so that it can be written at once;
 * NULL after a sentence on stderr where memory ran out.  With a time JSON is one
 * line.
 */
char *render(const struct view *view);
char *render_text(const struct table *t);
char *render_json(const struct table *t);
const char *isa_name(const struct reading *r, bool json);

/* utf8.c: allocated; NULL where memory ran out */
char *utf8_clean(const char *s);
char *printable(const char *s);

/* Subcommands: argv[0] is the name of the subcommand. */
int cmd_show(int argc, char **argv, cpuid_fn cpuid);
int cmd_raw(int argc, char **argv, cpuid_fn cpuid);
int cmd_list(int argc, char **argv, cpuid_fn cpuid);
int cmd_stat(int argc, char **argv, cpuid_fn cpuid);
int cmd_reasons(int argc, char **argv, cpuid_fn cpuid);
int cmd_verify(int argc, char **argv, cpuid_fn cpuid);
int cmd_export(int argc, char **argv, cpuid_fn cpuid);
int cmd_top(int argc, char **argv, cpuid_fn cpuid);

/* util.c */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *sentence);
void warn_reading(const struct reading *r);
int write_all(int fd, const char *what, const char *text);
int print(const char *text);
int parse_u32(const char *text, uint32_t *value);
int parse_pid(const char *text, pid_t *pid);
int parse_seconds(const char *what, const char *text, uint64_t *ns);
uint64_t now_ns(void);
uint64_t time_of_day_ns(void);
int next_option(int argc, char **argv, const char *optstring,
		const void *options);
int print_version(void);
bool only_operands(int argc, char **argv, const char *help, int *ret);

/* replace.c */
int replace_file(const char *path, const char *text);
int take_turns(const char *path);

#endif /* EXITSTAT_TOOL_H */
