/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: time limits.  A test shortens those that it would have to wait for.
 */
#ifndef EXITSTAT_LIB_WAITS_H
#define EXITSTAT_LIB_WAITS_H

/**
 * struct waits - times in ms
 * @patience: before a message says what we wait for
 * @qmp: for each answer of a QEMU, which may be busy or still starting
 * @reading: for all answers of one reading, together
 * @monitor: for the greeting of a QEMU that is to be stopped; another client may be connected
 * @stop: for QEMU's answer to "stop", which waits for the disks
 * @hurry: for an answer of a stopped QEMU, once a signal has told us to end
 * @threads: for the threads of a process to stop after SIGSTOP
 * @paused: for all witnesses of a stopped VM to report that they are ready, and to end
 * @command: for the file of a command to be loaded, which its file system may not answer for
 * @killed: for a program to end after SIGKILL, unless the kernel holds it
 * @witness_grace: for a witness to end after its output has ended, or after SIGINT, before
 *	SIGKILL
 * @scrape: for all QEMUs that one scrape reads, together
 * @late: for each of them that was too late the last time
 * @names: for the greeting of a QEMU that is asked what its regions are called, and as long for
 *	the answer; another client may be connected
 * @process: for the arguments of another process, which are in its memory
 * @makers: to search for the processes of VMs whose makers have ended, all VMs together; half
 *	of it among the vCPUs' threads, and the rest among all processes
 * @folder: for the files of a VM that starts or ends
 * @other_thread: for another thread to run a vCPU whose counts differ
 * @turn: for another process that writes into the same folder
 * @request: for an HTTP request, from the moment its connection was accepted
 * @reply: for the client to receive an answer
 * @last_word: for the client to close its connection after that
 */
struct waits {
	unsigned int patience;
	unsigned int qmp;
	unsigned int reading;
	unsigned int monitor;
	unsigned int stop;
	unsigned int hurry;
	unsigned int threads;
	unsigned int paused;
	unsigned int command;
	unsigned int killed;
	unsigned int witness_grace;
	unsigned int scrape;
	unsigned int late;
	unsigned int names;
	unsigned int process;
	unsigned int makers;
	unsigned int folder;
	unsigned int other_thread;
	unsigned int turn;
	unsigned int request;
	unsigned int reply;
	unsigned int last_word;
};

extern struct waits waits;

#endif /* EXITSTAT_LIB_WAITS_H */
