// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tool exitstat over the kernel's own leaf code: each CPUID is counted as
 * an exit and then answered, as on a host.
 */
#include <asm/kvm_exitstat.h>

#include "../../tools/tool.h"
#include "unit.h"	/* after tool.h: cmocka has a macro fail() */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "vm.h"

/* Signature, features, scope, id; "other", total, id again. */
#define CPUIDS_BESIDE_ROWS	7
#define VMX_CPUIDS		(86 + CPUIDS_BESIDE_ROWS)
#define SVM_CPUIDS		(208 + CPUIDS_BESIDE_ROWS)

static struct kvm *vm;
static u32 isa;
static unsigned int cpuids;
/* Called before CPUID number at_cpuid (from 1) of a command, once. */
static void (*meanwhile)(void);
static unsigned int at_cpuid;
static bool pinned_throughout;
/* Where this process may run, as it was started. */
static cpu_set_t all_cpus;

static void count_exits(u32 reason, u64 n)
{
	*vm_count(vm->vcpus[0], reason) += n;
	*vm_count(vm->vcpus[0], LEAF_SUB_TOTAL) += n;
}

static u32 cpuid_reason(void)
{
	return isa == LEAF_ISA_VMX ? 10 : 0x72;
}

static void fake_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *regs)
{
	cpu_set_t cpus;

	if (++cpuids == at_cpuid)
		meanwhile();
	sched_getaffinity(0, sizeof(cpus), &cpus);
	pinned_throughout &= CPU_COUNT(&cpus) == 1;

	kvm_exitstat_exit(&vm->vcpus[0]->arch.exitstat, isa, cpuid_reason());
	*regs = (struct cpuid_regs) { leaf, 0, sub, 0 };
	/* What an unknown leaf gets: the data of the highest basic one. */
	if (!kvm_exitstat_cpuid(vm->vcpus[0], &regs->eax, &regs->ebx,
				&regs->ecx, &regs->edx))
		*regs = (struct cpuid_regs) { 7, 832, 832, 0 };
}

static void load(u32 new_isa)
{
	isa = new_isa;
	vm_load(isa);
}

static int setup(void **state)
{
	(void)state;
	load(LEAF_ISA_VMX);
	vm = vm_new(2);
	vm->arch.exitstat.id = 0xfedcba9876543210ull;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kvm_exitstat_guest = 1;
	kvm_exitstat_key.enabled = true;
	vm_end(vm);
	return 0;
}

/* What a command wrote to its two outputs, and returned. */
struct ran {
	char out[64 << 10];
	char err[64 << 10];
	int status;
};

static struct ran ran;

static void slurp(int fd, char *text, size_t size)
{
	const ssize_t n = pread(fd, text, size - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	close(fd);
}

static void run_with_stdout(int out,
			    int (*cmd)(int, char **, cpuid_fn), char **argv)
{
	const int err = memfd_create("err", 0);
	const int keep_out = dup(1), keep_err = dup(2);
	int argc = 0;

	while (argv[argc])
		argc++;
	fflush(NULL);
	dup2(out, 1);
	dup2(err, 2);
	cpuids = 0;
	pinned_throughout = true;
	ran.status = cmd(argc, argv, fake_cpuid);
	fflush(NULL);
	dup2(keep_out, 1);
	dup2(keep_err, 2);
	close(keep_out);
	close(keep_err);
	slurp(err, ran.err, sizeof(ran.err));
	at_cpuid = 0;
}

static void run(int (*cmd)(int, char **, cpuid_fn), char **argv)
{
	const int out = memfd_create("out", 0);

	run_with_stdout(out, cmd, argv);
	slurp(out, ran.out, sizeof(ran.out));
}

#define ARGS(...)	((char *[]) { __VA_ARGS__, NULL })
#define show(...)	run(cmd_show, ARGS("show", ##__VA_ARGS__))
#define raw(...)	run(cmd_raw, ARGS("raw", ##__VA_ARGS__))
#define stat_of(...)	run(cmd_stat, ARGS("stat", ##__VA_ARGS__))

static void one_sentence(int status, const char *part)
{
	assert_int_equal(ran.status, status);
	assert_string_equal(ran.out, "");
	assert_ptr_equal(strchr(ran.err, '\n'), ran.err + strlen(ran.err) - 1);
	if (!strstr(ran.err, part))
		fail_msg("'%s' is not in: %s", part, ran.err);
}

static void below_80_columns(const char *text)
{
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1)
		assert_true(end - text < 80);
}

