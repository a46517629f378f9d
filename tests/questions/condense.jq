# SPDX-License-Identifier: GPL-2.0-only
# Turns the output of the guest $guest, sections that each follow a line "@ NAME", into a line of JSON for each section.
include "reading";

# The guest's log with initcall_debug: the end and the length of initcalls that took 5 ms or more, by the log's clock.
# The line "boot done" was written at the time of the reading "up", which gives the offset to the ledger's clock.
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
