/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: a table of rows as JSON.
 */
#ifndef EXITSTAT_RENDER_RENDER_JSON_H
#define EXITSTAT_RENDER_RENDER_JSON_H

struct json;
struct stat_run;
struct table;
struct view;

/* Allocated; NULL if memory ran out. */
char *render_json(const struct table *t);

/* Which VM, vCPU or host was read. */
void render_json_scope(struct json *j, const struct view *view);

/* The command or interval that numbers belong to; nulls for none, as NULL. */
void render_json_run(struct json *j, const struct stat_run *run);

#endif /* EXITSTAT_RENDER_RENDER_JSON_H */
