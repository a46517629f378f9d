// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: a client of QMP.  A message is a JSON object.  Events may come between a
 * command and its reply.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/sizes.h"
#include "lib/text.h"
#include "lib/waits.h"
#include "lib/within.h"
#include "source/qmp.h"

/* More commands than a process gives between two forks. */
#define FORKED_ID	(1 << 20)

/* ms between two checks whether there is still time */
#define HURRY_STEP	100

/**
 * struct qmp - a connection
 * @path: path of the socket, for messages
 * @sock: the socket
 * @command_ms: how long a command may take
 * @until: end of the time for all commands, by now_ms()
 * @hurry: says whether there is no longer so much time, or NULL
 * @id: id of the last command
 * @tokener: the part of a message that has been parsed
 * @bytes: length of that part
 * @values: number of values in it, at most
 * @begins: its first bytes
 * @in: received data; the part from @at on has not been parsed
 * @length: end of the received data
 */
struct qmp {
	char path[PATH_MAX];
	int sock;
	unsigned int command_ms;
	uint64_t until;
	bool (*hurry)(void);
	int id;
	struct json_tokener *tokener;
	size_t bytes;
	size_t values;
	char begins[QMP_SHOWN + 1];
	size_t at;
	size_t length;
	char in[QMP_PIECE];
};

/**
 * struct connecting - a connection that a thread makes, because the path may lead through
 * a file system that the VMM itself serves
 * @job: the path of the socket
 * @sock: the connection, or -1
 * @err: errno
 */
struct connecting {
	struct job job;
	int sock;
	int err;
};

/* The path may be too long for an address; a path in /proc/self/fd is not. */
static int connect_to(int file)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int sock, err;

	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path),
		 "/proc/self/fd/%d", file);
	if (!connect(sock, (struct sockaddr *)&address, sizeof(address)))
		return sock;
	err = !fstat(file, &st) && !S_ISSOCK(st.st_mode) ? ENOTSOCK : errno;
	close(sock);
	errno = err;
	return -1;
}

static void make_connection(struct job *job)
{
	struct connecting *c = (struct connecting *)job;
	const int file = open(job->path, O_PATH | O_CLOEXEC);

	c->sock = file < 0 ? -1 : connect_to(file);
	c->err = errno;
	if (file >= 0)
		close(file);
}

static void drop_connection(struct job *job)
{
	struct connecting *c = (struct connecting *)job;

	if (c->sock >= 0)
		close(c->sock);
	free(job->path);
	free(c);
}

/* A socket, or -1 and errno. */
static int connect_within(const char *path, unsigned int ms)
{
	struct connecting *c = calloc(1, sizeof(*c));
	int sock, err;

	if (!c)
		return -1;
	c->sock = -1;
	c->job = (struct job) {
		.path = strdup(path), .owner = NO_OWNER,
		.run = make_connection, .drop = drop_connection,
	};
	if (c->job.path && !done_within(&c->job, ms))
		return -1;
	sock = c->sock;
	err = c->job.path ? c->err : ENOMEM;
	c->sock = -1;
	drop_connection(&c->job);
	errno = err;
	return sock;
}

static void not_connected(const char *path, int err, char *why, size_t size)
{
	if (err == ENOENT || err == ENOTDIR)
		snprintf(why, size, "there is no QMP socket %s; start QEMU with -qmp unix:PATH,server=on,wait=off and give that path",
			 path);
	else if (err == EACCES || err == EPERM)
		snprintf(why, size, "no permission for the socket %s (%s); QMP needs permission to write to it, and to enter the folders on the way",
			 path, strerror(err));
	else if (err == ENOTSOCK)
		snprintf(why, size, "%s is no socket; give the path that QEMU was started with, -qmp unix:PATH",
			 path);
	else if (err == ECONNREFUSED)
		snprintf(why, size, "nobody listens at the socket %s; the QEMU that made it has ended",
			 path);
	else if (err == EAGAIN)
		snprintf(why, size, "the socket %s accepts no more clients: others already wait for the client that uses it; end that client, or start QEMU with a second -qmp",
			 path);
	else if (err == ETIMEDOUT)
		snprintf(why, size, "the socket %s cannot be reached in time: a file system on the way does not answer; give the path of a socket on another file system",
			 path);
	else
		snprintf(why, size, "cannot connect to the socket %s: %s; give the path that QEMU was started with, -qmp unix:PATH",
			 path, strerror(err));
}

