/*
 * app/config/config: what can be set, from where, and how errors are told.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config/config.h"

static struct config config;
static char reports[2000]; /* "WHERE: WHAT\n" each */

static void
note_report(const char *where, const char *what)
{
	size_t size = strlen(reports);

	snprintf(reports + size, sizeof(reports) - size, "%s: %s\n", where, what);
}

static int
begin(void **state)
{
	(void)state;
	config_init(&config);
	reports[0] = '\0';
	return 0;
}

static enum err
set(const char *key, const char *value)
{
	reports[0] = '\0';
	return config_set(&config, key, value, "here", CONFIG_FROM_OPTION, note_report);
}

/* Writes the text to a file, and has that read. */
static enum err
read_text(const char *text, size_t size)
{
	const char *path = scratch_path("plainchat.conf");
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	config_init(&config);
	reports[0] = '\0';
	return config_read_file(&config, path, "/nowhere", note_report);
}

/* Fails unless reading the text says just this, at that line of the file. */
static void
assert_reports(const char *text, unsigned line, const char *what)
{
	char expected[300];

	assert_int_equal(read_text(text, strlen(text)), ERR_CONFIG);
	snprintf(expected, sizeof(expected), "%s:%u: %s\n", scratch_path("plainchat.conf"), line,
	         what);
	assert_string_equal(reports, expected);
}

static void
there_are_defaults_for_everything(void **state)
{
	(void)state;
	assert_string_equal(config.echo, "received {message}");
	assert_string_equal(config.listen, "");
	assert_int_equal(config.log_level, LOG_INFO);
	assert_int_equal(config.message_bytes, BOUND_MESSAGE_BYTES);
	assert_int_equal(config.body_bytes, BOUND_BODY_BYTES);
	assert_int_equal(config.json_depth, BOUND_JSON_DEPTH);
	assert_int_equal(config.threads, BOUND_THREADS);
	assert_int_equal(config.connections, BOUND_CONNECTIONS);
	assert_int_equal(config.request_seconds, BOUND_REQUEST_SECONDS);
	assert_string_equal(config.data, "");
	assert_int_equal(config.durability, CONFIG_DURABILITY_POWER);
	assert_int_equal(config.journal, CONFIG_JOURNAL_WAL);
	assert_string_equal(config.reply, "echo");
	assert_int_equal(config.open_rooms, CONFIG_NO);
	assert_int_equal(config.live, CONFIG_LIVE_AUTO);
	assert_int_equal(config.when_full, CONFIG_WHEN_FULL_REFUSE);
	assert_int_equal(config.keep_messages, 0);
	assert_int_equal(config.keep_days, 0);
	assert_int_equal(config.streams, BOUND_STREAMS);
	assert_int_equal(config.streams_per_client, BOUND_STREAMS_PER_CLIENT);
	assert_int_equal(config.posts_burst, BOUND_POSTS_BURST);
	assert_int_equal(config.posts_per_second, BOUND_POSTS_PER_SECOND);
	assert_int_equal(config.reads_burst, BOUND_READS_BURST);
	assert_int_equal(config.reads_per_second, BOUND_READS_PER_SECOND);
	assert_int_equal(config.replies, BOUND_REPLIES);
	assert_int_equal(config.replies_waiting, BOUND_REPLIES_WAITING);
	assert_int_equal(config.replies_per_client, 0);
	assert_int_equal(config.reply_wait, BOUND_REPLY_WAIT_SECONDS);
	assert_int_equal(config.reply_seconds, BOUND_REPLY_SECONDS);
	assert_int_equal(config.reply_bytes, BOUND_REPLY_BYTES);
	assert_int_equal(config.room_count, 0);
	assert_int_equal(config.reply_count, 0);
	assert_string_equal(config.file, "");
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		assert_non_null(config_key(i));
		assert_int_equal(config.origins[i], CONFIG_FROM_DEFAULT);
	}
	assert_int_equal(config_check(&config, note_report), ERR_NONE);
}

static void
only_the_keys_that_there_are_can_be_set(void **state)
{
	static const char *const others[] = {
		"",
		"message",
		"message_bytes_",
		"message-bytes",
		"message bytes",
		"Message_bytes",
		"thread",
		"a_key_that_is_much_longer_than_any_setting_has_and_is_cut"
	};

	(void)state;
	assert_int_equal(set("message_bytes", "100"), ERR_NONE);
	assert_int_equal(config.message_bytes, 100);
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_int_equal(set(others[i], "1"), ERR_CONFIG);
		assert_non_null(strstr(reports, "here: there is no setting \""));
	}
}

