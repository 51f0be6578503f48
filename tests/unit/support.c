/*
 * What the unit tests share; see support.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <dirent.h>
#include <errno.h>

#include <fastcgi.h>
#include <fcntl.h>
#include <json-c/json_object.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/committer.h"
#include "chat/live/live.h"
#include "chat/people/secret.h"
#include "chat/store_pool.h"
#include "http/response.h"
#include "http/route.h"
#include "support_stall.h"
#include "support_store.h"
#include "text/json.h"

#define KEPT_BYTES ((size_t)8 * 1024 * 1024)

/* --- the product --- */

void
stage_init(struct stage *stage)
{
	echo_init(&stage->echo, "received " ECHO_PLACEHOLDER);
	stage->rooms = (struct rooms){
		.responder = &stage->echo.responder,
		.reply_bytes_max = BOUND_REPLY_BYTES,
		.history_messages = BOUND_HISTORY_MESSAGES,
		.history_bytes = BOUND_HISTORY_BYTES,
	};
	stage->api = (struct api){
		.rooms = &stage->rooms,
		.message_bytes_max = BOUND_MESSAGE_BYTES,
		.body_bytes_max = BOUND_BODY_BYTES,
		.json_depth_max = BOUND_JSON_DEPTH,
	};
}

static bool
wants_news(void *context)
{
	const struct api *api = context;

	return api->live != NULL && live_wants_news(api->live);
}

static void
on_committed(void *context, struct news *news)
{
	const struct api *api = context;

	if (api->live != NULL)
		live_take_news(api->live, news);
}

void
stage_open_store(struct stage *stage, bool has_thread)
{
	unsigned char bytes[SESSION_SECRET_BYTES];
	static struct room_rule rules[] = { { .name = "lobby" }, { .name = "people" } };
	const struct committer_settings settings = {
		.engine = &store_stalling,
		.store = &store_memory_settings,
		.has_thread = has_thread,
		.committed = on_committed,
		.wants_news = wants_news,
		.context = &stage->api,
	};

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	store_memory_reset();
	store_stalling_use(&store_memory);
	stage->api.secret = secret_new_fixed(bytes);
	rules[0].responder = &stage->echo.responder;
	stage->rooms.shared = rules;
	stage->rooms.shared_count = COUNT(rules);
	stage->rooms.store_pool = store_pool_new(&store_stalling, &store_memory_settings);
	assert_int_equal(committer_start(&settings, &stage->rooms.committer), ERR_NONE);
}

void
stage_close_store(struct stage *stage)
{
	assert_true(committer_stop(stage->rooms.committer, INT64_MAX));
	store_pool_free(stage->rooms.store_pool);
	secret_free(stage->api.secret);
	stage->api.secret = NULL;
	stage->rooms.committer = NULL;
	stage->rooms.store_pool = NULL;
	store_memory_reset();
}

/* --- an answer that is kept --- */

static void
keep_answer(struct transport *transport, struct request *request, struct response *response)
{
	struct capture *capture = (struct capture *)transport;

	capture->answer_count++;
	capture->status = response->status;
	capture->content_type = response->content_type;
	if (buf_append(&capture->headers, response->headers.data, response->headers.size) !=
	            ERR_NONE ||
	    buf_append(&capture->body, response->body.data, response->body.size) != ERR_NONE)
		abort();
	request_free(request);
	response_free(response);
}

void
capture_init(struct capture *capture)
{
	*capture = (struct capture){ .transport = { .answer = keep_answer } };
	buf_init(&capture->headers, KEPT_BYTES);
	buf_init(&capture->body, KEPT_BYTES);
}

void
capture_fini(struct capture *capture)
{
	buf_fini(&capture->headers);
	buf_fini(&capture->body);
}

void
capture_route(struct capture *capture, const struct api *api, char *const variables[],
              const char *body, size_t body_size)
{
	struct request *request = request_new(variables, api->body_bytes_max, &capture->transport);
	size_t kept = body_size < request->body.cap ? body_size : request->body.cap;

	assert_int_equal(buf_append(&request->body, body, kept), ERR_NONE);
	route_request(api, request);
}

void
capture_say(struct capture *capture, const struct api *api, const char *body, size_t body_size)
{
	char length[64];
	char *const variables[] = { (char[]){ "REQUEST_METHOD=POST" },
		                    (char[]){ "CONTENT_TYPE=application/json" }, length, NULL };

	snprintf(length, sizeof(length), "CONTENT_LENGTH=%zu", body_size);
	capture_route(capture, api, variables, body, body_size);
}

