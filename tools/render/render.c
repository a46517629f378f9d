// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the renderer.  Text and JSON are made from the same table of rows.
 */
#include "model/table.h"
#include "render/render.h"
#include "render/render_json.h"
#include "render/render_text.h"

char *render(const struct view *view)
{
	struct table table;

	table_fill(&table, view);
	return view->json ? render_json(&table) : render_text(&table);
}
