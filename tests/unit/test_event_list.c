/*
 * text/event_list: events that are kept are copies.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "text/event_list.h"

static void
events_are_kept_as_they_were_in_their_order(void **state)
{
	char text[] = "hello";
	char name[] = "ann";
	char room[] = "lobby";
	struct event_list list = { .bytes = 0 };
	const struct event message = { .seq = 7,
		                       .kind = EVENT_MESSAGE,
		                       .name = name,
		                       .text = text,
		                       .text_size = 5,
		                       .thought = "hm",
		                       .thought_size = 1 };
	const struct event deletion = { .seq = 8, .kind = EVENT_DELETE, .ref = 7 };

	(void)state;
	event_list_add(&list, room, &message);
	event_list_add(&list, NULL, &deletion);
	assert_true(list.bytes > 2 * sizeof(struct kept_event));
	memset(text, 'x', 5);
	memset(name, 'x', 3);
	memset(room, 'x', 5);
	const struct kept_event *kept = list.first;
	assert_int_equal(kept->event.seq, 7);
	assert_string_equal(kept->room, "lobby");
	assert_string_equal(kept->event.name, "ann");
	assert_string_equal(kept->event.text, "hello");
	assert_string_equal(kept->event.thought, "h");
	kept = kept->next;
	assert_ptr_equal(kept, list.last);
	assert_null(kept->room);
	assert_null(kept->event.name);
	assert_null(kept->event.text);
	assert_null(kept->event.thought);
	assert_null(kept->next);
	event_list_clear(&list);
	assert_null(list.first);
	assert_int_equal(list.bytes, 0);
	event_list_add(&list, NULL, &deletion);
	assert_ptr_equal(list.first, list.last);
	event_list_clear(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_kept_as_they_were_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
