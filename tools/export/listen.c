// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat: an HTTP server for metrics, which is libevent's.
 *
 * One thread: a scrape is answered before the next is read.  What others can make it
 * hold is bounded: connections by the limit of file descriptors, answers that are
 * not yet sent by UNSENT_MOST, a connection that does nothing by waits.idle_s.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "export/address.h"
#include "export/listen.h"
#include "export/metrics.h"
#include "export/negotiate.h"
#include "lib/message.h"
#include "lib/signals.h"
#include "lib/waits.h"

#define CONNECTIONS_MOST	64
#define UNSENT_MOST		8
#define HEADERS_MOST		(16 << 10)
#define BODY_MOST		1024	/* of what is refused anyway */

/* ms that no connection is accepted after one could not be. */
#define PAUSE			100

/**
 * struct server - what goes on
 * @answer: makes an answer
 * @data: for it
 * @base: libevent's
 * @listener: accepts connections
 * @resume: lets it do so again
 * @limit: of file descriptors, as it was at the start
 * @unsent: answers that are not yet sent
 */
struct server {
	answer_fn answer;
	void *data;
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *resume;
	struct rlimit limit;
	unsigned int unsent;
};

/* There is one: what a listener hands to its callback for errors is evhttp's. */
static struct server server;

/* A text that libevent sends. */
struct unsent {
	struct server *server;
	char *text;
};

static void sent(const void *data, size_t size, void *arg)
{
	struct unsent *u = arg;

	(void)data;
	(void)size;
	u->server->unsent--;
	free(u->text);
	free(u);
}

/* A reply of one line. */
static void say(struct evhttp_request *request, int code, const char *reason,
		const char *line)
{
	struct evbuffer *body = evbuffer_new();

	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
			  "text/plain; charset=utf-8");
	if (body && evhttp_request_get_command(request) != EVHTTP_REQ_HEAD)
		evbuffer_add_printf(body, "%s\n", line);
	evhttp_send_reply(request, code, reason, body);
	if (body)
		evbuffer_free(body);
}

static void unavailable(struct evhttp_request *request, const char *line)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), "Retry-After",
			  "10");
	say(request, HTTP_SERVUNAVAIL, "Service Unavailable", line);
}

/* Connections may take so many descriptors, and no more but for a scrape itself. */
static void limit_descriptors(const struct server *s, bool scraping)
{
	struct rlimit limit = s->limit;

	if (!scraping && limit.rlim_cur > CONNECTIONS_MOST)
		limit.rlim_cur = CONNECTIONS_MOST;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Takes @text over. */
static void send_metrics(struct server *s, struct evhttp_request *request,
			 enum metrics_format format, char *text)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct unsent *u = malloc(sizeof(*u));
	struct evbuffer *body = evbuffer_new();
	const bool head = evhttp_request_get_command(request) == EVHTTP_REQ_HEAD;
	char length[24];

	snprintf(length, sizeof(length), "%zu", strlen(text));
	if (u)
		*u = (struct unsent) { s, text };
	if (!u || !body || evbuffer_add_reference(body, text, strlen(text), sent, u)) {
		free(text);
		free(u);
		unavailable(request, "out of memory");
	} else {
		s->unsent++;
		evhttp_add_header(headers, "Content-Type", metrics_content_type[format]);
		evhttp_add_header(headers, "Content-Length", length);
		evhttp_add_header(headers, "Vary", "Accept");
		evhttp_send_reply(request, HTTP_OK, "OK", head ? NULL : body);
	}
	if (body)
		evbuffer_free(body);
}

static void scrape(struct server *s, struct evhttp_request *request)
{
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	const enum metrics_format format = negotiate(evhttp_find_header(headers, "Accept"));
	char *text;

	if (s->unsent >= UNSENT_MOST) {
		unavailable(request, "too many scrapes at a time");
		return;
	}
	limit_descriptors(s, true);
	text = s->answer(s->data, format);
	limit_descriptors(s, false);
	/* What we took is not the other side's being idle. */
	event_base_update_cache_time(s->base);
	if (text)
		send_metrics(s, request, format, text);
	else
		unavailable(request, "the VMs cannot be read; what exitstat export writes to standard error says why");
}

