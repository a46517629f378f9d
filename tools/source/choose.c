// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: the default source: this machine's KVM, about its VMs, or by CPUID the host's
 * KVM, about this VM.
 */

#include "lib/message.h"
#include "source/choose.h"
#include "source/cpuid.h"
#include "source/source_cpuid.h"
#include "source/target.h"
#include "source/vm.h"

/*
 * A machine whose own KVM has kvm-exitstat is a host, whoever asks and whether or not VMs
 * run now, so that the same command always reads the same thing.
 */
bool is_guest(cpuid_fn cpuid)
{
	return !kvm_has_exitstat() && source_cpuid_there(cpuid);
}

bool target_is_guest(const struct target *target, cpuid_fn cpuid)
{
	return target->guest || (!target_given(target) && is_guest(cpuid));
}

int host_readable(cpuid_fn cpuid, char *why)
{
	if (kvm_has_exitstat())
		return vms_readable(why);
	if (source_cpuid_there(cpuid))
		return explain(why, "this is a guest, and its own KVM, if there is one, has no kvm-exitstat; without -p, --vm and --host, 'exitstat show', 'stat', 'list', 'top' and 'export' read this VM, by CPUID; read other VMs on their host");
	return explain(why, "KVM is not loaded here or has no kvm-exitstat, and CPUID leaf 0x4fffff00 lacks its signature: this is neither a host that counts exits nor a guest of one; on the host load KVM with kvm-exitstat: 'make load' in its source, or with the package kvm-exitstat-dkms 'reboot', or after the last VM 'modprobe -r kvm_intel kvm_amd kvm' and 'modprobe kvm_intel' (or kvm_amd)");
}
