// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: witnesses' output, how they are run, and what counts as a difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/waits.h"
#include "model/reasons.h"
#include "source/vm.h"
#include "verify/command.h"
#include "verify/verify_witness.h"
#include "verify/verify_witness_text.h"
#include "verify/witness.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "own_debugfs.h"

#define VMX	KVM_EXITSTAT_ISA_VMX
#define SVM	KVM_EXITSTAT_ISA_SVM
#define EXITS	KVM_EXITSTAT_V_EXITS
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define HEAD	"witness test\n"

static const char *parse(struct witness *w, uint32_t isa, const char *records)
{
	char *text = strdup(records);
	const char *why;

	*w = (struct witness) {};
	why = witness_parse(w, isa, text);
	free(text);
	return why;
}

static unsigned int row_of(uint32_t isa, const char *name)
{
	unsigned int row = 0;
	char why[WHY_SIZE];

	assert_int_equal(reasons_find(isa, name, &row, why, sizeof(why)), 0);
	return row;
}

static void records_are_read(void **state)
{
	struct witness w;
	const struct witness_row *row;

	(void)state;
	assert_null(parse(&w, SVM, HEAD
			  "counts entry\n"
			  "lost 7\n"
			  "reason 0x72 exits 10 ns 1000\n"
			  "\n"
			  "reason 123 exits 20 ns 2000 kernel 1 user 2 halt 3 preempt 4 block 5\n"
			  "reason 0xdead exits 3\n"
			  "reason other exits 4\n"
			  "total exits 37\n"));
	assert_string_equal(w.name, "test");
	assert_true(w.entries);
	assert_int_equal(w.lost, 7);
	assert_int_equal(w.total, 37);
	row = &w.rows[row_of(SVM, "cpuid")];
	assert_int_equal(row->exits, 10);
	assert_int_equal(row->ns, 1000);
	assert_true(row->has_ns);
	assert_false(row->has_accounts);
	row = &w.rows[row_of(SVM, "0x7b")];
	assert_int_equal(row->exits, 20);
	assert_true(row->has_accounts);
	assert_int_equal(row->account[KVM_EXITSTAT_V_KERNEL], 1);
	assert_int_equal(row->account[KVM_EXITSTAT_V_BLOCK], 5);
	/* Two reasons without a row share one. */
	assert_int_equal(w.rows[ROW_OTHER].exits, 7);
	assert_null(parse(&w, VMX, HEAD "total exits 0\n"));
	assert_false(w.entries);
	assert_false(w.rows[row_of(VMX, "hlt")].seen);
}

static void other_output_is_refused(void **state)
{
	static const struct {
		const char *records, *why;
	} bad[] = {
		{ "", "no records" },
		{ "total exits 0\n", "no records" },
		{ "reason 10 exits 1\n" HEAD "total exits 1\n", "begin with" },
		{ "witness thirteenchars\ntotal exits 0\n", "no name" },
		{ "witness\ntotal exits 0\n", "no name" },
		{ HEAD "counts both\ntotal exits 0\n", "neither" },
		{ HEAD "lost some\ntotal exits 0\n", "without a number" },
		{ HEAD "lost -1\ntotal exits 0\n", "without a number" },
		{ HEAD "reason ten exits 1\ntotal exits 1\n", "not a number" },
		{ HEAD "reason 10 exits 1\nreason 10 exits 1\ntotal exits 2\n", "twice" },
		{ HEAD "reason 10 exits\ntotal exits 0\n", "value" },
		{ HEAD "reason 10 exits 1x\ntotal exits 1\n", "value" },
		{ HEAD "reason 10 exits 18446744073709551616\ntotal exits 0\n", "value" },
		{ HEAD "reason 10 exits 1 longest 4\ntotal exits 1\n", "value" },
		{ HEAD "reason 10 exits 1 kernel 4\ntotal exits 1\n", "some of a reason's accounts" },
		{ HEAD "reason 10 exits 1\ntotal exits 2\n", "not the sum" },
		{ HEAD "reason 10 exits 1\ntotal 1\n", "without exits" },
		{ HEAD "reason 10 exits 1\n", "no total" },
		{ HEAD "total exits 0\nreason 10 exits 1\n", "after its total" },
		{ HEAD "hello\ntotal exits 0\n", "not known" },
	};
	struct witness w;
	const char *why;
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		why = parse(&w, VMX, bad[i].records);
		if (!why || !strstr(why, bad[i].why))
			fail_msg("'%s': said '%s', not '%s'", bad[i].records,
				 why ?: "nothing", bad[i].why);
	}
}