#define GIVEN_VARIABLES 8

void
capture_ask(struct capture *capture, const struct api *api, const char *method, const char *path,
            const char *const variables[], const char *body)
{
	char texts[4 + GIVEN_VARIABLES][512];
	char *all[COUNT(texts) + 3];
	size_t count = 4;
	size_t path_size = strcspn(path, "?");
	const struct transport transport = capture->transport;

	capture_fini(capture);
	capture_init(capture);
	capture->transport = transport;
	snprintf(texts[0], sizeof(texts[0]), "REQUEST_METHOD=%s", method);
	snprintf(texts[1], sizeof(texts[1]), "PATH_INFO=%.*s", (int)path_size, path);
	snprintf(texts[2], sizeof(texts[2]), "QUERY_STRING=%s",
	         path[path_size] == '?' ? path + path_size + 1 : "");
	snprintf(texts[3], sizeof(texts[3]), "CONTENT_LENGTH=%zu", body == NULL ? 0 : strlen(body));
	for (size_t i = 0; variables != NULL && variables[i] != NULL; i++) {
		assert_true(i < GIVEN_VARIABLES);
		snprintf(texts[count++], sizeof(texts[0]), "%s", variables[i]);
	}
	for (size_t i = 0; i < count; i++)
		all[i] = texts[i];
	all[count++] = (char[]){ "SCRIPT_NAME=/chat/api" };
	all[count++] = (char[]){ "CONTENT_TYPE=application/json" };
	all[count] = NULL;
	capture_route(capture, api, all, body == NULL ? "" : body, body == NULL ? 0 : strlen(body));
}

void
assert_answer(const struct capture *capture, int status, const char *body)
{
	assert_int_equal(capture->answer_count, 1);
	assert_string_equal(capture->body.data, body);
	assert_int_equal(capture->status, status);
	assert_string_equal(capture->content_type, "application/json");
}

static struct json_object *
member_of(struct json_object *document, const char *name, enum json_type type)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(document, name, &value));
	assert_int_equal(json_object_get_type(value), type);
	return value;
}

void
assert_problem(const struct capture *capture, int status, const char *code)
{
	struct json_object *document;

	assert_int_equal(capture->answer_count, 1);
	assert_string_equal(capture->content_type, "application/problem+json");
	struct json_verdict verdict =
		json_parse(capture->body.data, capture->body.size, 1, &document);
	assert_int_equal(verdict.fault, JSON_FINE);
	const char *found = json_object_get_string(member_of(document, "code", json_type_string));
	assert_string_equal(found, code);
	assert_int_equal(capture->status, status);
	assert_int_equal(json_object_get_int(member_of(document, "status", json_type_int)), status);
	assert_string_equal(json_object_get_string(member_of(document, "title", json_type_string)),
	                    response_status_phrase(status));
	assert_string_equal(json_object_get_string(member_of(document, "type", json_type_string)),
	                    "about:blank");
	assert_true(json_object_get_string_len(member_of(document, "detail", json_type_string)) >
	            0);
	json_object_put(document);
}

void
assert_header(const struct capture *capture, const char *line)
{
	const char *headers = capture->headers.data == NULL ? "" : capture->headers.data;
	size_t size = strlen(line);
	const char *found = strstr(headers, line);

	if (found == NULL || strncmp(found + size, "\r\n", 2) != 0 ||
	    (found != headers && found[-1] != '\n'))
		fail_msg("there is no header \"%s\" in:\n%s", line, headers);
}

void
assert_no_header(const struct capture *capture, const char *name)
{
	const char *headers = capture->headers.data == NULL ? "" : capture->headers.data;

	if (strstr(headers, name) != NULL)
		fail_msg("there is a header \"%s\" in:\n%s", name, headers);
}

/* --- a FastCGI client --- */

static void
append(struct buf *out, const void *data, size_t size)
{
	assert_int_equal(buf_append(out, data, size), ERR_NONE);
}

void
fcgi_append_record(struct buf *out, unsigned type, unsigned request_id, const void *content,
                   size_t content_size, size_t padding_size)
{
	static const char padding[255];
	const unsigned char header[8] = {
		1,
		(unsigned char)type,
		(unsigned char)(request_id >> 8),
		(unsigned char)(request_id & 0xff),
		(unsigned char)(content_size >> 8),
		(unsigned char)(content_size & 0xff),
		(unsigned char)padding_size,
		0,
	};

	assert_true(content_size <= 0xffff && padding_size <= sizeof(padding));
	append(out, header, sizeof(header));
	append(out, content, content_size);
	append(out, padding, padding_size);
}

