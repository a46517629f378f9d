# SPDX-License-Identifier: GPL-2.0-only
# The lines of tests/bench/run as build/bench.json; run by jq -Rn.
def scope: {vcpu: "per_vcpu", cpu: "per_cpu", maps: "maps"}[.];

reduce (inputs | split(" ")) as $line ({isa: null, out: {}};
	$line[0] as $what
	| if $what == "kernel" or $what == "compiler" then
		.out[$what] = ($line[1:] | join(" "))
	elif $what == "isa" then
		.isa = $line[1]
	elif $what == "figure" then
		.out[.isa][$line[2]][$line[1]] = ($line[3] | tonumber)
	# Only by name, because a method's output and memory hardly depend on the ISA.
	elif $what == "bytes" then
		.out.bytes_per_exit[.isa // "any"][$line[2]][$line[1]] = ($line[3] | tonumber)
	elif $what == "memory" then
		.out.memory[.isa // "any"][$line[1]] = {($line[3] | scope): ($line[2] | tonumber)}
	elif $what == "read" then
		.out.read[.isa] = {kvms: {bytes: $line[2] | tonumber, instructions: $line[3] | tonumber},
			all: {bytes: $line[5] | tonumber, instructions: $line[6] | tonumber}}
	else
		error("unknown line: " + ($line | join(" ")))
	end)
| .out + {
	"unit": "instructions per exit, median of 10,007 single exits",
	"command": "make bench"
}