static const struct surroundings *surroundings(void)
{
	static struct surroundings s;

	sigemptyset(&s.mask);
	getrlimit(RLIMIT_NOFILE, &s.limit);
	return &s;
}

/* More than a busy machine takes, however often it stops a program for some seconds */
#define LONG_MS	60000

static uint64_t soon(void)
{
	return now_ms() + LONG_MS;
}

/* Run @command from start to end; NULL, or what was wrong. */
static const char *run(struct witness *w, const char *command)
{
	const char *why;

	*w = (struct witness) { .command = command };
	why = witness_start(w, 4711, surroundings(), soon());
	/* What an earlier call has left there says nothing of the end of its output. */
	errno = EINTR;
	why = why ?: witness_end(w, VMX, soon());
	witness_kill(w);
	assert_int_equal(w->pid, 0);
	return why;
}

#define AT_INT(what)	"trap '" what "' INT; echo ready; while :; do sleep 0.01; done"

static void a_witness_is_run(void **state)
{
	struct witness w;

	(void)state;
	/* Its output may come in pieces. */
	assert_null(run(&w, AT_INT("echo witness sh; sleep 0.1; echo reason $EXITSTAT_PID exits 3; echo total exits 3; exit 0")));
	assert_string_equal(w.name, "sh");
	assert_int_equal(w.rows[ROW_OTHER].exits, 3);
	/* A program that the shell runs also gets the signal; the shell dies of it. */
	assert_null(run(&w, "bash -c 'trap \"echo witness bash; echo total exits 0; exit 0\" INT; echo ready; while :; do sleep 0.01; done'; :"));
	assert_string_equal(w.name, "bash");
}

/* A background job of a shell ignores SIGINT; its witnesses do not. */
static void a_witness_ends_by_sigint_even_if_we_ignore_it(void **state)
{
	struct witness w = { .command = AT_INT("echo witness sh; echo total exits 0; exit 0") };

	(void)state;
	signal(SIGINT, SIG_IGN);
	assert_null(witness_start(&w, 1, surroundings(), soon()));
	assert_null(witness_end(&w, VMX, soon()));
	signal(SIGINT, SIG_DFL);
	witness_kill(&w);
}

static void a_bad_witness_is_told(void **state)
{
	static const struct {
		const char *command, *why;
	} bad[] = {
		{ "exit 3", "ended before" },
		{ "echo almost; sleep 9", "does not say" },
		{ "echo ready; echo more; sleep 9", "does not say" },
		{ AT_INT("exit 0"), "no records" },
		{ AT_INT("echo witness sh; exit 0"), "no total" },
		{ AT_INT("echo witness sh; echo total exits 0; exit 1"), "failed" },
		{ AT_INT("kill -9 $$"), "failed" },
	};
	struct witness w;
	const char *why;
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		why = run(&w, bad[i].command);
		/* "ready" and the text after it may come in two pieces; the text then is a bad record. */
		if (!why || (!strstr(why, bad[i].why) && i != 2))
			fail_msg("'%s': said '%s', not '%s'", bad[i].command,
				 why ?: "nothing", bad[i].why);
	}
}