static bool connect_qmp(struct qmp *q, unsigned int ms, char *why, size_t size)
{
	q->sock = connect_within(q->path, ms);
	if (q->sock < 0)
		not_connected(q->path, errno, why, size);
	return q->sock >= 0;
}

/* Anyone can create a socket at a path, but the kernel knows who listens. */
pid_t qmp_peer(const struct qmp *q)
{
	struct ucred peer = {};
	socklen_t length = sizeof(peer);

	return getsockopt(q->sock, SOL_SOCKET, SO_PEERCRED, &peer, &length) ? 0 : peer.pid;
}

static bool is_of(const struct qmp *q, pid_t pid, char *why, size_t size)
{
	const pid_t peer = qmp_peer(q);

	if (!pid || peer == pid)
		return true;
	snprintf(why, size, "process %d, and not the VM's process %d, listens at the socket %s; give the path of a socket that its QEMU was started with, -qmp unix:PATH",
		 peer, pid, q->path);
	return false;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return MIN(a, b);
}

static uint64_t end_of_command(const struct qmp *q)
{
	return least(now_ms() + q->command_ms, q->until);
}

static enum qmp_result closed(const struct qmp *q, char *why, size_t size)
{
	snprintf(why, size, "the other end closed the socket %s: its QEMU has ended, or refuses this client",
		 q->path);
	return QMP_CLOSED;
}

static enum qmp_result silent(const struct qmp *q, char *why, size_t size)
{
	snprintf(why, size, "nobody answers at the socket %s: QEMU hangs, or another client uses the socket, and QMP serves one at a time; end that client, or start QEMU with a second -qmp",
		 q->path);
	return QMP_BROKEN;
}

/* Report an invalid message; the error shows the beginning of @said. */
static enum qmp_result nonsense(const struct qmp *q, const char *said, char *why,
				size_t size)
{
	char shown[QMP_SHOWN + 1];

	cell_text(shown, sizeof(shown), said);
	snprintf(why, size, "the socket %s does not speak QMP ('%s'); give the path that QEMU was started with, -qmp unix:PATH",
		 q->path, shown);
	return QMP_BROKEN;
}