static struct json_object *parsed(const char *text)
{
	struct json_object *root = json_tokener_parse(text);

	assert_non_null(root);
	return root;
}

static struct json_object *field(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("JSON lacks %s", key);
	return value;
}

static u64 number(struct json_object *object, const char *key)
{
	assert_int_equal(json_object_get_type(field(object, key)),
			 json_type_int);
	return json_object_get_uint64(field(object, key));
}

static const char *string(struct json_object *object, const char *key)
{
	return json_object_get_string(field(object, key));
}

static void show_as_text(void **state)
{
	(void)state;
	count_exits(12, 300);
	count_exits(48, 300);
	count_exits(35, 1);
	count_exits(1000, 99);	/* other */
	show();
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
	/*
	 * CPUID's row has the 15 CPUIDs up to its own, the total all but the
	 * last one, which comes after it.
	 */
	assert_string_equal(ran.out,
"VMX, this VM (2 vCPUs)\n"
"\n"
"REASON  NAME                                      EXITS    SHARE\n"
"    12  HLT                                         300   41.96%\n"
"    48  EPT_VIOLATION                               300   41.96%\n"
"    10  CPUID                                        15    2.10%\n"
"    35  undefined                                     1    0.14%\n"
" other  other                                        99   13.85%\n"
" total                                              792\n"
"\n"
"This reading made 93 exits itself, all by CPUID.\n");
	assert_int_equal(cpuids, VMX_CPUIDS);
}

/* Both renderings of the same exits: the same rows in the same order. */
static void text_and_json_agree(void)
{
	u64 *exits = vm->vcpus[0]->arch.exitstat.exits;
	u64 before[PLACES];
	struct json_object *root, *rows, *row;
	char *text, *line, number_text[16], name[64], share[16];
	size_t i = 0;
	u64 n;

	memcpy(before, exits, sizeof(before));
	show("--all");
	assert_int_equal(ran.status, 0);
	below_80_columns(ran.out);
	text = strdup(ran.out);
	memcpy(exits, before, sizeof(before));
	show("--all", "--json");
	assert_int_equal(ran.status, 0);
	root = parsed(ran.out);
	rows = field(root, "reasons");
	assert_int_equal(json_object_array_length(rows),
			 isa == LEAF_ISA_VMX ? 86 : 208);

	line = strstr(text, "REASON");
	while ((line = strchr(line, '\n') + 1) && strncmp(line, " other", 6)) {
		assert_int_equal(sscanf(line, "%15s %63[^\n]", number_text,
					name), 2);
		assert_int_equal(sscanf(line + 8 + 26, "%llu %15[0-9.]%%", &n,
					share), 2);
		name[26] = '\0';
		while (name[strlen(name) - 1] == ' ')
			name[strlen(name) - 1] = '\0';
		row = json_object_array_get_idx(rows, i++);
		assert_true(strtoul(number_text, NULL, 0) ==
			    number(row, "reason"));
		assert_string_equal(name, string(row, "name"));
		assert_true(n == number(row, "exits"));
		assert_string_equal(share, string(row, "share"));
		assert_int_equal(json_object_get_boolean(field(row, "defined")),
				 leaf_newest_defines(isa, number(row, "reason")));
		assert_int_equal(json_object_get_boolean(field(row, "handled")),
				 vm_handled(number(row, "reason")));
	}
	assert_int_equal(i, json_object_array_length(rows));
	assert_int_equal(sscanf(line, " other other %llu", &n), 1);
	assert_true(n == number(root, "other"));
	line = strchr(line, '\n') + 1;
	assert_int_equal(sscanf(line, " total %llu", &n), 1);
	assert_true(n == number(root, "total"));
	json_object_put(root);
	free(text);
}

