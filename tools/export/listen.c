// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: serves metrics by HTTP/1, one request on each connection.
 *
 * There is one thread, which answers a scrape before it reads the next.  Clients can make
 * it hold only a limited amount: a request must arrive within waits.request after its
 * connection was accepted, and an answer must be received within waits.reply.  There are
 * at most HTTP_CLIENTS_MOST connections and HTTP_UNSENT_MOST unsent answers; a new one
 * replaces the one that has been silent for longest.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "export/address.h"
#include "export/http.h"
#include "export/listen.h"
#include "export/metrics.h"
#include "export/negotiate.h"
#include "lib/clock.h"
#include "lib/message.h"
#include "lib/notify.h"
#include "lib/signals.h"
#include "lib/sizes.h"
#include "lib/waits.h"

/* ms without accepting connections, after accept() has failed */
#define PAUSE			100

/* What a connection waits for */
enum phase {
	FREE,
	REQUEST,	/* the whole request */
	REPLY,		/* that the reply is sent; with @text it is more than one line */
	END,		/* that the client closes: if we closed first, it could lose our answer */
};

/**
 * struct connection - a client
 * @server: the server
 * @phase: what the connection waits for
 * @peer: the connection
 * @deadline: end of this phase
 * @heard: ns, the last time that part of a request was received or part of a reply sent
 * @text: the metrics that are being sent, or NULL
 */
struct connection {
	struct server *server;
	enum phase phase;
	struct bufferevent *peer;
	struct event *deadline;
	uint64_t heard;
	char *text;
};

/**
 * struct server - the server's state
 * @answer: makes an answer
 * @reload: begins anew, or NULL
 * @data: argument of both
 * @base: libevent's event base
 * @listener: accepts connections
 * @resume: timer that enables @listener again
 * @alive: timer that tells the service manager that events are handled, or NULL
 * @hangup: SIGHUP, or NULL
 * @connections: the clients
 */
struct server {
	answer_fn answer;
	void (*reload)(void *data);
	void *data;
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *resume;
	struct event *alive;
	struct event *hangup;
	struct connection connections[HTTP_CLIENTS_MOST];
};

static void hang_up(struct connection *c)
{
	bufferevent_free(c->peer);
	event_free(c->deadline);
	free(c->text);
	*c = (struct connection) {};
}

static void begin_phase(struct connection *c, enum phase phase, unsigned int ms)
{
	const struct timeval limit = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	c->phase = phase;
	event_add(c->deadline, &limit);
}

/* The connection that has been silent for longest; if @unsent, of those with unsent metrics. */
static struct connection *idlest(struct server *s, bool unsent)
{
	struct connection *c, *found = NULL;

	for (c = s->connections; c < s->connections + HTTP_CLIENTS_MOST; c++)
		if (c->phase && (!unsent || c->text) && (!found || c->heard < found->heard))
			found = c;
	return found;
}

static unsigned int count_unsent(const struct server *s)
{
	unsigned int i, nr = 0;

	for (i = 0; i < HTTP_CLIENTS_MOST; i++)
		nr += s->connections[i].text != NULL;
	return nr;
}

/* Send the head of a reply that ends the connection. */
static void reply(struct connection *c, const char *status, const char *headers, size_t length)
{
	evbuffer_add_printf(bufferevent_get_output(c->peer),
			    "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n",
			    status, length, headers);
	begin_phase(c, REPLY, waits.reply);
}

/* Send a reply of one line. */
static void say(struct connection *c, const struct http_request *request, const char *status,
		const char *headers, const char *line)
{
	char all[256];

	snprintf(all, sizeof(all), "Content-Type: text/plain; charset=utf-8\r\n%s", headers);
	reply(c, status, all, strlen(line) + 1);
	if (!request->bodiless)
		evbuffer_add_printf(bufferevent_get_output(c->peer), "%s\n", line);
}

static void unavailable(struct connection *c, const struct http_request *request,
			const char *line)
{
	say(c, request, "503 Service Unavailable", "Retry-After: 10\r\n", line);
}

static void send_metrics(struct connection *c, const struct http_request *request,
			 enum metrics_format format)
{
	const size_t length = strlen(c->text);
	char headers[256];

