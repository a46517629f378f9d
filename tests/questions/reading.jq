# SPDX-License-Identifier: GPL-2.0-only
# reading: what tests/questions/data keeps of a document of exitstat show or stat. Seconds since the first KVM_RUN
# (of a VM with several vCPUs, their mean) and, of stat, that it took; accounts, and by reason (or "total") [exits, kernel, user, halt, preempt, block], in µs.

def microseconds($khz): . * 1000 / $khz | round;

def row($khz): [.exits] + (.cycles | [.kernel, .user, .halt, .preempt, .block] | map(microseconds($khz)));

def reading:
	.tsc_khz as $khz |
	{ at: ((.accounts.lifetime - .accounts.outside | microseconds($khz)) / .vm.vcpus / 1e6),
	  seconds: ((.elapsed_ns // 0) / 1e9),
	  vcpus: .vm.vcpus,
	  accounts: (.accounts | map_values(microseconds($khz))),
	  reasons: (.reasons + [.total] | map(select(.exits > 0) | { (.name): row($khz) }) | add) };
