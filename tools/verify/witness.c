// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat verify: runs a witness and reads its output.
 */
#include <asm/kvm_exitstat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/message.h"
#include "lib/signals.h"
#include "lib/sizes.h"
#include "lib/waits.h"
#include "model/reasons.h"
#include "verify/witness.h"

#define STEP_MS		100	/* between two looks for a signal */
#define READY		"ready\n"

/* Give it a process group of its own, so that Ctrl-C reaches only us: we decide when it ends. */
static void become(const struct witness *w, pid_t vmm, int out,
		   const struct surroundings *surroundings)
{
	char pid[16];

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGINT);
	dup2(out, STDOUT_FILENO);
	snprintf(pid, sizeof(pid), "%d", vmm);
	setenv("EXITSTAT_PID", pid, 1);
	signal(SIGINT, SIG_DFL);
	surroundings_restore(surroundings);
	execl("/bin/sh", "sh", "-c", w->command, NULL);
	_exit(EXIT_NOT_RUNNABLE);
}

/* Read a piece of its output: 1, or 0 at the end, or -1. */
static int take(struct witness *w)
{
	char piece[4096], *more;
	ssize_t n;

	do
		n = read(w->out, piece, sizeof(piece));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n;
	more = w->length + n < WITNESS_BYTES_MOST ? realloc(w->text, w->length + n + 1) : NULL;
	if (!more)
		return -1;
	memcpy(more + w->length, piece, n);
	w->text = more;
	w->length += n;
	w->text[w->length] = '\0';
	return 1;
}

static bool is_ready(const struct witness *w)
{
	return w->length >= strlen(READY);
}

/* Wait until it is ready or, with @to_end, for its end; without @to_end a signal ends the wait. */
static const char *wait_for(struct witness *w, bool to_end, uint64_t until)
{
	struct pollfd fd = { .fd = w->out, .events = POLLIN };
	int ret = 1;

	while (ret > 0 && (to_end || !is_ready(w))) {
		if (!to_end && end_is_pending())
			return "was not ready when we were interrupted";
		if (now_ms() >= until)
			return to_end ? "did not end after SIGINT within --pause-limit" :
					"did not say 'ready' within --pause-limit";
		if (poll(&fd, 1, STEP_MS) > 0)
			ret = take(w);
	}
	if (ret < 0)
		return "prints too much, or cannot be read";
	return ret > 0 || to_end ? NULL : "ended before it said 'ready'";
}

const char *witness_start(struct witness *w, pid_t pid,
			  const struct surroundings *surroundings, uint64_t until)
{
	const char *why;
	int out[2];

	if (pipe2(out, O_CLOEXEC))
		return "cannot be given a pipe";
	w->pid = fork();
	if (!w->pid)
		become(w, pid, out[1], surroundings);
	close(out[1]);
	w->out = out[0];
	if (w->pid < 0) {
		w->pid = 0;
		close(w->out);
		return "cannot be started: fork failed";
	}
	setpgid(w->pid, w->pid);
	why = wait_for(w, false, until);
	if (!why && (w->length != strlen(READY) || strcmp(w->text, READY)))
		why = "does not say 'ready' first";
	w->length = 0;
	if (why)
		witness_kill(w);
	return why;
}

/* End its whole process group.  That SIGINT ended its shell is no failure. */
static const char *reap(struct witness *w)
{
	const bool ended = ends_within(w->pid, waits.witness_grace);
	int status = 0;

	kill(-w->pid, SIGKILL);
	kill_child(w->pid, &status);
	close(w->out);
	w->pid = 0;
	if (!ended)
		return "did not end after it had closed its output";
	if (WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) != SIGINT)
		return "failed: see above";
	return NULL;
}

const char *witness_end(struct witness *w, uint32_t isa, uint64_t until)
{
	const char *why;

	kill(-w->pid, SIGINT);
	why = wait_for(w, true, until);
	if (why) {
		witness_kill(w);
		return why;
	}
	why = reap(w);
	if (!why && !w->length)
		why = "printed no records";
	return why ?: witness_parse(w, isa, w->text);
}

/* SIGINT first, so that it can end processes that it has started outside of its group. */
void witness_kill(struct witness *w)
{
	if (w->pid) {
		kill(-w->pid, SIGINT);
		reap(w);
	}
	free(w->text);
	w->text = NULL;
}

static bool parse_u64(const char *text, uint64_t *number)
{
	unsigned long long value;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	*number = value;
	return !*end && !errno;
}

