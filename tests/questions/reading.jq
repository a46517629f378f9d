# SPDX-License-Identifier: GPL-2.0-only
# reading: the part of exitstat show's or stat's JSON that tests/questions/data keeps: seconds since the first KVM_RUN (the
# mean over several vCPUs); for stat its length; accounts; by reason (or "total") [exits, kernel, user, halt, preempt,
# block], in µs.

def microseconds($khz): . * 1000 / $khz | round;

def row($khz): [.exits] + (.cycles | [.kernel, .user, .halt, .preempt, .block] | map(microseconds($khz)));

def reading:
	.tsc_khz as $khz |
	{ at: ((.accounts.lifetime - .accounts.outside | microseconds($khz)) / .vm.vcpus / 1e6),
	  seconds: ((.elapsed_ns // 0) / 1e9),
	  vcpus: .vm.vcpus,
	  accounts: (.accounts | map_values(microseconds($khz))),
	  reasons: (.reasons + [.total] | map(select(.exits > 0) | { (.name): row($khz) }) | add) };
