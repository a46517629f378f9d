// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: repeating something at an interval until a signal comes.
 */
#include <ctype.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/interval.h"
#include "lib/message.h"
#include "lib/number.h"
#include "lib/signals.h"

bool is_number(const char *word)
{
	return isdigit((unsigned char)word[word[0] == '.']);
}

int interval_parse(const char *command, char **operands, int nr,
		   struct interval *interval)
{
	int ret;

	if (!nr)
		return EXIT_DONE;
	ret = parse_seconds("INTERVAL", operands[0], &interval->ns);
	if (ret || nr == 1)
		return ret;
	if (nr > 2)
		return fail("%s takes nothing after INTERVAL and COUNT, but '%s' is given; see 'exitstat %s --help'",
			    command, operands[2], command);
	if (parse_u32(operands[1], &interval->count) || !interval->count)
		return fail("COUNT is '%s': give a whole number, at least 1",
			    operands[1]);
	return EXIT_DONE;
}

void ticker_start(struct ticker *ticker, uint64_t ns)
{
	end_signals(&ticker->signals);
	sigprocmask(SIG_BLOCK, &ticker->signals, &ticker->before);
	ticker->ns = ns;
	ticker->next = now_ns() + ns;
}

/* If a reading took longer than the interval, the next one follows at once. */
bool ticker_wait(struct ticker *ticker)
{
	struct timespec left = {};
	uint64_t now = now_ns();

	if (now > ticker->next)
		ticker->next = now;
	do {
		left.tv_sec = (ticker->next - now) / SECOND;
		left.tv_nsec = (ticker->next - now) % SECOND;
		if (sigtimedwait(&ticker->signals, NULL, &left) >= 0)
			return false;
		now = now_ns();
	} while (now < ticker->next);
	ticker->next += ticker->ns;
	return true;
}

/* A signal that came after the last wait also ends us. */
void ticker_end(struct ticker *ticker)
{
	const struct timespec none = {};

	while (sigtimedwait(&ticker->signals, NULL, &none) >= 0)
		;
	sigprocmask(SIG_SETMASK, &ticker->before, NULL);
}
