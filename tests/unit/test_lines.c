/*
 * http/render: events as lines of text and as lines of JSON.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "http/render/representation.h"

/* 2026-11-23 12:03:04 in the zone of this test. */
#define THEN INT64_C(1795402984000)

#define AT "2026-11-23 12:03 "

static struct render_memory memory;
static struct buf out;

static int
begin(void **state)
{
	(void)state;
	setenv("TZ", "KST-9", 1);
	tzset();
	memory = (struct render_memory){ .count = 0 };
	buf_init(&out, 4096);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	buf_fini(&out);
	return 0;
}

static void
assert_line(const struct event *event, const char *line)
{
	out.size = 0;
	assert_int_equal(representation_lines.event(&memory, &out, event), ERR_NONE);
	assert_int_equal(buf_append(&out, "", 0), ERR_NONE);
	if (out.size != strlen(line) || (out.size > 0 && memcmp(out.data, line, out.size) != 0))
		fail_msg("%.*s instead of %s", (int)out.size, out.data, line);
}

static struct event
message(const char *name, const char *text)
{
	return (struct event){
		.seq = 7,
		.kind = EVENT_MESSAGE,
		.role = ROLE_USER,
		.state = STATE_DONE,
		.time_ms = THEN,
		.name = name,
		.text = text,
		.text_size = strlen(text),
	};
}

static void
assert_shown(const char *text, const char *shown)
{
	const struct event event = message("~Ada", text);
	char line[256] = AT "~Ada: ";

	strcat(line, shown);
	strcat(line, "\n");
	assert_line(&event, line);
}

static void
a_message_is_a_line_with_time_and_name(void **state)
{
	struct event event = message("~Ada", "hi");
	char line[64] = "";

	(void)state;
	assert_line(&event, AT "~Ada: hi\n");
	event.name = NULL;
	assert_line(&event, AT "guest: hi\n");
	event.name = "";
	assert_line(&event, AT "guest: hi\n");
	event.role = ROLE_ASSISTANT;
	assert_line(&event, AT "assistant: hi\n");
	/* Of today: without the day. Midnight may pass meanwhile, but not twice. */
	for (int i = 0; i < 2 && line[0] == '\0'; i++) {
		event.time_ms = clock_unix_ms();
		time_t seconds = (time_t)(event.time_ms / 1000);
		struct tm parts;
		assert_non_null(localtime_r(&seconds, &parts));
		strftime(line, sizeof(line), "%H:%M assistant: hi\n", &parts);
		out.size = 0;
		assert_int_equal(representation_lines.event(&memory, &out, &event), ERR_NONE);
		if (out.size != strlen(line))
			line[0] = '\0';
	}
	assert_memory_equal(out.data, line, strlen(line));
}

static void
nothing_in_a_message_is_a_command_to_the_terminal(void **state)
{
	(void)state;
	assert_shown("\033[31mred\033]0;title\a",
	             "\342\220\233[31mred\342\220\233]0;title\342\220\207");
	assert_shown("a\bb\177", "a\342\220\210b\342\220\241");
	assert_shown("\302\233"
	             "31m",
	             "\357\277\275"
	             "31m"); /* CSI as one character */
	assert_shown("a\tb", "a b");
	assert_shown("\377\300", "\357\277\275\357\277\275"); /* what should not be there */
	assert_shown("caf\303\251 \360\237\221\215\360\237\217\275 \354\225\210",
	             "caf\303\251 \360\237\221\215\360\237\217\275 \354\225\210");
	const struct event event = message("a\033[2Jb\n", "hi");
	assert_line(&event, AT "a\342\220\233[2Jb: hi\n");
}

static void
a_message_of_many_lines_is_one_line(void **state)
{
	(void)state;
	assert_shown("one\ntwo", "one \342\206\265 two");
	assert_shown("one\r\ntwo\r\n", "one \342\206\265 two");
	assert_shown("one\rtwo", "one \342\206\265 two");
	assert_shown("\v\f\302\205\342\200\250\342\200\251.",
	             " \342\206\265  \342\206\265  \342\206\265  \342\206\265  "
	             "\342\206\265 .");
}

static void
no_message_turns_the_direction_of_its_line(void **state)
{
	(void)state;
	assert_shown("a\342\200\256b\342\200\254c\342\201\246d\342\201\251", "abcd");
	/* The letters of a language that is written so are as they were. */
	assert_shown("\327\251\327\234\327\225\327\235", "\327\251\327\234\327\225\327\235");
}

