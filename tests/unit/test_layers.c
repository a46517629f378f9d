// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/: by its symbols, a file calls only files that come before it in this list.
 * kernel/README.md has a picture of that.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

static const char *const layers[] = {
	"slots params", "keys", "ledger", "keys_read", "vcpus", "vms", "layouts rows key_leaves", "cpuid debugfs log stats", "exitstat",
};

static size_t layer_of(const char *file)
{
	size_t i;

	for (i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		if (strstr(layers[i], file))
			return i;
	fail_msg("kernel/exitstat_%s.c is in no layer", file);
	return 0;
}

/* Files in one layer do not call each other. */
static void calls_go_down(void **state)
{
	/* "CALLER CALLED SYMBOL" for each symbol of ours used in another file of ours */
	static const char pairs[] =
		"cd " OBJECTS " && nm -A exitstat*.o | awk '{ sub(/[.]o:.*/, \"\", $1);"
		" sub(/^exitstat_/, \"\", $1) } $(NF - 1) == \"U\" { use[$1, $NF] }"
		" $(NF - 1) ~ /[TDBRC]/ { at[$NF] = $1 } END { for (u in use) {"
		" split(u, p, SUBSEP); if (p[2] in at) print p[1], at[p[2]], p[2] } }'";
	FILE *pipe = popen(pairs, "r");
	char caller[64], called[64], symbol[128];
	unsigned int n = 0;

	(void)state;
	assert_non_null(pipe);
	for (; fscanf(pipe, "%63s %63s %127s", caller, called, symbol) == 3; n++)
		if (strcmp(caller, called) && layer_of(caller) <= layer_of(called))
			fail_msg("kernel/exitstat_%s.c uses %s of exitstat_%s.c, which stands above or beside it",
				 caller, symbol, called);
	assert_int_equal(pclose(pipe), 0);
	assert_true(n > 20);
}

/* CONFIG_KVM_EXITSTAT=n: each name that the hooks add to KVM's files is in the headers for that. */
static void without_the_option_hooks_are_empty(void **state)
{
	static const char names[] =
		"cd " KERNEL " && for name in $(grep -h '^+' hooks/*.cocci | grep -owiE 'kvm_exitstat_[a-z_]+' | sort -u);"
		" do echo $name $(cat exitstat_none.h include/kvm_exitstat.h | grep -cw $name); done";
	FILE *pipe = popen(names, "r");
	unsigned int n = 0, lines;
	char name[128];

	(void)state;
	assert_non_null(pipe);
	for (; fscanf(pipe, "%127s %u", name, &lines) == 2; n++)
		if (!lines)
			fail_msg("kernel/exitstat_none.h lacks %s, which a hook uses", name);
	assert_int_equal(pclose(pipe), 0);
	assert_true(n > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_go_down),
		cmocka_unit_test(without_the_option_hooks_are_empty),
	};

	return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