static void text_and_json_agree_on_vmx(void **state)
{
	(void)state;
	vm_fill(vm, 0);
	text_and_json_agree();
}

static void text_and_json_agree_on_svm(void **state)
{
	(void)state;
	load(LEAF_ISA_SVM);
	vm_fill(vm, 1);
	text_and_json_agree();
}

static void rows_are_sorted_by_exits(void **state)
{
	struct json_object *root, *rows;
	u64 exits, last = UINT64_MAX;
	size_t i;

	(void)state;
	vm_fill(vm, 2);
	show("--json");
	root = parsed(ran.out);
	rows = field(root, "reasons");
	for (i = 0; i < json_object_array_length(rows); i++) {
		exits = number(json_object_array_get_idx(rows, i), "exits");
		assert_true(exits && exits <= last);
		last = exits;
	}
	assert_true(i > 30);
	json_object_put(root);
}

static void json_says_what_was_read(void **state)
{
	struct json_object *root;

	(void)state;
	count_exits(12, 0xfffffffffffffff0ull);
	*vm_count(vm->vcpus[0], LEAF_SUB_TOTAL) = 0xfffffffffffff000ull;
	show("--json", "-r", "hlt");
	assert_int_equal(ran.status, 0);
	root = parsed(ran.out);
	assert_string_equal(string(root, "exitstat_version"), EXITSTAT_VERSION);
	assert_int_equal(number(root, "abi_version"), 1);
	assert_string_equal(string(root, "isa"), "vmx");
	assert_int_equal(number(root, "layout"), 2022);
	assert_string_equal(string(root, "id"), "0xfedcba9876543210");
	assert_true(json_object_get_boolean(field(root, "counting")));
	assert_string_equal(string(root, "scope"), "vm");
	assert_int_equal(number(root, "tsc_khz"), tsc_khz);
	assert_int_equal(number(root, "vcpus"), 2);
	assert_true(number(root, "total") == 0xfffffffffffff000ull +
					     VMX_CPUIDS - 1);
	assert_int_equal(number(root, "cpuid_exits_of_this_reading"),
			 VMX_CPUIDS);
	assert_int_equal(cpuids, VMX_CPUIDS);
	assert_true(number(json_object_array_get_idx(field(root, "reasons"), 0),
			   "exits") == 0xfffffffffffffff0ull);
	json_object_put(root);
}

static void svm_rows_are_in_hex(void **state)
{
	(void)state;
	load(LEAF_ISA_SVM);
	count_exits(0x400, 1ull << 40);
	count_exits(0x40, 1);
	show();
	assert_non_null(strstr(ran.out, "SVM, this VM (2 vCPUs)\n"));
	assert_non_null(strstr(ran.out,
"\n 0x400  npf                               1099511627776  100.00%\n"));
	assert_non_null(strstr(ran.out, "\n 0x040  DE excp "));
	assert_non_null(strstr(ran.out, "\n 0x072  cpuid "));
	assert_int_equal(cpuids, SVM_CPUIDS);
}

static void only(const char *want, char *reason)
{
	char *line;

	show("-r", reason);
	assert_int_equal(ran.status, 0);
	line = strchr(strstr(ran.out, "REASON"), '\n') + 1;
	assert_int_equal(strncmp(line, want, strlen(want)), 0);
	line = strchr(line, '\n') + 1;
	assert_int_equal(strncmp(line, " total ", 7), 0);
}

