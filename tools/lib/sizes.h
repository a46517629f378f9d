/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: how much of what others make it takes.
 */
#ifndef EXITSTAT_LIB_SIZES_H
#define EXITSTAT_LIB_SIZES_H

#define FILE_MOST	(256u << 20)	/* bytes of a file: what is longer is none of ours */
#define LATE_MOST	512		/* threads that something blocks, at a time */
#define LATE_MOST_OF_ONE 64		/* of what one user can block */
#define ARGS_MOST	(2u << 20)	/* bytes of a process's arguments: what execve() takes by default */

#define VM_NAME_SIZE	256		/* bytes of a name and a NUL; the rest is cut off */
#define VCPUS_MOST	4096		/* of a VM: KVM's own most on x86 */

/*
 * Of a message of QMP.  A vCPU's statistics are 1,700 numbers in some 10 KB, so this is room
 * for those of 1,024.  A list or an object takes as much memory as QMP_CONTAINER numbers.
 */
#define QMP_BYTES_MOST	(16u << 20)
#define QMP_VALUES_MOST	(3u << 20)
#define QMP_CONTAINER	16
#define QMP_PIECE	(64u << 10)	/* bytes that are received at a time */
#define QMP_SHOWN	40		/* bytes of what is no QMP, in a message */

#define HTTP_HEAD_MOST	(16u << 10)	/* bytes of a request before its body */
#define HTTP_CLIENTS_MOST 64		/* connections at a time */
#define HTTP_UNSENT_MOST 8		/* answers that are not sent yet */

#define WITNESS_BYTES_MOST (4u << 20)	/* of what a witness prints */

#endif /* EXITSTAT_LIB_SIZES_H */