void
fcgi_append_begin(struct buf *out, unsigned request_id, unsigned role, bool keep)
{
	const unsigned char body[8] = { (unsigned char)(role >> 8), (unsigned char)(role & 0xff),
		                        keep ? FCGI_KEEP_CONN : 0 };

	fcgi_append_record(out, FCGI_BEGIN_REQUEST, request_id, body, sizeof(body), 0);
}

static void
append_length(struct buf *params, size_t length)
{
	const unsigned char bytes[4] = {
		(unsigned char)(0x80 | length >> 24),
		(unsigned char)(length >> 16 & 0xff),
		(unsigned char)(length >> 8 & 0xff),
		(unsigned char)(length & 0xff),
	};

	if (length < 128)
		append(params, &bytes[3], 1);
	else
		append(params, bytes, sizeof(bytes));
}

void
fcgi_append_pair(struct buf *params, const char *name, const char *value)
{
	append_length(params, strlen(name));
	append_length(params, strlen(value));
	append(params, name, strlen(name));
	append(params, value, strlen(value));
}

void
fcgi_append_request(struct buf *out, const struct fcgi_form *form)
{
	unsigned request_id = form->request_id == 0 ? 1 : form->request_id;
	size_t body_size = form->body_size;
	size_t record_size = form->record_size == 0 ? 32768 : form->record_size;
	char length[32];
	struct buf params;

	if (form->body != NULL && body_size == 0)
		body_size = strlen(form->body);
	snprintf(length, sizeof(length), "%zu", body_size);
	buf_init(&params, KEPT_BYTES);
	fcgi_append_pair(&params, "REQUEST_METHOD", form->method == NULL ? "POST" : form->method);
	fcgi_append_pair(&params, "SCRIPT_NAME", "/chat/api");
	fcgi_append_pair(&params, "PATH_INFO", form->path == NULL ? "" : form->path);
	if (form->query != NULL)
		fcgi_append_pair(&params, "QUERY_STRING", form->query);
	if (form->address != NULL)
		fcgi_append_pair(&params, "REMOTE_ADDR", form->address);
	fcgi_append_pair(&params, "CONTENT_TYPE", "application/json");
	fcgi_append_pair(&params, "CONTENT_LENGTH",
	                 form->content_length == NULL ? length : form->content_length);

	fcgi_append_begin(out, request_id, FCGI_RESPONDER, form->keep);
	fcgi_append_record(out, FCGI_PARAMS, request_id, params.data, params.size,
	                   form->padding_size);
	fcgi_append_record(out, FCGI_PARAMS, request_id, NULL, 0, form->params_end_padding_size);
	for (size_t at = 0; at < body_size;) {
		size_t left = body_size - at;
		size_t size = left < record_size ? left : record_size;
		fcgi_append_record(out, FCGI_STDIN, request_id, form->body + at, size,
		                   form->padding_size);
		at += size;
	}
	if (!form->is_endless)
		fcgi_append_record(out, FCGI_STDIN, request_id, NULL, 0, form->padding_size);
	buf_fini(&params);
}

int
client_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };

	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void
client_send(int fd, const void *data, size_t size)
{
	const char *bytes = data;

	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
		if (sent < 0)
			fail_msg("the request cannot be sent: %s", strerror(errno));
		bytes += sent;
		size -= (size_t)sent;
	}
}

/* Whether all `size` bytes came before the end. */
static bool
receive_all(int fd, void *data, size_t size)
{
	char *bytes = data;

	while (size > 0) {
		ssize_t got = recv(fd, bytes, size, 0);
		if (got < 0 && errno == EAGAIN)
			fail_msg("nothing came in %d seconds", PATIENCE_SECONDS);
		if (got <= 0)
			return false;
		bytes += got;
		size -= (size_t)got;
	}
	return true;
}

void
client_receive(int fd, struct fcgi_reply *reply)
{
	unsigned char header[8];
	static unsigned char content[0xffff + 0xff];
	bool stream_is_ended = false;

	*reply = (struct fcgi_reply){ .request_id = 0 };
	buf_init(&reply->content, KEPT_BYTES);
	while (receive_all(fd, header, sizeof(header))) {
		size_t size = (size_t)header[4] << 8 | header[5];
		assert_int_equal(header[0], 1);
		if (!receive_all(fd, content, size + header[6]))
			return;
		reply->request_id = (unsigned)header[2] << 8 | header[3];
		if (header[1] == FCGI_STDOUT) {
			assert_false(stream_is_ended);
			append(&reply->content, content, size);
			stream_is_ended = size == 0;
			continue;
		}
		assert_int_equal(header[1], FCGI_END_REQUEST);
		assert_int_equal(size, 8);
		reply->protocol_status = content[4];
		reply->is_whole = stream_is_ended;
		return;
	}
}

