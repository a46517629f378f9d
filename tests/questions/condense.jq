# SPDX-License-Identifier: GPL-2.0-only
# What the guest $guest printed, sections that each follow a line "@ NAME": a line of JSON for each.
include "reading";

# Its log with initcall_debug: when the initcalls ended that took 5 ms or more and how long they took, by the log's own
# clock; the line "boot done" was written when the reading "up" was made, and tells that clock from the ledger's.
def log:
	def at: capture("^\\[ *(?<at>[0-9.]+)\\]").at | tonumber;
	{ initcalls: map(select(test("initcall [^ ]+ returned")) | at as $at | capture("initcall (?<name>[a-zA-Z0-9_]+).* after (?<us>[0-9]+) usecs") |
		select((.us | tonumber) >= 5000) | [.name, $at, (.us | tonumber / 1e6)]),
	  init: (map(select(test("Run /init")) | at) | first),
	  done: (map(select(test("\\] boot done")) | at) | first) };

def registers:
	map(capture("eax=0x(?<a>[0-9a-f]+) ebx=0x(?<b>[0-9a-f]+) ecx=0x(?<c>[0-9a-f]+) edx=0x(?<d>[0-9a-f]+)")) | first | [.a, .b, .c, .d];

reduce (inputs | sub("\r$"; "")) as $line ([];
	if $line | startswith("@ ") then . + [[$line[2:], []]]
	elif length > 0 then .[-1][1] += [$line] else . end) |
.[] | .[0] as $part | .[1] | { guest: $guest, part: $part } +
	if $part == "text" then { }
	elif $part == "log" then log
	elif any(.[]; startswith("CPU")) then { registers: registers }
	else (.[:(map(. == "}") | index(true)) + 1] | join("\n") | fromjson | reading) end
