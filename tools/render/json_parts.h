/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: what the JSON of several commands has, so that it has one name in all of
 * them.  docs/json.md has the fields.
 */
#ifndef EXITSTAT_RENDER_JSON_PARTS_H
#define EXITSTAT_RENDER_JSON_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/accounts.h"
#include "model/reading.h"

struct json;
struct subject;

/* Goes up when a field goes, or means something else; not when one is added. */
#define JSON_VERSION	1

/* Begins the document of @command, whose reading was made at @time_ns since 1970. */
void json_document(struct json *j, const char *command, uint64_t time_ns);

void json_source(struct json *j, enum from from);

/* Null where @isa is 0. */
void json_isa(struct json *j, uint32_t isa);

/*
 * The fields of a VM, into what is open.  @subject is NULL where nothing but @id is
 * known, as in a guest; @vcpus is 0 where it is not.
 */
void json_vm(struct json *j, const struct subject *subject, uint64_t id,
	     uint32_t vcpus);

/* A reason's number, null of what is none, and its name. */
void json_reason(struct json *j, uint32_t reason, const char *name);

/* A rate below 0 is not known. */
void json_rate(struct json *j, double rate);
void json_share(struct json *j, double part, double whole);

/*
 * TSC cycles by account: those that a reason has, of @v by KVM_EXITSTAT_V_*; or all.
 * Those of a difference are signed.
 */
void json_cycles(struct json *j, const uint64_t *v, bool difference);
void json_accounts(struct json *j, const struct account accounts[NR_ACCOUNTS],
		   uint64_t lifetime, bool difference);

#endif /* EXITSTAT_RENDER_JSON_PARTS_H */
