/*
 * What the fake endpoint can play. The streams are what the servers that are named in the comments
 * send, shortened.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fake_scenarios.h"

#include <string.h>

#define HEAD(status, type) "HTTP/1.1 " status "\r\nConnection: close\r\nContent-Type: " type "\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define STREAM                                                                                     \
	{                                                                                          \
		STEP_SEND, HEAD("200 OK", "text/event-stream") CHUNKED, 0                          \
	}
#define END                                                                                        \
	{                                                                                          \
		STEP_SEND, "0\r\n\r\n", 0                                                          \
	}
#define ANSWER(status, type, headers, body)                                                        \
	{                                                                                          \
		STEP_SEND, HEAD(status, type) headers "\r\n" body, 0                               \
	}

/* An event that says TEXT, with what ends its lines. */
#define SAYS(text, ends)                                                                           \
	"data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"     \
	"\"delta\":{\"content\":\"" text "\"},\"finish_reason\":null}]}" ends ends
#define FINISHED(reason, ends)                                                                     \
	"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason                \
	"\"}]}" ends ends
#define ROLE                                                                                       \
	"data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"    \
	"\"finish_reason\":null}]}\n\n"
#define DONE(ends) "data: [DONE]" ends ends
#define CHUNK(text)                                                                                \
	{                                                                                          \
		STEP_CHUNK, text, 0                                                                \
	}
#define BYTES(text)                                                                                \
	{                                                                                          \
		STEP_BYTES, text, 0                                                                \
	}

#define HANG                                                                                       \
	{                                                                                          \
		STEP_HANG, NULL, 0                                                                 \
	}
#define FILL(text, size)                                                                           \
	{                                                                                          \
		STEP_FILL, text, size                                                              \
	}
#define X_CHUNK "10\r\nxxxxxxxxxxxxxxxx\r\n"

#define HELLO "Hello, \xec\x95\x88\xeb\x85\x95 \xf0\x9f\x98\x80"
#define WHOLE(ends) ROLE SAYS(HELLO, ends) SAYS("!", ends) FINISHED("stop", ends) DONE(ends)

#define STEPS_MAX 8

