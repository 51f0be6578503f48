/*
 * What the unit tests share: cmocka, the product put together in one process, a transport that
 * keeps the answer, a small FastCGI client, and looking at the log. Nothing here sleeps: whatever
 * waits gives up after PATIENCE_SECONDS and fails the test. For the test's own thread only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_UNIT_SUPPORT_H
#define PLAINCHAT_TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "chat/room.h"
#include "http/handlers/api.h"
#include "http/request.h"
#include "responder/echo.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Text of a literal and its size, also where a NUL stands in it. */
#define TEXT_OF(literal) (literal), (sizeof(literal) - 1)

/* How long anything may take before it counts as hanging: valgrind on a busy machine is slow. */
#define PATIENCE_SECONDS 60

/* --- the product --- */

/* The layers as main.c puts them together, with the default limits and the echo; nothing is stored.
 */
struct stage {
	struct echo echo;
	struct rooms rooms;
	struct api api;
};

/* The secret of the stage's sessions is the bytes 0, 1, ... 31. Of it are this chat's digits, two
 * tokens, and, for an environment, the cookies with them. */
#define STAGE_CHAT "ff4dc090"
#define STAGE_TOKEN "Afof7w43KKLwFJplL4FOm1yxp39tQu6WaG5T7dNhpDtH"
#define STAGE_OTHER_TOKEN "AdAemJ6RcRnPfDcfxXmTKA8yXsxsBKJeOzvBUBKJTP1q"
#define STAGE_COOKIE "HTTP_COOKIE=plainchat-" STAGE_CHAT "=" STAGE_TOKEN
#define STAGE_OTHER_COOKIE "HTTP_COOKIE=plainchat-" STAGE_CHAT "=" STAGE_OTHER_TOKEN

void
stage_init(struct stage *stage);

/* Gives the stage the store in memory (support_store.h), emptied, which may stall
 * (support_stall.h), and the shared rooms "lobby",
 * where the echo answers, and "people", where nobody does. With a thread as under FastCGI, without
 * one as a CGI program. */
void
stage_open_store(struct stage *stage, bool has_thread);

void
stage_close_store(struct stage *stage);

/* --- an answer that is kept --- */

struct capture {
	struct transport transport; /* .stream is NULL: as a front that cannot stream */
	unsigned answer_count;
	int status;
	const char *content_type; /* NULL if there was none */
	struct buf headers;
	struct buf body;
};

void
capture_init(struct capture *capture);

void
capture_fini(struct capture *capture);

/* Makes a request of the variables and the body, as a front does, and has it routed. */
void
capture_route(struct capture *capture, const struct api *api, char *const variables[],
              const char *body, size_t body_size);

/* POSTs the body as JSON with the right length. */
void
capture_say(struct capture *capture, const struct api *api, const char *body, size_t body_size);

/* Forgets the answer before and makes another request: path and query behind the mount point
 * /chat/api, up to 8 further variables ("NAME=value", NULL at the end; may be NULL), and a JSON
 * body (NULL: none). */
void
capture_ask(struct capture *capture, const struct api *api, const char *method, const char *path,
            const char *const variables[], const char *body);

/* Fails unless exactly one answer came, with this status and body. */
void
assert_answer(const struct capture *capture, int status, const char *body);

/* Fails unless exactly one answer came, a well-formed problem document with this code. */
void
assert_problem(const struct capture *capture, int status, const char *code);

/* Fails unless the line ("Name: value") is among the headers that the response adds. */
void
assert_header(const struct capture *capture, const char *line);

/* Fails if a header of that name is there. */
void
assert_no_header(const struct capture *capture, const char *name);

/* --- a FastCGI client --- */

/* Appends one record; it announces `content_size` bytes and brings as many. */
void
fcgi_append_record(struct buf *out, unsigned type, unsigned request_id, const void *content,
                   size_t content_size, size_t padding_size);

void
fcgi_append_begin(struct buf *out, unsigned request_id, unsigned role, bool keep);

/* Appends a name-value pair as the content of FCGI_PARAMS has it, with the shortest lengths. */
void
fcgi_append_pair(struct buf *params, const char *name, const char *value);

/* A request that is sent: what is 0 or NULL is left out or has its usual value. */
struct fcgi_form {
	unsigned request_id; /* 1 */
	bool keep;
	const char *method;             /* POST */
	const char *path;               /* "" */
	const char *query;              /* "" */
	const char *address;            /* of the visitor: "" */
	const char *body;               /* none */
	size_t body_size;               /* strlen(body) */
	const char *content_length;     /* the size of the body */
	size_t record_size;             /* of a record of the body, at most: 32768 */
	size_t padding_size;            /* behind each record but the end of the parameters: 0 */
	size_t params_end_padding_size; /* behind that: 0, as all web servers have it */
	bool is_endless;                /* without the end of the body */
};

void
fcgi_append_request(struct buf *out, const struct fcgi_form *form);

/* A socket that is connected to the path, with PATIENCE_SECONDS on what is received. */
int
client_connect(const char *path);

void
client_send(int fd, const void *data, size_t size);

/* What came back for one request. */
struct fcgi_reply {
	unsigned request_id;
	unsigned protocol_status;
	bool is_whole; /* up to FCGI_END_REQUEST, the stream ended before it */
	struct buf content;
};

/* Reads one whole reply, or as much as there is; freed by fcgi_reply_fini. */
void
client_receive(int fd, struct fcgi_reply *reply);

void
fcgi_reply_fini(struct fcgi_reply *reply);

/* Fails unless the reply is whole, of this request, with the status ("200 OK") and the body. `body`
 * may be NULL where it does not matter. */
void
assert_reply(const struct fcgi_reply *reply, unsigned request_id, const char *status,
             const char *body);

/* Sends the request, reads the reply, and fails unless it is this. */
void
client_exchange(int fd, const struct fcgi_form *form, const char *status, const char *body);

/* Fails unless nothing more comes and the other side has closed. */
void
assert_closed(int fd);

/* Whether something came, or the other side closed, within the time. */
bool
client_is_readable(int fd, int milliseconds);

/* --- waiting --- */

/* Whether the condition came true before patience ended. */
bool
wait_until(bool (*condition)(void *context), void *context);

/* --- the log, temporary files --- */

/* From now on the log goes into a file in memory. Not to be nested. */
void
log_watch_begin(void);

/* Everything that was logged so far; valid until the next call. */
const char *
log_watch_text(void);

/* Waits until the text is in the log; false if it never is. */
bool
log_watch_wait(const char *text);

void
log_watch_end(void);

/* A new folder for temporary files, as a constant for the whole run; removed at exit with the files
 * in it. */
const char *
scratch_folder(void);

/* "FOLDER/NAME" in a static buffer per call site's need: four are kept. */
const char *
scratch_path(const char *name);

#endif
