# SPDX-License-Identifier: GPL-2.0-only
# The targets, each of which runs a script; "make help" lists them.

# Both reach the emulated host byte for byte: make interprets neither $ nor quotes.
override export CMD := $(value CMD)
export KVM_PARAMS TIMEOUT
export SUITE CHECK ISA IN OUT KVM SERIES LINUX KDIR MUTANT UNIT WORKLOAD TARGET TIME YES ONLY TAP JOBS
export PREFIX DESTDIR
export HOSTS VMS VCPUS REASONS ACCOUNTS SCRAPES

.PHONY: help demo patch series ledger crosscheck mutants bench bench-check bench-series scale questions hw-report fleet fuzz test matrix selftests test-unit docs-check test-prometheus test-lab test-svm test-vmx test-full test-debug test-list shell run clean install deb rpm modules load unload

help:
	@cat tests/lab/help

demo:
	@tests/lab/demo

ledger crosscheck:
	@tests/run-long $@

mutants:
	@if [ -n "$$UNIT" ]; then tests/lab/enter tests/unit/mutate $$MUTANT; else \
		tests/run-mutants $${ISA:+--isa "$$ISA"} $${MUTANT:+"$$MUTANT"}; fi

bench:
	@tests/bench/run $${ISA:+"$$ISA"}

bench-check:
	@tests/bench/check $${ISA:+"$$ISA"}

bench-series:
	@tests/bench/series $${ISA:+"$$ISA"}

scale:
	@tests/bench/scale

questions:
	@tests/questions/run $${ISA:+"$$ISA"}

hw-report:
	@tests/bench/hw-report

fleet:
	@tests/prometheus/fleet

fuzz:
	@tests/fuzz/run --seconds "$${TIME:-600}" $$TARGET

test:
	@tests/run-tests all

test-unit test-prometheus test-lab test-svm test-vmx test-full test-debug:
	@tests/run-tests $(@:test-%=%)

matrix:
	@tests/run-tests matrix

selftests:
	@tests/kvm-selftests/run

patch:
	@tests/lab/foreign patch

series:
	@tests/lab/series

docs-check:
	@tests/run-tests docs

test-list:
	@tests/run-tests --list full

shell:
	@tests/lab/make-run --shell

run:
	@tests/lab/make-run

clean:
	rm -rf build

install:
	@tools/packaging/install

deb:
	@tools/packaging/deb $${CHECK:+check}

rpm:
	@tools/packaging/rpm/build

modules:
	@if [ -n "$$LINUX" ]; then tests/lab/foreign modules; else tests/lab/build kernel; fi

# In a variable, because make takes a line that begins with "load" for a directive.
to_load := load
$(to_load):
	@kernel/modules check
	@export SERIES="$${SERIES:-$$(uname -r | cut -d. -f1,2)}" && $(MAKE) -s modules && set -f && \
		kernel/modules load "build/kernel/$$([ -n "$$LINUX" ] && echo foreign || echo "$$SERIES")" $$KVM_PARAMS

unload:
	@kernel/modules unload
