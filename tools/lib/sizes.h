/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: limits on what it accepts from others.
 */
#ifndef EXITSTAT_LIB_SIZES_H
#define EXITSTAT_LIB_SIZES_H

#define FILE_MOST	(256u << 20)	/* bytes of a file: none of ours is longer */
#define LATE_MOST	512		/* blocked threads at a time */
#define LATE_MOST_OF_ONE 64		/* of them, blocked by one user */
#define ARGS_MOST	(2u << 20)	/* bytes of a process's arguments: execve()'s default limit */

#define VM_NAME_SIZE	256		/* bytes of a name and a NUL; the rest is cut off */
#define VCPUS_MOST	4096		/* of a VM: KVM's limit on x86 */

/*
 * Limits of a QMP message.  A vCPU's statistics are 1,700 numbers in some 10 KB, so there
 * is room for 1,024 vCPUs.  A list or an object takes as much memory as QMP_CONTAINER
 * numbers.
 */
#define QMP_BYTES_MOST	(16u << 20)
#define QMP_VALUES_MOST	(3u << 20)
#define QMP_CONTAINER	16
#define QMP_PIECE	(64u << 10)	/* bytes that are received at a time */
#define QMP_SHOWN	40		/* bytes that an error message shows of something that is not QMP */

#define REGIONS_MOST	8192		/* of a guest's ports and memory; QEMU's pc has 100 */

#define HTTP_HEAD_MOST	(16u << 10)	/* bytes of a request before its body */
#define HTTP_CLIENTS_MOST 64		/* connections at a time */
#define HTTP_UNSENT_MOST 8		/* answers that are not sent yet */

#define WITNESS_BYTES_MOST (4u << 20)	/* of a witness's output */
#define NOTES_MOST	1000		/* in a result of verify; more are printed only */

#endif /* EXITSTAT_LIB_SIZES_H */
