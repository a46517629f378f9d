// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: stops a VM for a moment.  QMP's stop returns when all vCPUs have left
 * KVM_RUN; after SIGSTOP the threads are watched until they are stopped, which a
 * vCPU's thread is outside of KVM_RUN.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "pause.h"

#define GREETING_MS	3000	/* another client may have the monitor */
#define COMMAND_MS	30000	/* stop waits for the disks */
#define THREADS_MS	5000

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* The path may be longer than an address; a descriptor's in /proc is not. */
static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int file, sock;

	file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0)
		return -1;
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(address.sun_path, sizeof(address.sun_path),
		 "/proc/self/fd/%d", file);
	if (sock >= 0 &&
	    connect(sock, (struct sockaddr *)&address, sizeof(address))) {
		close(sock);
		sock = -1;
	}
	close(file);
	return sock;
}

/* The next line as JSON, to be put; NULL when the time is over or it broke off. */
static struct json_object *receive(struct pauser *p, uint64_t until)
{
	struct pollfd fd = { .fd = p->qmp, .events = POLLIN };
	struct json_object *message;
	uint64_t now;
	ssize_t n;
	char *end;

	while (!(end = memchr(p->in, '\n', p->length))) {
		now = now_ms();
		if (now >= until || p->length == sizeof(p->in) ||
		    poll(&fd, 1, until - now) <= 0)
			return NULL;
		n = recv(p->qmp, p->in + p->length, sizeof(p->in) - p->length,
			 MSG_DONTWAIT);
		if (n <= 0)
			return NULL;
		p->length += n;
	}
	*end++ = '\0';
	message = json_tokener_parse(p->in);
	p->length -= end - p->in;
	memmove(p->in, end, p->length);
	return message;
}

/*
 * What the reply @want returned, to be put; NULL where it was an error or none
 * came.  Events, and replies that came too late, lie in between.
 */
static struct json_object *wait_reply(struct pauser *p, int want)
{
	const uint64_t until = now_ms() + COMMAND_MS;
	struct json_object *message, *id, *value;

	while ((message = receive(p, until))) {
		if (json_object_object_get_ex(message, "id", &id) &&
		    json_object_get_int(id) == want) {
			value = NULL;
			json_object_object_get_ex(message, "return", &value);
			value = json_object_get(value);
			json_object_put(message);
			return value;
		}
		json_object_put(message);
	}
	return NULL;
}

static struct json_object *execute(struct pauser *p, const char *command)
{
	static int id;
	char text[96];
	int n;

	n = snprintf(text, sizeof(text), "{\"execute\":\"%s\",\"id\":%d}\n",
		     command, ++id);
	if (send(p->qmp, text, n, MSG_NOSIGNAL) != n)
		return NULL;
	return wait_reply(p, id);
}

static bool executed(struct pauser *p, const char *command)
{
	struct json_object *result = execute(p, command);

	json_object_put(result);
	return result;
}

/* Without an answer QMP is somebody else's: libvirt's, as a rule. */
static bool greet(struct pauser *p)
{
	struct json_object *message = receive(p, now_ms() + GREETING_MS);
	const bool greeted = message &&
			     json_object_object_get_ex(message, "QMP", NULL);

	json_object_put(message);
	return greeted && executed(p, "qmp_capabilities");
}

static bool open_qmp(struct pauser *p, const char *path)
{
	p->qmp = connect_to(path);
	if (p->qmp < 0)
		return false;
	if (greet(p))
		return true;
	close(p->qmp);
	p->qmp = -1;
	return false;
}

/* Where its QEMU listens, as seen from here. */
static bool find_qmp(const struct vm *vm, char *path, size_t size)
{
	char inside[PATH_MAX];
	size_t length;
	bool found;
	char *args;

	args = process_args(vm->pid, &length);
	found = args && qemu_qmp(args, length, inside);
	free(args);
	if (found)
		snprintf(path, size, "/proc/%d/%s%s", vm->pid,
			 inside[0] == '/' ? "root" : "cwd/", inside);
	return found;
}

int pauser_open(struct pauser *p, const struct vm *vm, const char *qmp)
{
	char path[PATH_MAX + 32];

	p->pid = vm->pid;
	p->qmp = -1;
	p->stopped = false;
	p->length = 0;
	/* A number may be given to another process, this may not. */
	p->pidfd = pidfd_open(vm->pid, 0);
	if (p->pidfd < 0 || !vm_exists(vm)) {
		pauser_close(p);
		return -ESRCH;
	}
	if (qmp)
		return open_qmp(p, qmp) ? EXIT_DONE :
		       fail("nobody answers QMP at %s: it is no QMP socket, or another client has it; without --qmp the process is stopped by SIGSTOP",
			    qmp);
	if (find_qmp(vm, path, sizeof(path)) && !open_qmp(p, path))
		fprintf(stderr, "exitstat: note: QMP at %s does not answer (another client may have it), so process %d is stopped by SIGSTOP\n",
			path, vm->pid);
	return EXIT_DONE;
}

void pauser_close(struct pauser *p)
{
	if (p->qmp >= 0)
		close(p->qmp);
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->qmp = -1;
	p->pidfd = -1;
}

static int send_signal(const struct pauser *p, int sig)
{
	return pidfd_send_signal(p->pidfd, sig, NULL, 0);
}

static const char *stop_by_qmp(struct pauser *p)
{
	struct json_object *status = execute(p, "query-status"), *running;
	bool runs;

	if (!status || !json_object_object_get_ex(status, "running", &running)) {
		json_object_put(status);
		return "QMP does not tell whether it runs";
	}
	runs = json_object_get_boolean(running);
	json_object_put(status);
	if (!runs)
		return NULL;
	/* Even if no answer comes it may have stopped. */
	p->stopped = true;
	return executed(p, "stop") ? NULL : "QMP does not stop it";
}

static bool is_stopped(char state)
{
	return state == 'T' || state == 't';
}

static const char *stop_by_signal(struct pauser *p, const pid_t *tids,
				  unsigned int nr)
{
	const uint64_t until = now_ms() + THREADS_MS;
	unsigned int i = 0;
	char state;

	if (!is_stopped(thread_state(p->pid, p->pid))) {
		if (send_signal(p, SIGSTOP))
			return "SIGSTOP cannot be sent";
		p->stopped = true;
	}
	while (i < nr) {
		state = thread_state(p->pid, tids[i]);
		if (!state || is_stopped(state)) {
			i++;
			continue;
		}
		if (now_ms() >= until)
			return "a vCPU's thread does not stop";
		usleep(200);
	}
	return NULL;
}

const char *pause_begin(struct pauser *p, const pid_t *tids, unsigned int nr)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &p->mask);
	return p->qmp >= 0 ? stop_by_qmp(p) : stop_by_signal(p, tids, nr);
}

const char *pause_end(struct pauser *p)
{
	const char *why = NULL;

	if (p->stopped && p->qmp >= 0 && !executed(p, "cont"))
		why = "QMP does not continue it; send it 'cont'";
	if (p->stopped && p->qmp < 0 && send_signal(p, SIGCONT) && errno != ESRCH)
		why = "SIGCONT cannot be sent; kill -CONT its process";
	p->stopped = false;
	sigprocmask(SIG_SETMASK, &p->mask, NULL);
	return why;
}
