/*
 * An endpoint for tests of plainchat-llm, which plays what servers do, well and badly: the first
 * part of the path names the scenario (fake_scenarios.c). Started by tests/llm/endpoint.sh:
 *
 *     fake_endpoint FOLDER
 *
 * serves one request after the other on 127.0.0.1 and leaves in FOLDER: `port`; `N.request`, the
 * request as it came; and `log`, with the lines "N SCENARIO asked", then "N SCENARIO played" or, if
 * the client went before the end, "N SCENARIO left".
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_scenarios.h"

#define REQUEST_BYTES_MAX (8 * 1024 * 1024)
#define PATH_BYTES 4096

/* One request, as it came. */
struct request {
	char text[REQUEST_BYTES_MAX + 1];
	size_t size;
	char scenario[64];
	char key[256]; /* of the header Authorization */
};

static const char *folder;
static unsigned request_count;

static void
must(bool is_fine, const char *what)
{
	if (is_fine)
		return;
	fprintf(stderr, "fake_endpoint: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Writes the file anew, or adds to it; it is there at once, or not at all. */
static void
keep(const char *name, const char *mode, const char *text, size_t size)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, mode);
	must(file != NULL, path);
	must(fwrite(text, 1, size, file) == size && fclose(file) == 0, path);
}

static void
note(const struct request *request, const char *what)
{
	char line[128];
	int size =
		snprintf(line, sizeof(line), "%u %s %s\n", request_count, request->scenario, what);

	keep("log", "a", line, (size_t)size);
}

/* --- the request --- */

/* Returns false once the client has gone, as all below that send. */
static bool
send_all(int client, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(client, bytes, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

static const char *
header_of(const struct request *request, const char *name)
{
	for (const char *line = strstr(request->text, "\r\n"); line != NULL && line[2] != '\r';
	     line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, strlen(name)) == 0)
			return line + 2 + strlen(name);
	}
	return "";
}

/* Whether head and body are there. */
static bool
is_whole(const struct request *request)
{
	const char *end = strstr(request->text, "\r\n\r\n");

	if (end == NULL)
		return false;
	size_t head_size = (size_t)(end + 4 - request->text);
	return request->size >=
	       head_size + strtoul(header_of(request, "Content-Length:"), NULL, 10);
}

static bool
receive(int client, struct request *request)
{
	static const char not_http[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

	request->size = 0;
	request->text[0] = '\0';
	while (!is_whole(request)) {
		ssize_t size = recv(client, request->text + request->size,
		                    REQUEST_BYTES_MAX - request->size, 0);
		if (size <= 0)
			return false;
		request->size += (size_t)size;
		request->text[request->size] = '\0';
		/* What begins so is TLS. */
		if (request->text[0] == 0x16) {
			(void)send_all(client, not_http, strlen(not_http));
			return false;
		}
	}
	request->scenario[0] = '\0';
	request->key[0] = '\0';
	sscanf(request->text, "%*s /%63[^/ ]", request->scenario);
	sscanf(header_of(request, "Authorization:"), " Bearer %255s", request->key);
	return true;
}

/* --- the answer --- */

static bool
send_chunk(int client, const char *bytes, size_t size)
{
	char head[32];
	int head_size = snprintf(head, sizeof(head), "%zx\r\n", size);

	return send_all(client, head, (size_t)head_size) && send_all(client, bytes, size) &&
	       send_all(client, "\r\n", 2);
}

/* The text again and again, `size` bytes or a little more. */
static bool
send_fill(int client, const char *text, size_t size)
{
	char fill[64 * 1024];
	size_t text_size = strlen(text);
	size_t fill_size = 0;
	bool is_sent = true;

	for (; fill_size + text_size <= sizeof(fill); fill_size += text_size)
		memcpy(fill + fill_size, text, text_size);
	for (size_t sent = 0; sent < size && is_sent; sent += fill_size)
		is_sent = send_all(client, fill, fill_size);
	return is_sent;
}

/* Waits until the client goes. */
static bool
hang(int client)
{
	char byte;

	return recv(client, &byte, 1, 0) > 0;
}

static bool
play_step(int client, const struct step *step, const struct request *request)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	bool is_sent = true;

	switch (step->kind) {
	case STEP_SEND: return send_all(client, step->text, strlen(step->text));
	case STEP_CHUNK: return send_chunk(client, step->text, strlen(step->text));
	case STEP_BYTES:
		for (const char *c = step->text; *c != '\0' && is_sent; c++)
			is_sent = send_chunk(client, c, 1);
		return is_sent;
	case STEP_FILL: return send_fill(client, step->text, step->size);
	case STEP_KEY: return send_all(client, request->key, strlen(request->key));
	case STEP_HANG: return hang(client);
	case STEP_RESET:
		return setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) == 0;
	case STEP_NONE: break;
	}
	return true;
}

