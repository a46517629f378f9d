// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameters of the module, set and read as the kernel would.
 */
#include "unit.h"

#include "vm.h"

static const struct kernel_param *param(const char *name)
{
	unsigned int i;

	for (i = 0; i < kshim_nr_params; i++)
		if (!strcmp(kshim_params[i]->name, name))
			return kshim_params[i];
	fail_msg("there is no parameter %s", name);
	return NULL;
}

static void reads(const char *name, const char *want)
{
	char page[4096];

	assert_int_equal(param(name)->ops->get(page, param(name)), strlen(want));
	assert_string_equal(page, want);
}

static void set(const char *name, const char *value)
{
	assert_int_equal(param(name)->ops->set(value, param(name)), 0);
}

static void refuses(const char *name, const char *value, const char *stays)
{
	if (param(name)->ops->set(value, param(name)) != -EINVAL)
		fail_msg("%s=%s is not refused with EINVAL", name, value);
	reads(name, stays);
}

static const char *const nonsense[] = {
	"", " ", "-1", "4", "3x", "x", "1.0", "on", "4294967296", "4294967297",
	"99999999999999999999", "0x100000001", "1 2", "1\n\n",
};

static void refuses_nonsense(const char *name, const char *stays)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nonsense); i++)
		refuses(name, nonsense[i], stays);
}

static void defaults_and_modes_are_as_documented(void **state)
{
	(void)state;
	assert_int_equal(kshim_nr_params, 3);
	reads("exitstat", "1\n");
	reads("exitstat_guest", "1\n");
	reads("exitstat_layout", "2022\n");
	assert_int_equal(param("exitstat")->perm, 0644);
	assert_int_equal(param("exitstat_guest")->perm, 0644);
	assert_int_equal(param("exitstat_layout")->perm, 0644);
	assert_true(kvm_exitstat_key.enabled);
}

static void exitstat_switches_counting(void **state)
{
	(void)state;
	set("exitstat", "0\n");
	reads("exitstat", "0\n");
	assert_false(kvm_exitstat_key.enabled);
	refuses_nonsense("exitstat", "0\n");
	refuses("exitstat", "2", "0\n");
	assert_false(kvm_exitstat_key.enabled);
	set("exitstat", "1");
	reads("exitstat", "1\n");
	assert_true(kvm_exitstat_key.enabled);
	refuses_nonsense("exitstat", "1\n");
	refuses("exitstat", "2", "1\n");
	assert_true(kvm_exitstat_key.enabled);
}

static void exitstat_guest_takes_0_to_2(void **state)
{
	(void)state;
	set("exitstat_guest", "0");
	assert_int_equal(kvm_exitstat_guest, 0);
	refuses_nonsense("exitstat_guest", "0\n");
	set("exitstat_guest", "2");
	assert_int_equal(kvm_exitstat_guest, 2);
	refuses_nonsense("exitstat_guest", "2\n");
	refuses("exitstat_guest", "3", "2\n");
	set("exitstat_guest", "1");
	assert_int_equal(kvm_exitstat_guest, 1);
}

static void exitstat_layout_takes_three_years(void **state)
{
	(void)state;
	set("exitstat_layout", "2020");
	assert_int_equal(kvm_exitstat_layout, 2020);
	refuses("exitstat_layout", "2019", "2020\n");
	set("exitstat_layout", "2021");
	refuses("exitstat_layout", "0", "2021\n");
	set("exitstat_layout", "2022");
	refuses("exitstat_layout", "2023", "2022\n");
	refuses("exitstat_layout", "1", "2022\n");
	refuses_nonsense("exitstat_layout", "2022\n");
	assert_int_equal(kvm_exitstat_layout, 2022);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_and_modes_are_as_documented),
		cmocka_unit_test(exitstat_switches_counting),
		cmocka_unit_test(exitstat_guest_takes_0_to_2),
		cmocka_unit_test(exitstat_layout_takes_three_years),
	};

	return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
