// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's parameters, written and read like the kernel does it.
 */
#include "unit.h"

#include "vm.h"

static void reads(const char *name, const char *want)
{
	char page[4096];

	assert_int_equal(vm_param(name)->ops->get(page, vm_param(name)), strlen(want));
	assert_string_equal(page, want);
}

static void set(const char *name, const char *value)
{
	assert_int_equal(vm_set(name, value), 0);
}

static void refuses(const char *name, const char *value, const char *stays)
{
	if (vm_set(name, value) != -EINVAL)
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
	unsigned int i;

	(void)state;
	assert_int_equal(kshim_nr_params, 6);
	for (i = 0; i < kshim_nr_params; i++)
		assert_int_equal(kshim_params[i]->perm, 0644);
	reads("exitstat", "1\n");
	reads("exitstat_hist", "0\n");
	reads("exitstat_keys", "0\n");
	reads("exitstat_guest", "1\n");
	reads("exitstat_layout", "2022\n");
	reads("exitstat_log", "0\n");
}

/* The keys that each setting leaves */
static void keys_are(bool counting, bool hist)
{
	assert_int_equal(kvm_exitstat_exit_key.enabled, counting);
	assert_int_equal(kvm_exitstat_entry_key.enabled, counting);
	assert_int_equal(kvm_exitstat_key.enabled, counting);
	assert_int_equal(kvm_exitstat_run_end_key.enabled, counting);
	assert_int_equal(kvm_exitstat_hist_key.enabled, hist);
}

/*
 * While the code is patched: if exits are counted, all other hooks are on, and if any hook
 * is on, the entry hook is.
 */
static void entries_settle_what_exits_count(void)
{
	assert_true(!kvm_exitstat_exit_key.enabled || kvm_exitstat_key.enabled);
	assert_true(!kvm_exitstat_exit_key.enabled || kvm_exitstat_run_end_key.enabled);
	assert_true(!kvm_exitstat_run_end_key.enabled || kvm_exitstat_key.enabled);
	assert_true(!kvm_exitstat_key.enabled || kvm_exitstat_entry_key.enabled);
}

static void exitstat_switches_the_ledger(void **state)
{
	(void)state;
	kshim_hooks.patched = entries_settle_what_exits_count;
	keys_are(true, false);
	set("exitstat", "0\n");
	reads("exitstat", "0\n");
	keys_are(false, false);
	refuses_nonsense("exitstat", "0\n");
	refuses("exitstat", "2", "0\n");
	set("exitstat", "0");
	keys_are(false, false);
	set("exitstat", "1");
	reads("exitstat", "1\n");
	keys_are(true, false);
	refuses_nonsense("exitstat", "1\n");
	refuses("exitstat", "2", "1\n");
	set("exitstat", "1");
	keys_are(true, false);
	kshim_hooks.patched = NULL;
}

static void exitstat_hist_switches_histograms(void **state)
{
	(void)state;
	kshim_hooks.patched = entries_settle_what_exits_count;
	set("exitstat_hist", "1\n");
	reads("exitstat_hist", "1\n");
	keys_are(true, true);
	refuses_nonsense("exitstat_hist", "1\n");
	refuses("exitstat_hist", "2", "1\n");
	set("exitstat", "0");
	keys_are(false, true);
	set("exitstat_hist", "0");
	keys_are(false, false);
	set("exitstat_hist", "1");
	keys_are(false, true);
	set("exitstat", "1");
	keys_are(true, true);
	set("exitstat_hist", "1");
	keys_are(true, true);
	set("exitstat_hist", "0");
	reads("exitstat_hist", "0\n");
	keys_are(true, false);
	refuses("exitstat_hist", "2", "0\n");
	kshim_hooks.patched = NULL;
}

static void exitstat_guest_takes_0_to_2(void **state)
{
	(void)state;
	set("exitstat_guest", "0");
	assert_int_equal(vm_get("exitstat_guest"), 0);
	refuses_nonsense("exitstat_guest", "0\n");
	set("exitstat_guest", "2");
	assert_int_equal(vm_get("exitstat_guest"), 2);
	refuses_nonsense("exitstat_guest", "2\n");
	refuses("exitstat_guest", "3", "2\n");
	set("exitstat_guest", "1");
	assert_int_equal(vm_get("exitstat_guest"), 1);
}

static void exitstat_layout_takes_three_years(void **state)
{
	(void)state;
	set("exitstat_layout", "2020");
	assert_int_equal(vm_get("exitstat_layout"), 2020);
	refuses("exitstat_layout", "2019", "2020\n");
	set("exitstat_layout", "2021");
	refuses("exitstat_layout", "0", "2021\n");
	set("exitstat_layout", "2022");
	refuses("exitstat_layout", "2023", "2022\n");
	refuses("exitstat_layout", "1", "2022\n");
	refuses_nonsense("exitstat_layout", "2022\n");
	assert_int_equal(vm_get("exitstat_layout"), 2022);
}

static void exitstat_log_takes_0_and_from_1000_on(void **state)
{
	(void)state;
	set("exitstat_log", "1000\n");
	refuses_nonsense("exitstat_log", "1000\n");
	refuses("exitstat_log", "1", "1000\n");
	refuses("exitstat_log", "999", "1000\n");
	set("exitstat_log", "4294967295");
	reads("exitstat_log", "4294967295\n");
	set("exitstat_log", "0");
	refuses_nonsense("exitstat_log", "0\n");
	refuses("exitstat_log", "999", "0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_and_modes_are_as_documented),
		cmocka_unit_test(exitstat_switches_the_ledger),
		cmocka_unit_test(exitstat_hist_switches_histograms),
		cmocka_unit_test(exitstat_guest_takes_0_to_2),
		cmocka_unit_test(exitstat_layout_takes_three_years),
		cmocka_unit_test(exitstat_log_takes_0_and_from_1000_on),
	};

	return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
