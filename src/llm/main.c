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
#include "base/descriptors.h"
#include "llm/endpoint.h"
#include "llm/input.h"
#include "llm/options.h"
#include "llm/output.h"
#include "llm/prompt.h"
#include "llm/transfer.h"

#define KEY_VARIABLE "PLAINCHAT_LLM_KEY"

/* Everything that is put together for one reply. */
struct bridge {
	struct options options;
	struct endpoint endpoint;
	char *key;          /* NULL: there is none */
	struct buf system;  /* from a file */
	struct buf input;   /* from stdin */
	struct buf request; /* made of both */
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

static bool
say(void *context, const char *text, size_t size)
{
	(void)context;
	return output_write(STDOUT_FILENO, text, size);
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
make_request(struct bridge *bridge)
{
	const struct options *options = &bridge->options;
	struct prompt_settings settings = {
		.model = options->model,
		.system = options->system,
		.temperature = options->temperature,
		.max_tokens = options->max_tokens,
		.max_tokens_name = options->max_tokens_name,
		.alternate = options->alternate,
	};

	if (options->system_file != NULL) {
		enum failure_status status = input_read_text_file(
			options->system_file, "system file", &bridge->system, &bridge->failure);
		if (status != FAILURE_NONE)
			return status;
		settings.system = bridge->system.data;
	}
	enum failure_status status = read_input(bridge);
	if (status != FAILURE_NONE)
		return status;
	return prompt_append(&bridge->request, bridge->input.size > 0 ? bridge->input.data : "",
	                     bridge->input.size, &settings, &bridge->failure);
}

static enum failure_status
ask(struct bridge *bridge)
{
	const struct options *options = &bridge->options;
	const struct transfer_settings settings = {
		.endpoint = &bridge->endpoint,
		.key = bridge->key,
		.key_over_http = options->key_over_http,
		.ca_file = options->ca_file,
		.connect_ms = options->connect_ms,
		.first_byte_ms = options->first_byte_ms,
		.between_ms = options->between_ms,
		.output_fd = STDOUT_FILENO,
	};
	static const char cut[] = "the reply was cut at the maximum of tokens";

	enum failure_status status =
		transfer_run(&settings, &bridge->request, &bridge->body, &bridge->failure);
	if (status == FAILURE_NONE && bridge->body.finish == ANSWER_LENGTH)
		report(cut, strlen(cut), NULL);
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
		status = make_request(bridge);
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
	reply_body_init(&bridge->body, say, NULL, &bridge->failure);
}

static void
bridge_fini(struct bridge *bridge)
{
	endpoint_fini(&bridge->endpoint);
	free(bridge->key);
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
	if (status != FAILURE_NONE)
		report(bridge.failure.text.data, bridge.failure.text.size, bridge.key);
	bridge_fini(&bridge);
	return (int)status;
}
