// SPDX-License-Identifier: GPL-2.0-only
/* See vm.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vm.h"

#define CR0_PE		(1ul << 0)
#define CR0_ET		(1ul << 4)
#define CR0_NE		(1ul << 5)
#define CR0_PG		(1ul << 31)
#define CR4_PAE		(1ul << 5)
#define EFER_LME	(1ul << 8)
#define EFER_LMA	(1ul << 10)
#define APIC_BASE_X2APIC (1ul << 10)
#define CPUID_1_ECX_TSC_DEADLINE (1u << 24)

#define PTE_PRESENT_WRITE 0x3
#define PTE_LARGE	0x80

#define CPUID_ENTRIES	256

extern const unsigned char guest_blob[], guest_blob_end[];

void die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "kvmrun: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	_exit(2);
}

unsigned int host_isa(void)
{
	if (!access("/sys/module/kvm_amd", F_OK))
		return KVM_EXITSTAT_ISA_SVM;
	if (!access("/sys/module/kvm_intel", F_OK))
		return KVM_EXITSTAT_ISA_VMX;
	die("KVM is not loaded: neither /sys/module/kvm_intel nor kvm_amd is there");
}

static int dev_kvm(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("/dev/kvm cannot be opened (%s)", strerror(errno));
	return fd;
}

static int kvm_ioctl(int fd, unsigned long request, void *arg, const char *name)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		die("%s failed (%s)", name, strerror(errno));
	return ret;
}
#define KVM(fd, request, arg) kvm_ioctl(fd, request, (void *)(arg), #request)

static void map_memory(struct vm *vm)
{
	uint64_t *pml4 = (void *)(vm->ram + GUEST_PML4);
	uint64_t *pdpt = (void *)(vm->ram + GUEST_PDPT);
	uint64_t *pd = (void *)(vm->ram + GUEST_PD);
	unsigned int i;

	pml4[0] = GUEST_PDPT | PTE_PRESENT_WRITE;
	for (i = 0; i < 4; i++)
		pdpt[i] = (GUEST_PD + i * 0x1000) | PTE_PRESENT_WRITE;
	for (i = 0; i < 4 * 512; i++)
		pd[i] = (uint64_t)i << 21 | PTE_LARGE | PTE_PRESENT_WRITE;
}

void vm_create(struct vm *vm, bool irqchip)
{
	struct kvm_userspace_memory_region region = { .memory_size = GUEST_RAM };
	uint64_t identity_map = 0xfffbc000;

	*vm = (struct vm) { .irqchip = irqchip };
	vm->fd = KVM(dev_kvm(), KVM_CREATE_VM, 0);
	KVM(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity_map);
	KVM(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000);
	if (irqchip)
		KVM(vm->fd, KVM_CREATE_IRQCHIP, 0);

	vm->ram = mmap(NULL, GUEST_RAM, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->ram == MAP_FAILED)
		die("no memory for the guest (%s)", strerror(errno));
	/* The host must leave the pages alone, because taking one away makes an exit. */
	madvise(vm->ram, GUEST_RAM, MADV_NOHUGEPAGE);
	mlock(vm->ram, GUEST_RAM);
	memset(vm->ram, 0, GUEST_RAM);
	map_memory(vm);
	memcpy(vm->ram + GUEST_CODE, guest_blob, guest_blob_end - guest_blob);

	region.userspace_addr = (uintptr_t)vm->ram;
	KVM(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

void vm_add_lazy(struct vm *vm, unsigned int pages)
{
	struct kvm_userspace_memory_region region = {
		.slot = 1,
		.guest_phys_addr = GUEST_LAZY,
		.memory_size = pages * 4096ul,
	};

	vm->lazy_bytes = region.memory_size;
	vm->lazy = mmap(NULL, vm->lazy_bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->lazy == MAP_FAILED)
		die("no memory for the guest (%s)", strerror(errno));
	madvise(vm->lazy, vm->lazy_bytes, MADV_NOHUGEPAGE);
	region.userspace_addr = (uintptr_t)vm->lazy;
	KVM(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

void vm_freshen_lazy(struct vm *vm)
{
	if (madvise(vm->lazy, vm->lazy_bytes, MADV_DONTNEED))
		die("the guest's memory cannot be given back (%s)", strerror(errno));
}

void vm_log_lazy(struct vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.slot = 1,
		.flags = KVM_MEM_LOG_DIRTY_PAGES,
		.guest_phys_addr = GUEST_LAZY,
		.memory_size = vm->lazy_bytes,
		.userspace_addr = (uintptr_t)vm->lazy,
	};

	KVM(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

unsigned int vm_fetch_log(struct vm *vm)
{
	uint64_t bits[GUEST_VCPUS * GUEST_LOG_PAGES / 64] = {};
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bits };
	unsigned int i, pages = 0;

	KVM(vm->fd, KVM_GET_DIRTY_LOG, &log);
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		pages += __builtin_popcountll(bits[i]);
	return pages;
}

static int run_bytes(void)
{
	return KVM(dev_kvm(), KVM_GET_VCPU_MMAP_SIZE, 0);
}

unsigned long long vm_stat(const struct vm *vm, const char *name)
{
	unsigned long long value;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/%s", getpid(), vm->fd, name);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%llu", &value) != 1)
		die("%s cannot be read (mount debugfs, and be root)", path);
	fclose(file);
	return value;
}

void vm_destroy(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		munmap(vm->vcpus[i].run, run_bytes());
		close(vm->vcpus[i].fd);
	}
	close(vm->fd);
	munmap(vm->ram, GUEST_RAM);
	if (vm->lazy)
		munmap(vm->lazy, vm->lazy_bytes);
	vm->nr_vcpus = 0;
}

