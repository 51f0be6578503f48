/*
 * Asks the endpoint, over libcurl; see transfer.h. One transfer at a time, in a loop of our own:
 * it also watches the reply's reader, and tells the silence before the first byte from that later.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/transfer.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "llm/answer.h"
#include "llm/authorities.h"
#include "llm/output.h"

/* One request and its answer. */
struct attempt {
	const struct transfer_settings *settings;
	struct reply_body *body;
	struct failure *failure;
	CURL *easy;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];
	size_t header_bytes;
	bool is_framed;     /* the answer says where it ends */
	bool has_begun;     /* the first byte of its body has come */
	int64_t last_us;    /* when that was, or any byte since; before it, when we asked */
	struct buf refusal; /* the body, where the status is not 200 */
	long retry_seconds; /* what Retry-After says; 0: nothing */
	long http_status;   /* at the end */
};

static long
status_of(const struct attempt *attempt)
{
	long status = 0;

	curl_easy_getinfo(attempt->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* --- what libcurl calls --- */

static size_t
take_header(char *line, size_t one, size_t size, void *context)
{
	struct attempt *attempt = context;

	(void)one;
	attempt->header_bytes += size;
	if (attempt->header_bytes > BOUND_LLM_HEADER_BYTES) {
		failure_set(attempt->failure, FAILURE_PROTOCOL,
		            "more than %d bytes of headers from the server",
		            BOUND_LLM_HEADER_BYTES);
		return 0;
	}
	static const char *const framing[] = { "content-length:", "transfer-encoding:" };
	for (size_t i = 0; i < sizeof(framing) / sizeof(framing[0]); i++) {
		size_t name_size = strlen(framing[i]);
		if (size > name_size && strncasecmp(line, framing[i], name_size) == 0)
			attempt->is_framed = true;
	}
	return size;
}

static size_t
take_bytes(char *bytes, size_t one, size_t size, void *context)
{
	struct attempt *attempt = context;
	bool is_fine;

	(void)one;
	attempt->has_begun = true;
	if (status_of(attempt) == 200)
		is_fine = reply_body_feed(attempt->body, bytes, size) == FAILURE_NONE;
	else
		is_fine = buf_append(&attempt->refusal, bytes, size) == ERR_NONE;
	/* After it: that the reader is slow is not the server's silence. */
	attempt->last_us = clock_now_us();
	return is_fine ? size : 0;
}

/* --- one attempt --- */

static void
add_header(struct attempt *attempt, const char *line)
{
	struct curl_slist *headers = curl_slist_append(attempt->headers, line);

	if (headers == NULL)
		abort();
	attempt->headers = headers;
}

/* Each line of the text is a header. */
static void
add_further_headers(struct attempt *attempt)
{
	char *lines = must_copy_text(attempt->settings->headers);
	char *rest = NULL;

	for (char *line = lines == NULL ? NULL : strtok_r(lines, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		add_header(attempt, line);
	free(lines);
}

static void
add_headers(struct attempt *attempt)
{
	struct buf line;

	add_header(attempt, "Content-Type: application/json");
	add_header(attempt, "Accept: text/event-stream, application/json");
	/* Empty: libcurl would ask large requests' permission first, which takes a second where
	 * the server does not know of that. */
	add_header(attempt, "Expect:");
	add_further_headers(attempt);
	if (attempt->settings->key == NULL)
		return;
	buf_init(&line, BOUND_LLM_KEY_BYTES + 64);
	if (buf_append_text(&line, "Authorization: Bearer ") != ERR_NONE ||
	    buf_append_text(&line, attempt->settings->key) != ERR_NONE)
		abort();
	add_header(attempt, line.data);
	buf_fini(&line);
}

#define SET(attempt, option, value)                                                                \
	do {                                                                                       \
		if (curl_easy_setopt((attempt)->easy, option, value) != CURLE_OK)                  \
			abort();                                                                   \
	} while (0)

static void
attempt_init(struct attempt *attempt, const struct buf *request)
{
	const struct transfer_settings *settings = attempt->settings;
	const char *ca_file = settings->ca_file;
	char found[AUTHORITIES_PATH_BYTES];

	if (ca_file == NULL)
		ca_file = authorities_for_curl(found);
	attempt->easy = curl_easy_init();
	if (attempt->easy == NULL)
		abort();
	buf_init(&attempt->refusal, BOUND_LLM_EVENT_BYTES);
	add_headers(attempt);
	SET(attempt, CURLOPT_URL, settings->endpoint->url);
	SET(attempt, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(attempt, CURLOPT_FOLLOWLOCATION, 0L);
	SET(attempt, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
	SET(attempt, CURLOPT_POSTFIELDS, request->data);
	SET(attempt, CURLOPT_HTTPHEADER, attempt->headers);
	/* A proxy gets none of our headers. */
	SET(attempt, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	SET(attempt, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(attempt, CURLOPT_USERAGENT, "plainchat-llm/" VERSION);
	SET(attempt, CURLOPT_HEADERFUNCTION, take_header);
	SET(attempt, CURLOPT_HEADERDATA, attempt);
	SET(attempt, CURLOPT_WRITEFUNCTION, take_bytes);
	SET(attempt, CURLOPT_WRITEDATA, attempt);
	SET(attempt, CURLOPT_ERRORBUFFER, attempt->error);
	SET(attempt, CURLOPT_CONNECTTIMEOUT_MS, settings->connect_ms);
	SET(attempt, CURLOPT_NOSIGNAL, 1L);
	/* Do not wait for a name server that is silent. */
	SET(attempt, CURLOPT_QUICK_EXIT, 1L);
	if (ca_file != NULL)
		SET(attempt, CURLOPT_CAINFO, ca_file);
	/* Through a proxy the key would leave this machine, too. */
	if ((settings->key != NULL || settings->headers != NULL) &&
	    !settings->endpoint->is_secure && !settings->key_over_http)
		SET(attempt, CURLOPT_NOPROXY, "*");
}

static void
attempt_fini(struct attempt *attempt)
{
	curl_easy_cleanup(attempt->easy);
	curl_slist_free_all(attempt->headers);
	buf_fini(&attempt->refusal);
}

/* Milliseconds until the server's silence has lasted too long; 0: it has. */
static int
patience_left_ms(const struct attempt *attempt)
{
	long patience_ms = attempt->has_begun ? attempt->settings->between_ms
	                                      : attempt->settings->first_byte_ms;
	int64_t left_us = attempt->last_us + (int64_t)patience_ms * 1000 - clock_now_us();

	if (left_us <= 0)
		return 0;
	return left_us / 1000 >= INT_MAX ? INT_MAX : (int)(left_us / 1000) + 1;
}

static void
note_silence(const struct attempt *attempt)
{
	const struct transfer_settings *settings = attempt->settings;

	if (attempt->has_begun)
		failure_set(attempt->failure, FAILURE_BETWEEN,
		            "nothing more came for %g s (--between-timeout) from %s",
		            (double)settings->between_ms / 1000, settings->endpoint->name);
	else
		failure_set(attempt->failure, FAILURE_FIRST_BYTE,
		            "nothing came for %g s (--first-byte-timeout) from %s",
		            (double)settings->first_byte_ms / 1000, settings->endpoint->name);
}

/* Runs the transfer until it is over, of no more use, or too late. Returns false in the last case
 * alone, if the reply was not finished by then. */
static bool
perform(struct attempt *attempt, CURLM *multi)
{
	struct curl_waitfd reader = { .fd = attempt->settings->output_fd };
	int running = 1;

	for (;;) {
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			abort();
		if (running == 0 || attempt->body->is_over ||
		    attempt->failure->status != FAILURE_NONE)
			return true;
		int left_ms = patience_left_ms(attempt);
		if (left_ms == 0)
			return false;
		if (curl_multi_poll(multi, &reader, 1, left_ms, NULL) != CURLM_OK)
			abort();
		if (!output_wait(attempt->settings->output_fd, 0))
			failure_set(attempt->failure, FAILURE_OUTPUT,
			            "the reply cannot be written: nobody takes it");
	}
}

/* libcurl's verdict on a transfer that has ended; CURLE_OK on one that we left. */
static CURLcode
result_of(CURLM *multi)
{
	int count;
	CURLMsg *message = curl_multi_info_read(multi, &count);

	return message == NULL ? CURLE_OK : message->data.result;
}

static enum failure_status
meaning_of(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY: return FAILURE_HOST;
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT: /* only connecting has a time limit of libcurl's */
	case CURLE_INTERFACE_FAILED:
	case CURLE_PROXY: return FAILURE_CONNECT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_SSL_ENGINE_SETFAILED:
	case CURLE_USE_SSL_FAILED: return FAILURE_TLS;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM: return FAILURE_TRUNCATED;
	default: return FAILURE_PROTOCOL;
	}
}

static enum failure_status
note_curl_failure(struct attempt *attempt, CURLcode code)
{
	const char *detail = attempt->error[0] != '\0' ? attempt->error : curl_easy_strerror(code);
	enum failure_status status = meaning_of(code);
	long proxy_status = 0;

	curl_easy_getinfo(attempt->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
	if (status == FAILURE_TRUNCATED && proxy_status != 0 && proxy_status / 100 != 2)
		status = FAILURE_CONNECT;
	return failure_set(attempt->failure, status, "%s (%s)", detail,
	                   attempt->settings->endpoint->name);
}

/* What came of it, where nothing of ours has stopped it. */
static enum failure_status
judge(struct attempt *attempt, CURLcode code, bool was_in_time)
{
	long http_status = attempt->http_status = status_of(attempt);
	long http_version = 0;
	curl_off_t retry_seconds = 0;

	if (attempt->failure->status != FAILURE_NONE)
		return attempt->failure->status;
	if (attempt->has_begun && http_status == 200) {
		curl_easy_getinfo(attempt->easy, CURLINFO_HTTP_VERSION, &http_version);
		bool is_framed = attempt->is_framed || http_version >= CURL_HTTP_VERSION_2_0;
		/* A reply that says itself that it is finished needs no end of the connection. */
		if (!was_in_time && attempt->body->answer.finish == ANSWER_UNFINISHED)
			note_silence(attempt);
		return reply_body_end(attempt->body, was_in_time && code == CURLE_OK && is_framed);
	}
	if (!was_in_time)
		note_silence(attempt);
	else if (http_status == 200 && code == CURLE_OK)
		return reply_body_end(attempt->body, true);
	else if (http_status == 0 || http_status == 200)
		return note_curl_failure(attempt, code);
	if (attempt->failure->status != FAILURE_NONE)
		return attempt->failure->status;
	if (curl_easy_getinfo(attempt->easy, CURLINFO_RETRY_AFTER, &retry_seconds) == CURLE_OK)
		attempt->retry_seconds = retry_seconds > LONG_MAX ? LONG_MAX : (long)retry_seconds;
	const struct buf *refusal = &attempt->refusal;
	return answer_explain_status(http_status, refusal->size > 0 ? refusal->data : "",
	                             refusal->size, attempt->settings->endpoint->name,
	                             attempt->failure);
}

static enum failure_status
attempt_run(struct attempt *attempt, const struct buf *request)
{
	CURLM *multi = curl_multi_init();

	if (multi == NULL)
		abort();
	attempt_init(attempt, request);
	attempt->last_us = clock_now_us();
	if (curl_multi_add_handle(multi, attempt->easy) != CURLM_OK)
		abort();
	bool was_in_time = perform(attempt, multi);
	enum failure_status status = judge(attempt, result_of(multi), was_in_time);
	curl_multi_remove_handle(multi, attempt->easy);
	attempt_fini(attempt);
	curl_multi_cleanup(multi);
	return status;
}

/* How long to wait before asking again; 0: there is no use in that. `has_waited`: once already. */
static long
pause_seconds(const struct attempt *attempt, bool has_waited, int64_t began_us)
{
	const struct transfer_settings *settings = attempt->settings;
	int64_t left_us = began_us + (int64_t)settings->first_byte_ms * 1000 - clock_now_us();
	bool is_told = attempt->retry_seconds > 0;
	long seconds = is_told ? attempt->retry_seconds : BOUND_LLM_RETRY_UNTOLD_SECONDS;

	if (seconds > BOUND_LLM_RETRY_SECONDS)
		return 0;
	if (attempt->failure->is_loading)
		return left_us > (int64_t)seconds * 1000000 ? seconds : 0;
	bool may_pass = attempt->http_status == 429 || (attempt->http_status == 503 && is_told);
	return may_pass && !has_waited ? seconds : 0;
}

enum failure_status
transfer_run(const struct transfer_settings *settings, const struct buf *request,
             struct reply_body *body, struct failure *failure)
{
	int64_t began_us = clock_now_us();

	for (bool has_waited = false;; has_waited = true) {
		struct attempt attempt = {
			.settings = settings,
			.body = body,
			.failure = failure,
		};
		enum failure_status status = attempt_run(&attempt, request);
		long seconds = status == FAILURE_RATE || status == FAILURE_SERVER
		                       ? pause_seconds(&attempt, has_waited, began_us)
		                       : 0;
		if (seconds == 0)
			return status;
		failure_fini(failure);
		failure_init(failure);
		if (!output_wait(settings->output_fd, (int)seconds * 1000))
			return failure_set(failure, FAILURE_OUTPUT,
			                   "the reply cannot be written: nobody takes it");
	}
}