/* The witness does not end after its output has ended, and ignores signals. */
static void a_witness_that_does_not_end_holds_nobody(void **state)
{
	static const char *const commands[] = {
		"trap '' INT; echo ready; exec >&-; sleep 1000",
		"trap '' INT; echo ready; sleep 1000",
	};
	const struct waits usual = waits;
	const uint64_t begun = now_ms();
	struct witness w;
	unsigned int i;

	(void)state;
	waits.witness_grace = 200;
	for (i = 0; i < COUNT(commands); i++) {
		w = (struct witness) { .command = commands[i] };
		assert_null(witness_start(&w, 1, surroundings(), soon()));
		assert_non_null(strstr(witness_end(&w, VMX, now_ms() + 200), "did not end after"));
		assert_int_equal(w.pid, 0);
		witness_kill(&w);
	}
	assert_true(now_ms() - begun < LONG_MS);
	waits = usual;
}

/* What was begun and has not ended is ended, each of them. */
static void witnesses_end_with_the_comparison(void **state)
{
	struct witnesses ws = { .all = calloc(2, sizeof(*ws.all)), .nr = 2 };
	pid_t pids[2];
	unsigned int i;

	(void)state;
	assert_non_null(ws.all);
	for (i = 0; i < ws.nr; i++) {
		ws.all[i].command = AT_INT("exit 0");
		assert_null(witness_start(&ws.all[i], 1, surroundings(), soon()));
		pids[i] = ws.all[i].pid;
	}
	witnesses_free(&ws);
	for (i = 0; i < 2; i++) {
		assert_int_equal(kill(pids[i], 0), -1);
		assert_int_equal(errno, ESRCH);
	}
}

static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Also when we are killed. */
static void a_witness_ends_with_us(void **state)
{
	char path[] = "/tmp/test_witness.XXXXXX", command[128], text[8] = "";
	const uint64_t until = soon();
	const int file = mkstemp(path);
	pid_t verifier;

	(void)state;
	snprintf(command, sizeof(command), "trap 'echo ended >%s; exit 0' INT; echo ready; while :; do sleep 0.01; done", path);
	verifier = fork();
	if (!verifier) {
		struct witness w = { .command = command };

		_exit(witness_start(&w, 1, surroundings(), until) ? 1 : kill(getpid(), SIGKILL));
	}
	assert_int_equal(status_of(verifier), SIGKILL);
	while (pread(file, text, sizeof(text) - 1, 0) < 6 && now_ms() < until)
		usleep(1000);
	assert_string_equal(text, "ended\n");
	close(file);
	unlink(path);
}

