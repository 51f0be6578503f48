/*
 * text/event: what an event looks like as JSON.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "text/event.h"

#define TEXT_OF_EVENT(literal) .text = (literal), .text_size = sizeof(literal) - 1

static void
assert_json(const struct event *event, const char *json)
{
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(event_append(&out, event), ERR_NONE);
	assert_string_equal(out.data, json);
	buf_fini(&out);
}

static void
a_message_has_all_that_there_is(void **state)
{
	const struct event event = { .seq = 12,
		                     .kind = EVENT_MESSAGE,
		                     .time_ms = 1700000000007,
		                     .ref = 11,
		                     .role = ROLE_ASSISTANT,
		                     .state = STATE_STREAMING,
		                     .name = "echo",
		                     TEXT_OF_EVENT("received \"django\"\n") };

	(void)state;
	assert_json(&event,
	            "{\"seq\":12,\"kind\":\"message\",\"role\":\"assistant\",\"name\":\"echo\","
	            "\"text\":\"received \\\"django\\\"\\n\",\"time\":\"2023-11-14T22:13:20.007Z\","
	            "\"ref\":11,\"state\":\"streaming\"}");
}

static void
what_there_is_not_is_left_out(void **state)
{
	struct event event = { .seq = 1,
		               .kind = EVENT_MESSAGE,
		               .role = ROLE_USER,
		               .state = STATE_DONE,
		               TEXT_OF_EVENT("django") };
	const char *json = "{\"seq\":1,\"kind\":\"message\",\"role\":\"user\",\"text\":\"django\","
			   "\"state\":\"done\"}";

	(void)state;
	assert_json(&event, json);
	event.name = "";
	/* Not a message's. */
	event.offset = 9;
	assert_json(&event, json);
}

static void
an_empty_text_is_a_text(void **state)
{
	const struct event event = {
		.seq = 1, .kind = EVENT_MESSAGE, .role = ROLE_ASSISTANT, .state = STATE_FAILED
	};

	(void)state;
	assert_json(&event, "{\"seq\":1,\"kind\":\"message\",\"role\":\"assistant\",\"text\":\"\","
	                    "\"state\":\"failed\"}");
}

static void
why_it_ended_and_what_was_thought_are_members_that_few_have(void **state)
{
	struct event event = { .seq = 1,
		               .kind = EVENT_DONE,
		               .ref = 1,
		               .state = STATE_DONE,
		               .cause = CAUSE_LENGTH,
		               TEXT_OF_EVENT("Hi"),
		               .thought = "안녕",
		               .thought_size = 6,
		               .thought_offset = 7,
		               .thought_ms = 1200 };

	(void)state;
	assert_json(&event, "{\"seq\":1,\"kind\":\"done\",\"text\":\"Hi\",\"ref\":1,"
	                    "\"state\":\"done\",\"cut\":\"length\","
	                    "\"thought\":\"안녕\",\"thought_ms\":1200}");
	event.kind = EVENT_PART;
	event.cause = CAUSE_NONE;
	assert_json(&event, "{\"seq\":1,\"kind\":\"part\",\"text\":\"Hi\",\"ref\":1,\"off\":0,"
	                    "\"thought\":\"안녕\",\"thought_off\":7,\"thought_ms\":1200}");
	event.kind = EVENT_MESSAGE;
	event.role = ROLE_ASSISTANT;
	event.state = STATE_FAILED;
	event.cause = CAUSE_UNREACHABLE;
	event.thought_size = 0;
	assert_json(&event,
	            "{\"seq\":1,\"kind\":\"message\",\"role\":\"assistant\",\"text\":\"Hi\","
	            "\"ref\":1,\"state\":\"failed\",\"reason\":\"unreachable\"}");
	event.state = STATE_DELETED;
	assert_json(&event, "{\"seq\":1,\"kind\":\"message\",\"role\":\"assistant\","
	                    "\"ref\":1,\"state\":\"deleted\"}");
}

static void
a_deleted_message_has_no_text_and_no_name(void **state)
{
	const struct event event = { .seq = 3,
		                     .kind = EVENT_MESSAGE,
		                     .time_ms = 1000,
		                     .role = ROLE_USER,
		                     .state = STATE_DELETED,
		                     .name = "ann",
		                     TEXT_OF_EVENT("gone") };

	(void)state;
	assert_json(&event, "{\"seq\":3,\"kind\":\"message\",\"role\":\"user\","
	                    "\"time\":\"1970-01-01T00:00:01.000Z\",\"state\":\"deleted\"}");
}

