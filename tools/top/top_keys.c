// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat top: what the keys do.
 */
#include <ctype.h>
#include <string.h>

#include "top/top.h"
#include "top/top_keys.h"

static const struct {
	char key;
	enum top_sort sort;
} sort_keys[] = {
	{ 'X', TOP_RATE },
	{ 'T', TOP_EXITS },
	{ 'A', TOP_NAME },
	{ 'N', TOP_NUMBER },
	{ 'V', TOP_NR_VCPUS },
	{ 'M', TOP_MEAN },
	{ 'G', TOP_ACCOUNT },
	{ 'K', TOP_ACCOUNT + 1 },
	{ 'U', TOP_ACCOUNT + 2 },
	{ 'H', TOP_ACCOUNT + 3 },
	{ 'P', TOP_ACCOUNT + 4 },
	{ 'B', TOP_ACCOUNT + 5 },
	{ 'O', TOP_ACCOUNT + 6 },
};

static const char *const help[] = {
	"",
	"  Up Down PgUp PgDn    select; the selection moves with its row",
	"  Home                 stay on the first line, whatever it shows (End: last)",
	"  Enter, Right         a VM's vCPUs; a vCPU's reasons; a reason's keys",
	"  r                    the reasons of all vCPUs of the VM",
	"  Esc, Backspace, Left go back",
	"",
	"  Sort by   X exits/s          T exits              M mean time in KVM",
	"            A name             N number             V number of vCPUs",
	"            G guest  K kernel  U user  H halt  P preempt  B block  O outside",
	"  R                    reverse the order",
	"  /                    show only rows that contain a text; empty: all",
	"  t                    show times as numbers, or as a bar",
	"  + -                  longer, shorter interval",
	"  Space                pause, go on",
	"  h q                  this help, quit",
	"",
	"  TIME, the bar: where the vCPUs' time went. In numbers 100% is one vCPU.",
	"  g guest    in the guest                 k kernel   in KVM, for an exit",
	"  u user     in the VMM, for an exit      h halt     HLT and the like",
	"  p preempt  could have run, did not      b block    waited, for an exit",
	"  o outside  before the first entry, or while exits were not counted",
};

const char *top_help(unsigned int n)
{
	return n < sizeof(help) / sizeof(help[0]) ? help[n] : NULL;
}

/* Step to the next longer or shorter interval */
static void change_interval(struct top *top, bool longer)
{
	static const unsigned int tenths[] = { 1, 2, 5, 10, 20, 50, 100, 300, 600 };
	const unsigned int nr = sizeof(tenths) / sizeof(tenths[0]);
	const uint64_t was = top->interval_ns;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const uint64_t ns = tenths[longer ? i : nr - 1 - i] * TOP_MIN_NS;

		if (longer ? ns > was : ns < was) {
			top->interval_ns = ns;
			break;
		}
	}
	/* Counted from the last reading. */
	top->due_ns = top->due_ns + top->interval_ns > was ?
		      top->due_ns + top->interval_ns - was : 0;
}

static void type_filter(struct top *top, int key)
{
	char *filter = top->view[top->level].filter;
	const size_t length = strlen(filter);

	switch (key) {
	case TOP_KEY_ENTER:
		top->typing = false;
		break;
	case TOP_KEY_ESCAPE:
		strcpy(filter, top->typed);
		top->typing = false;
		break;
	case TOP_KEY_BACKSPACE:
		if (length)
			filter[length - 1] = '\0';
		break;
	default:
		if (key >= ' ' && key <= '~' && length < TOP_FILTER - 1) {
			filter[length] = key;
			filter[length + 1] = '\0';
		}
	}
}

static void sort_by_key(struct top *top, int key)
{
	unsigned int i;

	for (i = 0; i < sizeof(sort_keys) / sizeof(sort_keys[0]); i++)
		if (sort_keys[i].key == key && top_can_sort(top->level, sort_keys[i].sort)) {
			top->view[top->level].sort = sort_keys[i].sort;
			top->view[top->level].reverse = false;
		}
}

static void move_by_key(struct top *top, int key)
{
	switch (key) {
	case TOP_KEY_UP:
		top_move(top, -1);
		break;
	case TOP_KEY_DOWN:
		top_move(top, 1);
		break;
	case TOP_KEY_PAGE_UP:
		top_move(top, -(long)top->page);
		break;
	case TOP_KEY_PAGE_DOWN:
		top_move(top, top->page);
		break;
	case TOP_KEY_HOME:
		top_home(top);
		break;
	case TOP_KEY_END:
		top_move(top, top->nr);
		break;
	case TOP_KEY_ENTER:
	case TOP_KEY_RIGHT:
		top_enter(top);
		break;
	case TOP_KEY_ESCAPE:
	case TOP_KEY_BACKSPACE:
	case TOP_KEY_LEFT:
		top_back(top);
		break;
	}
}

static void command_key(struct top *top, int key)
{
	switch (key) {
	case 'q':
		top->quit = true;
		break;
	case 'h':
	case '?':
		top->help = true;
		break;
	case ' ':
		top->paused = !top->paused;
		break;
	case '+':
	case '-':
		change_interval(top, key == '+');
		break;
	case 't':
		top->numbers = !top->numbers;
		break;
	case 'r':
		top_enter_sum(top);
		break;
	case 'R':
		top->view[top->level].reverse = !top->view[top->level].reverse;
		break;
	case '/':
		top->typing = true;
		strcpy(top->typed, top->view[top->level].filter);
		break;
	default:
		sort_by_key(top, key);
		move_by_key(top, key);
	}
}

bool top_press(struct top *top, int key)
{
	if (key == TOP_KEY_GONE) {
		top->quit = true;
	} else if (key == TOP_KEY_REDRAW || key == TOP_KEY_NONE) {
		return true;
	} else if (top->help) {
		top->help = false;
	} else if (top->typing) {
		type_filter(top, key);
	} else {
		top->message[0] = '\0';
		command_key(top, key);
	}
	/* A change of sorting, filter or level shows at once, without a new reading. */
	return top_arrange(top);
}
