/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exitstat: how long it waits for others.  A test sets what it does not want to wait for.
 */
#ifndef EXITSTAT_LIB_WAITS_H
#define EXITSTAT_LIB_WAITS_H

/**
 * struct waits - times in ms
 * @patience: until it is said what is waited for
 * @qmp: for each answer of a QEMU that is read: it may be busy, or still starting
 * @reading: for all answers of one reading, together
 * @monitor: for the greeting of a QEMU that is to be stopped: another client may have it
 * @stop: for the answer to stop, which waits for the disks
 * @hurry: for an answer of a QEMU that has stopped, once a signal is to end us
 * @threads: for the threads of a process to stop after SIGSTOP
 * @paused: for all witnesses of a VM that is stopped, to say that they are ready, and to end
 * @witness_grace: for a witness to end after its last word, or SIGINT, before SIGKILL
 * @scrape: for all QEMUs that are read for one answer, together
 * @late: for those of them that were too late before
 * @process: for what the memory of another process must tell, its arguments
 * @folder: for the files of a VM that comes or goes
 * @other_thread: for another thread to run a vCPU that differs
 * @turn: for another process that writes into the same folder
 * @request: for a request by HTTP, from when its connection was accepted
 * @reply: for an answer to be taken
 * @last_word: for a client to end its connection after that
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
	unsigned int witness_grace;
	unsigned int scrape;
	unsigned int late;
	unsigned int process;
	unsigned int folder;
	unsigned int other_thread;
	unsigned int turn;
	unsigned int request;
	unsigned int reply;
	unsigned int last_word;
};

extern struct waits waits;

#endif /* EXITSTAT_LIB_WAITS_H */