static void
a_part_has_its_place(void **state)
{
	const struct event event = { .seq = 5,
		                     .kind = EVENT_PART,
		                     .ref = 4,
		                     .offset = 0,
		                     .state = STATE_STREAMING,
		                     .name = "echo",
		                     TEXT_OF_EVENT("\xc3\xa9/") };

	(void)state;
	assert_json(&event,
	            "{\"seq\":5,\"kind\":\"part\",\"text\":\"\xc3\xa9/\",\"ref\":4,\"off\":0}");
}

static void
done_has_the_whole_text_and_the_state(void **state)
{
	const struct event event = { .seq = 9,
		                     .kind = EVENT_DONE,
		                     .time_ms = 951782400999,
		                     .ref = 4,
		                     .state = STATE_STOPPED,
		                     TEXT_OF_EVENT("whole") };

	(void)state;
	assert_json(&event,
	            "{\"seq\":9,\"kind\":\"done\",\"text\":\"whole\","
	            "\"time\":\"2000-02-29T00:00:00.999Z\",\"ref\":4,\"state\":\"stopped\"}");
}

static void
delete_only_refers(void **state)
{
	const struct event event = { .seq = 9, .kind = EVENT_DELETE, .time_ms = -1, .ref = 4 };

	(void)state;
	assert_json(&event, "{\"seq\":9,\"kind\":\"delete\",\"time\":\"1969-12-31T23:59:59.999Z\","
	                    "\"ref\":4}");
}

static void
numbers_of_64_bits_are_kept(void **state)
{
	const struct event event = { .seq = INT64_MAX, .kind = EVENT_DELETE, .ref = INT64_MAX - 1 };

	(void)state;
	assert_json(&event, "{\"seq\":9223372036854775807,\"kind\":\"delete\","
	                    "\"ref\":9223372036854775806}");
}

static void
a_time_beyond_all_years_is_left_out(void **state)
{
	const struct event event = {
		.seq = 1, .kind = EVENT_DELETE, .time_ms = INT64_MAX, .ref = 1
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(event_append(&out, &event), ERR_NONE);
	assert_null(strchr(out.data, '\n'));
	buf_fini(&out);
}

static void
it_is_one_line_whatever_the_text(void **state)
{
	const struct event event = { .seq = 1,
		                     .kind = EVENT_MESSAGE,
		                     .role = ROLE_USER,
		                     .state = STATE_DONE,
		                     .name = "a\nb",
		                     TEXT_OF_EVENT("\r\n\x01\x7f\0end") };

	(void)state;
	assert_json(&event, "{\"seq\":1,\"kind\":\"message\",\"role\":\"user\",\"name\":\"a\\nb\","
	                    "\"text\":\"\\r\\n\\u0001\x7f\\u0000end\",\"state\":\"done\"}");
}

static void
beyond_the_cap_nothing_is_appended(void **state)
{
	const struct event event = { .seq = 1, .kind = EVENT_DELETE, .ref = 1 };
	struct buf out;

	(void)state;
	buf_init(&out, 20);
	assert_int_equal(event_append(&out, &event), ERR_TOO_LARGE);
	assert_int_equal(out.size, 0);
	buf_fini(&out);
}

static void
every_kind_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(event_kind_name(EVENT_MESSAGE), "message");
	assert_string_equal(event_kind_name(EVENT_PART), "part");
	assert_string_equal(event_kind_name(EVENT_DONE), "done");
	assert_string_equal(event_kind_name(EVENT_DELETE), "delete");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_has_all_that_there_is),
		cmocka_unit_test(what_there_is_not_is_left_out),
		cmocka_unit_test(an_empty_text_is_a_text),
		cmocka_unit_test(why_it_ended_and_what_was_thought_are_members_that_few_have),
		cmocka_unit_test(a_deleted_message_has_no_text_and_no_name),
		cmocka_unit_test(a_part_has_its_place),
		cmocka_unit_test(done_has_the_whole_text_and_the_state),
		cmocka_unit_test(delete_only_refers),
		cmocka_unit_test(numbers_of_64_bits_are_kept),
		cmocka_unit_test(a_time_beyond_all_years_is_left_out),
		cmocka_unit_test(it_is_one_line_whatever_the_text),
		cmocka_unit_test(beyond_the_cap_nothing_is_appended),
		cmocka_unit_test(every_kind_has_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
