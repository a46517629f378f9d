# SPDX-License-Identifier: GPL-2.0-only
# build/scale.json as Markdown; run by jq -r.
def methods: [["kvm", "KVM's own RDTSC, one"], ["rdtsc", "two RDTSC alone"], ["ours", "**ours**"], ["unpadded", "ours, unpadded neighbours"],
	["atomic", "global atomic counters"], ["lock", "counters behind a global lock"]];
def fixed($digits): pow(10; $digits) as $p | (. * $p | round) as $n
	| if $digits == 0 then $n | tostring
	else ($n / $p | floor | tostring) + "." + ("000" + ($n % $p | tostring))[-$digits:] end;
def signed: if . < 0 then "−\(-. | fixed(1))" else "+\(fixed(1))" end;
def spread: "± \(fixed(1))";
# By least squares, y in ns: [slope, intercept, r²]
def line: (map(.vcpus) | add / length) as $mx | (map(.ns) | add / length) as $my
	| (map((.vcpus - $mx) * (.ns - $my)) | add) as $sxy
	| (map((.vcpus - $mx) | . * .) | add) as $sxx
	| (map((.ns - $my) | . * .) | add) as $syy
	| [$sxy / $sxx, $my - $sxy / $sxx * $mx, $sxy * $sxy / ($sxx * $syy)];

. as $all
| (.exits | map(.threads) | unique) as $threads
| "Made by `make scale` on \(.model), \(.cores) cores, TSC at \(.tsc_khz / 1000 | round) MHz: the hot path as it is,",
"in user space, an exit and its entry after the other, a pinned thread a core. TSC cycles",
"and ns; median of 31 rounds of 2,000 exits a thread ± the median absolute deviation. A round in which",
"a thread was switched away, or had nobody to contend with, was repeated: \(.repeated) times in all.",
"",
"| an exit and its entry | " + ($threads | map("\(.) thread\(if . > 1 then "s" else "" end)") | join(" | "))
	+ " | times ours, \($threads[-1]) thread\(if $threads[-1] > 1 then "s" else "" end) |",
"| --- |" + ($threads | map(" --- |") | add) + " --- |",
((.exits[] | select(.method == "ours" and .threads == $threads[-1]) | .cycles) as $ours
	| methods[] | . as [$method, $text]
	| "| \($text) | " + ($threads | map(. as $n | $all.exits[] | select(.method == $method and .threads == $n)
		| "\(.cycles | fixed(1)) \(.mad | spread) (\(.ns | fixed(1)) ns)") | join(" | "))
	+ " | \($all.exits[] | select(.method == $method and .threads == $threads[-1]) | .cycles / $ours | fixed(1)) |"),
"",
([.exits[] | select(.threads == 1)] | map({(.method): .cycles}) | add
	| "Debian's KVM reads the TSC once at each slow exit, and ours no more: with the ledger a slow exit takes \(.ours - .kvm | signed)",
	"cycles, \((.ours - .kvm) / .kvm | fixed(2)) times that reading; a fastpath exit, where KVM reads none, \(.ours | signed), \(.ours / .kvm | fixed(2)) times. Goals: 1.15 and 2.1.", ""),
(.transfer | select(.) | "A cache line goes to another of these cores and back in \(.cycles | fixed(0)) cycles. On a virtual machine that changes with", "where its host runs them, and with it all that is shared: a figure before or after which it took", "less than half of that, or more than twice, was repeated.", ""),
"![Cycles an exit against threads](scale-exits.svg)",
"",
"What a CPUID makes KVM do that asks for a total over all vCPUs, while none, one or all of",
"them write: \(.cores - 1) thread\(if .cores == 2 then " writes" else "s write" end), in which each vCPU exits every 1,500 cycles,
or as often as so many threads can make it. The number of exits is a load a vCPU,",
"and not one for each reason; kernel time is a consistent reading of ten words.",
"",
"| total | writing | " + ([.reading[].vcpus] | unique | map("\(.)") | join(" | ")) + " vCPUs | ns a vCPU | r² | retries per million |",
"| --- | --- |" + ([.reading[].vcpus] | unique | map(" --- |") | add) + " --- | --- | --- |",
(.reading | group_by([.value, ({"0": 0, "1": 1, "all": 2}[.writing])])[] | . as $rows
	| ($rows | line) as [$slope, $_, $r2]
	| "| \({exits: "exits", kernel: "kernel time"}[$rows[0].value]) | \({"0": "none", "1": "one", "all": "all"}[$rows[0].writing]) | "
	+ ($rows | sort_by(.vcpus) | map("\(.ns | if . < 100 then fixed(1) else fixed(0) end) ns") | join(" | "))
	+ " | \($slope | fixed(2)) | \($r2 | fixed(3)) | \($rows | map(.retries_per_million) | max | fixed(0)) |"),
"",
"![Time of a reading against vCPUs](scale-reading.svg)",
"",
(if .paced | length > 0 then
	"A writer whose exits take 1,500 cycles, beside \(.paced[0].readers) reader\(if .paced[0].readers > 1 then "s" else "" end) of a total that make",
	"one CPUID exit, 1,500 cycles too, a reading; the goal is less than 5 %:",
	"",
	"| total | vCPUs read | cycles an exit, alone | beside readers | difference, of 1,500 cycles | less than 5 % |",
	"| --- | --- | --- | --- | --- | --- |",
	(.paced[] | "| \({exits: "exits", kernel: "kernel time"}[.value]) | \(.vcpus) | \(.alone | fixed(1)) \(.alone_mad | spread) | \(.beside | fixed(1)) \(.beside_mad | spread) | \(.beside - .alone | signed) (\(.percent_of_1500 | signed) %) | \(if .percent_of_1500 < 5 then "yes" else "no, by \(.percent_of_1500 - 5 | fixed(1)) %" end) |")
else "One core: no reader can run beside a writer." end)
