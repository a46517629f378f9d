# SPDX-License-Identifier: GPL-2.0-only
# $(O)/msr_names.h: the names of MSRs, for model/key_names.c. Of a number's names the first is taken.

MSR_INDEX ?= $(lastword $(sort $(wildcard /usr/src/linux-headers-*-common/arch/x86/include/asm/msr-index.h)))

$(O)/msr_names.h: $(MSR_INDEX) $(lastword $(MAKEFILE_LIST))
	@mkdir -p $(@D)
	sed -nE 's/^#define[[:space:]]+MSR_([A-Za-z0-9_]+)[[:space:]]+(0x[[:xdigit:]]{1,8})([[:space:]].*)?$$/\2 \1/p' $(or $(MSR_INDEX),/dev/null) | \
		awk '!seen[tolower($$1)]++ { printf "NAME(\"msr\", 0, %s, %s, \"%s\")\n", $$1, $$1, $$2 }' >$@.new
	mv $@.new $@