static void reasons_by_number_and_name_in_either_case(void **state)
{
	(void)state;
	only("    10  CPUID ", "10");
	only("    10  CPUID ", "0xa");
	only("    10  CPUID ", "0XA");
	only("    10  CPUID ", "cpuid");
	only("    10  CPUID ", "CpUiD");
	only("     0  EXCEPTION_NMI ", "0");
	only("    85  MSR_WRITE_IMM ", "msr_write_imm");
	only("    35  undefined ", "35");
	load(LEAF_ISA_SVM);
	only(" 0x072  cpuid ", "114");
	only(" 0x072  cpuid ", "CPUID");
	only(" 0x040  DE excp ", "DE excp");
	only(" 0x040  DE excp ", "de EXCP");
	only(" 0x400  npf ", "0x400");
	only(" 0x40f  undefined ", "1039");

	show("-r", "cpuid", "--reason=hlt", "-r", "0x72");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.out, "cpuid"));
	assert_non_null(strstr(ran.out, "hlt"));
	assert_null(strstr(ran.out, "npf"));
}

static void unknown_reasons_are_refused(void **state)
{
	static char *const unknown[] = {
		"86", "0x56", "4294967295", "nonsense", "", "undefined", "npf",
		"cpui", "cpuid ", "other", "-1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		show("-r", unknown[i]);
		one_sentence(2, "no counter for exit reason");
	}
	show("-r", "10x");
	one_sentence(2, "'10x' is no exit reason");
	show("-r", "4294967296");
	one_sentence(2, "at most 32 bits");
	load(LEAF_ISA_SVM);
	show("-r", "0xc0");
	one_sentence(2, "on SVM");
}

static void misuse_is_one_sentence(void **state)
{
	(void)state;
	show("-x");
	one_sentence(2, "unknown option -x");
	show("--bogus");
	one_sentence(2, "--bogus");
	show("--json=1");
	one_sentence(2, "--json=1");
	show("--all", "-xy");
	one_sentence(2, "-x");
	show("-r");
	one_sentence(2, "-r needs a value");
	show("cpuid");
	one_sentence(2, "takes no 'cpuid'");
	raw(NULL);
	one_sentence(2, "not 0 numbers");
	raw("1", "2", "3");
	one_sentence(2, "not 3 numbers");
	raw("0x100000000");
	one_sentence(2, "no leaf");
	raw("1", "");
	one_sentence(2, "no subleaf");
	raw("0x");
	one_sentence(2, "no leaf");
	raw("1 ");
	one_sentence(2, "no leaf");
	raw("0x-1");
	one_sentence(2, "no leaf");
	stat_of(NULL);
	one_sentence(2, "needs a command");
	stat_of("--");
	one_sentence(2, "needs a command");
	stat_of("-o");
	one_sentence(2, "-o needs a value");
	assert_int_equal(cpuids, 0);
}

static void help_and_version(void **state)
{
	int (*const cmds[])(int, char **, cpuid_fn) = {
		cmd_show, cmd_raw, cmd_stat, cmd_reasons
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		run(cmds[i], ARGS("x", "--help"));
		assert_int_equal(ran.status, 0);
		assert_string_equal(ran.err, "");
		assert_non_null(strstr(ran.out, "\nEXAMPLES\n"));
		below_80_columns(ran.out);
		run(cmds[i], ARGS("x", "--version"));
		assert_int_equal(ran.status, 0);
		assert_string_equal(ran.out, "exitstat " EXITSTAT_VERSION "\n");
	}
}

static void raw_prints_registers(void **state)
{
	(void)state;
	raw("0x4fffff00");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.out,
			    "0x4fffff00 0x00000000: eax=0x4fffff20 "
			    "ebx=0x454d564b ecx=0x53746978 edx=0x73746174\n");
	*vm_count(vm->vcpus[1], 12) = 0x123456789ull;
	raw("0X4FFFFF10", "12");
	assert_string_equal(ran.out,
			    "0x4fffff10 0x0000000c: eax=0x23456789 "
			    "ebx=0x00000001 ecx=0x00000003 edx=0x00000000\n");
	/* Without the signature too. */
	kvm_exitstat_guest = 0;
	raw("4294967295", "0xffffffff");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.out,
			    "0xffffffff 0xffffffff: eax=0x00000007 "
			    "ebx=0x00000340 ecx=0x00000340 edx=0x00000000\n");
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void reasons_lists_what_the_manual_defines(void **state)
{
	unsigned int vmx = 0, svm = 0;
	u32 reason;

	(void)state;
	for (reason = 0; reason < 0x410; reason++) {
		vmx += leaf_newest_defines(LEAF_ISA_VMX, reason);
		svm += leaf_newest_defines(LEAF_ISA_SVM, reason);
	}
	run(cmd_reasons, ARGS("reasons", "vmx"));
	assert_int_equal(ran.status, 0);
	assert_int_equal(lines(ran.out), vmx);
	assert_non_null(strstr(ran.out, "\n10 CPUID\n"));
	run(cmd_reasons, ARGS("reasons", "SVM"));
	assert_int_equal(ran.status, 0);
	assert_int_equal(lines(ran.out), svm);
	assert_non_null(strstr(ran.out, "\n0x040 DE excp\n"));
	run(cmd_reasons, ARGS("reasons"));
	one_sentence(2, "takes one ISA");
	run(cmd_reasons, ARGS("reasons", "arm"));
	one_sentence(2, "no ISA");
	assert_int_equal(cpuids, 0);
}

