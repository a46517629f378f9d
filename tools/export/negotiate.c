// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: which format a scraper wants.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "export/metrics.h"
#include "export/negotiate.h"

/* The word at *@s, up to one of @ends, without blanks around it. */
static char *word(char **s, const char *ends, char *end)
{
	char *begin = *s + strspn(*s, " \t");
	char *stop = begin + strcspn(begin, ends);

	*end = *stop;
	*s = *stop ? stop + 1 : stop;
	while (stop > begin && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	*stop = '\0';
	return begin;
}

/*
 * A media range such as TYPE;PARAMETER=VALUE;q=0.5.  OpenMetrics counts only with the
 * version that we write, or without a version.
 */
static void take_range(char *range, double *open, double *text)
{
	double q = 1, *best = NULL;
	char *type, *parameter, end;

	type = word(&range, ";", &end);
	if (!strcasecmp(type, "application/openmetrics-text"))
		best = open;
	else if (!strcasecmp(type, "text/plain") || !strcmp(type, "text/*") || !strcmp(type, "*/*"))
		best = text;
	while (end) {
		parameter = word(&range, ";", &end);
		if (!strncasecmp(parameter, "q=", 2))
			q = strtod(parameter + 2, NULL);
		else if (best == open && !strncasecmp(parameter, "version=", 8) &&
			 strcmp(parameter + 8, "1.0.0") && strcmp(parameter + 8, "\"1.0.0\""))
			best = NULL;
	}
	if (best && q > *best)
		*best = q;
}

enum metrics_format negotiate(const char *accept)
{
	char *copy = strdup(accept ?: ""), *rest = copy, end = ',';
	double open = 0, text = 0;

	while (copy && end)
		take_range(word(&rest, ",", &end), &open, &text);
	free(copy);
	return open > 0 && open >= text ? METRICS_OPENMETRICS : METRICS_TEXT;
}