static void
an_option_has_dashes_where_the_key_has_underscores(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		char name[CONFIG_NAME_BYTES];
		const char *key = config_key(i);
		config_option_name(i, name);
		assert_int_equal(strlen(name), strlen(key));
		for (size_t at = 0; key[at] != '\0'; at++)
			assert_int_equal(name[at], key[at] == '_' ? '-' : key[at]);
	}
}

static void
numbers_are_whole_and_within_their_range(void **state)
{
	static const struct {
		const char *value;
		long number; /* 0: refused */
	} rows[] = {
		{ "1", 1 },
		{ "16", 16 },
		{ "007", 7 },
		{ "0", 0 },
		{ "17", 0 },
		{ "-1", 0 },
		{ "+1", 0 },
		{ " 1", 0 },
		{ "1 ", 0 },
		{ "", 0 },
		{ "one", 0 },
		{ "1.0", 0 },
		{ "1e1", 0 },
		{ "0x1", 0 },
		{ "1k", 0 },
		{ "99999999999999999999", 0 },
		{ "18446744073709551617", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		config.threads = 5;
		enum err err = set("threads", rows[i].value);
		assert_int_equal(err, rows[i].number == 0 ? ERR_CONFIG : ERR_NONE);
		assert_int_equal(config.threads, rows[i].number == 0 ? 5 : rows[i].number);
		assert_string_equal(reports,
		                    rows[i].number == 0
		                            ? "here: threads must be a whole number from 1 to 16\n"
		                            : "");
	}
}

static void
what_the_page_shows_is_text_and_colours_of_one_form(void **state)
{
	static const struct {
		const char *key;
		const char *value;
		bool is_good;
	} rows[] = {
		{ "name", "Our chat", true },
		{ "name", "\xec\xb1\x84\xed\x8c\x85 <b>&", true },
		{ "name", "", false },
		{ "name", " \xe2\x80\x8b", false },
		{ "name", "a\tb", false },
		{ "name", "0123456789012345678901234567890123456789012345678901234567890123",
		  true },
		{ "name", "01234567890123456789012345678901234567890123456789012345678901234",
		  false },
		{ "greeting", "", true },
		{ "greeting", "a\x7f", false },
		{ "accent", "", true },
		{ "accent", "#2a608D", true },
		{ "accent", "#fff", false },
		{ "accent", "red", false },
		{ "accent", "#2a608g", false },
		{ "accent", "#2a608d;", false },
		{ "logo", "", true },
		{ "logo", "logo.svg", true },
		{ "logo", "/images/logo.png", true },
		{ "logo", "//example.org/logo.png", false },
		{ "logo", "https://example.org/logo.png", false },
		{ "logo", "/\\example.org", false },
		{ "logo", "javascript:alert(1)", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(set(rows[i].key, rows[i].value),
		                 rows[i].is_good ? ERR_NONE : ERR_CONFIG);
}

static void
every_number_has_both_ends_of_its_range(void **state)
{
	static const struct {
		const char *key;
		const char *less; /* than the least */
		const char *least;
		long most;
	} rows[] = {
		{ "message_bytes", "0", "1", BOUND_MESSAGE_BYTES_MAX },
		{ "body_bytes", "0", "1", BOUND_BODY_BYTES_MAX },
		{ "json_depth", "0", "1", BOUND_JSON_DEPTH_MAX },
		{ "threads", "0", "1", BOUND_THREADS_MAX },
		{ "connections", "0", "1", 65536 },
		{ "request_seconds", "0", "1", 3600 },
		{ "streams", "0", "1", 100000 },
		{ "streams_per_client", "0", "1", 100000 },
		{ "posts_burst", "-1", "0", 100000 },
		{ "posts_per_second", "0", "1", 10000 },
		{ "reads_burst", "-1", "0", 1000000 },
		{ "reads_per_second", "0", "1", 1000000 },
		{ "keep_messages", "-1", "0", 1000000000 },
		{ "keep_days", "-1", "0", 36500 },
		{ "replies", "0", "1", 1000 },
		{ "replies_waiting", "-1", "0", 10000 },
		{ "replies_per_client", "-1", "0", 10000 },
		{ "reply_wait", "-1", "0", 3600 },
		{ "reply_seconds", "0", "1", 86400 },
		{ "reply_bytes", "0", "1", BOUND_REPLY_BYTES_MAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char most[32];
		char more[32];
		snprintf(most, sizeof(most), "%ld", rows[i].most);
		snprintf(more, sizeof(more), "%ld", rows[i].most + 1);
		assert_int_equal(set(rows[i].key, rows[i].less), ERR_CONFIG);
		assert_int_equal(set(rows[i].key, rows[i].least), ERR_NONE);
		assert_int_equal(set(rows[i].key, most), ERR_NONE);
		assert_int_equal(set(rows[i].key, more), ERR_CONFIG);
	}
}

static void
texts_must_be_what_they_are_for(void **state)
{
	static const struct {
		const char *key;
		const char *value;
		bool is_fine;
	} rows[] = {
		{ "echo", "heard: {message}", true },
		{ "echo", "heard", true },
		{ "echo", "{message}", true },
		{ "echo", "{message} {messag", true },
		{ "echo", "", false },
		{ "echo", " \t", false },
		{ "echo", "{message}{message}", false },
		{ "echo", "\xff", false },
		{ "listen", "", true },
		{ "listen", "/run/plainchat.socket", true },
		{ "listen", "plainchat.socket", false },
		{ "listen", "127.0.0.1:9000", false },
		{ "data", "", true },
		{ "data", "/srv/chat", true },
		{ "data", "chat", true },
		{ "reply", "none", true },
		{ "reply", "A-bot_2.0", true },
		{ "reply", "a bot", false },
		{ "reply", "", false },
		{ "reply", "a_name_of_thirty_two_characters_", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum err err = set(rows[i].key, rows[i].value);
		assert_int_equal(err, rows[i].is_fine ? ERR_NONE : ERR_CONFIG);
		assert_int_equal(reports[0] == '\0', rows[i].is_fine);
	}
}

/* Sets each of the words; `word` of the configuration must follow. */
static void
assert_words_of(const char *key, const unsigned *word, const char *const words[])
{
	for (unsigned i = 0; words[i] != NULL; i++) {
		assert_int_equal(set(key, words[i]), ERR_NONE);
		assert_string_equal(reports, "");
		assert_int_equal(*word, i);
	}
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
a_word_sets_the_value_that_it_stands_for(void **state)
{
	(void)state;
	assert_words_of("durability", &config.durability, WORDS("power", "process"));
	assert_words_of("journal", &config.journal, WORDS("wal", "delete"));
	assert_words_of("open_rooms", &config.open_rooms, WORDS("no", "yes"));
	assert_words_of("when_full", &config.when_full, WORDS("refuse", "oldest"));
	assert_words_of("live", &config.live, WORDS("auto", "sse", "longpoll", "poll"));
	assert_words_of("log_level", &config.log_level, WORDS("error", "warn", "info", "debug"));
}

static void
another_word_is_refused_and_the_words_that_there_are_are_told(void **state)
{
	static const char *const others[] = {
		"", " ", "long", "longpol", "longpolls", "LONGPOLL", "sse longpoll", "sse,", "0",
	};

	(void)state;
	assert_int_equal(set("live", "longpoll"), ERR_NONE);
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_int_equal(set("live", others[i]), ERR_CONFIG);
		assert_string_equal(reports, "here: live must be auto, sse, longpoll or poll\n");
		assert_int_equal(config.live, CONFIG_LIVE_LONGPOLL);
	}
	assert_int_equal(set("open_rooms", "true"), ERR_CONFIG);
	assert_string_equal(reports, "here: open_rooms must be no or yes\n");
}

/* Defaults are not read as values are. */
static void
every_default_is_a_value_that_could_be_set(void **state)
{
	char *text;
	size_t size;

	(void)state;
	FILE *out = open_memstream(&text, &size);
	config_print(&config, out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(read_text(text, size), ERR_NONE);
	assert_string_equal(reports, "");
	free(text);
}

static void
a_text_has_a_limit(void **state)
{
	char text[BOUND_SETTING_BYTES + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[BOUND_SETTING_BYTES] = '\0';
	assert_int_equal(set("echo", text), ERR_CONFIG);
	text[BOUND_SETTING_BYTES - 1] = '\0';
	assert_int_equal(set("echo", text), ERR_NONE);
	assert_string_equal(config.echo, text);
}

static void
a_file_sets_what_it_names(void **state)
{
	static const char text[] = "# a comment\n"
				   "; another\n"
				   "\n"
				   "echo = you said {message}  ; not part of it\n"
				   "threads=3\n"
				   "json_depth:4\n"
				   "listen = /run/a b/socket\n";

	(void)state;
	assert_int_equal(read_text(TEXT_OF(text)), ERR_NONE);
	assert_string_equal(reports, "");
	assert_string_equal(config.echo, "you said {message}");
	assert_int_equal(config.threads, 3);
	assert_int_equal(config.json_depth, 4);
	assert_string_equal(config.listen, "/run/a b/socket");
	assert_int_equal(config.body_bytes, BOUND_BODY_BYTES);
	assert_string_equal(config.file, scratch_path("plainchat.conf"));
}

static void
an_error_is_told_with_file_and_line(void **state)
{
	(void)state;
	assert_reports("threads = 1\n\nthreds = 2\n", 3, "there is no setting \"threds\"");
	assert_reports("threads = 99\n", 1, "threads must be a whole number from 1 to 16");
	assert_reports("threads = 1\nthreads = 2\n", 2, "the setting is given twice");
	assert_reports("# fine\nthreads\n", 2, "not of the form KEY = VALUE");
}

#define FORM_OF_A_SECTION "a section is of the form [room NAME] or [reply NAME]"
#define NO_SUCH_PROGRAM(name)                                                                      \
	"reply must be echo, none, or the name of a section, and there is no [reply " name "]"
#define FORM_OF_A_NAME "a room's name has 1 to 64 letters, digits, '-', '_' and '.'"

static void
a_section_is_a_room(void **state)
{
	static const char text[] = "reply = none\n"
				   "[room lobby]\n"
				   "reply = echo\n"
				   "[room \xc3\xa9t\xc3\xa9]  \n"
				   "[room last]\n"
				   "reply = none";

	(void)state;
	assert_int_equal(read_text(TEXT_OF(text)), ERR_NONE);
	assert_string_equal(reports, "");
	assert_string_equal(config.reply, "none");
	assert_int_equal(config.room_count, 3);
	assert_string_equal(config.rooms[0].name, "lobby");
	assert_string_equal(config.rooms[0].reply, "echo");
	assert_string_equal(config.rooms[1].name, "\xc3\xa9t\xc3\xa9");
	assert_string_equal(config.rooms[1].reply, "");
	assert_string_equal(config.rooms[2].name, "last");
	assert_string_equal(config.rooms[2].reply, "none");
}

static void
an_error_in_a_section_is_told(void **state)
{
	(void)state;
	assert_reports("[chat]\nthreads = 1\n", 1, FORM_OF_A_SECTION);
	assert_reports("threads = 1\n[chat]\n", 2, FORM_OF_A_SECTION);
	assert_reports("[room a\n", 1, FORM_OF_A_SECTION);
	assert_reports("[room a] b\n", 1, FORM_OF_A_SECTION);
	assert_reports("[rooma]\n", 1, FORM_OF_A_SECTION);
	assert_reports("[room ]\n", 1, FORM_OF_A_NAME);
	assert_reports("[room a b]\n", 1, FORM_OF_A_NAME);
	assert_reports("[room ~]\n", 1, FORM_OF_A_NAME);
	assert_reports("[room \xff]\n", 1, FORM_OF_A_NAME);
	assert_reports("[room a]\n[room a]\n", 2, "the room is given twice");
	assert_reports("[room a]\nthreads = 1\n", 2,
	               "a room has only the settings \"reply\" and \"title\"");
	assert_reports("[room a]\nreply = none\nreply = none\n", 3, "the setting is given twice");
	assert_reports("[room a]\nreply = maybe\n", 2, NO_SUCH_PROGRAM("maybe"));
	assert_reports("[room a]\nreply = a bot\n", 2,
	               "reply must be echo, none, or the name of a [reply]");
	/* What is in a section that is none does not matter. */
	assert_reports("[chat]\nreply = maybe\n[room a]\n", 1, FORM_OF_A_SECTION);
	assert_int_equal(config.room_count, 1);
}

/* Whatever inih makes of it: no setting may go to another room than the one it stands under. */
static void
a_section_that_does_not_begin_its_line_is_no_silent_mistake(void **state)
{
	static const char *const texts[] = {
		"[room a]\n [room b]\nreply = none\n",
		"[room a]\n\t[chat]\nreply = none\n",
		"\xef\xbb\xbf[room b]\nreply = none\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		enum err err = read_text(texts[i], strlen(texts[i]));
		if (err == ERR_CONFIG)
			continue;
		const struct config_room *last = &config.rooms[config.room_count - 1];
		assert_int_not_equal(config.room_count, 0);
		assert_string_equal(last->name, "b");
		assert_string_equal(last->reply, "none");
	}
}

static void
a_section_of_any_length_is_read_or_told(void **state)
{
	char text[500];

	(void)state;
	for (size_t size = 1; size < 450; size++) {
		strcpy(text, "[room ");
		memset(text + 6, 'x', size);
		strcpy(text + 6 + size, "]\nreply = none\n");
		enum err err = read_text(text, strlen(text));
		assert_int_equal(err, size <= BOUND_NAME_CODE_POINTS ? ERR_NONE : ERR_CONFIG);
		assert_int_equal(config.room_count, size <= BOUND_NAME_CODE_POINTS ? 1 : 0);
		assert_string_equal(config.reply, "echo");
	}
}

static void
there_are_so_many_rooms_and_no_more(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 100000);
	for (int i = 0; i <= CONFIG_ROOMS_MAX; i++)
		assert_int_equal(buf_append_format(&text, "[room r%d]\n", i), ERR_NONE);
	assert_int_equal(read_text(text.data, text.size), ERR_CONFIG);
	assert_non_null(strstr(reports, ":257: there are too many rooms"));
	assert_int_equal(config.room_count, CONFIG_ROOMS_MAX);
	buf_fini(&text);
}

/* --- programs that answer --- */

/* Fails unless the words of the program that was read first are these. */
static void
assert_words(const char *const expected[])
{
	const struct config_reply *reply = &config.replies_by_programs[0];
	const char *word = reply->words;
	size_t count = 0;

	for (; expected[count] != NULL; count++) {
		assert_true(count < reply->word_count);
		assert_string_equal(word, expected[count]);
		word += strlen(word) + 1;
	}
	assert_int_equal(reply->word_count, count);
	assert_int_equal(reply->words_size, word - reply->words);
}

static void
a_section_may_be_a_program(void **state)
{
	static const char text[] =
		"reply = bot\n"
		"[room lobby]\n"
		"reply = other.bot-2\n"
		"[reply bot]\n"
		"program = /usr/bin/bot --menu  \"/srv/two words\" \"\"\t-x ; a comment\n"
		"argument = one argument, \"as it is\"\n"
		"argument =\n"
		"pass = KEY  OTHER_KEY\n"
		"pass = third\n"
		"[reply other.bot-2]  \n"
		"program = /bin/cat\n"
		"[room attic]\n"
		"reply = bot\n";
	static const char *const words[] = { "/usr/bin/bot",
		                             "--menu",
		                             "/srv/two words",
		                             "",
		                             "-x",
		                             "one argument, \"as it is\"",
		                             "",
		                             NULL };

	(void)state;
	assert_int_equal(read_text(TEXT_OF(text)), ERR_NONE);
	assert_string_equal(reports, "");
	assert_int_equal(config.reply_count, 2);
	assert_string_equal(config.replies_by_programs[0].name, "bot");
	assert_words(words);
	assert_string_equal(config.replies_by_programs[0].pass, " KEY  OTHER_KEY third");
	assert_string_equal(config.replies_by_programs[1].name, "other.bot-2");
	assert_string_equal(config.replies_by_programs[1].pass, "");
	assert_int_equal(config.room_count, 2);
	assert_int_equal(config_check(&config, note_report), ERR_NONE);
	assert_string_equal(reports, "");
}

#define PATH_OF_A_PROGRAM "program must begin with a path, such as /usr/bin/program or ./program"
#define FORM_OF_A_PROGRAM                                                                          \
	"the name of a [reply] has 1 to 31 of a-z, A-Z, 0-9, '-', '_', '.', and is not echo or "   \
	"none"
#define BOT "[reply bot]\nprogram = /bin/cat\n"

static void
an_error_in_a_program_is_told(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *what;
	} rows[] = {
		{ "[reply ]\n", 1, FORM_OF_A_PROGRAM },
		{ "[reply a bot]\n", 1, FORM_OF_A_PROGRAM },
		{ "[reply echo]\n", 1, FORM_OF_A_PROGRAM },
		{ "[reply none]\n", 1, FORM_OF_A_PROGRAM },
		{ "[reply \xc3\xa9]\n", 1, FORM_OF_A_PROGRAM },
		{ "[reply a_name_of_thirty_two_characters_]\n", 1, FORM_OF_A_PROGRAM },
		{ "[replybot]\n", 1, FORM_OF_A_SECTION },
		{ BOT BOT, 3, "the [reply] is given twice" },
		{ "[reply bot]\nprogram = cat\n", 2, PATH_OF_A_PROGRAM },
		{ "[reply bot]\nprogram = \"cat\"\n", 2, PATH_OF_A_PROGRAM },
		{ "[reply bot]\nprogram =\n", 2, PATH_OF_A_PROGRAM },
		{ "[reply bot]\nprogram = /bin/cat \"a b\n", 2, "a quotation mark is not closed" },
		{ "[reply bot]\nprogram = /bin/cat \"a\"b\n", 2,
		  "a closing quotation mark must be followed by a blank" },
		{ "[reply bot]\nprogram = /bin/cat --a=\"b c\"\n", 2,
		  "quotation marks must be around a whole argument" },
		{ BOT "program = /bin/cat\n", 3, "program is given twice" },
		{ "[reply bot]\nargument = x\n", 2, "argument comes after program" },
		{ BOT "pass = A-B\n", 3, "pass has names of variables, with blanks between them" },
		{ BOT "pass = A=1\n", 3, "pass has names of variables, with blanks between them" },
		{ BOT "reply = none\n", 3,
		  "a [reply] has only the settings program, argument and pass" },
		{ BOT "argument = \xff\n", 3, "the value must be UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_reports(rows[i].text, rows[i].line, rows[i].what);
}

/* Appends the line so often, behind a program. */
static enum err
read_repeated(const char *line, int count)
{
	struct buf text;

	buf_init(&text, 100000);
	assert_int_equal(buf_append_text(&text, BOT), ERR_NONE);
	for (int i = 0; i < count; i++)
		assert_int_equal(buf_append_text(&text, line), ERR_NONE);
	enum err err = read_text(text.data, text.size);
	buf_fini(&text);
	return err;
}

static void
a_program_has_so_many_arguments_and_no_more(void **state)
{
	char line[160] = "argument = ";

	(void)state;
	assert_int_equal(read_repeated("argument = x\n", CONFIG_WORDS_MAX - 1), ERR_NONE);
	assert_int_equal(config.replies_by_programs[0].word_count, CONFIG_WORDS_MAX);
	assert_int_equal(read_repeated("argument = x\n", CONFIG_WORDS_MAX), ERR_CONFIG);
	assert_non_null(strstr(reports, ":66: the program has too many arguments"));
	memset(line + 11, 'x', 140);
	strcpy(line + 151, "\n");
	assert_int_equal(read_repeated(line, 28), ERR_NONE);
	assert_int_equal(read_repeated(line, 29), ERR_CONFIG);
	assert_non_null(strstr(reports, ":31: the program has too many arguments"));
	memcpy(line, "pass = aaaa", 11);
	assert_int_equal(read_repeated(line, 7), ERR_NONE);
	assert_int_equal(read_repeated(line, 8), ERR_CONFIG);
	assert_non_null(strstr(reports, "there are too many variables"));
}

static void
there_are_so_many_programs_and_no_more(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 100000);
	for (int i = 0; i <= CONFIG_REPLIES_MAX; i++)
		assert_int_equal(buf_append_format(&text, "[reply r%d]\nprogram = /bin/cat\n", i),
		                 ERR_NONE);
	assert_int_equal(read_text(text.data, text.size), ERR_CONFIG);
	assert_non_null(strstr(reports, ":65: there are too many programs that answer"));
	assert_int_equal(config.reply_count, CONFIG_REPLIES_MAX);
	buf_fini(&text);
}

static void
whoever_is_to_answer_must_be_there(void **state)
{
	(void)state;
	assert_reports("[room b]\nreply = bot\n" BOT "[room a]\nreply = bott\n", 6,
	               NO_SUCH_PROGRAM("bott"));
	assert_reports("threads = 1\nreply = bot\n", 2, NO_SUCH_PROGRAM("bot"));
	assert_int_equal(read_text(TEXT_OF(BOT)), ERR_NONE);
	assert_int_equal(set("reply", "bot"), ERR_NONE);
	assert_int_equal(config_check(&config, note_report), ERR_NONE);
	assert_int_equal(set("reply", "bott"), ERR_NONE);
	assert_int_equal(config_check(&config, note_report), ERR_CONFIG);
	assert_string_equal(reports, "reply (option): " NO_SUCH_PROGRAM("bott") "\n");
	assert_int_equal(read_text(TEXT_OF("[reply bot]\npass = A\n")), ERR_NONE);
	assert_int_equal(config_check(&config, note_report), ERR_CONFIG);
	assert_string_equal(reports, "[reply bot]: there is no program\n");
}

static void
a_program_may_have_a_blank_in_its_path(void **state)
{
	static const char *const words[] = { "/srv/my bots/cat", "x", NULL };

	(void)state;
	assert_int_equal(read_text(TEXT_OF("[reply bot]\nprogram = \"/srv/my bots/cat\" x\n")),
	                 ERR_NONE);
	assert_words(words);
}

static void
a_setting_behind_a_section_is_its_own(void **state)
{
	(void)state;
	assert_reports(BOT "threads = 3\n", 3,
	               "a [reply] has only the settings program, argument and pass");
	assert_int_equal(config.threads, BOUND_THREADS);
	/* Nor does what stands in a section that is none go to the one before. */
	assert_reports(BOT "[bot two]\nprogram = /bin/other\n", 3, FORM_OF_A_SECTION);
	assert_string_equal(config.replies_by_programs[0].words, "/bin/cat");
}

static void
all_errors_of_a_file_are_told(void **state)
{
	(void)state;
	static const char text[] = "a = 1\nb = 2\nthreads = 2\nc = 3\n";
	assert_int_equal(read_text(TEXT_OF(text)), ERR_CONFIG);
	assert_non_null(strstr(reports, ":1: there is no setting \"a\""));
	assert_non_null(strstr(reports, ":2: there is no setting \"b\""));
	assert_non_null(strstr(reports, ":4: there is no setting \"c\""));
	assert_int_equal(config.threads, 2);
}

static void
a_line_that_would_be_cut_is_an_error(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 10000);
	for (size_t size = 150; size < 450; size += 7) {
		text.size = 0;
		assert_int_equal(buf_append_text(&text, "echo = "), ERR_NONE);
		while (text.size < size)
			assert_int_equal(buf_append_text(&text, "x"), ERR_NONE);
		assert_int_equal(buf_append_text(&text, "\nthreads = 3\n"), ERR_NONE);
		enum err err = read_text(text.data, text.size);
		if (size < 185)
			assert_int_equal(err, ERR_NONE);
		if (err == ERR_NONE)
			assert_int_equal(strlen(config.echo), size - strlen("echo = "));
		else
			assert_non_null(strstr(reports, ":1: the line is too long\n"));
		assert_int_equal(config.threads, 3);
	}
	buf_fini(&text);
}

static void
a_file_that_was_asked_for_must_be_there(void **state)
{
	(void)state;
	assert_int_equal(config_read_file(&config, scratch_path("absent"), "/nowhere", note_report),
	                 ERR_CONFIG);
	assert_non_null(strstr(reports, "/absent: No such file"));
	reports[0] = '\0';
	assert_int_equal(config_read_file(&config, scratch_folder(), "/nowhere", note_report),
	                 ERR_CONFIG);
	assert_string_not_equal(reports, "");
}

static void
without_any_file_the_defaults_stand(void **state)
{
	(void)state;
	assert_int_equal(config_read_file(&config, NULL, "/nowhere", note_report), ERR_NONE);
	assert_string_equal(config.file, "");
	assert_string_equal(reports, "");
}

static void
the_file_of_the_system_is_found(void **state)
{
	(void)state;
	assert_int_equal(read_text(TEXT_OF("threads = 7\n")), ERR_NONE);
	config_init(&config);
	assert_int_equal(config_read_file(&config, NULL, scratch_folder(), note_report), ERR_NONE);
	assert_int_equal(config.threads, 7);
}

static void
the_environment_names_a_file(void **state)
{
	(void)state;
	assert_int_equal(read_text(TEXT_OF("threads = 8\n")), ERR_NONE);
	config_init(&config);
	setenv("PLAINCHAT_CONF", scratch_path("plainchat.conf"), 1);
	assert_int_equal(config_read_file(&config, NULL, "/nowhere", note_report), ERR_NONE);
	assert_int_equal(config.threads, 8);
	/* But a path that is given counts more. */
	assert_int_equal(config_read_file(&config, "/nowhere/x", "/nowhere", note_report),
	                 ERR_CONFIG);
	setenv("PLAINCHAT_CONF", "", 1);
	config_init(&config);
	assert_int_equal(config_read_file(&config, NULL, "/nowhere", note_report), ERR_NONE);
	assert_int_equal(config.threads, BOUND_THREADS);
	unsetenv("PLAINCHAT_CONF");
}

static void
the_environment_is_over_the_file(void **state)
{
	(void)state;
	assert_int_equal(read_text(TEXT_OF("threads = 3\njson_depth = 3\n")), ERR_NONE);
	setenv("PLAINCHAT_THREADS", "4", 1);
	setenv("PLAINCHAT_LOG_LEVEL", "debug", 1);
	assert_int_equal(config_read_environment(&config, note_report), ERR_NONE);
	assert_int_equal(config.threads, 4);
	assert_int_equal(config.json_depth, 3);
	assert_int_equal(config.log_level, LOG_DEBUG);
	setenv("PLAINCHAT_THREADS", "many", 1);
	assert_int_equal(config_read_environment(&config, note_report), ERR_CONFIG);
	assert_string_equal(reports,
	                    "PLAINCHAT_THREADS: threads must be a whole number from 1 to 16\n");
	unsetenv("PLAINCHAT_THREADS");
	unsetenv("PLAINCHAT_LOG_LEVEL");
}

static void
a_message_cannot_be_larger_than_a_body(void **state)
{
	(void)state;
	assert_int_equal(set("body_bytes", "1000"), ERR_NONE);
	assert_int_equal(config_check(&config, note_report), ERR_NONE);
	assert_int_equal(config.message_bytes, 1000);
	assert_int_equal(set("message_bytes", "1001"), ERR_NONE);
	assert_int_equal(config_check(&config, note_report), ERR_CONFIG);
	assert_string_not_equal(reports, "");
}

static void
what_is_printed_reads_back_and_tells_where_it_came_from(void **state)
{
	char *text;
	size_t size;

	(void)state;
	assert_int_equal(set("echo", "you said {message}"), ERR_NONE);
	assert_int_equal(set("threads", "11"), ERR_NONE);
	FILE *out = open_memstream(&text, &size);
	config_print(&config, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "# file: none\n"));
	assert_non_null(strstr(text, "echo = you said {message} ; option\n"));
	assert_non_null(strstr(text, "\njson_depth = 8 ; default\n"));
	assert_int_equal(read_text(text, size), ERR_NONE);
	assert_string_equal(config.echo, "you said {message}");
	assert_int_equal(config.threads, 11);
	free(text);
}

static void
help_has_a_line_per_setting(void **state)
{
	char *text;
	size_t size;
	size_t lines = 0;

	(void)state;
	FILE *out = open_memstream(&text, &size);
	config_print_help(out);
	assert_int_equal(fclose(out), 0);
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, CONFIG_SETTING_COUNT);
	assert_non_null(strstr(text, "  --message-bytes=N "));
	assert_non_null(strstr(text, "  --echo=TEXT "));
	assert_non_null(strstr(text, "  --journal=WORD "));
	assert_non_null(strstr(text, ": wal or delete [wal]\n"));
	assert_non_null(strstr(text, " [65536]\n"));
	free(text);
}

#define FROM_DEFAULTS(test) cmocka_unit_test_setup(test, begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FROM_DEFAULTS(there_are_defaults_for_everything),
		FROM_DEFAULTS(only_the_keys_that_there_are_can_be_set),
		FROM_DEFAULTS(an_option_has_dashes_where_the_key_has_underscores),
		FROM_DEFAULTS(what_the_page_shows_is_text_and_colours_of_one_form),
		FROM_DEFAULTS(numbers_are_whole_and_within_their_range),
		FROM_DEFAULTS(every_number_has_both_ends_of_its_range),
		FROM_DEFAULTS(texts_must_be_what_they_are_for),
		FROM_DEFAULTS(a_word_sets_the_value_that_it_stands_for),
		FROM_DEFAULTS(another_word_is_refused_and_the_words_that_there_are_are_told),
		FROM_DEFAULTS(every_default_is_a_value_that_could_be_set),
		FROM_DEFAULTS(a_text_has_a_limit),
		FROM_DEFAULTS(a_file_sets_what_it_names),
		FROM_DEFAULTS(an_error_is_told_with_file_and_line),
		FROM_DEFAULTS(a_section_is_a_room),
		FROM_DEFAULTS(an_error_in_a_section_is_told),
		FROM_DEFAULTS(a_section_that_does_not_begin_its_line_is_no_silent_mistake),
		FROM_DEFAULTS(a_section_of_any_length_is_read_or_told),
		FROM_DEFAULTS(there_are_so_many_rooms_and_no_more),
		FROM_DEFAULTS(a_section_may_be_a_program),
		FROM_DEFAULTS(an_error_in_a_program_is_told),
		FROM_DEFAULTS(a_program_has_so_many_arguments_and_no_more),
		FROM_DEFAULTS(there_are_so_many_programs_and_no_more),
		FROM_DEFAULTS(whoever_is_to_answer_must_be_there),
		FROM_DEFAULTS(a_program_may_have_a_blank_in_its_path),
		FROM_DEFAULTS(a_setting_behind_a_section_is_its_own),
		FROM_DEFAULTS(all_errors_of_a_file_are_told),
		FROM_DEFAULTS(a_line_that_would_be_cut_is_an_error),
		FROM_DEFAULTS(a_file_that_was_asked_for_must_be_there),
		FROM_DEFAULTS(without_any_file_the_defaults_stand),
		FROM_DEFAULTS(the_file_of_the_system_is_found),
		FROM_DEFAULTS(the_environment_names_a_file),
		FROM_DEFAULTS(the_environment_is_over_the_file),
		FROM_DEFAULTS(a_message_cannot_be_larger_than_a_body),
		FROM_DEFAULTS(what_is_printed_reads_back_and_tells_where_it_came_from),
		FROM_DEFAULTS(help_has_a_line_per_setting),
	};

	/* Nothing that the developer has set may count. */
	unsetenv("PLAINCHAT_CONF");
	unsetenv("PLAINCHAT_THREADS");
	unsetenv("PLAINCHAT_LOG_LEVEL");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