static void a_full_disk_is_an_error(void **state)
{
	const int full = open("/dev/full", O_WRONLY);

	(void)state;
	ran.out[0] = '\0';
	run_with_stdout(full, cmd_raw, ARGS("raw", "0"));
	one_sentence(2, "No space left");
	run_with_stdout(full, cmd_show, ARGS("show"));
	one_sentence(2, "No space left");
	run_with_stdout(full, cmd_show, ARGS("show", "--help"));
	one_sentence(2, "No space left");
	close(full);
	stat_of("-o", "/dev/full", "--", "true");
	one_sentence(2, "No space left");
}

static void without_the_signature_nothing_is_read(void **state)
{
	(void)state;
	kvm_exitstat_guest = 0;
	show();
	one_sentence(2, "lacks the signature");
	show("--vcpu", "--json");
	one_sentence(2, "lacks the signature");
	assert_int_equal(cpuids, 1);
	unlink("unit-ran");
	stat_of("-o", "unit-out", "--", "touch", "unit-ran");
	one_sentence(2, "lacks the signature");
	assert_int_equal(access("unit-ran", F_OK), -1);
	assert_int_equal(access("unit-out", F_OK), -1);
}

static void vcpu_is_read_in_one_place(void **state)
{
	cpu_set_t after;
	struct json_object *root;

	(void)state;
	*vm_count(vm->vcpus[0], 12) = 5;
	*vm_count(vm->vcpus[1], 12) = 7;
	show("--vcpu", "--json", "-r", "12");
	assert_int_equal(ran.status, 0);
	assert_true(pinned_throughout);
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&all_cpus, &after));
	root = parsed(ran.out);
	assert_string_equal(string(root, "scope"), "vcpu");
	assert_true(CPU_ISSET(number(root, "cpu"), &all_cpus));
	assert_int_equal(number(json_object_array_get_idx(field(root, "reasons"),
							  0), "exits"), 5);
	json_object_put(root);
	show("--vcpu");
	assert_non_null(strstr(ran.out, "VMX, the vCPU of CPU "));

	/* In a failed reading too. */
	kvm_exitstat_guest = 0;
	show("--vcpu");
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&all_cpus, &after));
}

static void host_and_counting_are_told(void **state)
{
	struct json_object *root;

	(void)state;
	kvm_exitstat_guest = 2;
	show();
	assert_string_equal(ran.err, "");
	assert_non_null(strstr(ran.out, "VMX, the whole host: "));
	below_80_columns(ran.out);
	kvm_exitstat_key.enabled = false;
	show("--json");
	assert_non_null(strstr(ran.err, "not counting"));
	assert_ptr_equal(strchr(ran.err, '\n'), ran.err + strlen(ran.err) - 1);
	root = parsed(ran.out);
	assert_string_equal(string(root, "scope"), "host");
	assert_false(json_object_get_boolean(field(root, "counting")));
	json_object_put(root);
}

static void new_id(void)
{
	vm->arch.exitstat.id++;
}