static void set_cpuid(struct vcpu *vcpu, const struct kvm_cpuid_entry2 *extra)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[CPUID_ENTRIES];
	} cpuid = { .head.nent = CPUID_ENTRIES - 1 };
	struct kvm_cpuid_entry2 *entry;

	KVM(dev_kvm(), KVM_GET_SUPPORTED_CPUID, &cpuid);
	for (entry = cpuid.entries; entry < cpuid.entries + cpuid.head.nent; entry++) {
		if (entry->function == 1) {
			entry->ebx = (entry->ebx & 0xffffff) | vcpu->id << 24;
			if (vcpu->vm->irqchip)
				entry->ecx |= CPUID_1_ECX_TSC_DEADLINE;
		} else if (entry->function == 0xb || entry->function == 0x1f) {
			entry->edx = vcpu->id;
		}
	}
	if (extra)
		cpuid.entries[cpuid.head.nent++] = *extra;
	KVM(vcpu->fd, KVM_SET_CPUID2, &cpuid);
}

struct vcpu *vcpu_create(struct vm *vm, const struct kvm_cpuid_entry2 *extra)
{
	struct kvm_mp_state runnable = { KVM_MP_STATE_RUNNABLE };
	struct vcpu *vcpu = &vm->vcpus[vm->nr_vcpus];

	*vcpu = (struct vcpu) { .vm = vm, .id = vm->nr_vcpus };
	vcpu->created_before = rdtsc();
	vcpu->fd = KVM(vm->fd, KVM_CREATE_VCPU, (unsigned long)vcpu->id);
	vcpu->created_after = rdtsc();
	vcpu->run = mmap(NULL, run_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED,
			 vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("the vCPU's kvm_run cannot be mapped (%s)", strerror(errno));
	vcpu->page = (void *)(vm->ram + GUEST_PAGE(vcpu->id));
	vcpu->page->self = GUEST_PAGE(vcpu->id);
	vcpu->page->isa = host_isa();
	vcpu->page->lazy_pages = vm->lazy_bytes / 4096;
	set_cpuid(vcpu, extra);
	if (vm->irqchip)
		KVM(vcpu->fd, KVM_SET_MP_STATE, &runnable);
	vm->nr_vcpus++;
	return vcpu;
}

void vcpu_debug(struct vcpu *vcpu)
{
	struct kvm_guest_debug debug = {
		.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP,
	};

	KVM(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug);
}

unsigned int vcpu_tsc_khz(struct vcpu *vcpu)
{
	return KVM(vcpu->fd, KVM_GET_TSC_KHZ, 0);
}

void vcpu_start(struct vcpu *vcpu, enum guest_mode mode, unsigned int workload,
		uint64_t n)
{
	const struct kvm_segment code = {
		.limit = ~0u, .selector = GUEST_CS, .type = 11, .present = 1,
		.s = 1, .l = 1, .g = 1,
	};
	const struct kvm_segment data = {
		.limit = ~0u, .selector = GUEST_DS, .type = 3, .present = 1,
		.s = 1, .db = 1, .g = 1,
	};
	const struct kvm_segment task = {
		.limit = 0x67, .selector = GUEST_TR, .type = 11, .present = 1,
	};
	struct kvm_regs regs = {
		.rip = GUEST_CODE, .rflags = 2, .rsp = GUEST_STACK(vcpu->id),
		.rdi = mode, .rsi = workload, .rdx = n, .rcx = vcpu->id,
	};
	struct kvm_sregs sregs;

	KVM(vcpu->fd, KVM_GET_SREGS, &sregs);
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.fs.base = GUEST_PAGE(vcpu->id);
	sregs.tr = task;
	sregs.cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_PG;
	sregs.cr3 = GUEST_PML4;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LME | EFER_LMA;
	if (vcpu->vm->irqchip)
		sregs.apic_base |= APIC_BASE_X2APIC;
	KVM(vcpu->fd, KVM_SET_SREGS, &sregs);
	KVM(vcpu->fd, KVM_SET_REGS, &regs);
}

/* Handle one return to user space; true if vcpu_run() should stop. */
static bool serve(struct vcpu *vcpu, enum stop *stop)
{
	struct kvm_run *run = vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		if (run->io.port == PORT_NULL && vcpu->null_us)
			usleep(vcpu->null_us);
		if (run->io.direction == KVM_EXIT_IO_IN)
			memset((unsigned char *)run + run->io.data_offset, 0,
			       run->io.size * run->io.count);
		*stop = run->io.port == PORT_WARM ? STOP_WARM :
			run->io.port == PORT_STEP ? STOP_STEP : STOP_DONE;
		return run->io.port != PORT_NULL;
	case KVM_EXIT_MMIO:
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
		return false;
	case KVM_EXIT_HLT:
		return false;
	case KVM_EXIT_FAIL_ENTRY:
		*stop = STOP_FAILED_ENTRY;
		return true;
	case KVM_EXIT_INTERNAL_ERROR:
		die("KVM cannot run the guest any further (internal error, suberror %u)",
		    run->internal.suberror);
	default:
		die("the guest stopped with KVM exit %u, which it is not to make",
		    run->exit_reason);
	}
}