static void take_request(struct evhttp_request *request, void *arg)
{
	const enum evhttp_cmd_type command = evhttp_request_get_command(request);
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));

	if (command != EVHTTP_REQ_GET && command != EVHTTP_REQ_HEAD) {
		evhttp_add_header(evhttp_request_get_output_headers(request), "Allow",
				  "GET, HEAD");
		say(request, HTTP_BADMETHOD, "Method Not Allowed", "GET and HEAD are what there is");
	} else if (path && !strcmp(path, "/metrics")) {
		scrape(arg, request);
	} else if (path && (!*path || !strcmp(path, "/"))) {
		say(request, HTTP_OK, "OK", "exitstat export: the metrics are at /metrics");
	} else {
		say(request, HTTP_NOTFOUND, "Not Found", "there is only /metrics");
	}
}

/* Mostly for want of descriptors: wait until connections have timed out. */
static void not_accepted(struct evconnlistener *listener, void *arg)
{
	const struct timeval pause = { .tv_usec = PAUSE * 1000 };

	(void)arg;
	evconnlistener_disable(listener);
	event_add(server.resume, &pause);
}

static void accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	evconnlistener_enable(server.listener);
}

/* What goes wrong with a connection is the other side's affair. */
static void be_silent(int severity, const char *message)
{
	(void)severity;
	(void)message;
}

/* Nothing is left behind, so this may be at any time. */
static void end(int signal)
{
	(void)signal;
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

/* Where it is; the port may have been 0. */
static int say_where(struct evconnlistener *listener)
{
	struct sockaddr_storage address;
	const struct sockaddr_in *v4 = (void *)&address;
	const struct sockaddr_in6 *v6 = (void *)&address;
	socklen_t length = sizeof(address);
	char host[INET6_ADDRSTRLEN], line[128];

	if (getsockname(evconnlistener_get_fd(listener), (void *)&address, &length))
		return fail("cannot tell where it listens: %s", strerror(errno));
	if (address.ss_family == AF_INET6)
		snprintf(line, sizeof(line), "http://[%s]:%u/metrics\n",
			 inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host)),
			 ntohs(v6->sin6_port));
	else
		snprintf(line, sizeof(line), "http://%s:%u/metrics\n",
			 inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host)),
			 ntohs(v4->sin_port));
	return print(line);
}

static int serve(struct server *s)
{
	struct evhttp *http = evhttp_new(s->base);

	s->resume = evtimer_new(s->base, accept_again, NULL);
	if (!http || !s->resume || !evhttp_bind_listener(http, s->listener))
		return fail("out of memory");
	evconnlistener_set_error_cb(s->listener, not_accepted);
	evhttp_set_timeout(http, waits.idle_s);
	evhttp_set_max_headers_size(http, HEADERS_MOST);
	evhttp_set_max_body_size(http, BODY_MOST);
	evhttp_set_allowed_methods(http, UINT16_MAX);
	evhttp_set_gencb(http, take_request, s);
	limit_descriptors(s, false);
	if (say_where(s->listener))
		return EXIT_MISUSE;
	event_base_dispatch(s->base);
	return fail("cannot wait for connections: %s", strerror(errno));
}

int listen_at(const char *where, answer_fn answer, void *data)
{
	struct server *const s = &server;
	struct sockaddr_storage address;
	socklen_t length;

	if (parse_address(where, &address, &length))
		return EXIT_MISUSE;
	*s = (struct server) { .answer = answer, .data = data };
	event_set_log_callback(be_silent);
	getrlimit(RLIMIT_NOFILE, &s->limit);
	s->base = event_base_new();
	if (!s->base)
		return fail("out of memory");
	s->listener = evconnlistener_new_bind(s->base, NULL, NULL,
		LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, -1,
		(void *)&address, length);
	if (!s->listener)
		return fail("cannot listen at %s: %s; choose another address or port, or end who has it",
			    where, strerror(errno));
	take_signals();
	return serve(s);
}
