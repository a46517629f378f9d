/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: names of keys.
 */
#ifndef EXITSTAT_MODEL_KEY_NAMES_H
#define EXITSTAT_MODEL_KEY_NAMES_H

struct key_row;
struct regions;

/*
 * What the row's value is called, "" if it has no name.  QEMU's name, from @regions, is for ports
 * and addresses that have none here; NULL: there are no regions.
 */
#define KEY_NAME_SIZE	64
void key_name(char name[KEY_NAME_SIZE], const struct key_row *row, const struct regions *regions);

#endif /* EXITSTAT_MODEL_KEY_NAMES_H */
