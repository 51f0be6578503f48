/*
 * http/handlers/api_stop: whoever may write in a room stops a reply, and is told how it stands.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>

#include "support_reply.h"
#include "support_store.h"

#define COOKIE STAGE_COOKIE
#define OTHER_COOKIE STAGE_OTHER_COOKIE
#define STOP "{\"room\":\"bots\",\"seq\":2}"
#define STANDS(state) "{\"room\":\"bots\",\"seq\":2,\"state\":\"" state "\"}"

static struct reply_stage stage;
static struct capture capture;

static void
ask(const char *method, const char *path, const char *body, const char *variable)
{
	const char *const variables[] = { variable, NULL };

	capture_ask(&capture, &stage.stage.api, method, path, variables, body);
}

/* A reply is being made, which has said "half". */
static int
begin(void **state)
{
	(void)state;
	reply_stage_open(&stage, &(const struct replies_settings){ 4, 0, 0, 0 }, false);
	capture_init(&capture);
	ask("POST", "", "{\"message\":\"hi\",\"room\":\"bots\"}", "HTTP_PREFER=respond-async");
	assert_int_equal(capture.status, 202);
	run_until_begun(&stage, 1);
	assert_int_equal(scripted_say(&stage.scripted, 0, "half"), ERR_NONE);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:half:1:streaming 3:part:half:2:@0 ");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	reply_stage_close(&stage);
	capture_fini(&capture);
	return 0;
}

static void
a_reply_is_stopped(void **state)
{
	(void)state;
	ask("POST", "/stop", STOP, NULL);
	assert_answer(&capture, 200, STANDS("stopped"));
	replies_run(stage.replies);
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 1);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:stopped 4:done:half:2:stopped ");
}

static void
stopping_again_changes_nothing(void **state)
{
	(void)state;
	ask("POST", "/stop", STOP, NULL);
	ask("POST", "/stop", STOP, NULL);
	assert_answer(&capture, 200, STANDS("stopped"));
	replies_run(stage.replies);
	ask("POST", "/stop", STOP, NULL);
	assert_answer(&capture, 200, STANDS("stopped"));
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:stopped 4:done:half:2:stopped ");
}

static void
what_has_ended_stays_as_it_is(void **state)
{
	static const struct {
		enum reply_state state;
		const char *answer;
	} rows[] = {
		{ REPLY_DONE, STANDS("done") },
		{ REPLY_FAILED, STANDS("failed") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		scripted_end(&stage.scripted, 0, rows[i].state);
		replies_run(stage.replies);
		ask("POST", "/stop", STOP, NULL);
		assert_answer(&capture, 200, rows[i].answer);
		end(NULL);
		begin(NULL);
	}
}

static void
what_was_taken_back_is_told_as_such(void **state)
{
	(void)state;
	ask("POST", "", "{\"message\":\"hi\"}", COOKIE);
	run_until_begun(&stage, 2);
	ask("DELETE", "/events/1", NULL, COOKIE);
	assert_int_equal(capture.status, 204);
	ask("POST", "/stop", "{\"seq\":2}", COOKIE);
	assert_answer(&capture, 200, "{\"room\":\"~\",\"seq\":2,\"state\":\"deleted\"}");
}

static void
what_is_no_reply_cannot_be_stopped(void **state)
{
	static const char *const bodies[] = {
		"{\"room\":\"bots\",\"seq\":1}",
		"{\"room\":\"bots\",\"seq\":3}",
		"{\"room\":\"bots\",\"seq\":4}",
		"{\"room\":\"bots\",\"seq\":9223372036854775807}",
		"{\"room\":\"lobby\",\"seq\":2}",
		/* Nobody has said anything in private, and nobody can have. */
		"{\"seq\":2}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		ask("POST", "/stop", bodies[i], NULL);
		assert_problem(&capture, 404, "event_unknown");
	}
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 0);
}

static void
what_is_wrong_with_the_request_has_a_code(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *code;
	} rows[] = {
		{ "", 400, "json_empty" },
		{ "[]", 400, "not_an_object" },
		{ "{\"room\":\"bots\"}", 400, "seq_invalid" },
		{ "{\"room\":\"bots\",\"seq\":0}", 400, "seq_invalid" },
		{ "{\"room\":\"bots\",\"seq\":-2}", 400, "seq_invalid" },
		{ "{\"room\":\"bots\",\"seq\":2.0}", 400, "seq_invalid" },
		{ "{\"room\":\"bots\",\"seq\":\"2\"}", 400, "seq_invalid" },
		{ "{\"room\":\"attic\",\"seq\":2}", 404, "room_unknown" },
		{ "{\"room\":2,\"seq\":2}", 400, "room_invalid" },
		{ "{\"room\":\"a b\",\"seq\":2}", 400, "room_invalid" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ask("POST", "/stop", rows[i].body, NULL);
		assert_problem(&capture, rows[i].status, rows[i].code);
	}
	ask("GET", "/stop", NULL, NULL);
	assert_problem(&capture, 405, "method_not_allowed");
	assert_header(&capture, "Allow: POST, OPTIONS");
	ask("POST", "/stop", STOP, "HTTP_SEC_FETCH_SITE=cross-site");
	assert_problem(&capture, 403, "cross_site");
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 0);
}

static void
a_private_reply_is_stopped_by_its_visitor_alone(void **state)
{
	(void)state;
	ask("POST", "", "{\"message\":\"hi\"}", COOKIE);
	run_until_begun(&stage, 2);
	ask("POST", "/stop", "{\"seq\":2}", OTHER_COOKIE);
	assert_problem(&capture, 404, "event_unknown");
	ask("POST", "/stop", "{\"seq\":2,\"room\":\"~\"}", COOKIE);
	assert_answer(&capture, 200, "{\"room\":\"~\",\"seq\":2,\"state\":\"stopped\"}");
}

static void
a_store_that_fails_stops_nothing(void **state)
{
	(void)state;
	store_memory_fail(MEMORY_FINISH, 2);
	ask("POST", "/stop", STOP, NULL);
	assert_problem(&capture, 503, "store_unavailable");
	store_memory_fail(MEMORY_FINISH, 0);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:streaming 3:part:half:2:@0 ");
	ask("POST", "/stop", STOP, NULL);
	assert_answer(&capture, 200, STANDS("stopped"));
}

static void
without_a_store_there_is_nothing_to_stop(void **state)
{
	struct stage bare;

	(void)state;
	stage_init(&bare);
	capture_ask(&capture, &bare.api, "POST", "/stop", NULL, "{\"seq\":2}");
	assert_problem(&capture, 404, "event_unknown");
	capture_ask(&capture, &bare.api, "POST", "/stop", NULL, STOP);
	assert_int_equal(capture.status, 404);
}

#define MAKING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MAKING(a_reply_is_stopped),
		MAKING(stopping_again_changes_nothing),
		MAKING(what_has_ended_stays_as_it_is),
		MAKING(what_was_taken_back_is_told_as_such),
		MAKING(what_is_no_reply_cannot_be_stopped),
		MAKING(what_is_wrong_with_the_request_has_a_code),
		MAKING(a_private_reply_is_stopped_by_its_visitor_alone),
		MAKING(a_store_that_fails_stops_nothing),
		MAKING(without_a_store_there_is_nothing_to_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
