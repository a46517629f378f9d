// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the renderer.  Text and JSON are made from the same table of rows.
 */
#include "lib/message.h"
#include "model/table.h"
#include "render/render.h"
#include "render/render_json.h"
#include "render/render_text.h"

char *render(const struct view *view)
{
	struct table table;
	char *result;

	table_fill(&table, view);
	result = view->json ? render_json(&table) : render_text(&table);
	if (!result)
		fail("out of memory");
	return result;
}
