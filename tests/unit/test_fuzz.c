// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes from outside, changed at random, given to whatever reads it, under sanitizers:
 * FUZZ_MS milliseconds a reader, from FUZZ_SEED on.
 *
 * libFuzzer and AFL++ would find more by following branches; clang and its runtime would
 * make the Debian root larger by half a gigabyte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "export/http.h"
#include "export/metrics.h"
#include "export/negotiate.h"
#include "lib/clock.h"
#include "lib/message.h"
#include "lib/text.h"
#include "lib/waits.h"
#include "source/debugfs.h"
#include "source/source_qmp.h"
#include "source/vm.h"
#include "verify/witness.h"

#include <cmocka.h>	/* after ours: it has a macro fail() */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST		8192	/* bytes of an input */
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static char input[MOST + 1];
static size_t length;

static unsigned int below(unsigned int n)
{
	return random() % n;
}

/* What parsers split at, and numbers at the ends of what they take. */
static void put_word(size_t at)
{
	static const char *const words[] = {
		"\n", "\r\n\r\n", " ", ",", ",,", "=", "\"", "\\", "{", "}", "[", "]", ":", "-", "0x",
		"18446744073709551615", "18446744073709551616", "-1", "null", "true", "1e999",
		"\xff", "\xe2\x80\xae", "\xf0\x9f", "\\u0000", "reason", "other", "none", "hist", "name", "exits",
	};
	const char *word = words[below(COUNT(words))];
	const size_t n = strlen(word);

	if (length + n > MOST)
		return;
	memmove(input + at + n, input + at, length - at);
	memcpy(input + at, word, n);
	length += n;
}

static void change(void)
{
	const size_t at = below(length + 1), n = below(16);

	switch (below(5)) {
	case 0:
		put_word(at);
		break;
	case 1:
		if (at < length)
			input[at] = random();
		break;
	case 2:
		if (at < length)
			input[at] ^= 1 << below(8);
		break;
	case 3:
		if (at + n < length) {
			memmove(input + at, input + at + n, length - at - n);
			length -= n;
		}
		break;
	case 4:
		if (below(8) == 0)
			length = at;
		break;
	}
}

/* @seeds are changed a little or much, over and over. */
static void fuzz(const char *name, const char *const *seeds, unsigned int nr, void (*reads)(void))
{
	const char *ms = getenv("FUZZ_MS"), *seed = getenv("FUZZ_SEED");
	const uint64_t until = now_ms() + (ms ? atoi(ms) : 500);
	unsigned long runs = 0;
	unsigned int i;

	srandom(seed ? atoi(seed) : 1);
	while (now_ms() < until) {
		length = snprintf(input, sizeof(input), "%s", seeds[below(nr)]);
		for (i = below(12); i; i--)
			change();
		input[length] = '\0';
		reads();
		runs++;
	}
	print_message("%s: %lu inputs\n", name, runs);
	assert_true(runs > 10);
}

#define FUZZ(seeds, reads)	fuzz(#reads, seeds, COUNT(seeds), reads)

#define RECORD "kvm-exitstat 1\nisa svm\nid 0x1\nvcpu 0\ncounting 1\nhistograms 1\nuntrusted 0\n" \
	"tsc_khz 1000000\nlifetime 9000\nguest 1\noutside 0\nanomalies 3\ntorn 4\ntotal exits 15 kernel 0\n" \
	"reason 0x072 exits 10 kernel 1000 user 0 halt 2 preempt 0 block 0 longest 700 name cpuid\n" \
	"hist 0x072 3 1 9 2\nreason other exits 2 kernel 7 name other\nreason none exits 0 kernel 5 user 6 name none\n"

static void read_debugfs(void)
{
	static struct debugfs_file file;
	char why[WHY_SIZE], *again = strdup(input);

	if (!debugfs_parse(input, &file, why, sizeof(why)))
		debugfs_parse_hist(again, &file.reading, why, sizeof(why));
	free(again);
}