void
fcgi_reply_fini(struct fcgi_reply *reply)
{
	buf_fini(&reply->content);
}

void
assert_reply(const struct fcgi_reply *reply, unsigned request_id, const char *status,
             const char *body)
{
	char expected[64];

	assert_true(reply->is_whole);
	assert_int_equal(reply->request_id, request_id);
	assert_int_equal(reply->protocol_status, FCGI_REQUEST_COMPLETE);
	snprintf(expected, sizeof(expected), "Status: %s\r\n", status);
	if (strncmp(reply->content.data, expected, strlen(expected)) != 0)
		fail_msg("instead of %s came: %.300s", status, reply->content.data);
	const char *end_of_head = strstr(reply->content.data, "\r\n\r\n");
	assert_non_null(end_of_head);
	if (body != NULL)
		assert_string_equal(end_of_head + 4, body);
}

void
client_exchange(int fd, const struct fcgi_form *form, const char *status, const char *body)
{
	struct buf request;
	struct fcgi_reply reply;

	buf_init(&request, KEPT_BYTES);
	fcgi_append_request(&request, form);
	client_send(fd, request.data, request.size);
	buf_fini(&request);
	client_receive(fd, &reply);
	assert_reply(&reply, form->request_id == 0 ? 1 : form->request_id, status, body);
	fcgi_reply_fini(&reply);
}

void
assert_closed(int fd)
{
	char byte;
	ssize_t got = recv(fd, &byte, 1, 0);

	if (got > 0)
		fail_msg("something came where the connection should be closed");
	if (got < 0 && errno != ECONNRESET)
		fail_msg("the connection is not closed: %s", strerror(errno));
}

bool
client_is_readable(int fd, int milliseconds)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, milliseconds) > 0;
}

/* --- waiting --- */

bool
wait_until(bool (*condition)(void *context), void *context)
{
	int64_t end_us = clock_now_us() + (int64_t)PATIENCE_SECONDS * 1000000;

	while (!condition(context)) {
		if (clock_now_us() > end_us)
			return false;
		poll(NULL, 0, 2);
	}
	return true;
}

/* --- the log, temporary files --- */

static struct {
	int fd;
	int stderr_before;
	char *text;
} watched_log = { -1, -1, NULL };

void
log_watch_begin(void)
{
	assert_int_equal(watched_log.fd, -1);
	watched_log.fd = memfd_create("log", MFD_CLOEXEC);
	watched_log.stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	assert_true(watched_log.fd >= 0 && watched_log.stderr_before >= 0);
	assert_int_equal(dup2(watched_log.fd, STDERR_FILENO), STDERR_FILENO);
}

const char *
log_watch_text(void)
{
	struct stat status;

	assert_int_equal(fstat(watched_log.fd, &status), 0);
	free(watched_log.text);
	watched_log.text = must_allocate((size_t)status.st_size + 1);
	assert_int_equal(pread(watched_log.fd, watched_log.text, (size_t)status.st_size, 0),
	                 status.st_size);
	return watched_log.text;
}

static bool
log_has(void *text)
{
	return strstr(log_watch_text(), text) != NULL;
}

bool
log_watch_wait(const char *text)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", text);
	return wait_until(log_has, copy);
}

void
log_watch_end(void)
{
	dup2(watched_log.stderr_before, STDERR_FILENO);
	close(watched_log.stderr_before);
	close(watched_log.fd);
	free(watched_log.text);
	watched_log.fd = -1;
	watched_log.text = NULL;
}

static char scratch[] = "/tmp/plainchat-unit.XXXXXX";
static pid_t scratch_owner;

static void
remove_scratch(void)
{
	/* A forked child that exits must not take the folder away from its parent. */
	DIR *folder = getpid() == scratch_owner ? opendir(scratch) : NULL;
	struct dirent *entry;

	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL) {
		if (unlinkat(dirfd(folder), entry->d_name, 0) != 0)
			(void)unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR);
	}
	closedir(folder);
	rmdir(scratch);
}

const char *
scratch_folder(void)
{
	if (scratch_owner == 0) {
		assert_non_null(mkdtemp(scratch));
		scratch_owner = getpid();
		assert_int_equal(atexit(remove_scratch), 0);
	}
	return scratch;
}

const char *
scratch_path(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % COUNT(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch_folder(), name);
	return path;
}
