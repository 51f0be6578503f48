/*
 * core/room: what is said is replied to once, whole, now or later.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <string.h>

#include "core/room.h"

/* What room_say told us. */
struct told {
	unsigned count;
	enum reply_state state;
	char reply[64];
	size_t reply_size;
};

static void
note(void *context, const struct said *said)
{
	struct told *told = context;

	told->count++;
	told->state = said->state;
	told->reply_size = said->reply_size;
	/* Not NULL, even if it is empty. */
	memcpy(told->reply, said->reply, said->reply_size);
}

static struct reply_sink kept_sink;

static void
keep_sink(const struct responder *self, const struct question *question,
          const struct reply_sink *sink)
{
	(void)self;
	assert_int_equal(question->message_size, 6);
	assert_memory_equal(question->message, "django", 6);
	kept_sink = *sink;
}

static const struct responder keeper = { keep_sink };

static void
say_django(struct told *told, size_t reply_bytes_max)
{
	static struct rooms rooms;
	const struct say say = { "django", 6 };

	*told = (struct told){ .count = 0 };
	rooms = (struct rooms){ .responder = &keeper, .reply_bytes_max = reply_bytes_max };
	room_say(&rooms, &say, note, told);
	assert_int_equal(told->count, 0);
}

static enum err
part(const char *text)
{
	return kept_sink.part(kept_sink.context, text, strlen(text));
}

static void
the_echo_answers_at_once(void **state)
{
	struct stage stage;
	struct told told = { .count = 0 };
	const struct say say = { "django", 6 };

	(void)state;
	stage_init(&stage);
	room_say(&stage.rooms, &say, note, &told);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.state, REPLY_DONE);
	assert_string_equal(told.reply, "received django");
}

static void
parts_are_gathered_until_the_reply_ends(void **state)
{
	struct told told;

	(void)state;
	say_django(&told, 60);
	assert_int_equal(part("I "), ERR_NONE);
	assert_int_equal(part(""), ERR_NONE);
	assert_int_equal(part("heard you"), ERR_NONE);
	assert_int_equal(told.count, 0);
	kept_sink.end(kept_sink.context, REPLY_DONE);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.state, REPLY_DONE);
	assert_string_equal(told.reply, "I heard you");
	assert_int_equal(told.reply_size, 11);
}

static void
a_reply_may_be_empty(void **state)
{
	struct told told;

	(void)state;
	say_django(&told, 60);
	kept_sink.end(kept_sink.context, REPLY_DONE);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.reply_size, 0);
}

static void
a_failed_reply_is_told_as_failed(void **state)
{
	struct told told;

	(void)state;
	say_django(&told, 60);
	assert_int_equal(part("half"), ERR_NONE);
	kept_sink.end(kept_sink.context, REPLY_FAILED);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.state, REPLY_FAILED);
}

static void
a_reply_has_a_limit(void **state)
{
	struct told told;

	(void)state;
	say_django(&told, 5);
	assert_int_equal(part("12345"), ERR_NONE);
	assert_int_equal(part("6"), ERR_TOO_LARGE);
	kept_sink.end(kept_sink.context, REPLY_FAILED);
	assert_int_equal(told.state, REPLY_FAILED);
	assert_string_equal(told.reply, "12345");
}

static void *
end_elsewhere(void *context)
{
	(void)context;
	if (part("from afar") == ERR_NONE)
		kept_sink.end(kept_sink.context, REPLY_DONE);
	return NULL;
}

static void
a_reply_may_end_on_another_thread(void **state)
{
	struct told told;
	pthread_t thread;

	(void)state;
	say_django(&told, 60);
	assert_int_equal(pthread_create(&thread, NULL, end_elsewhere, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.reply, "from afar");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_echo_answers_at_once),
		cmocka_unit_test(parts_are_gathered_until_the_reply_ends),
		cmocka_unit_test(a_reply_may_be_empty),
		cmocka_unit_test(a_failed_reply_is_told_as_failed),
		cmocka_unit_test(a_reply_has_a_limit),
		cmocka_unit_test(a_reply_may_end_on_another_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
