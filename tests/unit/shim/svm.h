/* SPDX-License-Identifier: GPL-2.0-only */
#include "x86.h"

#define SVM_IOIO_TYPE_MASK	1
#define SVM_IOIO_SIZE_SHIFT	4
#define SVM_IOIO_SIZE_MASK	(7 << SVM_IOIO_SIZE_SHIFT)

struct vcpu_svm {
	struct kvm_vcpu vcpu;
};

/* A vCPU's counters are the same on both ISAs. */
#define exitstat	vcpu.arch.exitstat
#define vmcb		vcpu.arch.vmcb
