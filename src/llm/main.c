/*
 * plainchat-llm: has a language model reply. A program under the responder contract
 * (doc/bots.md): the conversation comes on stdin, the reply leaves on stdout as it is made, what
 * goes wrong is a line on stderr and the exit status. A signal ends it as it ends any program, and
 * with it the connection, so that the server stops, too: that is why it catches none.
 *
 * SPDX-License-Identifier: MIT
 */
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "llm/endpoint.h"
#include "llm/input.h"
#include "llm/options.h"
#include "llm/output.h"
#include "llm/prompt.h"
#include "llm/report.h"
#include "llm/transfer.h"

#define KEY_VARIABLE "PLAINCHAT_LLM_KEY"

/* Everything that is put together for one reply. */
struct bridge {
	struct options options;
	struct endpoint endpoint;
	char *key;          /* NULL: there is none */
	char *headers;      /* the same */
	struct buf system;  /* from a file */
	struct buf input;   /* from stdin */
	struct buf request; /* made of both */
	struct prompt_settings prompt;
	struct prompt_size size;
	int report_fd;    /* -1: none */
	int64_t first_us; /* when the first piece of text or thought came; 0: none did */
	int64_t last_us;
	struct reply_body body;
	struct failure failure;
};

/* Whoever started us may have blocked or ignored what is to end us. */
static void
let_signals_end_us(void)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* That the reader has left is seen, and said. */
	signal(SIGPIPE, SIG_IGN);
}

static void
report(const char *text, size_t size, const char *key)
{
	struct buf line;

	buf_init(&line, 2 * BOUND_LLM_REPORT_BYTES);
	failure_append_line(&line, text, size, key);
	(void)output_write(STDERR_FILENO, line.data, line.size);
	buf_fini(&line);
}

static void
note_time(struct bridge *bridge)
{
	bridge->last_us = clock_now_us();
	if (bridge->first_us == 0)
		bridge->first_us = bridge->last_us;
}

static bool
say(void *context, const char *text, size_t size)
{
	note_time(context);
	return output_write(STDOUT_FILENO, text, size);
}

static bool
think(void *context, const char *text, size_t size)
{
	const struct bridge *bridge = context;

	note_time(context);
	report_thought(bridge->report_fd, text, size);
	return true;
}

static enum failure_status
read_key(struct bridge *bridge)
{
	const struct options *options = &bridge->options;
	const struct endpoint *endpoint = &bridge->endpoint;
	enum failure_status status =
		input_read_key(options->key_file, KEY_VARIABLE, &bridge->key, &bridge->failure);

	if (status == FAILURE_NONE && bridge->key != NULL && !endpoint->is_secure &&
	    !endpoint->is_loopback && !options->key_over_http)
		return failure_set(
			&bridge->failure, FAILURE_OPTIONS,
			"the key is not sent to another machine over http: use https, or "
			"--key-over-http if nobody can listen in");
	return status;
}

static enum failure_status
read_input(struct bridge *bridge)
{
	enum err err = input_read(STDIN_FILENO, &bridge->input);

	if (err == ERR_TOO_LARGE)
		return failure_set(&bridge->failure, FAILURE_INPUT, "stdin: over %d bytes",
		                   BOUND_LLM_INPUT_BYTES);
	if (err != ERR_NONE)
		return failure_set(&bridge->failure, FAILURE_INPUT, "stdin: %s", strerror(errno));
	return FAILURE_NONE;
}

