# SPDX-License-Identifier: GPL-2.0-only
# build/bench.json as Markdown; run by jq -r.
def variants: [
	["unpatched", "rebuilt unpatched"],
	["off", "ours, `exitstat=0`"],
	["on", "**ours, on** (the default)"],
	["hist", "ours, on, `exitstat_hist=1`"],
	["keys", "ours, on, `exitstat_keys=1`"],
	["tracepoint", "kvm:kvm_exit into the trace ring"],
	["perf_stat_one", "perf stat, one counter, total only"],
	["perf_exits", "`perf-exits`, a counter a reason"],
	["bpftrace_count", "bpftrace `exits.bt`"],
	["bpftrace_latency", "bpftrace `exit-latency.bt`"],
	["bpftrace_ledger", "bpftrace `exit-ledger.bt`"],
	["bpftrace_fastpath", "bpftrace `fastpath.bt`"],
	["perf_record", "perf record, exits and entries"],
	["perf_kvm_stat", "perf kvm stat record"],
	["global_atomic", "global atomic counters, as taught"]
];
def workloads: [["cpuid", "CPUID"], ["msr_write", "MSR write"], ["pio", "port I/O"], ["page_fault", "page fault"]];
def isas: [["vmx", "VMX"], ["svm", "SVM"]];

# The methods that count by reason, with which ours is compared.
def by_reason: ["tracepoint", "perf_exits", "bpftrace_count", "bpftrace_latency", "perf_kvm_stat"];
# off, on, limit of on
def goals: {cpuid: [2, 18, 24], msr_write: [2, 24, 28], pio: [2, 46, 48], page_fault: [2, 22, 32]};

def grouped: tostring | [while(length > 0; .[:-3]) | .[-3:]] | reverse | join(",");
def signed: if . < 0 then "−\(-. | grouped)" else "+\(grouped)" end;
def ratio: if . >= 10 then round | tostring else . * 10 | round | . / 10 | tostring end;

def added($of; $workload; $variant): $of[$workload] | .[$variant] - .unpatched;

def cell($of; $workload; $variant):
	($of[$workload][$variant] | grouped) as $all
	| if $variant == "unpatched" then $all
	else added($of; $workload; $variant) as $added
		| added($of; $workload; "on") as $ours
		| "\($all) (\($added | signed)\(if $variant == "on" or $variant == "off" or $variant == "hist" or $variant == "keys" or $ours <= 0 then ""
			else ", \($added / $ours | ratio)×" end))"
	end;

def bytes($variant): (.bytes_per_exit.any.cpuid[$variant]) as $in_place
	| [(.bytes_per_exit.vmx, .bytes_per_exit.svm) | select(.) | .[][$variant] | select(.)] as $stream
	| if $in_place then "\($in_place), in place"
	elif $stream | length > 0 then
		($stream | unique) as $s
		| (if $s[0] == $s[-1] then "\($s[0])" else "\($s[0])–\($s[-1])" end) + ", a stream"
	else "in place" end;

def memory($variant):
	[(.memory.any, .memory.vmx, .memory.svm) | select(.) | .[$variant] | select(.) | to_entries[]] as $m
	| if $m | length == 0 then "0"
	else ($m | map(.value) | unique | map(grouped) | join(" / "))
		+ {per_vcpu: "", per_cpu: " a CPU", maps: " in maps"}[$m[0].key] end;

def table($isa; $name):
	.[$isa] as $of
	| "| \($name): KVM \(.kernel) | " + (workloads | map(.[1]) | join(" | ")) + " |",
	"| --- | --- | --- | --- | --- |",
	(variants[] | . as [$variant, $text] | select($of.cpuid[$variant])
		| "| \($text) | " + (workloads | map(cell($of; .[0]; $variant)) | join(" | ")) + " |"),
	"";

def goal($isa; $name; $workload):
	.[$isa] as $of
	| goals[$workload] as [$off, $on, $limit]
	| added($of; $workload; "off") as $is_off
	| added($of; $workload; "on") as $is_on
	| (if $is_off > $off then
		"- \($name), \($workload): off adds \($is_off) instructions, \($is_off - $off) more than the goal, \($off)." else empty end),
	(if $is_on > $limit then
		"- \($name), \($workload): on adds \($is_on) instructions, which exceeds the limit, \($limit), by \($is_on - $limit); the goal is \($on)."
	elif $is_on > $on then
		"- \($name), \($workload): on adds \($is_on) instructions, \($is_on - $on) more than the goal, \($on)." else empty end),
	(select($workload != "pio")
		| by_reason[] as $method
		| (added($of; $workload; $method) / ([$is_on, 1] | max)) as $times
		| (if $method == "perf_kvm_stat" then 100 else 25 end) as $wanted
		| select($times < $wanted)
		| "- \($name), \($workload): \($method) adds \($times * 10 | floor / 10) times what ours does; the goal is \($wanted) times.");

. as $all
| "Made by `make bench`, with Debian's linux-source-6.12 (\(.kernel)), all variants built by \(.compiler).",
"Instructions an exit, the whole round trip as the guest sees it; median of 10,007 single",
"exits after 1,000 others, on one emulated CPU. In brackets: instructions added to the",
"unpatched KVM's, and that as a multiple of ours, on. Tracing methods run on the unpatched KVM.",
"",
(isas[] | . as [$isa, $name] | select($all[$isa]) | . as $i | $all | table($isa; $name)),
"| method | bytes written an exit | bytes of memory a vCPU |",
"| --- | --- | --- |",
(variants[1:][] | . as [$variant, $text] | $all
	| if $variant == "off" then empty
	elif $variant == "hist" then "| \($text) | \(.bytes_per_exit.any.cpuid.on + 8), in place | \(memory($variant)) |"
	else "| \($text) | \(bytes($variant)) | \(memory($variant)) |" end),
"",
(if .vmx and added(.vmx; "msr_write"; "global_atomic") == 0 then
	"Counters around handle_exit, as taught, add nothing to VMX' MSR write, as they do not count it:",
	"KVM enters the guest again from the fastpath.", "" else empty end),
([isas[] | . as [$isa, $name] | select($all[$isa]) | $all | goal($isa; $name; goals | keys_unsorted[])] as $missed
	| if $missed | length == 0 then "All goals are met: off ≤ 2 instructions, on ≤ 18 for CPUID, 24 for the MSR write, 46 for port I/O, which has two hooks more, and 22 for the page fault; 25 times less than any tracing method by reason, 100 times less than perf kvm stat."
	else "Goals missed:", "", $missed[] end)