/* Receive more data into @in, which has been parsed to its end. */
static enum qmp_result receive_some(struct qmp *q, uint64_t until, char *why,
				    size_t size)
{
	struct pollfd fd = { .fd = q->sock, .events = POLLIN };
	const uint64_t now = now_ms();
	ssize_t n;

	if (now >= until)
		return silent(q, why, size);
	if (poll(&fd, 1, q->hurry && until - now > HURRY_STEP ? HURRY_STEP : until - now) <= 0)
		return QMP_DONE;
	n = recv(q->sock, q->in, sizeof(q->in), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return QMP_DONE;
	if (n <= 0)
		return closed(q, why, size);
	q->at = 0;
	q->length = n;
	return QMP_DONE;
}

/* Skip white space between messages. */
static void skip_space(struct qmp *q)
{
	while (!q->bytes && q->at < q->length && strchr(" \t\r\n", q->in[q->at]) && q->in[q->at])
		q->at++;
}

static void take_note(struct qmp *q, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		q->values += text[i] == ',' ? 1 : text[i] == '[' || text[i] == '{' ? QMP_CONTAINER : 0;
	for (i = 0; q->bytes + i < QMP_SHOWN && i < n; i++)
		q->begins[q->bytes + i] = text[i] ?: '?';
	if (q->bytes < QMP_SHOWN)
		q->begins[q->bytes + i] = '\0';
	q->bytes += n;
}

static void forget(struct qmp *q)
{
	json_tokener_reset(q->tokener);
	q->bytes = 0;
	q->values = 0;
}

/* The message is complete or invalid. */
static enum qmp_result end_message(struct qmp *q, struct json_object **message, char *why,
				   size_t size)
{
	const bool endless = json_tokener_get_error(q->tokener) == json_tokener_continue;

	forget(q);
	if (json_object_is_type(*message, json_type_object))
		return QMP_DONE;
	json_object_put(*message);
	*message = NULL;
	q->begins[strcspn(q->begins, "\r\n")] = '\0';
	if (!endless)
		return nonsense(q, q->begins, why, size);
	snprintf(why, size, "the answer at the socket %s is longer than any answer of QEMU; give the path that QEMU was started with, -qmp unix:PATH",
		 q->path);
	return QMP_BROKEN;
}

/* Parse the received data: the message, or NULL if it is not complete yet. */
static enum qmp_result read_some(struct qmp *q, struct json_object **message, char *why,
				 size_t size)
{
	enum json_tokener_error error;
	size_t n;

	*message = NULL;
	skip_space(q);
	if (q->at == q->length)
		return QMP_DONE;
	n = q->length - q->at;
	*message = json_tokener_parse_ex(q->tokener, q->in + q->at, n);
	error = json_tokener_get_error(q->tokener);
	/* After anything but an object, the rest of the data is useless. */
	if (json_object_is_type(*message, json_type_object))
		n = json_tokener_get_parse_end(q->tokener);
	take_note(q, q->in + q->at, n);
	q->at += n;
	if (error == json_tokener_continue && q->bytes <= QMP_BYTES_MOST && q->values <= QMP_VALUES_MOST)
		return QMP_DONE;
	return end_message(q, message, why, size);
}

/* Receive the next message, an object that the caller puts. */
static enum qmp_result receive(struct qmp *q, uint64_t until,
			       struct json_object **message, char *why,
			       size_t size)
{
	enum qmp_result result;

	for (;;) {
		result = read_some(q, message, why, size);
		if (result != QMP_DONE || *message)
			return result;
		if (q->hurry && q->hurry())
			until = least(until, now_ms() + waits.hurry);
		result = receive_some(q, until, why, size);
		if (result != QMP_DONE)
			return result;
	}
}

const char *qmp_text(struct json_object *of, const char *key)
{
	struct json_object *found;

	return json_object_object_get_ex(of, key, &found) &&
	       json_object_is_type(found, json_type_string) ?
	       json_object_get_string(found) : NULL;
}

/* Take the returned value, or the error, out of a reply. */
static enum qmp_result take_reply(struct qmp *q, struct json_object *message,
				  struct json_object **value, char *why,
				  size_t size)
{
	struct json_object *found;
	const char *text;

	if (json_object_object_get_ex(message, "return", &found)) {
		if (value)
			*value = json_object_get(found);
		return QMP_DONE;
	}
	text = json_object_object_get_ex(message, "error", &found) ?
	       qmp_text(found, "desc") : NULL;
	if (!text)
		return nonsense(q, json_object_to_json_string(message), why, size);
	snprintf(why, size, "QEMU at the socket %s refuses: %s", q->path,
		 text);
	if (value)
		*value = json_object_get(found);
	return QMP_ERROR;
}

/* Wait for the reply, skipping events and late replies to earlier commands. */
static enum qmp_result wait_reply(struct qmp *q, struct json_object **value,
				  char *why, size_t size)
{
	const uint64_t until = end_of_command(q);
	struct json_object *message, *id;
	enum qmp_result result;
	bool ours = false;

	do {
		result = receive(q, until, &message, why, size);
		if (result != QMP_DONE)
			return result;
		ours = json_object_object_get_ex(message, "id", &id) &&
		       json_object_get_int(id) == q->id;
		if (ours)
			result = take_reply(q, message, value, why, size);
		json_object_put(message);
	} while (!ours);
	return result;
}

/* Send all of @text, however little the socket accepts at a time. */
static enum qmp_result send_all(struct qmp *q, const char *text, char *why,
				size_t size)
{
	struct pollfd fd = { .fd = q->sock, .events = POLLOUT };
	const uint64_t until = end_of_command(q);
	size_t left = strlen(text);
	uint64_t now;
	ssize_t n;

	while (left) {
		now = now_ms();
		if (now >= until)
			return silent(q, why, size);
		n = send(q->sock, text, left, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			text += n;
			left -= n;
		} else if (errno == EAGAIN) {
			poll(&fd, 1, until - now);
		} else if (errno != EINTR) {
			return closed(q, why, size);
		}
	}
	return QMP_DONE;
}

enum qmp_result qmp_execute(struct qmp *q, const char *command,
			    struct json_object *arguments,
			    struct json_object **value, char *why, size_t size)
{
	struct json_object *message = json_object_new_object();
	enum qmp_result result;
	char *text = NULL;

	if (value)
		*value = NULL;
	if (message && arguments)
		json_object_object_add(message, "arguments", arguments);
	else
		json_object_put(arguments);
	if (message) {
		json_object_object_add(message, "execute",
				       json_object_new_string(command));
		json_object_object_add(message, "id", json_object_new_int(++q->id));
		if (asprintf(&text, "%s\n", json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN)) < 0)
			text = NULL;
	}
	json_object_put(message);
	if (!text) {
		snprintf(why, size, "out of memory");
		return QMP_BROKEN;
	}
	result = send_all(q, text, why, size);
	free(text);
	return result == QMP_DONE ? wait_reply(q, value, why, size) : result;
}

