# SPDX-License-Identifier: GPL-2.0-only
# lib.sh: shared by run and check: builds of KVM, and a boot that measures them.
# shellcheck shell=bash disable=SC2034 # what others use

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lib.sh
. "$bench/../lab/lib.sh"

# All variants, in an order that loads each set of modules only once or twice.
variants=(unpatched off on hist keys tracepoint perf_stat_one perf_exits bpftrace_count bpftrace_latency bpftrace_ledger
	bpftrace_fastpath perf_record perf_kvm_stat global_atomic)
workloads=(cpuid pio msr_write page_fault)

work=
cleanup()
{
	trap '' INT TERM HUP PIPE
	end_job
	[ -z "$work" ] || remove "$work"
}
trap cleanup EXIT

# need_modules NAME…: builds unpatched, ours or global_atomic into $work/in/NAME.
need_modules()
{
	local name dir
	mkdir -p "$repo/build/bench"
	lock "$repo/build/tree" -x
	for name; do
		dir=$repo/build/bench/$name
		case $name in
		ours)
			dir=$repo/build/kernel/$series
			build kernel
			;;
		unpatched)
			[ "$series" = "$main_series" ] || dir+=-$series
			build kernel STOCK=1 "OUT=${dir/#"$repo"//src}"
			;;
		# Without hooks, but with this patch, also if the source is there from before.
		global_atomic)
			rm -f "$dir/linux/.synced"
			build kernel STOCK=1 OUT=/src/build/bench/global_atomic \
				EXTRA_PATCHES=/src/tests/bench/global_atomic.patch
			grep -q bench_exits "$dir/linux/arch/x86/kvm/vmx/vmx.c" ||
				die "$dir was built without tests/bench/global_atomic.patch: see kernel/Makefile"
			;;
		esac
		mkdir -p "$work/in/$name"
		cp "$dir"/kvm*.ko "$work/in/$name/"
	done
	kernel=$(cat "$repo/build/kernel/$series/release")
	unlock "$repo/build/tree"
	compiler=$(background in_root gcc --version | sed -n 1p)
}

# bundle: copies the files that tests/bench/native needs to $work/in.
bundle()
{
	need_modules unpatched ours global_atomic
	lock "$repo/build/tree" -x
	build tools
	build tests/guest
	unlock "$repo/build/tree"
	mkdir "$work/in/bin"
	cp "$repo/build/tools/exitstat" "$repo/build/tests/kvmrun" "$work/in/bin/"
	find "$repo/perf-scripts" -maxdepth 1 -type f -exec cp -pt "$work/in/bin" {} +
	cp "$bench/inside" "$bench/native" "$repo/kernel/modules" "$work/in/"
}

# measure ISA WORKLOADS VARIANT…: prints the lines of tests/bench/inside.
measure()
{
	local isa=$1 said=$work/said.$1
	local -a icount=()
	[ "$isa" = vmx ] || icount=(--icount)
	cp "$bench/inside" "$work/in/"
	background "$lab/run" --isa "$isa" "${icount[@]}" --in "$work/in" -- "/in/inside ${*:2}" >"$said" </dev/null || {
		grep -v '^figure\|^bytes\|^memory' "$said" >&2 || :
		die "not all could be measured on $isa: see above"
	}
	cat "$said"
}

# median LINES VARIANT WORKLOAD
median()
{
	awk -v variant="$2" -v workload="$3" \
		'$1 == "figure" && $2 == variant && $3 == workload { print $4; n++ } END { exit n != 1 }' <<<"$1" ||
		die "there is no figure for $2, $3"
}

# in_page NAME FILE [PAGE]: puts FILE between the markers NAME of PAGE (docs/overhead.md).
in_page()
{
	local page=$repo/${3-docs/overhead.md}
	if ! grep -q "^<!-- $1: begin" "$page" || ! grep -q "^<!-- $1: end" "$page"; then
		die "${page#"$repo/"} has no markers '<!-- $1: begin' and '<!-- $1: end': put them where the tables belong"
	fi
	awk -v name="$1" -v file="$2" '
		$0 ~ "^<!-- " name ": end" { while ((getline line <file) > 0) print line; inside = 0 }
		!inside
		$0 ~ "^<!-- " name ": begin" { inside = 1 }' "$page" >"$work/page"
	cat "$work/page" >"$page"
}