/* The row of a reason's number; ROW_OTHER if it has none. */
static unsigned int row_of(uint32_t isa, uint64_t number)
{
	unsigned int i;

	for (i = 0; i < reasons_nr(isa); i++)
		if (reasons_number(isa, i) == number)
			return i;
	return ROW_OTHER;
}

/* Parse one value of a row, KEY NUMBER. */
static bool parse_value(struct witness_row *row, const char *key, uint64_t number,
			unsigned int *accounts)
{
	unsigned int v;

	if (!strcmp(key, "exits")) {
		row->exits += number;
		return true;
	}
	if (!strcmp(key, "ns")) {
		row->ns += number;
		row->has_ns = true;
		return true;
	}
	for (v = KVM_EXITSTAT_V_KERNEL; v <= KVM_EXITSTAT_V_BLOCK; v++) {
		if (strcmp(key, value_names[v]))
			continue;
		row->account[v] += number;
		*accounts |= 1u << v;
		return true;
	}
	return false;
}

static const char *parse_reason(struct witness *w, uint32_t isa, char **rest)
{
	const unsigned int all = (2u << KVM_EXITSTAT_V_BLOCK) - (1u << KVM_EXITSTAT_V_KERNEL);
	const char *key = strtok_r(NULL, " \t", rest);
	struct witness_row *row;
	unsigned int accounts = 0, i;
	uint64_t number;

	if (key && !strcmp(key, "other"))
		i = ROW_OTHER;
	else if (parse_u64(key, &number))
		i = row_of(isa, number);
	else
		return "has a reason that is not a number";
	row = &w->rows[i];
	if (row->seen && i != ROW_OTHER)
		return "has a reason twice";
	row->seen = true;
	while ((key = strtok_r(NULL, " \t", rest))) {
		if (!parse_u64(strtok_r(NULL, " \t", rest), &number) ||
		    !parse_value(row, key, number, &accounts))
			return "has a reason with a value that is not known";
	}
	if (accounts && accounts != all)
		return "has only some of a reason's accounts";
	row->has_accounts |= accounts == all;
	return NULL;
}

static const char *parse_total(struct witness *w, char **rest)
{
	const char *key = strtok_r(NULL, " \t", rest);
	uint64_t total;
	unsigned int i;

	if (!key || strcmp(key, "exits") || !parse_u64(strtok_r(NULL, " \t", rest), &total))
		return "has a total without exits";
	for (i = 0; i < NR_TALLY; i++)
		w->total += w->rows[i].exits;
	return w->total == total ? NULL : "has a total that is not the sum of its reasons";
}

static const char *parse_counts(struct witness *w, char **rest)
{
	const char *what = strtok_r(NULL, " \t", rest);

	if (!what || (strcmp(what, "exit") && strcmp(what, "entry")))
		return "counts neither 'exit' nor 'entry'";
	w->entries = !strcmp(what, "entry");
	return NULL;
}

static const char *parse_name(struct witness *w, char **rest)
{
	const char *name = strtok_r(NULL, " \t", rest);

	if (!name || strlen(name) >= WITNESS_NAME)
		return "has no name of at most 12 characters";
	strcpy(w->name, name);
	return NULL;
}

static const char *parse_line(struct witness *w, uint32_t isa, const char *key,
			      char **rest)
{
	if (!strcmp(key, "witness"))
		return parse_name(w, rest);
	if (!w->name[0])
		return "has records that do not begin with 'witness NAME'";
	if (!strcmp(key, "counts"))
		return parse_counts(w, rest);
	if (!strcmp(key, "lost"))
		return parse_u64(strtok_r(NULL, " \t", rest), &w->lost) ?
		       NULL : "has a 'lost' without a number";
	if (!strcmp(key, "reason"))
		return parse_reason(w, isa, rest);
	return "has a record that is not known";
}

const char *witness_parse(struct witness *w, uint32_t isa, char *text)
{
	char *line, *lines, *key, *rest;
	const char *why = NULL;
	bool done = false;

	for (line = strtok_r(text, "\n", &lines); line && !why;
	     line = strtok_r(NULL, "\n", &lines)) {
		key = strtok_r(line, " \t", &rest);
		if (!key)
			continue;
		if (done)
			return "has records after its total";
		done = !strcmp(key, "total");
		why = done ? parse_total(w, &rest) : parse_line(w, isa, key, &rest);
	}
	if (!why && !w->name[0])
		why = "printed no records";
	return why ?: done ? NULL : "has no total, so its records are not complete";
}