void vcpu_out_reset(struct vcpu *vcpu)
{
	vcpu->out = 0;
	vcpu->left = rdtsc();
}

uint64_t vcpu_out(const struct vcpu *vcpu)
{
	return vcpu->out + (rdtsc() - vcpu->left);
}

static int run_once(struct vcpu *vcpu)
{
	int ret;

	vcpu->out += rdtsc() - vcpu->left;
	ret = ioctl(vcpu->fd, KVM_RUN, 0);
	vcpu->left = rdtsc();
	return ret;
}

enum stop vcpu_run(struct vcpu *vcpu)
{
	enum stop stop;

	do {
		while (run_once(vcpu) < 0) {
			if (errno != EINTR && errno != EAGAIN)
				die("KVM_RUN failed (%s)", strerror(errno));
			vcpu->interrupted++;
			if (vcpu->interrupted_hook)
				vcpu->interrupted_hook(vcpu);
		}
	} while (!serve(vcpu, &stop));
	return stop;
}

void vcpu_run_not(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	if (!run_once(vcpu) || errno != EINTR)
		die("KVM_RUN with immediate_exit did not come back at once");
	vcpu->run->immediate_exit = 0;
}

void vcpu_query(struct vcpu *vcpu, struct query *queries, unsigned int nr)
{
	struct guest_page *page = vcpu->page;

	if (nr > GUEST_QUERIES)
		die("%u CPUIDs in a row: the guest has room for %u", nr, GUEST_QUERIES);
	memcpy(page->query, queries, nr * sizeof(*queries));
	page->queries = nr;
	vcpu_start(vcpu, MODE_QUERY, 0, 0);
	if (vcpu_run(vcpu) != STOP_DONE)
		die("the guest did not answer");
	memcpy(queries, page->query, nr * sizeof(*queries));
}

void vcpu_spoil(struct vcpu *vcpu, struct vcpu_state *state)
{
	struct kvm_sregs sregs;

	/* Let KVM end the last OUT, which moves the guest's RIP. */
	vcpu_run_not(vcpu);

	KVM(vcpu->fd, KVM_GET_REGS, &state->regs);
	KVM(vcpu->fd, KVM_GET_SREGS, &state->sregs);
	sregs = state->sregs;
	sregs.cs.db = 1;
	KVM(vcpu->fd, KVM_SET_SREGS, &sregs);
}

void vcpu_mend(struct vcpu *vcpu, const struct vcpu_state *state)
{
	KVM(vcpu->fd, KVM_SET_SREGS, &state->sregs);
	KVM(vcpu->fd, KVM_SET_REGS, &state->regs);
}

bool vcpu_counters(const struct vcpu *vcpu, struct exitstat_file *file, char *why,
		   size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/vcpu%u/exitstat",
		 getpid(), vcpu->vm->fd, vcpu->id);
	return exitstat_read(path, file, why, size);
}