static void a_reading_is_of_one_set_of_counters(void **state)
{
	(void)state;
	meanwhile = new_id;
	at_cpuid = 50;
	show("--json", "-r", "10");
	assert_int_equal(ran.status, 0);
	assert_int_equal(cpuids, 2 * VMX_CPUIDS);
	assert_non_null(strstr(ran.out, "\"id\": \"0xfedcba9876543211\""));
	assert_non_null(strstr(ran.out,
			       "\"cpuid_exits_of_this_reading\": 186"));
}

/* stat: what happens before CPUID VMX_CPUIDS + 1 is between the readings. */
static void exits_of_the_command(void)
{
	count_exits(12, 1000);
	count_exits(10, 7);
	count_exits(0x500, 3);
}

static void stat_of_nothing_is_nothing(void **state)
{
	struct json_object *root;

	(void)state;
	count_exits(12, 123456789);
	stat_of("--json", "--", "true");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.out, "");
	root = parsed(ran.err);
	assert_int_equal(json_object_array_length(field(root, "reasons")), 0);
	assert_int_equal(number(root, "other"), 0);
	assert_int_equal(number(root, "total"), 0);
	assert_int_equal(number(root, "cpuid_exits_subtracted"), VMX_CPUIDS);
	json_object_put(root);

	load(LEAF_ISA_SVM);
	stat_of("--json", "--", "true");
	root = parsed(ran.err);
	assert_int_equal(json_object_array_length(field(root, "reasons")), 0);
	assert_int_equal(number(root, "total"), 0);
	assert_int_equal(number(root, "cpuid_exits_subtracted"), SVM_CPUIDS);
	json_object_put(root);
}

static void stat_shows_the_commands_exits_alone(void **state)
{
	char *line;
	double elapsed;

	(void)state;
	count_exits(12, 55);
	meanwhile = exits_of_the_command;
	at_cpuid = VMX_CPUIDS + 1;
	stat_of("--", "sh", "-c", "echo out; exit 3");
	assert_int_equal(ran.status, 3);
	assert_string_equal(ran.out, "out\n");
	line = strstr(ran.err, "\n93 exits that");
	assert_non_null(line);
	*line = '\0';
	assert_string_equal(ran.err,
"\n"
"Exits while 'sh -c echo out; exit 3' ran\n"
"VMX, this VM (2 vCPUs)\n"
"\n"
"REASON  NAME                                      EXITS    SHARE\n"
"    12  HLT                                        1000   99.01%\n"
"    10  CPUID                                         7    0.69%\n"
" other  other                                         3    0.30%\n"
" total                                             1010\n");
	assert_int_equal(sscanf(strchr(line + 1, '\n'),
				"\n%lf seconds elapsed, status 3.", &elapsed), 1);
	assert_true(elapsed > 0 && elapsed < 60);
}

/* The first reading had to be repeated. */
static void stat_subtracts_all_its_cpuids(void **state)
{
	struct json_object *root;

	(void)state;
	meanwhile = new_id;
	at_cpuid = 50;
	stat_of("--json", "true");
	assert_int_equal(ran.status, 0);
	assert_int_equal(cpuids, 3 * VMX_CPUIDS);
	root = parsed(ran.err);
	assert_int_equal(number(root, "total"), 0);
	json_object_put(root);
}

static void stat_returns_the_commands_status(void **state)
{
	(void)state;
	stat_of("sh", "-c", "exit 42");
	assert_int_equal(ran.status, 42);
	stat_of("sh", "-c", "kill -9 $$");
	assert_int_equal(ran.status, 128 + 9);
	assert_non_null(strstr(ran.err, "status 137"));
	stat_of("--", "/nonexistent/command");
	one_sentence(127, "cannot start");
	stat_of("--", "/");
	one_sentence(126, "cannot start");
}

/* Sent to exitstat alone: the command gets it, the report is made. */
static void stat_passes_signals_on(void **state)
{
	(void)state;
	stat_of("sh", "-c", "kill -INT $PPID; exec sleep 20");
	assert_int_equal(ran.status, 128 + 2);
	assert_non_null(strstr(ran.err, "seconds elapsed, status 130"));
}