static enum failure_status
read_settings(struct bridge *bridge)
{
	const struct options *options = &bridge->options;
	long reserved = options->max_tokens > 0 ? options->max_tokens : options->context_tokens / 4;

	bridge->prompt = (struct prompt_settings){
		.model = options->model,
		.system = options->system,
		.temperature = options->temperature,
		.max_tokens = options->max_tokens,
		.max_tokens_name = options->max_tokens_name,
		.fields = options->fields,
		.field_count = options->field_count,
	};
	if (options->context_tokens > 0)
		bridge->prompt.bytes_max = options->context_tokens > reserved
		                                   ? (size_t)(options->context_tokens - reserved) *
		                                             BOUND_LLM_TOKEN_BYTES
		                                   : 1;
	if (options->header_file != NULL) {
		enum failure_status status = input_read_headers(options->header_file,
		                                                &bridge->headers, &bridge->failure);
		if (status != FAILURE_NONE)
			return status;
	}
	if (options->system_file == NULL)
		return FAILURE_NONE;
	enum failure_status status = input_read_text_file(options->system_file, "system file",
	                                                  &bridge->system, &bridge->failure);
	if (status == FAILURE_NONE)
		bridge->prompt.system = bridge->system.data;
	return status;
}

static enum failure_status
make_request(struct bridge *bridge)
{
	bridge->request.size = 0;
	return prompt_append(&bridge->request, buf_text(&bridge->input), bridge->input.size,
	                     &bridge->prompt, &bridge->size, &bridge->failure);
}

static void
log_counts(const struct bridge *bridge)
{
	const struct answer *answer = &bridge->body.answer;
	double seconds = (double)(bridge->last_us - bridge->first_us) / 1e6;
	double speed = answer->tokens_per_second;
	char line[160];
	int size;

	if (answer->reply_tokens <= 0)
		return;
	if (speed <= 0 && seconds > 0)
		speed = answer->reply_tokens / seconds;
	size = snprintf(line, sizeof(line), "prompt %.0f tokens, reply %.0f tokens",
	                answer->prompt_tokens, answer->reply_tokens);
	if (speed > 0)
		size += snprintf(line + size, sizeof(line) - (size_t)size, ", %.1f a second",
		                 speed);
	report(line, (size_t)size, NULL);
}

static enum failure_status
ask_once(struct bridge *bridge)
{
	const struct options *options = &bridge->options;
	const struct transfer_settings settings = {
		.endpoint = &bridge->endpoint,
		.key = bridge->key,
		.headers = bridge->headers,
		.key_over_http = options->key_over_http,
		.ca_file = options->ca_file,
		.connect_ms = options->connect_ms,
		.first_byte_ms = options->first_byte_ms,
		.between_ms = options->between_ms,
		.output_fd = STDOUT_FILENO,
	};

	return transfer_run(&settings, &bridge->request, &bridge->body, &bridge->failure);
}

/* Nothing has come yet, and nothing went wrong. */
static void
body_begin(struct bridge *bridge)
{
	reply_body_fini(&bridge->body);
	failure_fini(&bridge->failure);
	failure_init(&bridge->failure);
	reply_body_init(&bridge->body, say, bridge, &bridge->failure);
	bridge->body.think = think;
}

/* Some templates have no role for the system, and say so in one of these ways. */
static bool
refuses_system(const struct bridge *bridge)
{
	const struct buf *text = &bridge->failure.text;

	return bridge->prompt.system != NULL && !bridge->prompt.system_as_user &&
	       (bridge->failure.status == FAILURE_REQUEST ||
	        bridge->failure.status == FAILURE_SERVER) &&
	       (context_has_words(text->data, text->size, "system role") ||
	        context_has_words(text->data, text->size, "roles must alternate"));
}

/* How many bytes of text there is room for, as the server has said, or half of what there were. A
 * part of the context is the reply's. */
static size_t
learn_room(const struct bridge *bridge)
{
	const struct context_limit *context = &bridge->failure.context;
	double bytes = (double)bridge->size.bytes;
	double share = 0.5;

	if (context->limit > 0) {
		double reserved = bridge->options.max_tokens > 0
		                          ? (double)bridge->options.max_tokens
		                          : context->limit / 4;
		if (reserved > context->limit / 2)
			reserved = context->limit / 2;
		share = (context->limit - reserved) / context->asked;
	}
	if (share > 0.9)
		share = 0.9;
	return (size_t)(bytes * share) + 1;
}

