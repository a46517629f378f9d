/* SPDX-License-Identifier: GPL-2.0-only */
/* A nested guest that makes n CPUID exits; @pages: two pages of its hypervisor, @fs: its FS base. */
#ifndef NESTED_H
#define NESTED_H

void nested_svm(unsigned long long n, unsigned long long pages, unsigned long long fs);
void nested_vmx(unsigned long long n, unsigned long long pages, unsigned long long fs);

#endif /* NESTED_H */
