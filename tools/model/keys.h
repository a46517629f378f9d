/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: the keys of exits: which MSR, port, address.  docs/keys.md says what a key is.
 */
#ifndef EXITSTAT_MODEL_KEYS_H
#define EXITSTAT_MODEL_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a row is of, in the order in which the rows of a reason are shown */
enum key_kind {
	KEY_REASON,	/* all exits of the reason since its keys began */
	KEY_OWN,	/* those of one key */
	KEY_REST,	/* those whose key has lost its place */
	KEY_LEVEL,	/* those of one level of nesting */
	KEY_RETURN,	/* returns to user space of one kind, and the time there */
	KEY_RETURN_REST, /* those of kinds that have lost their place */
};

#define KEY_WORD_SIZE	16

/* The access of a return by which KVM_RUN failed */
#define KEY_FAILED	'e'

/* Lines of a sum in which KVM has no room for more keys; docs/abi.md */
#define KEYS_FULL	65536

/**
 * struct key_row - exits, or returns to user space, and their time, of one thing
 * @reason: the exit reason, KVM_EXITSTAT_SUB_OTHER or KVM_EXITSTAT_SUB_NONE
 * @kind: what the row is of
 * @word: the key's class, or the level
 * @value: of the key, 64 bits; of KEY_RETURN KVM_EXIT_*, or errno if @access is KEY_FAILED
 * @access: r, w, x, the kind of a hypercall, KEY_FAILED, or -
 * @size: of the access in bytes, 0 for none
 * @exits: their number; of KEY_RETURN and KEY_RETURN_REST of returns
 * @returns: of KEY_REASON: their number, after keys_count_returns()
 * @kernel: TSC cycles; 0 of returns
 * @user: TSC cycles
 * @error: exits that the key may have had besides
 */
struct key_row {
	uint32_t reason;
	enum key_kind kind;
	char word[KEY_WORD_SIZE];
	uint64_t value;
	char access;
	uint8_t size;
	uint64_t exits;
	uint64_t returns;
	uint64_t kernel;
	uint64_t user;
	uint64_t error;
};

/**
 * struct keys - all rows of a vCPU, a VM or the host, read once
 * @isa: KVM_EXITSTAT_ISA_*
 * @id: the VM's
 * @vcpu: KVM's number of the vCPU; -1 for a sum
 * @vcpus: number of vCPUs in the sum
 * @counting: exits are counted
 * @kept: exitstat_keys=1
 * @period: how often exitstat_keys has become 1; 0 if it is not known
 * @tsc_khz: kHz, 0 if unknown
 * @guest_cpu: in a guest: its number of the CPU whose vCPU was read; -1 on a host
 * @cpuids: CPUIDs that the reading made, 0 on a host
 * @torn: vCPUs of which there was no consistent reading
 * @full: of a sum: KVM may have had no room for all keys; keys_keep() says so
 * @nr: number of entries in @rows
 * @rows: the caller frees them
 */
struct keys {
	uint32_t isa;
	uint64_t id;
	int vcpu;
	uint32_t vcpus;
	bool counting;
	bool kept;
	uint64_t period;
	uint32_t tsc_khz;
	int guest_cpu;
	unsigned int cpuids;
	uint64_t torn;
	bool full;
	unsigned int nr;
	struct key_row *rows;
};

/* KVM_EXITSTAT_V_EXITS, _KERNEL or _USER of a row. */
uint64_t key_value(const struct key_row *row, unsigned int v);

/* Whether the row is of returns to user space, and not of exits. */
bool key_is_return(const struct key_row *row);

/* @whole without @part, 0 at least. */
uint64_t keys_less(uint64_t whole, uint64_t part);

/* Take exits, returns and cycles of @part away from those of @row, which have 0 at least. */
void key_take_away(struct key_row *row, const struct key_row *part);

/* The greater first: less than 0, 0 or more, as strcmp(). */
int keys_descending(uint64_t a, uint64_t b);

/* The rows of a reason by kind, class, value, access and size: less than 0, 0 or more, as strcmp(). */
int keys_order(const struct key_row *a, const struct key_row *b);

/*
 * Reasons with the most of @sort, KVM_EXITSTAT_V_EXITS, _KERNEL or _USER, first; and so the
 * rows of each reason, within those of a kind.  Returns have no kernel: their number stands for
 * it.  0, or -1 if memory ran out.
 */
int keys_sort(struct keys *keys, unsigned int sort);

/*
 * The reason whose keys, or levels, are not its exits and cycles, or whose returns are not its
 * user cycles; NULL if there is none.  A KVM that has no returns at all is older than these.
 */
const struct key_row *keys_unbalanced(const struct keys *keys);

/* Bring rows in any order into that of the file: by reason, the reason itself first.  keys_sort() needs it. */
void keys_arrange(struct keys *keys);

/* Add up each reason's returns; the reason itself comes first, as in the file. */
void keys_count_returns(struct keys *keys);

/*
 * What the rows of @kind, KEY_OWN or KEY_RETURN, of a reason are parts of: all of its exits and
 * their time, or all of its returns and their time.
 */
struct key_row key_whole(const struct key_row *reason, enum key_kind kind);

/* Why there are no rows at all, a sentence; NULL if there are some. */
const char *keys_none(const struct keys *keys);

/*
 * Leave only the reasons with keys, and of each the @most keys with the most exits.  A key with
 * less than a hundredth of its reason's exits does not stay, and of one that the file has twice
 * the first stays.  0, or -1 if memory ran out.
 */
int keys_keep_first(struct keys *keys, unsigned int most);

/* "0x3f8"; of CPUID leaf and subleaf, "0xd 1" */
#define KEY_VALUE_SIZE	24
void key_value_text(char text[KEY_VALUE_SIZE], const struct key_row *row);

/*
 * "w 0x3f8 1": access, value and size, as far as there are any; "others"; the level; or "return 2",
 * "error 4" and "other returns"
 */
#define KEY_TEXT_SIZE	48
void key_text(char text[KEY_TEXT_SIZE], const struct key_row *row);

#endif /* EXITSTAT_MODEL_KEYS_H */