static void a_signal_ends_the_wait(void **state)
{
	struct witness w = { .command = "sleep 1000" };
	const uint64_t begun = now_ms();
	sigset_t set, before;
	const char *why;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	raise(SIGTERM);
	why = witness_start(&w, 1, surroundings(), soon());
	sigwaitinfo(&set, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_non_null(strstr(why, "interrupted"));
	assert_int_equal(w.pid, 0);
	assert_true(now_ms() - begun < LONG_MS / 2);
}

static void a_command_is_run(void **state)
{
	static char *const exits[] = { "sh", "-c", "exit 3", NULL }, *const dies[] = { "sh", "-c", "kill -PIPE $$", NULL };
	static char *const none[] = { "/nonexistent", NULL }, *const folder[] = { "/tmp", NULL };
	char why[WHY_SIZE];

	(void)state;
	assert_int_equal(status_of(command_start((char **)exits, surroundings(), why)), W_EXITCODE(3, 0));
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(status_of(command_start((char **)dies, surroundings(), why)), SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(command_start((char **)none, surroundings(), why), 0);
	assert_string_equal(why, "cannot run /nonexistent: No such file or directory");
	assert_int_equal(command_start((char **)folder, surroundings(), why), 0);
	assert_string_equal(why, "cannot run /tmp: Permission denied");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* While a file is leased, nobody else can open it, as on a file system that does not answer. */
static void a_command_whose_file_cannot_be_read_holds_nobody(void **state)
{
	char path[] = "/tmp/test_witness.XXXXXX", *command[] = { path, NULL }, why[WHY_SIZE];
	const int file = mkstemp(path);
	const struct waits usual = waits;
	const uint64_t begun = now_ms();
	sigset_t set;

	(void)state;
	signal(SIGIO, SIG_IGN);
	assert_int_equal(fchmod(file, 0700), 0);
	assert_int_equal(write(file, "#!/bin/sh\n", 10), 10);
	assert_int_equal(fcntl(file, F_SETLEASE, F_WRLCK), 0);
	waits.command = 300;
	assert_int_equal(command_start(command, surroundings(), why), 0);
	assert_non_null(strstr(why, "see whether its file system answers"));
	assert_true(now_ms() - begun >= 300);
	/* Before the kernel ends the lease, after 45 s */
	waits.command = 2 * LONG_MS;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTERM);
	assert_int_equal(command_start(command, surroundings(), why), 0);
	assert_non_null(strstr(why, "interrupted"));
	sigwaitinfo(&set, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_true(now_ms() - begun < LONG_MS / 2);
	waits = usual;
	close(file);
	unlink(path);
}

#define VCPU	KVM_DEBUGFS "/1-2/vcpu%u"

/* Add what a line of a file exitstat has for a reason. */
static void add_reason(const char *line, int64_t sums[KVM_EXITSTAT_NR_V], int sign)
{
	int64_t v[KVM_EXITSTAT_NR_V];
	unsigned int i;

	if (sscanf(line, "reason 0x%*x exits %" SCNd64 " kernel %" SCNd64 " user %" SCNd64 " halt %" SCNd64 " preempt %" SCNd64 " block %" SCNd64,
		   &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]) == 6)
		for (i = 0; i <= KVM_EXITSTAT_V_BLOCK; i++)
			sums[i] += sign * v[i];
}

/* Replace a vCPU's file by the recorded one; add the sums of its reasons to @sums, or subtract them. */
static void has_file(unsigned int vcpu, unsigned int recorded,
		     int64_t sums[KVM_EXITSTAT_NR_V], int sign)
{
	char line[512], from[sizeof(RECORDED) + 16], to[sizeof(VCPU) + 16];
	FILE *file, *copy;

	snprintf(from, sizeof(from), RECORDED "/svm.vcpu%u", recorded);
	file = fopen(from, "r");
	assert_non_null(file);
	snprintf(to, sizeof(to), VCPU, vcpu);
	mkdir(to, 0700);
	strcat(to, "/exitstat");
	copy = fopen(to, "w");
	assert_non_null(copy);
	while (fgets(line, sizeof(line), file)) {
		add_reason(line, sums, sign);
		fputs(line, copy);
	}
	fclose(copy);
	fclose(file);
}

/* A vCPU with nothing but exits of reasons that have no row */
static void has_others(unsigned int vcpu, unsigned int exits)
{
	char path[sizeof(VCPU) + 16];
	FILE *file;

	snprintf(path, sizeof(path), VCPU, vcpu);
	mkdir(path, 0700);
	strcat(path, "/exitstat");
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "kvm-exitstat 1\nisa svm\nid 0x1\nvcpu %u\ncounting 1\nhistograms 0\nuntrusted 0\ntsc_khz 1\n"
		"lifetime 0\nguest 0\noutside 0\nanomalies 0\ntorn 0\ntotal exits %u\nreason other exits %u\n", vcpu, exits, exits);
	fclose(file);
}

/* A witness that cannot begin, or does not end well, is named. */
static void who_is_wrong_is_told(const struct vm *stopped)
{
	struct witnesses *ws = calloc(1, sizeof(*ws));
	char why[WHY_SIZE];

	assert_non_null(ws);
	ws->surroundings = *surroundings();
	ws->all = calloc(2, sizeof(*ws->all));
	assert_non_null(ws->all);
	ws->nr = 2;
	ws->all[0].command = AT_INT("echo witness sh; echo reason other exits 4; echo total exits 4; exit 0");
	ws->all[1].command = AT_INT("exit 1");
	assert_null(witnesses_begin(ws, stopped, why, sizeof(why)));
	assert_true(ws->begun && !ws->failed && !ws->over);
	assert_string_equal(witnesses_end(ws, stopped, why, sizeof(why)),
			    "the witness '" AT_INT("exit 1") "' failed: see above");
	assert_true(ws->failed && !ws->over);
	assert_int_equal(ws->all[0].total, 4);
	witness_kill(&ws->all[0]);
	ws->all[0] = (struct witness) { .command = "exit 3" };
	assert_string_equal(witnesses_begin(ws, stopped, why, sizeof(why)), "the witness 'exit 3' ended before it said 'ready'");
	assert_true(ws->begun && ws->failed);
	witnesses_free(ws);
	free(ws);
}

/* A VM whose vCPUs are not there yet, or no more, has no exits. */
static void a_vm_may_have_no_vcpus(void **state)
{
	const struct vm stopped = { .dir = OWN_VM, .pid = 1 };
	struct witnesses *ws = calloc(1, sizeof(*ws));
	char why[WHY_SIZE];

	(void)state;
	assert_non_null(ws);
	if (!own_debugfs())
		skip();
	assert_null(witnesses_begin(ws, &stopped, why, sizeof(why)));
	assert_null(witnesses_end(ws, &stopped, why, sizeof(why)));
	assert_int_equal(ws->ours.vcpus, 0);
	free(ws);
}

/* Of all vCPUs, one of them plugged meanwhile. */
static void our_counts_are_the_difference(void **state)
{
	const struct vm stopped = { .dir = OWN_VM, .pid = 1 };
	struct witnesses *ws = calloc(1, sizeof(*ws));
	int64_t sums[KVM_EXITSTAT_NR_V] = {}, sum;
	unsigned int i, v;
	char why[WHY_SIZE];

	(void)state;
	assert_non_null(ws);
	if (!own_debugfs())
		skip();
	has_file(0, 0, sums, -1);
	assert_null(witnesses_begin(ws, &stopped, why, sizeof(why)));
	assert_true(ws->begun);
	assert_int_equal(ws->isa, SVM);
	has_file(0, 1, sums, 1);
	has_file(1, 1, sums, 1);
	assert_null(witnesses_end(ws, &stopped, why, sizeof(why)));
	assert_true(ws->over);
	assert_int_equal(ws->ours.vcpus, 2);
	for (v = 0; v <= KVM_EXITSTAT_V_BLOCK; v++) {
		for (i = 0, sum = 0; i < NR_TALLY; i++)
			sum += ws->ours.v[i][v];
		assert_int_equal(sum, sums[v]);
	}
	assert_true(sums[EXITS] && sums[KVM_EXITSTAT_V_KERNEL] && sums[KVM_EXITSTAT_V_PREEMPT]);
	has_others(2, 3);
	has_others(3, 4);
	assert_null(witnesses_end(ws, &stopped, why, sizeof(why)));
	assert_int_equal(ws->ours.vcpus, 4);
	assert_int_equal(ws->ours.v[ROW_OTHER][EXITS], 7);
	who_is_wrong_is_told(&stopped);
	unlink(KVM_DEBUGFS "/1-2/vcpu0/exitstat");
	assert_string_equal(witnesses_end(ws, &stopped, why, sizeof(why)),
			    KVM_DEBUGFS "/1-2/vcpu0/exitstat cannot be read: No such file or directory");
	assert_true(ws->failed);
	free(ws);
}

/* Compare one witness with our counts, both with exits of two reasons, on @vcpus vCPUs. */
static void compare(struct comparison *t, const char *head, unsigned int vcpus,
		    const uint64_t ours[2], const uint64_t theirs[2])
{
	struct witnesses *h = calloc(1, sizeof(*h));
	char records[256];
	struct witness w;

	assert_non_null(h);
	snprintf(records, sizeof(records),
		 HEAD "%s\nreason 0 exits %d\nreason 12 exits %d\ntotal exits %d\n", head,
		 (int)theirs[0], (int)theirs[1], (int)(theirs[0] + theirs[1]));
	assert_null(parse(&w, VMX, records));
	h->isa = VMX;
	h->ours.vcpus = vcpus;
	h->ours.v[row_of(VMX, "0")][EXITS] = ours[0];
	h->ours.v[row_of(VMX, "12")][EXITS] = ours[1];
	comparison_of(h, &w, t);
	free(h);
}

static void what_is_held_against_us(void **state)
{
	static const struct {
		const char *head;
		unsigned int vcpus;
		uint64_t ours[2], theirs[2];
		uint64_t missing, extra, missed;
	} cases[] = {
		{ "counts exit", 4, { 10, 20 }, { 10, 20 }, 0, 0, 0 },
		{ "counts exit", 4, { 10, 20 }, { 11, 20 }, 1, 0, 0 },
		{ "counts exit", 4, { 10, 20 }, { 10, 19 }, 0, 1, 1 },
		/* An exit with a wrong reason is one missing and one extra. */
		{ "counts exit", 4, { 11, 19 }, { 10, 20 }, 1, 1, 1 },
		{ "counts entry", 2, { 10, 20 }, { 9, 19 }, 0, 0, 2 },
		{ "counts entry", 1, { 10, 20 }, { 9, 19 }, 0, 2, 2 },
		{ "counts entry", 2, { 10, 20 }, { 10, 21 }, 1, 0, 0 },
		{ "lost 3", 2, { 10, 20 }, { 9, 18 }, 0, 0, 3 },
		{ "lost 2", 2, { 10, 20 }, { 9, 18 }, 0, 3, 3 },
		{ "lost 100", 2, { 10, 20 }, { 11, 0 }, 1, 0, 20 },
		{ "lost 1\ncounts entry", 2, { 10, 20 }, { 10, 17 }, 0, 0, 3 },
		{ "lost 1\ncounts entry", 2, { 10, 20 }, { 10, 16 }, 0, 4, 4 },
	};
	struct comparison t;
	uint64_t missing, extra;
	unsigned int i, row;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		compare(&t, cases[i].head, cases[i].vcpus, cases[i].ours, cases[i].theirs);
		for (row = missing = extra = 0; row < NR_TALLY; row++) {
			missing += t.rows[row].missing;
			extra += t.rows[row].extra;
		}
		assert_int_equal(t.total.ours, cases[i].ours[0] + cases[i].ours[1]);
		assert_int_equal(t.total.theirs, cases[i].theirs[0] + cases[i].theirs[1]);
		assert_int_equal(missing, t.total.missing);
		assert_int_equal(extra, t.total.extra);
		if (t.total.missing != cases[i].missing || t.total.extra != cases[i].extra ||
		    t.missed != cases[i].missed)
			fail_msg("case %u: missing %d, extra %d, missed %d", i,
				 (int)t.total.missing, (int)t.total.extra, (int)t.missed);
	}
}