static void
a_reply_is_a_line_when_it_is_done(void **state)
{
	struct event reply = message(NULL, "");
	const struct event part = {
		.seq = 8, .kind = EVENT_PART, .ref = 7, .text = "he", .text_size = 2
	};
	struct event done = { .seq = 9,
		              .kind = EVENT_DONE,
		              .ref = 7,
		              .time_ms = THEN,
		              .state = STATE_DONE,
		              .text = "hello",
		              .text_size = 5 };

	(void)state;
	reply.role = ROLE_ASSISTANT;
	reply.state = STATE_STREAMING;
	assert_line(&reply, "");
	assert_line(&part, "");
	assert_line(&done, AT "assistant: hello\n");
	done.state = STATE_STOPPED;
	assert_line(&done, AT "assistant: hello [stopped]\n");
	done.state = STATE_DONE;
	done.cause = CAUSE_LENGTH;
	assert_line(&done, AT "assistant: hello [cut]\n");
	done.state = STATE_FAILED;
	done.cause = CAUSE_NONE;
	assert_line(&done, AT "assistant: hello [failed]\n");
	done.cause = CAUSE_BUSY;
	done.text_size = 0;
	assert_line(&done, AT "assistant: [failed: busy]\n");
	/* Read late: the message has told all of it. */
	reply.state = STATE_DONE;
	reply.text = "hello";
	reply.text_size = 5;
	done.state = STATE_DONE;
	done.text_size = 5;
	assert_line(&reply, AT "assistant: hello\n");
	assert_line(&done, "");
}

static void
a_deletion_is_a_line_without_what_was_said(void **state)
{
	const struct event deletion = { .seq = 9, .kind = EVENT_DELETE, .ref = 7, .time_ms = THEN };
	struct event gone = message("~Ada", "");

	(void)state;
	assert_line(&deletion, AT "* message 7 was deleted\n");
	gone.state = STATE_DELETED;
	assert_line(&gone, "");
}

static void
a_line_of_json_says_from_where_to_go_on(void **state)
{
	struct event event = { .seq = 26, .epoch = 0x5f3a9c01b2d4, .kind = EVENT_DELETE, .ref = 7 };
	const struct renderer *renderer = representation_ndjson.renderer;
	const struct page_facts facts = { .room = "lobby",
		                          .next = { 5, 0x5f3a9c01b2d4 },
		                          .more = true };

	(void)state;
	assert_int_equal(renderer->hello(&out, (struct cursor){ 25, 0x5f3a9c01b2d4 }), ERR_NONE);
	assert_int_equal(renderer->event(&memory, &out, &event), ERR_NONE);
	event.seq = 0;
	assert_int_equal(renderer->event(&memory, &out, &event), ERR_NONE);
	assert_int_equal(renderer->beat(&out), ERR_NONE);
	assert_int_equal(renderer->reset(&out, (struct cursor){ 3, 0 }), ERR_NONE);
	assert_int_equal(representation_ndjson.page(&out, &facts, "E\n", 2), ERR_NONE);
	assert_string_equal(
		buf_text(&out),
		"{\"kind\":\"hello\",\"next\":25,\"cursor\":\"5f3a9c01b2d4-25\"}\n"
		"{\"seq\":26,\"kind\":\"delete\",\"ref\":7,\"cursor\":\"5f3a9c01b2d4-26\"}\n"
		"{\"kind\":\"delete\",\"ref\":7}\n"
		"{\"kind\":\"beat\"}\n"
		"{\"kind\":\"reset\",\"next\":3}\n"
		"E\n{\"kind\":\"page\",\"room\":\"lobby\",\"next\":5,\"cursor\":\"5f3a9c01b2d4-"
		"5\",\"more\":true}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_is_a_line_with_time_and_name, begin, end),
		cmocka_unit_test_setup_teardown(nothing_in_a_message_is_a_command_to_the_terminal,
		                                begin, end),
		cmocka_unit_test_setup_teardown(a_message_of_many_lines_is_one_line, begin, end),
		cmocka_unit_test_setup_teardown(no_message_turns_the_direction_of_its_line, begin,
		                                end),
		cmocka_unit_test_setup_teardown(a_reply_is_a_line_when_it_is_done, begin, end),
		cmocka_unit_test_setup_teardown(a_deletion_is_a_line_without_what_was_said, begin,
		                                end),
		cmocka_unit_test_setup_teardown(a_line_of_json_says_from_where_to_go_on, begin,
		                                end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