static void debugfs(void **state)
{
	static const char *const seeds[] = { RECORD, "kvm-exitstat 1\nisa vmx\nvcpus 2\n" };

	(void)state;
	FUZZ(seeds, read_debugfs);
}

/* As what was said last, of one VM that is there still. */
static void read_metrics(void)
{
	static struct debugfs_file file;
	static struct metrics_vcpu vcpu;
	const struct metrics_vm vm = { .name = "a", .place = "7-11", .pid = 7, .vcpus = &vcpu, .nr = 1 };
	const struct metrics metrics = { .host = { 1, 0, 4 }, .vms = &vm, .nr = 1 };
	char record[] = RECORD, why[WHY_SIZE], *text;

	assert_int_equal(debugfs_parse(record, &file, why, sizeof(why)), 0);
	vcpu.reading = file.reading;
	text = metrics_render(&metrics, below(2), input);
	assert_non_null(text);
	free(text);
}

static void metrics_read_back(void **state)
{
	static const char *const seeds[] = {
		"kvm_vm_info{vm=\"a\",id=\"0x0000000000000001\",pid=\"7\"} 1\n"
		"kvm_vcpu_guest_seconds_total{vm=\"a\",vcpu=\"0\"} 4711.000000001\n"
		"kvm_exits_total{vm=\"a\",vcpu=\"0\",reason=\"cpuid\",isa=\"svm\"} 18446744073709551615\n",
		"# HELP x y\n# TYPE x counter\nx{a=\"\\\"\\n\"} 1\n",
	};

	(void)state;
	FUZZ(seeds, read_metrics);
}

static void read_records(void)
{
	static struct witness w;

	w = (struct witness) {};
	witness_parse(&w, 1 + below(2), input);
}

static void a_witness(void **state)
{
	static const char *const seeds[] = {
		"witness test\ncounts entry\nlost 7\nreason 0x72 exits 10 ns 1000\n"
		"reason 123 exits 20 ns 2000 kernel 1 user 2 halt 3 preempt 4 block 5\nreason other exits 4\ntotal exits 34\n",
	};

	(void)state;
	FUZZ(seeds, read_records);
}

static void read_request(void)
{
	struct http_request request;
	const size_t n = http_head(input, length);

	assert_true(n <= length);
	input[n] = '\0';
	if (http_parse(input, &request)) {
		assert_non_null(request.path);
		negotiate(request.accept);
	}
}

static void http_requests(void **state)
{
	static const char *const seeds[] = {
		"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3,*/*;q=0.1\r\n\r\n",
		"HEAD http://h/?x HTTP/1.0\n\n",
	};

	(void)state;
	FUZZ(seeds, read_request);
}

/* Bars stand for the bytes that end arguments. */
static void read_arguments(void)
{
	char name[VM_NAME_SIZE], path[PATH_MAX], *args;
	size_t i;

	/* A copy of its very size, so that a byte too far is seen. */
	for (i = 0; i < length; i++)
		if (input[i] == '|')
			input[i] = '\0';
	args = malloc(length ?: 1);
	memcpy(args, input, length);
	qemu_name(args, length, name);
	assert_true(strlen(name) < sizeof(name));
	if (qemu_qmp(args, length, path))
		assert_true(strlen(path) < sizeof(path));
	free(args);
}

static void command_lines(void **state)
{
	static const char *const seeds[] = {
		"qemu|-name|guest=a,,b,debug-threads=on|-qmp|unix:/run/q,server=on|",
		"qemu|--name|web|-chardev|socket,id=m,path=/run/q,server=on|-mon|chardev=m,mode=control|",
	};

	(void)state;
	FUZZ(seeds, read_arguments);
}

static void read_text(void)
{
	char cell[32], *clean = printable(input), *json = json_printable(input);

	cell_text(cell, sizeof(cell), input);
	assert_true(strlen(cell) < sizeof(cell));
	assert_non_null(clean);
	assert_non_null(json);
	assert_null(strchr(clean, '\x1b'));
	assert_null(strchr(json, '\x1b'));
	free(clean);
	free(json);
}