static char *text_of(const struct witnesses *ws)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	witnesses_text(out, ws);
	fclose(out);
	return text;
}

/*
 * The text of two witnesses: one knows times, the other accounts; each has a reason that nobody else has.
 * The count of the first reason by the second witness is the one that is further off.
 */
static void the_text_has_every_witness(void **state)
{
	static const char *const records[] = {
		"witness times\nlost 1\nreason 10 exits 4 ns 1500000\nreason 12 exits 6 ns 2000000\nreason 0 exits 3\ntotal exits 13\n",
		"witness accounts\ncounts entry\nreason 10 exits 7 kernel 1 user 2000000 halt 499 preempt 4 block 5000\n"
		"reason 28 exits 2 kernel 1000000 user 0 halt 0 preempt 0 block 0\nreason other exits 1\ntotal exits 10\n",
	};
	struct witnesses ws = { .all = calloc(2, sizeof(*ws.all)), .nr = 2, .isa = VMX, .tsc_khz = 1000 };
	struct witnesses first, second;
	unsigned int i;
	char *text;

	(void)state;
	assert_non_null(ws.all);
	for (i = 0; i < ws.nr; i++)
		assert_null(parse(&ws.all[i], VMX, records[i]));
	ws.ours.vcpus = 1;
	memcpy(ws.ours.v[row_of(VMX, "10")], (const uint64_t[]) { 5, 1000, 200, 30, 4, 0 }, 6 * sizeof(uint64_t));
	memcpy(ws.ours.v[row_of(VMX, "12")], (const uint64_t[]) { 6, 2500, 0, 0, 0, 500 }, 6 * sizeof(uint64_t));
	text = text_of(&ws);
	assert_string_equal(text,
			    "REASON  NAME (EXITS)                  OURS        times     accounts DIFFERENCE\n"
			    "     0  EXCEPTION_NMI                    0            3            0         -3\n"
			    "    10  CPUID                            5            4            7         -2\n"
			    "    12  HLT                              6            6            0         +6\n"
			    "    28  CR_ACCESS                        0            0            2         -2\n"
			    " other  reasons without a row            0            0            1         -1\n"
			    " total                                  11           13           10\n"
			    "times counts exits and has lost 1: it may miss 1 exits, and misses 1\n"
			    "accounts counts entries and has lost 0: it may miss 1 exits, and misses 6\n"
			    "\n"
			    "REASON  NAME (MS)                     OURS        times     accounts\n"
			    "     0  EXCEPTION_NMI                0.000            -            -\n"
			    "    10  CPUID                        1.234        1.500            -\n"
			    "    12  HLT                          3.000        2.000            -\n"
			    "    28  CR_ACCESS                    0.000            -            -\n"
			    " other  reasons without a row        0.000            -            -\n"
			    "\n"
			    "ACCOUNT (MS)                         OURS        times     accounts\n"
			    "kernel                              3.500            -        1.000\n"
			    "user                                0.200            -        2.000\n"
			    "halt                                0.030            -        0.000\n"
			    "preempt                             0.004            -        0.000\n"
			    "block                               0.500            -        0.005\n"
			    "\n");
	free(text);
	/* Of what no witness knows there is no table. */
	first = second = ws;
	first.nr = second.nr = 1;
	second.all++;
	text = text_of(&first);
	assert_non_null(strstr(text, "NAME (MS)"));
	assert_null(strstr(text, "ACCOUNT"));
	free(text);
	text = text_of(&second);
	assert_null(strstr(text, "NAME (MS)"));
	assert_non_null(strstr(text, "ACCOUNT"));
	free(text);
	/* Times of the first reason alone */
	assert_null(parse(&ws.all[0], VMX, "witness times\nreason 0 exits 1 ns 7\ntotal exits 1\n"));
	text = text_of(&first);
	assert_non_null(strstr(text, "NAME (MS)"));
	free(text);
	free(ws.all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read),
		cmocka_unit_test(other_output_is_refused),
		cmocka_unit_test(a_witness_is_run),
		cmocka_unit_test(a_witness_ends_by_sigint_even_if_we_ignore_it),
		cmocka_unit_test(a_bad_witness_is_told),
		cmocka_unit_test(a_witness_that_does_not_end_holds_nobody),
		cmocka_unit_test(witnesses_end_with_the_comparison),
		cmocka_unit_test(a_witness_ends_with_us),
		cmocka_unit_test(a_signal_ends_the_wait),
		cmocka_unit_test(a_command_is_run),
		cmocka_unit_test(a_command_whose_file_cannot_be_read_holds_nobody),
		cmocka_unit_test(a_vm_may_have_no_vcpus),
		cmocka_unit_test(our_counts_are_the_difference),
		cmocka_unit_test(what_is_held_against_us),
		cmocka_unit_test(the_text_has_every_witness),
	};

	waits.command = waits.killed = waits.witness_grace = LONG_MS;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
