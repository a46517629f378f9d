/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: names of keys.
 */
#ifndef EXITSTAT_MODEL_KEY_NAMES_H
#define EXITSTAT_MODEL_KEY_NAMES_H

struct key_row;

/* What the row's value is called, "" if it has no name. */
#define KEY_NAME_SIZE	64
void key_name(char name[KEY_NAME_SIZE], const struct key_row *row);

#endif /* EXITSTAT_MODEL_KEY_NAMES_H */
