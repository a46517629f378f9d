/* SPDX-License-Identifier: GPL-2.0-only */
#include "x86.h"

#define SVM_IOIO_TYPE_MASK	1
#define SVM_IOIO_SIZE_SHIFT	4
#define SVM_IOIO_SIZE_MASK	(7 << SVM_IOIO_SIZE_SHIFT)

static inline struct vcpu_svm *to_svm(struct kvm_vcpu *vcpu)
{
	vcpu->arch.svm.vmcb = &vcpu->arch.vmcb;
	return &vcpu->arch.svm;
}