static const struct scenario {
	const char *name;
	struct step steps[STEPS_MAX];
} scenarios[] = {
	/* --- what goes well --- */
	{ "normal",
	  { STREAM, CHUNK(ROLE), CHUNK(SAYS(HELLO, "\n")), CHUNK(SAYS("!", "\n")),
	    CHUNK(FINISHED("stop", "\n")), CHUNK(DONE("\n")), END } },
	{ "crlf", { STREAM, CHUNK(WHOLE("\r\n")), END } },
	{ "cr", { STREAM, CHUNK(WHOLE("\r")), END } },
	{ "bytes", { STREAM, BYTES(WHOLE("\n")), END } },
	{ "bytes-crlf", { STREAM, BYTES(WHOLE("\r\n")), END } },
	/* OpenRouter and others, while nothing is ready. */
	{ "comments",
	  { STREAM,
	    CHUNK(": keep-alive\n\n:\n\n" SAYS(HELLO, "\n") ": ping\n" SAYS("!", "\n") ":x\n\n"),
	    CHUNK(FINISHED("stop", "\n") DONE("\n")), END } },
	{ "no-blank",
	  { STREAM,
	    CHUNK("data:{\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\ndata:[DONE]\n\n"),
	    END } },
	/* llama.cpp begins so, and has no blank line at the end; empty data is nothing. */
	{ "null-content",
	  { STREAM,
	    CHUNK("data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"role\":"
	          "\"assistant\",\"content\":null}}]}\n\ndata:\n\n"),
	    CHUNK("data: {\"choices\":[{\"delta\":{}}]}\n\n" SAYS(HELLO, "\n")
	                  FINISHED("stop", "\n") "data: [DONE]\n"),
	    END } },
	/* OpenAI and vLLM with usage; Azure begins with empty choices, too. */
	{ "usage",
	  { STREAM,
	    CHUNK("data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n"),
	    CHUNK(SAYS(HELLO, "\n") FINISHED("stop", "\n")),
	    CHUNK("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"total_tokens\":12}}\n\n"),
	    CHUNK(DONE("\n")), END } },
	/* vLLM, DeepSeek, Ollama. */
	{ "reasoning",
	  { STREAM,
	    CHUNK("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":null,"
	          "\"reasoning_content\":\"Hm\",\"reasoning\":\"Hm\"}}]}\n\n" SAYS("Hello", "\n")),
	    CHUNK(FINISHED("stop", "\n") DONE("\n")), END } },
	/* DeepSeek's distillates by themselves. */
	{ "think",
	  { STREAM, CHUNK(SAYS("<think>", "\n") SAYS("Hm.", "\n") SAYS("</think>", "\n")),
	    CHUNK(SAYS("\\n\\nHello", "\n") FINISHED("stop", "\n") DONE("\n")), END } },
	{ "think-only",
	  { STREAM, CHUNK(SAYS("<think>Hm", "\n") FINISHED("stop", "\n") DONE("\n")), END } },
	/* What is odd in a stream and harmless. */
	{ "odd",
	  { STREAM,
	    CHUNK("data: ping\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"x\",\"role\":1,"
	          "\"content\":\"Hello, \"}}]}\n\n"),
	    CHUNK(SAYS("\xec\x95\x88\xeb\x85\x95 \\ud83d", "\n") SAYS("\\ude00!", "\n")),
	    CHUNK(FINISHED("stop", "\n") "data: {\"choi\n\ndata: [DONE] \n\n"), END } },
	{ "repeated",
	  { STREAM, CHUNK(SAYS("Hello, how ", "\n") SAYS("are you?", "\n")),
	    CHUNK("data: {\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hello, how are "
	          "you?\"},\"finish_reason\":\"stop\"}]}\n\n" DONE("\n")),
	    END } },
	{ "aborted", { STREAM, CHUNK(SAYS("Hel", "\n") FINISHED("abort", "\n") DONE("\n")), END } },
	/* llama.cpp's last chunk. */
	{ "timings",
	  { STREAM, CHUNK(SAYS("Hello", "\n")),
	    CHUNK("data: {\"choices\":[{\"finish_reason\":\"stop\",\"index\":0,\"delta\":{}}],"
	          "\"timings\":{\"prompt_n\":9,\"predicted_n\":3,\"predicted_per_second\":33.14}}"
	          "\n\n"),
	    CHUNK(DONE("\n")), END } },
	{ "no-done", { STREAM, CHUNK(SAYS("Hello", "\n") FINISHED("stop", "\n")), END } },
	{ "no-finish", { STREAM, CHUNK(SAYS("Hello", "\n")), END } },
	{ "finished-then-cut", { STREAM, CHUNK(SAYS("Hello", "\n") FINISHED("stop", "\n")) } },
	{ "finished-then-hang",
	  { STREAM, CHUNK(SAYS("Hello", "\n") FINISHED("stop", "\n")), HANG } },
	{ "done-then-hang", { STREAM, CHUNK(SAYS("Hello", "\n") DONE("\n")), HANG } },
	{ "document",
	  { ANSWER("200 OK", "application/json", "",
	           "\n{\n  \"choices\": [ { \"index\": 0, \"message\": { \"role\": \"assistant\", "
	           "\"content\": \"" HELLO "\" }, \"finish_reason\": \"stop\" } ]\n}\n") } },
	{ "length", { STREAM, CHUNK(SAYS("Hel", "\n") FINISHED("length", "\n") DONE("\n")), END } },

	/* --- what goes wrong in the middle --- */
	{ "error-middle",
	  { STREAM, CHUNK(SAYS("Hello", "\n")),
	    CHUNK("data: "
	          "{\"error\":{\"message\":\"overloaded\\u001b[31m\\nnow\",\"code\":503}}\n\n"),
	    CHUNK(DONE("\n")), END } },
	/* llama.cpp until late 2025. */
	{ "error-field",
	  { STREAM, CHUNK(SAYS("Hello", "\n")),
	    CHUNK("error: {\"code\":400,\"message\":\"context is full\",\"type\":\"x\"}\n\n" DONE(
		    "\n")),
	    END } },
	{ "cut", { STREAM, CHUNK(SAYS("Hello", "\n")), { STEP_SEND, "64\r\ndata: {\"cho", 0 } } },
	{ "reset", { STREAM, CHUNK(SAYS("Hello", "\n")), { STEP_RESET, NULL, 0 } } },
	/* Without any word of how long it is. */
	{ "unframed-cut", { ANSWER("200 OK", "text/event-stream", "", SAYS("Hello", "\n")) } },
	{ "unframed", { ANSWER("200 OK", "text/event-stream", "", WHOLE("\n")) } },
	{ "hang-between", { STREAM, CHUNK(SAYS("Hello", "\n")), HANG } },
	{ "filtered",
	  { STREAM, CHUNK(SAYS("Hel", "\n") FINISHED("content_filter", "\n") DONE("\n")), END } },
	{ "broken-json",
	  { STREAM, CHUNK(SAYS("Hello", "\n")), CHUNK("data: {\"choices\":[{]}\n\n"), END } },
	{ "huge-line", { STREAM, CHUNK(SAYS("Hello", "\n") "data: "), FILL(X_CHUNK, 64 << 20) } },
	{ "long-reply",
	  { STREAM, CHUNK("data: {\"choices\":[{\"delta\":{\"content\":\""),
	    FILL(X_CHUNK, 1536 * 1024), CHUNK("\"}}]}\n\n"), HANG } },

	/* --- what goes wrong before --- */
	{ "hang", { HANG } },
	{ "hang-headers", { STREAM, HANG } },
	{ "close", { { STEP_SEND, "", 0 } } },
	{ "unauthorized",
	  { { STEP_SEND, HEAD("401 Unauthorized", "application/json") "\r\n", 0 },
	    { STEP_SEND, "{\"error\":{\"message\":\"Incorrect API key: ", 0 },
	    { STEP_KEY, NULL, 0 },
	    { STEP_SEND, ".\"}}", 0 } } },
	{ "forbidden", { ANSWER("403 Forbidden", "text/plain", "", "not you") } },
	{ "not-found",
	  { ANSWER("404 Not Found", "application/json", "",
	           "{\"error\":{\"message\":\"model \\\"x\\\" not found\"}}") } },
	{ "rate-once",
	  { ANSWER("429 Too Many Requests", "application/json", "Retry-After: 1\r\n",
	           "{\"error\":\"slow down\"}") } },
	{ "rate",
	  { ANSWER("429 Too Many Requests", "application/json", "Retry-After: 1\r\n",
	           "{\"error\":\"slow down\"}") } },
	{ "rate-date",
	  { ANSWER("429 Too Many Requests", "application/json",
	           "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n",
	           "{\"error\":\"slow down\"}") } },
	{ "rate-late",
	  { ANSWER("429 Too Many Requests", "application/json",
	           "Retry-After: Thu, 21 Oct 2100 07:28:00 GMT\r\n",
	           "{\"error\":\"slow down\"}") } },
	{ "busy-once",
	  { ANSWER("503 Service Unavailable", "text/plain", "Retry-After: 1\r\n", "") } },
	{ "busy",
	  { ANSWER("503 Service Unavailable", "text/plain", "", "maximum pending requests") } },
	/* llama.cpp, until the model is there. */
	{ "loading-twice",
	  { ANSWER("503 Service Unavailable", "application/json", "Retry-After: 1\r\n",
	           "{\"error\":{\"code\":503,\"message\":\"Loading model\"}}") } },
	{ "loading",
	  { ANSWER("503 Service Unavailable", "application/json", "",
	           "{\"error\":{\"code\":503,\"message\":\"Loading model\"}}") } },
	{ "rate-long",
	  { ANSWER("429 Too Many Requests", "application/json", "Retry-After: 3600\r\n",
	           "{\"error\":\"slow down\"}") } },
	{ "rate-wait",
	  { ANSWER("429 Too Many Requests", "application/json", "Retry-After: 30\r\n", "") } },
	{ "bad-request",
	  { ANSWER("400 Bad Request", "application/json", "",
	           "{\"object\":\"error\",\"message\":\"too many tokens\",\"code\":400}") } },
	{ "server-error",
	  { ANSWER("500 Internal Server Error", "text/html", "", "<h1>\x1b[2J\noops</h1>") } },
	{ "redirect",
	  { ANSWER("302 Found", "text/plain", "Location: /normal/v1/chat/completions\r\n", "") } },
	{ "error-first",
	  { STREAM, CHUNK("data: {\"error\":{\"message\":\"no memory\"}}\n\n"), END } },
	{ "garbage",
	  { ANSWER("200 OK", "text/html", "Content-Length: 14\r\n", "<h1>Hello</h1>") } },
	{ "no-http", { { STEP_SEND, "220 mail.example ESMTP\r\n", 0 } } },
	{ "empty", { STREAM, CHUNK(ROLE FINISHED("stop", "\n") DONE("\n")), END } },
	{ "empty-length", { STREAM, CHUNK(ROLE FINISHED("length", "\n") DONE("\n")), END } },
	{ "no-body", { ANSWER("200 OK", "text/event-stream", "Content-Length: 0\r\n", "") } },
	{ "headers", { { STEP_SEND, "HTTP/1.1 200 OK\r\n", 0 }, FILL("X-Fill: y\r\n", 64 << 20) } },
	{ "unknown", { ANSWER("400 Bad Request", "text/plain", "", "no such scenario") } },
};

const struct step *
scenario_find(const char *name)
{
	size_t at = 0;

	while (strcmp(scenarios[at].name, name) != 0 && strcmp(scenarios[at].name, "unknown") != 0)
		at++;
	return scenarios[at].steps;
}