	snprintf(headers, sizeof(headers), "Content-Type: %s\r\nVary: Accept\r\n",
		 metrics_content_type[format]);
	reply(c, "200 OK", headers, length);
	if (!request->bodiless)
		evbuffer_add_reference(bufferevent_get_output(c->peer), c->text, length,
				       NULL, NULL);
}

static void scrape(struct connection *c, const struct http_request *request)
{
	const enum metrics_format format = negotiate(request->accept);
	struct server *s = c->server;

	if (count_unsent(s) >= HTTP_UNSENT_MOST)
		hang_up(idlest(s, true));
	c->text = s->answer(s->data, format);
	/* The time that the answer took must not count as the client's silence. */
	event_base_update_cache_time(s->base);
	if (c->text)
		send_metrics(c, request, format);
	else
		unavailable(c, request, "the VMs cannot be read; the standard error of exitstat export says why");
}

static void answer_request(struct connection *c, const struct http_request *request)
{
	if (!request->known)
		say(c, request, "405 Method Not Allowed", "Allow: GET, HEAD\r\n",
		    "only GET and HEAD are supported");
	else if (!strcmp(request->path, "/metrics"))
		scrape(c, request);
	else if (!*request->path || !strcmp(request->path, "/"))
		say(c, request, "200 OK", "", "exitstat export: the metrics are at /metrics");
	else
		say(c, request, "404 Not Found", "", "the only path is /metrics");
}

static void take_request(struct connection *c, struct evbuffer *in)
{
	const size_t length = evbuffer_get_length(in);
	struct http_request request = {};
	char head[HTTP_HEAD_MOST + 1];
	size_t n;

	evbuffer_copyout(in, head, HTTP_HEAD_MOST);
	n = http_head(head, length < HTTP_HEAD_MOST ? length : HTTP_HEAD_MOST);
	head[n] = '\0';
	if (!n && length < HTTP_HEAD_MOST)
		return;
	if (!n)
		say(c, &request, "431 Request Header Fields Too Large", "",
		    "the head of a request may have at most 16 KiB");
	else if (!http_parse(head, &request))
		say(c, &request, "400 Bad Request", "", "this is not HTTP/1");
	else
		answer_request(c, &request);
}

static void received(struct bufferevent *peer, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(peer);
	struct connection *c = arg;

	/* Sending more does not count as receiving the answer. */
	if (c->phase == REQUEST) {
		c->heard = now_ns();
		take_request(c, in);
	}
	if (c->phase != REQUEST)
		evbuffer_drain(in, evbuffer_get_length(in));
}

/* The whole reply has been sent. */
static void sent(struct bufferevent *peer, void *arg)
{
	struct connection *c = arg;

	if (c->phase != REPLY)
		return;
	free(c->text);
	c->text = NULL;
	shutdown(bufferevent_getfd(peer), SHUT_WR);
	begin_phase(c, END, waits.last_word);
}

static void some_sent(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
	(void)out;
	if (info->n_deleted)
		((struct connection *)arg)->heard = now_ns();
}

static void lost(struct bufferevent *peer, short what, void *arg)
{
	struct connection *c = arg;

	(void)peer;
	/* A client that has closed its side may still receive. */
	if (what & BEV_EVENT_ERROR || c->phase != REPLY)
		hang_up(c);
}

static void too_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	hang_up(arg);
}

static struct connection *place(struct server *s)
{
	struct connection *c;

	for (c = s->connections; c < s->connections + HTTP_CLIENTS_MOST; c++)
		if (c->phase == FREE)
			return c;
	c = idlest(s, false);
	hang_up(c);
	return c;
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd,
		     struct sockaddr *address, int length, void *arg)
{
	struct connection *c = place(arg);

