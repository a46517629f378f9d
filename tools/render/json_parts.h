/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: parts of JSON documents that several commands share, so that a field has the
 * same name in all.  docs/json.md lists the fields.
 */
#ifndef EXITSTAT_RENDER_JSON_PARTS_H
#define EXITSTAT_RENDER_JSON_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/accounts.h"
#include "model/reading.h"

struct json;
struct key_row;
struct subject;

/* Goes up when a field is removed or changes its meaning, not when one is added. */
#define JSON_VERSION	1

/* Begins the document of @command for a reading at @time_ns since 1970. */
void json_document(struct json *j, const char *command, uint64_t time_ns);

void json_source(struct json *j, enum from from);

/* Null if @isa is 0. */
void json_isa(struct json *j, uint32_t isa);

/*
 * Adds the fields of a VM to the open object.  @subject is NULL if only @id is known, as
 * in a guest; @vcpus is 0 if unknown.
 */
void json_vm(struct json *j, const struct subject *subject, uint64_t id,
	     uint32_t vcpus);

/* A reason's number and name; the number is null for "other", "none" and the total. */
void json_reason(struct json *j, uint32_t reason, const char *name);

/* What tells a key, or a kind of return, from others, and its name; "" is written as null. */
void json_named_key(struct json *j, const struct key_row *row, const char *name);
void json_named_return(struct json *j, const struct key_row *row, const char *name);

/* A rate below 0 is unknown, and written as null. */
void json_rate(struct json *j, double rate);
void json_share(struct json *j, double part, double whole);

/*
 * TSC cycles by account: a reason's accounts, from @v by KVM_EXITSTAT_V_*; or all
 * accounts.  In a difference they are signed.
 */
void json_cycles(struct json *j, const uint64_t *v, bool difference);
void json_accounts(struct json *j, const struct account accounts[NR_ACCOUNTS],
		   uint64_t lifetime, bool difference);

#endif /* EXITSTAT_RENDER_JSON_PARTS_H */