static const char *
body_of(const struct request *request)
{
	const char *end = strstr(request->text, "\r\n\r\n");

	return end == NULL ? "" : end + 4;
}

/* context-N: there is room for N tokens of three bytes; else what llama-server says. */
static bool
refuse_long(int client, const struct request *request, long limit)
{
	char answer[1024];
	long asked = (long)strlen(body_of(request)) / 3;

	if (asked <= limit)
		return false;
	snprintf(answer, sizeof(answer),
	         "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
	         "{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context "
	         "size\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":%ld,"
	         "\"n_ctx\":%ld}}",
	         asked, limit);
	(void)send_all(client, answer, strlen(answer));
	return true;
}

/* As the templates of Gemma: no role for the system, a user begins, roles take turns. What such a
 * template says, or NULL. */
static const char *
complain_of_roles(const char *body)
{
	static const char mark[] = "\"role\":\"";
	bool is_user = true;

	for (const char *role = strstr(body, mark); role != NULL; role = strstr(role + 1, mark)) {
		const char *name = role + strlen(mark);
		if (strncmp(name, "system", 6) == 0)
			return "System role not supported";
		if ((strncmp(name, "user", 4) == 0) != is_user)
			return "Conversation roles must alternate "
			       "user/assistant/user/assistant/...";
		is_user = !is_user;
	}
	return is_user ? "the last message is not the user's" : NULL;
}

static bool
refuse_roles(int client, const struct request *request)
{
	const char *words = complain_of_roles(body_of(request));
	char answer[512];

	if (words == NULL)
		return false;
	snprintf(answer, sizeof(answer),
	         "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
	         "{\"object\":\"error\",\"message\":\"%s\",\"code\":400}",
	         words);
	(void)send_all(client, answer, strlen(answer));
	return true;
}

static bool
play(int client, const struct request *request)
{
	/* These go well after so many times. */
	static struct {
		const char *name;
		unsigned left;
	} passing[] = {
		{ "rate-once", 1 }, { "rate-date", 1 }, { "busy-once", 1 }, { "loading-twice", 2 }
	};
	const char *name = request->scenario;

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (strcmp(name, passing[i].name) != 0)
			continue;
		if (passing[i].left == 0)
			name = "normal";
		else
			passing[i].left--;
	}
	if (strncmp(name, "context-", strlen("context-")) == 0) {
		if (refuse_long(client, request, atol(name + strlen("context-"))))
			return true;
		name = "normal";
	}
	if (strcmp(name, "gemma") == 0) {
		if (refuse_roles(client, request))
			return true;
		name = "normal";
	}
	const struct step *step = scenario_find(name);
	for (; step->kind != STEP_NONE; step++) {
		if (!play_step(client, step, request))
			return false;
	}
	return true;
}

static void
serve(int client)
{
	static struct request request;
	const int on = 1;
	char name[32];

	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (receive(client, &request)) {
		request_count++;
		snprintf(name, sizeof(name), "%u.request", request_count);
		keep(name, "w", request.text, request.size);
		note(&request, "asked");
		note(&request, play(client, &request) ? "played" : "left");
	}
	close(client);
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	char port[16];

	must(argc == 2, "needs a folder");
	folder = argv[1];
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(server >= 0 && bind(server, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	             listen(server, 16) == 0 &&
	             getsockname(server, (struct sockaddr *)&address, &size) == 0,
	     "socket");
	int port_size = snprintf(port, sizeof(port), "%d\n", ntohs(address.sin_port));
	keep("log", "w", "", 0);
	keep("port", "w", port, (size_t)port_size);
	for (;;) {
		int client = accept(server, NULL, NULL);
		must(client >= 0, "accept");
		serve(client);
	}
}