	(void)listener;
	(void)address;
	(void)length;
	*c = (struct connection) { .server = arg, .heard = now_ns() };
	c->peer = bufferevent_socket_new(c->server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	c->deadline = evtimer_new(c->server->base, too_late, c);
	if (!c->peer || !c->deadline) {
		if (c->peer)
			bufferevent_free(c->peer);
		else
			close(fd);
		if (c->deadline)
			event_free(c->deadline);
		*c = (struct connection) {};
		return;
	}
	bufferevent_setcb(c->peer, received, sent, lost, c);
	bufferevent_setwatermark(c->peer, EV_READ, 0, HTTP_HEAD_MOST);
	evbuffer_add_cb(bufferevent_get_output(c->peer), some_sent, c);
	begin_phase(c, REQUEST, waits.request);
	bufferevent_enable(c->peer, EV_READ | EV_WRITE);
}

/* No descriptor is left: close the idlest connection; others may free some, too. */
static void not_accepted(struct evconnlistener *listener, void *arg)
{
	const struct timeval pause = { .tv_usec = PAUSE * 1000 };
	struct server *s = arg;
	struct connection *c = idlest(s, false);

	if (c)
		hang_up(c);
	evconnlistener_disable(listener);
	event_add(s->resume, &pause);
}

static void accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(((struct server *)arg)->listener);
}

/* Errors of a connection are the client's affair, so log nothing. */
static void be_silent(int severity, const char *message)
{
	(void)severity;
	(void)message;
}

/* End at once: there is nothing to clean up. */
static void end(int signal)
{
	(void)signal;
	notify("STOPPING=1");
	_exit(EXIT_DONE);
}

static void take_signals(void)
{
	const struct sigaction action = { .sa_handler = end };
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	end_signals(&signals);
	sigdelset(&signals, SIGHUP);
	sigdelset(&signals, SIGQUIT);
	on_signals(&signals, &action);
}

static void tell(const char *state)
{
	const int ret = notify(state);

	if (ret)
		warn("the service manager is not told %.*s: %s", (int)strcspn(state, "\n"), state,
		     strerror(ret));
}

/* While an answer takes too long, no event is handled, and the service manager ends us. */
static void tell_alive(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	tell("WATCHDOG=1");
}

static void begin_anew(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	char state[64];

	(void)fd;
	(void)what;
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_ns() / 1000);
	tell(state);
	if (s->reload)
		s->reload(s->data);
	tell("READY=1");
}

/* Without a service manager SIGHUP is a terminal that is closed. */
static int serve_manager(struct server *s)
{
	const uint64_t us = notify_watchdog();
	const struct timeval half = { .tv_sec = us / 2 / 1000000, .tv_usec = us / 2 % 1000000 };

	s->hangup = evsignal_new(s->base, SIGHUP, begin_anew, s);
	s->alive = event_new(s->base, -1, EV_PERSIST, tell_alive, s);
	if (!s->hangup || !s->alive || event_add(s->hangup, NULL) ||
	    (us && event_add(s->alive, &half)))
		return fail("out of memory");
	tell("READY=1");
	return EXIT_DONE;
}

/* Print the address, because the port may have been given as 0. */
static int say_where(int fd)
{
	struct sockaddr_storage address = {};
	socklen_t length = sizeof(address);
	char line[ADDRESS_SIZE + 16];

	if (getsockname(fd, (void *)&address, &length))
		return fail("cannot find out the address of the socket: %s", strerror(errno));
	address_text(&address, line, sizeof(line));
	strcat(line, "\n");
	return print(line);
}

/* Raise the limit as far as it goes: a scrape needs descriptors besides connections. */
static void take_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int serve(struct server *s, int fd)
{
	s->base = event_base_new();
	if (s->base)
		s->listener = evconnlistener_new(s->base, accepted, s,
			LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, 0, fd);
	s->resume = s->listener ? evtimer_new(s->base, accept_again, s) : NULL;
	if (!s->resume)
		return fail("out of memory");
	evconnlistener_set_error_cb(s->listener, not_accepted);
	if (say_where(fd) || (notify_begin() && serve_manager(s)))
		return EXIT_MISUSE;
	event_base_dispatch(s->base);
	return fail("cannot wait for connections: %s", strerror(errno));
}

int listen_at(int fd, answer_fn answer, void (*reload)(void *data), void *data)
{
	struct server *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return fail("out of memory");
	s->answer = answer;
	s->reload = reload;
	s->data = data;
	event_set_log_callback(be_silent);
	take_descriptors();
	take_signals();
	ret = serve(s, fd);
	free(s);
	return ret;
}