void qmp_within(struct qmp *q, unsigned int ms)
{
	q->until = now_ms() + ms;
}

void qmp_hurry(struct qmp *q, bool (*hurry)(void))
{
	q->hurry = hurry;
}

void qmp_forked(struct qmp *q)
{
	q->hurry = NULL;
	q->id += FORKED_ID;
}

static bool greet(struct qmp *q, unsigned int greeting_ms, char *why, size_t size)
{
	struct json_object *message;
	bool greeted;

	if (receive(q, now_ms() + greeting_ms, &message, why, size) != QMP_DONE)
		return false;
	greeted = json_object_object_get_ex(message, "QMP", NULL);
	if (!greeted)
		nonsense(q, json_object_to_json_string(message), why, size);
	json_object_put(message);
	return greeted &&
	       qmp_execute(q, "qmp_capabilities", NULL, NULL, why, size) == QMP_DONE;
}

/* Also accepts QEMU's spelling: unix:PATH,server=on,… */
static bool take_path(char *to, size_t size, const char *path)
{
	const char *options = NULL;

	if (!strncmp(path, "unix:", 5)) {
		path += 5;
		options = strstr(path, ",server");
	}
	return snprintf(to, size, "%.*s", options ? (int)(options - path) : INT_MAX,
			path) < (int)size;
}

struct qmp *qmp_open(const char *path, pid_t pid, unsigned int greeting_ms,
		     unsigned int command_ms, char *why, size_t size)
{
	struct qmp *q = calloc(1, sizeof(*q));

	if (q)
		q->tokener = json_tokener_new();
	if (!q || !q->tokener) {
		free(q);
		snprintf(why, size, "out of memory");
		return NULL;
	}
	q->sock = -1;
	q->command_ms = command_ms;
	q->until = UINT64_MAX;
	if (!take_path(q->path, sizeof(q->path), path)) {
		snprintf(why, size, "the path of the QMP socket is too long");
		qmp_close(q);
		return NULL;
	}
	if (connect_qmp(q, greeting_ms, why, size) && is_of(q, pid, why, size) &&
	    greet(q, greeting_ms, why, size))
		return q;
	qmp_close(q);
	return NULL;
}

void qmp_close(struct qmp *q)
{
	if (q && q->sock >= 0)
		close(q->sock);
	if (q)
		json_tokener_free(q->tokener);
	free(q);
}