static void stat_across_a_migration_is_void(void **state)
{
	(void)state;
	meanwhile = new_id;
	at_cpuid = VMX_CPUIDS + 1;
	stat_of("sh", "-c", "exit 5");
	assert_int_equal(ran.status, 2);
	assert_non_null(strstr(ran.err, "counters changed"));
	assert_non_null(strstr(ran.err, "status 5"));
	assert_null(strstr(ran.err, "REASON"));
}

static void stop_counting(void)
{
	kvm_exitstat_key.enabled = false;
}

static void stat_while_counting_is_off(void **state)
{
	(void)state;
	stop_counting();
	stat_of("true");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.err, "not counting"));
	assert_non_null(strstr(ran.err, "\n0 exits that"));
	kvm_exitstat_key.enabled = true;
	meanwhile = stop_counting;
	at_cpuid = VMX_CPUIDS + 1;
	stat_of("true");
	assert_int_equal(ran.status, 0);
	assert_non_null(strstr(ran.err, "switched on or off"));
	assert_non_null(strstr(ran.err, "\n0 exits that"));
}

static void go_back(void)
{
	*vm_count(vm->vcpus[0], 12) -= 1;
}

static void stat_never_shows_a_negative_difference(void **state)
{
	(void)state;
	count_exits(12, 10);
	meanwhile = go_back;
	at_cpuid = VMX_CPUIDS + 1;
	stat_of("true");
	one_sentence(2, "went back");
}

static void stat_writes_to_a_file(void **state)
{
	char text[4096];
	int fd;

	(void)state;
	fd = open("unit-out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	memset(text, 'x', sizeof(text));
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	stat_of("-o", "unit-out", "--json", "--", "true", "\xff\"\\", "\xc3\xa9");
	assert_int_equal(ran.status, 0);
	assert_string_equal(ran.err, "");
	slurp(fd, text, sizeof(text));
	unlink("unit-out");
	assert_string_equal(text + strlen(text) - 3, "\n}\n");
	assert_non_null(strstr(text,
			       "\"\xef\xbf\xbd\\\"\\\\\",\n    \"\xc3\xa9\""));
	json_object_put(parsed(text));

	unlink("unit-ran");
	stat_of("-o", "/nonexistent/file", "--", "touch", "unit-ran");
	one_sentence(2, "cannot write to /nonexistent/file");
	assert_int_equal(access("unit-ran", F_OK), -1);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(show_as_text),
		TEST(text_and_json_agree_on_vmx),
		TEST(text_and_json_agree_on_svm),
		TEST(rows_are_sorted_by_exits),
		TEST(json_says_what_was_read),
		TEST(svm_rows_are_in_hex),
		TEST(reasons_by_number_and_name_in_either_case),
		TEST(unknown_reasons_are_refused),
		TEST(misuse_is_one_sentence),
		TEST(help_and_version),
		TEST(raw_prints_registers),
		TEST(reasons_lists_what_the_manual_defines),
		TEST(a_full_disk_is_an_error),
		TEST(without_the_signature_nothing_is_read),
		TEST(vcpu_is_read_in_one_place),
		TEST(host_and_counting_are_told),
		TEST(a_reading_is_of_one_set_of_counters),
		TEST(stat_of_nothing_is_nothing),
		TEST(stat_shows_the_commands_exits_alone),
		TEST(stat_subtracts_all_its_cpuids),
		TEST(stat_returns_the_commands_status),
		TEST(stat_passes_signals_on),
		TEST(stat_across_a_migration_is_void),
		TEST(stat_while_counting_is_off),
		TEST(stat_never_shows_a_negative_difference),
		TEST(stat_writes_to_a_file),
	};
	char dir[] = "/tmp/exitstat-unit-XXXXXX";
	int failed;

	sched_getaffinity(0, sizeof(all_cpus), &all_cpus);
	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	failed = cmocka_run_group_tests_name("tool", tests, NULL, NULL);
	if (chdir("/") || rmdir(dir))
		return 1;
	return failed;
}
