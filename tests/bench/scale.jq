# SPDX-License-Identifier: GPL-2.0-only
# The lines of tests/bench/scale.c as build/scale.json; run by jq -Rn.
def numbers($from): .[$from:] | map(tonumber);

reduce (inputs | split(" ")) as $line ({exits: [], reading: [], paced: []};
	($line | .[1:]) as $rest
	| if $line[0] == "model" then .model = ($rest | join(" "))
	elif $line[0] == "machine" then .cores = ($rest[0] | tonumber) | .tsc_khz = ($rest[1] | tonumber)
	elif $line[0] == "exit" then
		($rest | numbers(1)) as [$threads, $cycles, $mad]
		| .exits += [{method: $rest[0], threads: $threads, cycles: $cycles, mad: $mad,
			ns: ($cycles * 1e6 / .tsc_khz)}]
	elif $line[0] == "transfer" then .transfer = {cycles: ($rest[0] | tonumber)}
	elif $line[0] == "read" then
		($rest | numbers(3)) as [$cycles, $mad, $retries]
		| .reading += [{value: $rest[0], vcpus: ($rest[1] | tonumber), writing: $rest[2],
			cycles: $cycles, mad: $mad, ns: ($cycles * 1e6 / .tsc_khz),
			retries_per_million: $retries}]
	elif $line[0] == "paced" then
		($rest | numbers(1)) as [$vcpus, $readers, $alone, $alone_mad, $beside, $beside_mad]
		| .paced += [{value: $rest[0], vcpus: $vcpus, readers: $readers, alone: $alone, alone_mad: $alone_mad,
			beside: $beside, beside_mad: $beside_mad,
			percent_of_1500: (($beside - $alone) / 15)}]
	elif $line[0] == "repeated" then .repeated = ($rest[0] | tonumber)
	else error("unknown line: " + ($line | join(" "))) end)