static void any_text(void **state)
{
	static const char *const seeds[] = { "a\xe2\x80\xae\xf0\x9f\x98\x80 b\x1b[2J" };

	(void)state;
	FUZZ(seeds, read_text);
}

static char path[64];
static int listener;

/* After the greeting, the input answers all that is asked, and no more comes. */
static void *peer(void *arg)
{
	const int fd = accept(listener, NULL, NULL);
	char command[4096];
	unsigned int i;

	send(fd, arg, strlen(arg), MSG_NOSIGNAL);
	for (i = 1; i < 4 && recv(fd, command, sizeof(command), 0) > 0; i++) {
		static const char good[] = "{\"return\": {\"enabled\": true, \"name\": \"a\"}, \"id\": %u}\r\n";
		char text[128];

		snprintf(text, sizeof(text), good, i);
		send(fd, text, strlen(text), MSG_NOSIGNAL);
	}
	recv(fd, command, sizeof(command), 0);
	send(fd, input, length, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (recv(fd, command, sizeof(command), 0) > 0)
		;
	close(fd);
	return NULL;
}

static void read_answer(void)
{
	static char greeting[] = "{\"QMP\": {}}\r\n";
	struct source_qmp *source;
	struct qmp_vcpu *vcpus;
	char why[WHY_SIZE];
	pthread_t thread;
	unsigned int nr;

	pthread_create(&thread, NULL, peer, greeting);
	if (!source_qmp_open(&source, path, why)) {
		if (!source_qmp_read(source, below(3) - 1, &vcpus, &nr, why))
			free(vcpus);
		source_qmp_close(source);
	}
	pthread_join(thread, NULL);
}

static void qmp_answers(void **state)
{
	static const char *const seeds[] = {
		"{\"return\": [{\"provider\": \"kvm\", \"qom-path\": \"/machine/a\", \"stats\": [{\"name\": \"exitstat_isa\", \"value\": 2}, {\"name\": \"exitstat_exits\", \"value\": [1, 2]}]}], \"id\": 4}\r\n",
		"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"x\"}, \"id\": 4}\r\n",
		"{\"return\": [{\"cpu-index\": 0, \"qom-path\": \"/machine/a\"}], \"id\": 4}\r\n{\"return\": 0, \"id\": 5}\r\n",
		"{\"return\": [{\"qom-path\": \"/a\", \"stats\": [{\"name\": null}]}], \"id\": 4}\r\n",
		"{\"return\": [{\"qom-path\": \"/a\"}], \"id\": 4}\r\n{\"return\": 0, \"id\": 5}\r\n{\"return\": [{\"qom-path\": \"/a\", \"stats\": [{\"name\": null, \"value\": 1}]}], \"id\": 6}\r\n",
		"{\"return\": [{\"qom-path\": \"/a\"}], \"id\": 4}\r\n{\"return\": [{\"qom-path\": \"/a\", \"stats\": [{\"name\": null, \"value\": 1}]}], \"id\": 5}\r\n{\"return\": 0, \"id\": 6}\r\n",
		"{\"event\": \"STOP\"}\r\n{\"return\": [], \"id\": 4}\r\n",
	};
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct waits usual = waits;

	(void)state;
	waits.qmp = 50;
	snprintf(path, sizeof(path), "/tmp/test_fuzz.%d", getpid());
	strcpy(address.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	FUZZ(seeds, read_answer);
	close(listener);
	unlink(path);
	waits = usual;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debugfs),
		cmocka_unit_test(metrics_read_back),
		cmocka_unit_test(a_witness),
		cmocka_unit_test(http_requests),
		cmocka_unit_test(command_lines),
		cmocka_unit_test(any_text),
		cmocka_unit_test(qmp_answers),
	};

	return cmocka_run_group_tests_name("fuzz", tests, NULL, NULL);
}
