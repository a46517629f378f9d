# SPDX-License-Identifier: GPL-2.0-only
# figures: functions of the templates *.md.in here, for the data {"svm": [LINE…], "vmx": [LINE…]}.

# --- for one ISA's lines

def part($guest; $part):
	map(select(.guest == $guest and .part == $part)) | first //
	error("the data have no \($part) of the guest \($guest): run make questions");

# Words for reasons that are compared across ISAs.
def names: {
	io: ["io", "IO_INSTRUCTION"], hlt: ["hlt", "HLT"], msr: ["msr", "MSR_WRITE", "MSR_READ"], cpuid: ["cpuid", "CPUID"],
	page: ["npf", "EPT_VIOLATION"], mmio: ["EPT_MISCONFIG"], window: ["vintr", "INTERRUPT_WINDOW"], interrupt: ["interrupt", "EXTERNAL_INTERRUPT"],
	pause: ["pause", "PAUSE_INSTRUCTION"], timer: ["PREEMPTION_TIMER"], cr: ["CR_ACCESS", "read_cr0", "write_cr0", "write_cr4", "cr0_sel_write"], exception: ["EXCEPTION_NMI"], total: ["total"] };

def column($word; $column): .reasons as $r | names[$word] | map($r[.] // [] | .[$column] // 0) | add;
def exits($word): column($word; 0);
def exits: exits("total");
def kernel($word): column($word; 1);

# The reasons, most frequent first: [name, exits, kernel, user, …]
def ranked: .reasons | to_entries | map(select(.key != "total") | [.key] + .value) | sort_by(-.[1]);

# --- as text

def n: round | tostring | [while(length > 0; .[:-3]) | .[-3:]] | reverse | join(",");

def significant: if . >= 100 then round elif . >= 10 then (. * 10 | round) / 10 else (. * 100 | round) / 100 end;

# For microseconds
def time: if . == 0 then "–" elif . < 1000 then "\(significant) µs" elif . < 1e6 then "\(. / 1000 | significant) ms" else "\(. / 1e6 | significant) s" end;

def percent: "\(if . >= 10 then round elif . >= 1 then (. * 10 | round) / 10 else (. * 100 | round) / 100 end) %";

def ratio($other): if $other == 0 then "–" else "\(. / $other | significant)×" end;

def row: "| " + (map(tostring) | join(" | ")) + " |";

def table($head): ([($head | row), ($head | map("---") | row)] + map(row)) | join("\n");

# --- tables

def reasons_table:
	exits as $all |
	[ranked[] | [.[0], (.[1] | n), (100 * .[1] / $all | percent), (.[2] | time), (.[3] | time), (.[2] / .[1] | time)]] +
	[["total", ($all | n), "100 %", (kernel("total") | time), (column("total"; 2) | time), (kernel("total") / $all | time)]] |
	table(["reason", "exits", "share", "kernel", "user", "kernel an exit"]);

def accounts_row($what):
	.accounts as $a | ($a.lifetime - $a.outside) as $life |
	[$what, ($life | time)] + [["guest", "kernel", "user", "halt", "preempt", "block"][] | 100 * $a[.] / $life | percent];

def accounts_table: table(["", "time", "guest", "kernel", "user", "halt", "preempt", "block"]);

# Differences between samples of the boot: [{from, to, exits, reasons: {name: exits}, accounts}], up to $to seconds
def windows($to):
	[.[] | select(.part == "sample" and .at > 0)] | map(select(.at <= $to)) |
	[range(1; length) as $i | .[$i - 1] as $a | .[$i] as $b |
		{ from: $a.at, to: $b.at, exits: (($b.reasons.total[0] // 0) - ($a.reasons.total[0] // 0)),
		  reasons: ($b.reasons // {} | del(.total) | with_entries(.value = .value[0] - ($a.reasons[.key][0] // 0))),
		  accounts: ($b.accounts | with_entries(.value -= $a.accounts[.key])) } | select(.to > .from)];

def boot_windows: part("boot"; "up").at as $up | windows($up);

def rate: .exits / (.to - .from);

# Neighbouring windows, each with at least twice the mean rate, joined into one
def bursts:
	boot_windows as $w | part("boot"; "up") as $up | (($up | exits) / $up.at) as $mean |
	reduce $w[] as $one ([];
		if ($one | rate) < 2 * $mean then .
		elif length > 0 and .[-1].to == $one.from then
			.[-1] |= { from, to: $one.to, exits: (.exits + $one.exits),
				   reasons: (reduce ($one.reasons | to_entries[]) as $r (.reasons; .[$r.key] += $r.value)) }
		else . + [$one] end) |
	sort_by(-.exits) | .[:5] | sort_by(.from);

# The guest's log, by the ledger's clock: {began, init, initcalls: [[from, to, name]]}
def log:
	part("boot"; "log") as $log | (part("boot"; "up").at - $log.done) as $began |
	{ $began, init: ($log.init + $began), initcalls: [$log.initcalls[] | [.[1] - .[2] + $began, .[1] + $began, .[0]]] };

# What the guest did then, by its log
def doing($log):
	. as $b |
	($log.initcalls | map(([.[1], $b.to] | min) as $to | ([.[0], $b.from] | max) as $from | select($to > $from) |
		{ name: .[2], of: ($to - $from) }) | sort_by(-.of) | map(select(.of > ($b.to - $b.from) / 10) | "`\(.name)`") | .[:3]) as $calls |
	if $b.to <= $log.began then "firmware, loading of the kernel"
	elif $calls | length > 0 then $calls | join(", ")
	elif $b.from >= $log.init then "`/init` and what it starts"
	elif $b.from < $log.began then "firmware, loading of the kernel, Linux before its first log line"
	else "Linux, between its initcalls" end;

def bursts_table:
	log as $log |
	[bursts[] | . as $b | (.reasons | to_entries | max_by(.value)) as $top |
		["\(.from * 100 | round / 100)–\(.to * 100 | round / 100) s", (.exits | n), (rate | n),
		 "\($top.key), \(100 * $top.value / .exits | percent)", doing($log)]] |
	table(["when", "exits", "exits/s", "leading reason", "what the guest did"]);

def bursts_share: part("boot"; "up") as $up | 100 * ([bursts[].exits] | add // 0) / ($up | exits) | percent;
def bursts_time: part("boot"; "up") as $up | 100 * ([bursts[] | .to - .from] | add // 0) / $up.at | percent;

def peak: boot_windows | max_by(rate);

# --- for both ISAs

def both(f): (.svm | f), (.vmx | f);

# A boot with one change
def variant_row($what; $guest):
	select(any(.[]; .guest == $guest and .part == "up")) | part($guest; "up") |
	[$what] + [("total", "io", "cpuid", "page", "mmio", "cr", "msr", "interrupt", "hlt") as $word | exits($word) | n] + [.at * 1e6 | time];

def variants_table:
	[variant_row("as above"; "boot"), variant_row("without `initcall_debug`"; "default"), variant_row("two vCPUs"; "vcpus"),
	 variant_row("`ept=0`"; "shadow"), variant_row("an IDE and a virtio disk"; "disk"),
	 variant_row("host memory in 4 KiB pages"; "small_pages"), variant_row("`-overcommit cpu-pm=on`"; "cpu_pm"),
	 variant_row("guest with `idle=poll`"; "idle_poll")] |
	table(["boot", "exits", "port I/O", "CPUID", "page faults", "MMIO", "CR", "MSR", "interrupts", "HLT", "time"]);

# One measurement, with a column for each of $words, for each ISA
def compare($guest; $part; $what; $words):
	def of($isa): if any(.[]; .guest == $guest and .part == $part) then part($guest; $part) as $p |
			[[$isa, $what] + [$words[] as $w | $p | exits($w) | n] +
			 [($p | exits | n), ($p | kernel("total") | time), ($p.seconds * 1e6 | time)]] else [] end;
	(.svm | of("AMD")) + (.vmx | of("Intel"));

# --- pictures: rows for gnuplot

def tsv: map(map(tostring) | join("\t")) | join("\n");

def marks:
	log as $log |
	[[$log.began, "Linux starts"], [$log.init, "/init starts"], [part("boot"; "up").at, "boot done"]] | tsv;

def steps($names; f):
	boot_windows | [["from"] + $names] + map([.from] + f) + [[.[-1].to] + (.[-1] | f)] | tsv;

def plot_exits:
	(part("boot"; "up") | ranked | map(.[0])[:6]) as $top |
	steps($top + ["rest"]; (.to - .from) as $time | .reasons as $r |
		[$top[] as $name | ($r[$name] // 0)] | . + [($r | add // 0) - add] | map(. / $time | round));

def plot_accounts:
	["guest", "kernel", "user", "halt", "preempt", "block"] as $accounts |
	steps($accounts; .accounts as $a | ($a.lifetime | if . > 0 then . else 1 end) as $life |
		[$accounts[] as $name | 100 * ($a[$name] // 0) / $life | . * 10 | round / 10]);

# --- only for docs/questions.md

def boot: part("boot"; "up");

def top($most): ranked[:$most] | map("\(.[0]) \(.[1] | n)") | join("; ");
def bottom($least): ranked[-$least:] | map("\(.[0]) \(.[1] | n)") | join("; ");

def both_ranked:
	(.svm | boot | ranked) as $svm | (.vmx | boot | ranked) as $vmx |
	def cell($place): if .[$place] then "\(.[$place][0]), \(.[$place][1] | n)" else "" end;
	[range(0; 5) as $i | ["most frequent, \($i + 1)", ($svm | cell($i)), ($vmx | cell($i))] | row] +
	[range(3; 0; -1) as $i | ["least frequent, \($i)", ($svm | cell(length - $i)), ($vmx | cell(length - $i))] | row] | join("\n");

# Two boots of the same guest: exits that the guest causes repeat, those that the clock causes need not.
def repeat_row($what; $word):
	[$what] + [.svm, .vmx | (part("boot"; "up") | exits($word)), (part("default"; "up") | exits($word)) | n];

def repeat_table:
	[repeat_row("port I/O"; "io"), repeat_row("CPUID"; "cpuid"), repeat_row("page faults"; "page"), repeat_row("control registers"; "cr"),
	 repeat_row("interrupts"; "interrupt"), repeat_row("MSR"; "msr"), repeat_row("preemption timer"; "timer"), repeat_row("all"; "total")] |
	table(["", "AMD, one boot", "another", "Intel, one boot", "another"]);

def costliest: ranked | sort_by(-.[2]) | .[:3] | map("\(.[0]) (\(.[2] | time))") | join(", ");

def measured($columns): table(["host", "what"] + $columns + ["all exits", "kernel", "time"]);

def shadow_table:
	part("default"; "up") as $with | part("shadow"; "up") as $without |
	[$with, $without | .reasons | keys[]] | unique | map(. as $name |
		[$name, ($with.reasons[$name][0] // 0), ($without.reasons[$name][0] // 0)]) |
	map(select(.[0] != "total" and ([.[1], .[2]] | max) >= 50)) | sort_by(-([.[1], .[2]] | max)) |
	map(. as $r | [$r[0], ($r[1] | n), ($r[2] | n), ($r[2] | ratio($r[1]))]) | table(["reason", "`ept=1`", "`ept=0`", ""]);

def idle_row($isa; $what; $guest):
	select(any(.[]; .guest == $guest and .part == "idle")) | part($guest; "idle") as $p |
	[$isa, $what] + ([["hlt", "interrupt", "msr"][] as $w | ($p | exits($w)) / $p.seconds | significant]) +
	[($p | exits) / $p.seconds | significant] + ($p | accounts_row("") | [.[2], .[3], .[5]]);

def idle_table:
	def rows($isa): [idle_row($isa; "HLT (default)"; "boot"), idle_row($isa; "HLT without an exit: `-overcommit cpu-pm=on`"; "cpu_pm"),
		idle_row($isa; "a loop: `idle=poll` in the guest"; "idle_poll")];
	(.svm | rows("AMD")) + (.vmx | rows("Intel")) |
	table(["", "idle by", "HLT/s", "interrupts/s", "MSR/s", "exits/s", "guest", "kernel", "halt"]);

# CPUIDs that a process makes when it starts, from fifty processes without the loop's own CPUIDs
def per_process: ((part("default"; "processes") | exits("cpuid")) - (part("default"; "builtin") | exits("cpuid"))) / 50;

def hex: tonumber | [recurse(if . >= 16 then . / 16 | floor else empty end) % 16] | reverse |
	map("0123456789abcdef"[.:. + 1]) | "0x" + join("");

# The $most largest entries of a bpftrace map: @MAP[KEY]: COUNT
def trace($map; $most; f):
	[part("who"; "trace").text | split("\n")[] | capture("^@\($map)\\[(?<key>.*)\\]: (?<count>[0-9]+)$") | .count |= tonumber] |
	sort_by(-.count) | .[:$most] | map([(.key | f), (.count | n)]) | table(["\($map)", "exits"]);

def registers($guest; $part; $leaf):
	part($guest; $part).registers as $r |
	"    CPU:\n       \($leaf) 0x00: eax=0x\($r[0]) ebx=0x\($r[1]) ecx=0x\($r[2]) edx=0x\($r[3])";

def from_hex: ascii_downcase | explode | reduce .[] as $c (0; . * 16 + (if $c >= 97 then $c - 87 else $c - 48 end));
def wide: (.[1] | from_hex) * 4294967296 + (.[2] | from_hex);

def register_exits: part("boot"; "total").registers[0] | from_hex;
def register_cycles: part("boot"; "cycles").registers | wide;

# The host's last reading before the guest's, and the first after it
def around($guest):
	map(select(.part == "sample" and (.reasons.total[0] // 0) > 0)) |
	[(map(select(.reasons.total[0] <= $guest.reasons.total[0])) | last), (map(select(.reasons.total[0] >= $guest.reasons.total[0])) | first)];

def cross_table:
	part("boot"; "show") as $guest | around($guest) as [$before, $after] |
	[$guest | ranked[] | .[0] as $name | [$name, ($before.reasons[$name][0] // 0), .[1], ($after.reasons[$name][0] // 0)]] +
	[["total", $before.reasons.total[0], $guest.reasons.total[0], $after.reasons.total[0]]] |
	map(. + [if .[1] <= .[2] and .[2] <= .[3] then "yes" else error("the guest read \(.[2]) of \(.[0]), the host \(.[1]) and \(.[3])") end]) |
	map(.[1:4] |= . | [.[0], (.[1] | n), (.[2] | n), (.[3] | n), .[4]]) |
	table(["reason", "host, before", "guest", "host, after", "enclosed"]);

def layouts_table:
	. as $lines |
	[["0x4FFFFFFF", "f"], ["0x4FFFFFFE", "e"], ["0x4FFFFFFD", "d"], ["0x4FFFFFFC", "c"]] |
	map([.[0]] + [("2020", "2021", "2022") as $year | .[1] as $leaf | ($lines | part("boot"; "leaf_\($year)_\($leaf)").registers) as $r |
		([if ($r[0] | from_hex) > 0 then "eax \($r[0] | from_hex | n)" else empty end,
		  if ($r | wide) > 0 then "ebx:ecx \($r | wide | n)" else empty end] | if length == 0 then ["0"] else . end | join(", "))]) |
	table(["leaf", "2020", "2021", "2022"]);

# The first report in the kernel log
def report:
	part("boot"; "report").text | rtrimstr("\n") | split("\n") |
	(map(startswith("kvm-exitstat: VM")) | rindex(true) // 0) as $last | .[$last:] | map("    " + .) | join("\n");

# --- only for docs/reading.md

# Sources of interrupts, each with its remedy: [what, guest, part]
def window_cases:
	[[["text to the serial console", "default", "serial"], ["the same to a virtio port", "default", "virtio_port"]],
	 [["4 MiB from an IDE disk", "disk", "ide"], ["the same from a virtio disk", "disk", "virtio"]],
	 [["300 round trips between tasks on two vCPUs", "vcpus", "apart"], ["the same on one vCPU", "vcpus", "together"]]];

def window_measured:
	def rows($isa): . as $lines | window_cases | add | map(. as [$what, $guest, $part] | ($lines | part($guest; $part)) as $p |
		[$isa, $what, ($p | exits("window") | n), ($p | kernel("window") | time), ($p | exits | n), ($p.seconds * 1e6 | time)]);
	(.svm | rows("AMD")) + (.vmx | rows("Intel")) |
	table(["host", "what", "interrupt windows", "their kernel", "all exits", "time"]);

# The share of windows that the remedies leave, from the best to the worst
def window_falls:
	[(.svm, .vmx) | . as $lines | window_cases[] | map(. as [$what, $guest, $part] | $lines | part($guest; $part) | exits("window")) |
		100 * .[1] / .[0]] | "\(min | round)–\(max | round) %";

# Only for Intel, because PAUSE makes no exits in the emulated AMD host
def pause_measured:
	. as $lines |
	[["boot, two vCPUs", "vcpus", "up"], ["boot, one vCPU", "default", "up"], ["300 round trips, tasks on two vCPUs", "vcpus", "apart"],
	 ["the same on one vCPU", "vcpus", "together"], ["a program's lock that spins, two vCPUs", "vcpus", "lock"]] |
	map(. as [$what, $guest, $part] | ($lines | part($guest; $part)) as $p |
		[$what, ($p | exits("pause") | n), ($p | column("pause"; 1) | time), ($p.accounts.preempt | time)]) |
	table(["", "PAUSE", "its kernel", "preempt, all reasons"]);