/* Whether it may go better in another way, which is then set. */
static bool
learn(struct bridge *bridge)
{
	if (bridge->body.said > 0 || bridge->body.thought > 0)
		return false;
	if (refuses_system(bridge)) {
		bridge->prompt.system_as_user = true;
		return true;
	}
	if (bridge->failure.status != FAILURE_CONTEXT || bridge->size.turns <= 1)
		return false;
	bridge->prompt.bytes_max = learn_room(bridge);
	return true;
}

static enum failure_status
ask(struct bridge *bridge)
{
	static const char cut[] = "the reply was cut at the maximum of tokens";
	enum failure_status status = make_request(bridge);

	for (unsigned tries = 1; status == FAILURE_NONE; tries++) {
		status = ask_once(bridge);
		if (status == FAILURE_NONE || tries == BOUND_LLM_CONTEXT_TRIES || !learn(bridge))
			break;
		body_begin(bridge);
		status = make_request(bridge);
	}
	if (status != FAILURE_NONE)
		return status;
	log_counts(bridge);
	if (bridge->body.answer.finish == ANSWER_LENGTH) {
		report(cut, strlen(cut), NULL);
		report_word(bridge->report_fd, "cut", "length");
	}
	return status;
}

static enum failure_status
reply(struct bridge *bridge)
{
	enum failure_status status =
		endpoint_init(&bridge->endpoint, bridge->options.url, &bridge->failure);

	if (status == FAILURE_NONE)
		status = read_key(bridge);
	if (status == FAILURE_NONE)
		status = read_settings(bridge);
	if (status == FAILURE_NONE)
		status = read_input(bridge);
	if (status == FAILURE_NONE)
		status = ask(bridge);
	return status;
}

static void
bridge_init(struct bridge *bridge)
{
	*bridge = (struct bridge){ .key = NULL };
	failure_init(&bridge->failure);
	buf_init(&bridge->system, BOUND_LLM_SYSTEM_BYTES);
	buf_init(&bridge->input, BOUND_LLM_INPUT_BYTES);
	/* A byte may become six (\u0001), and each message has something around it. */
	buf_init(&bridge->request, 8 * (size_t)(BOUND_LLM_INPUT_BYTES + BOUND_LLM_SYSTEM_BYTES));
	bridge->report_fd = report_open();
	reply_body_init(&bridge->body, say, bridge, &bridge->failure);
	bridge->body.think = think;
}

static void
bridge_fini(struct bridge *bridge)
{
	endpoint_fini(&bridge->endpoint);
	free(bridge->key);
	free(bridge->headers);
	buf_fini(&bridge->system);
	buf_fini(&bridge->input);
	buf_fini(&bridge->request);
	reply_body_fini(&bridge->body);
	failure_fini(&bridge->failure);
}

int
main(int argc, char *argv[])
{
	struct bridge bridge;

	descriptors_open_standard();
	let_signals_end_us();
	bridge_init(&bridge);
	enum failure_status status = options_read(argc, argv, &bridge.options, &bridge.failure);
	if (status == FAILURE_NONE && bridge.options.wants_help) {
		options_print_help();
	} else if (status == FAILURE_NONE && bridge.options.wants_version) {
		printf("plainchat-llm %s\n", VERSION);
	} else if (status == FAILURE_NONE) {
		if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
			abort();
		status = reply(&bridge);
		curl_global_cleanup();
	}
	if (status == FAILURE_NONE && fflush(stdout) != 0)
		status =
			failure_set(&bridge.failure, FAILURE_OUTPUT, "stdout: %s", strerror(errno));
	if (status != FAILURE_NONE) {
		const char *reason = failure_reason(&bridge.failure);
		report(bridge.failure.text.data, bridge.failure.text.size, bridge.key);
		if (reason != NULL)
			report_word(bridge.report_fd, "reason", reason);
	}
	bridge_fini(&bridge);
	return (int)status;
}
