/*
 * text/sse: server-sent events as text, out of whose fields nothing breaks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "text/sse.h"

static struct buf out;

static int
begin(void **state)
{
	(void)state;
	buf_init(&out, 100000);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	buf_fini(&out);
	return 0;
}

static struct event
message_of(const char *text)
{
	return (struct event){ .seq = 7,
		               .kind = EVENT_MESSAGE,
		               .role = ROLE_USER,
		               .state = STATE_DONE,
		               .text = text,
		               .text_size = strlen(text) };
}

static void
a_stream_begins_with_retry_and_a_hello_without_an_id(void **state)
{
	(void)state;
	assert_int_equal(sse_append_hello(&out, cursor_at(9007199254740991)), ERR_NONE);
	assert_string_equal(out.data, "retry: 2000\n\n"
	                              "event: hello\ndata: {\"next\":9007199254740991}\n\n");
}

static void
an_event_has_its_number_as_id_and_its_kind_as_name(void **state)
{
	struct event event = message_of("django");

	(void)state;
	assert_int_equal(sse_append_event(&out, &event), ERR_NONE);
	assert_string_equal(out.data,
	                    "id: 7\nevent: message\ndata: {\"seq\":7,\"kind\":\"message\","
	                    "\"role\":\"user\",\"text\":\"django\",\"state\":\"done\"}\n\n");
	out.size = 0;
	event = (struct event){ .seq = 8, .kind = EVENT_DELETE, .ref = 7 };
	assert_int_equal(sse_append_event(&out, &event), ERR_NONE);
	assert_string_equal(
		out.data,
		"id: 8\nevent: delete\ndata: {\"seq\":8,\"kind\":\"delete\",\"ref\":7}\n\n");
}

static void
reset_and_heartbeat_have_no_id(void **state)
{
	(void)state;
	assert_int_equal(sse_append_reset(&out), ERR_NONE);
	assert_int_equal(sse_append_heartbeat(&out), ERR_NONE);
	assert_string_equal(out.data, "event: reset\ndata: {}\n\n:\nevent: beat\ndata: {}\n\n");
}

static void
no_text_breaks_out_of_its_line(void **state)
{
	struct event event = message_of("a\nid: 99\r\ndata: x\r\revent: reset\n\n\v\f");

	(void)state;
	event.name = "ann\n\nid: 98\r";
	assert_int_equal(sse_append_event(&out, &event), ERR_NONE);
	const char *data = strstr(out.data, "data: {");
	assert_non_null(data);
	assert_int_equal(strcspn(data, "\r\n"), out.data + out.size - 2 - data);
	assert_string_equal(out.data + out.size - 3, "}\n\n");
	assert_null(strchr(out.data, '\r'));
}

static void
what_does_not_fit_is_an_error(void **state)
{
	struct event event = message_of("django");

	(void)state;
	for (size_t cap = 0; cap < 90; cap++) {
		struct buf small;
		buf_init(&small, cap);
		assert_int_equal(sse_append_event(&small, &event), ERR_TOO_LARGE);
		buf_fini(&small);
	}
}

#define WRITING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WRITING(a_stream_begins_with_retry_and_a_hello_without_an_id),
		WRITING(an_event_has_its_number_as_id_and_its_kind_as_name),
		WRITING(reset_and_heartbeat_have_no_id),
		WRITING(no_text_breaks_out_of_its_line),
		WRITING(what_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
