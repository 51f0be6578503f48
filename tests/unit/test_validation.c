/*
 * server/fastcgi/validation: which bytes are one FastCGI request that libfcgi may be given.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <fastcgi.h>
#include <stdlib.h>
#include <string.h>

#include "server/fastcgi/validation.h"

#define BODY_MAX 50

static struct buf bytes;

static int
begin(void **state)
{
	(void)state;
	buf_init(&bytes, (size_t)1024 * 1024);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	buf_fini(&bytes);
	return 0;
}

/* The bytes at the very end of an allocation: sanitizers see any read beyond. */
static struct validation_report
check(const void *data, size_t size)
{
	unsigned char *copy = calloc(1, size == 0 ? 1 : size);

	assert_non_null(copy);
	if (size > 0)
		memcpy(copy, data, size);
	struct validation validation = { 0 };
	struct validation_report report = validation_check(&validation, copy, size, BODY_MAX);
	free(copy);
	return report;
}

static void
assert_verdict(enum validation_verdict verdict)
{
	struct validation_report report = check(bytes.data, bytes.size);

	if (report.verdict == VALIDATION_REFUSED && verdict != VALIDATION_REFUSED)
		fail_msg("refused: %s", report.reason);
	assert_int_equal(report.verdict, verdict);
}

static void
assert_refused(const char *reason)
{
	struct validation_report report = check(bytes.data, bytes.size);

	assert_int_equal(report.verdict, VALIDATION_REFUSED);
	assert_string_equal(report.reason, reason);
}

static void
add(unsigned type, const void *content, size_t size)
{
	fcgi_append_record(&bytes, type, 1, content, size, 0);
}

/* Begins anew with the parameters, whole and ended. */
static void
begin_with_params(const void *params, size_t size)
{
	bytes.size = 0;
	fcgi_append_begin(&bytes, 1, FCGI_RESPONDER, false);
	add(FCGI_PARAMS, params, size);
	if (size > 0)
		add(FCGI_PARAMS, NULL, 0);
}

static void
nothing_is_incomplete(void **state)
{
	(void)state;
	assert_verdict(VALIDATION_INCOMPLETE);
	assert_int_equal(validation_check(&(struct validation){ 0 }, NULL, 0, BODY_MAX).verdict,
	                 VALIDATION_INCOMPLETE);
}

static void
every_beginning_of_a_whole_request_is_incomplete(void **state)
{
	static const size_t paddings[] = { 0, 1, 8, 255 };

	(void)state;
	for (size_t i = 0; i < COUNT(paddings); i++) {
		bytes.size = 0;
		fcgi_append_request(&bytes, &(struct fcgi_form){ .body = "{\"message\":\"x\"}",
		                                                 .record_size = 5,
		                                                 .padding_size = paddings[i] });
		for (size_t size = 0; size < bytes.size; size++)
			assert_int_equal(check(bytes.data, size).verdict, VALIDATION_INCOMPLETE);
		assert_verdict(VALIDATION_WHOLE);
	}
}

static void
a_request_needs_neither_parameters_nor_a_body(void **state)
{
	(void)state;
	begin_with_params(NULL, 0);
	assert_verdict(VALIDATION_INCOMPLETE);
	add(FCGI_STDIN, NULL, 0);
	assert_verdict(VALIDATION_WHOLE);
}

static void
what_follows_a_request_is_refused(void **state)
{
	(void)state;
	begin_with_params(NULL, 0);
	add(FCGI_STDIN, NULL, 0);
	assert_int_equal(buf_append(&bytes, "\1", 1), ERR_NONE);
	assert_refused("bytes_behind_request");
}

static void
a_request_must_begin_with_begin_request(void **state)
{
	static const struct {
		const char *head;
		size_t size;
	} rows[] = {
		{ TEXT_OF("GET / HTTP/1.0\r\n\r\n") },
		{ TEXT_OF("\0\1\0\1\0\10\0\0") }, /* version 0 */
		{ TEXT_OF("\2\1\0\1\0\10\0\0") }, /* version 2 */
		{ TEXT_OF("\1\4\0\1\0\0\0\0") },  /* parameters */
		{ TEXT_OF("\1\5\0\1\0\0\0\0") },  /* a body */
		{ TEXT_OF("\1\2\0\1\0\0\0\0") },  /* an abort */
		{ TEXT_OF("\1\11\0\0\0\0\0\0") }, /* management: get values */
		{ TEXT_OF("\1\1\0\0\0\10\0\0") }, /* request id 0 */
		{ TEXT_OF("\1\1\0\1\0\7\0\0") },  /* too short */
		{ TEXT_OF("\1\1\0\1\0\11\0\0") }, /* too long */
		{ TEXT_OF("\1\1\0\1\1\10\0\0") }, /* by far */
		{ TEXT_OF("\1\1\0\1\0\0\0\0") },  /* empty */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bytes.size = 0;
		assert_int_equal(buf_append(&bytes, rows[i].head, rows[i].size), ERR_NONE);
		assert_refused("no_begin_request");
	}
}

static void
only_responders_are_served(void **state)
{
	static const unsigned roles[] = { 0, FCGI_AUTHORIZER, FCGI_FILTER, 4, 0x0101, 0xffff };

	(void)state;
	for (size_t i = 0; i < COUNT(roles); i++) {
		bytes.size = 0;
		fcgi_append_begin(&bytes, 1, roles[i], false);
		assert_refused("not_a_responder_request");
	}
}

static void
records_of_another_request_are_refused(void **state)
{
	static const unsigned types[] = { FCGI_BEGIN_REQUEST, FCGI_PARAMS, FCGI_STDIN };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		bytes.size = 0;
		fcgi_append_begin(&bytes, 0x0101, FCGI_RESPONDER, true);
		fcgi_append_record(&bytes, types[i], 0x0201, NULL, 0, 0);
		assert_refused("multiplexed");
		bytes.size = 0;
		fcgi_append_begin(&bytes, 0x0101, FCGI_RESPONDER, true);
		fcgi_append_record(&bytes, types[i], 0x0102, NULL, 0, 0);
		assert_refused("multiplexed");
	}
	begin_with_params(NULL, 0);
	fcgi_append_record(&bytes, FCGI_STDIN, 2, "x", 1, 0);
	assert_refused("multiplexed");
}

static void
records_out_of_their_order_are_refused(void **state)
{
	static const unsigned not_params[] = { FCGI_BEGIN_REQUEST,
		                               FCGI_ABORT_REQUEST,
		                               FCGI_END_REQUEST,
		                               FCGI_STDIN,
		                               FCGI_STDOUT,
		                               FCGI_DATA,
		                               FCGI_GET_VALUES,
		                               0,
		                               255 };
	static const unsigned not_stdin[] = { FCGI_BEGIN_REQUEST, FCGI_ABORT_REQUEST, FCGI_PARAMS,
		                              FCGI_DATA, FCGI_UNKNOWN_TYPE };

	(void)state;
	for (size_t i = 0; i < COUNT(not_params); i++) {
		bytes.size = 0;
		fcgi_append_begin(&bytes, 1, FCGI_RESPONDER, false);
		add(not_params[i], NULL, 0);
		assert_refused("unexpected_record");
	}
	for (size_t i = 0; i < COUNT(not_stdin); i++) {
		begin_with_params(NULL, 0);
		add(not_stdin[i], NULL, 0);
		assert_refused("unexpected_record");
		begin_with_params(NULL, 0);
		add(FCGI_STDIN, "x", 1);
		add(not_stdin[i], NULL, 0);
		assert_refused("unexpected_record");
	}
}

static void
another_version_in_the_middle_is_refused(void **state)
{
	(void)state;
	begin_with_params(NULL, 0);
	size_t at = bytes.size;
	add(FCGI_STDIN, NULL, 0);
	bytes.data[at] = 2;
	assert_refused("unexpected_record");
}

static void
parameters_may_be_split_over_records_anywhere(void **state)
{
	struct buf params;

	(void)state;
	buf_init(&params, 10000);
	fcgi_append_pair(&params, "REQUEST_METHOD", "POST");
	fcgi_append_pair(&params, "", "");
	fcgi_append_pair(&params, "A", "");
	char *value = must_allocate(301);
	memset(value, 'v', 300);
	fcgi_append_pair(&params, value, value);
	free(value);
	for (size_t cut = 1; cut < params.size; cut++) {
		begin_with_params(params.data, cut);
		bytes.size -= 8; /* not yet the end */
		add(FCGI_PARAMS, params.data + cut, params.size - cut);
		add(FCGI_PARAMS, NULL, 0);
		add(FCGI_STDIN, NULL, 0);
		assert_verdict(VALIDATION_WHOLE);
	}
	bytes.size = 0;
	fcgi_append_begin(&bytes, 1, FCGI_RESPONDER, false);
	for (size_t i = 0; i < params.size; i++)
		add(FCGI_PARAMS, params.data + i, 1);
	add(FCGI_PARAMS, NULL, 0);
	add(FCGI_STDIN, NULL, 0);
	assert_verdict(VALIDATION_WHOLE);
	buf_fini(&params);
}

static void
lengths_may_be_written_longer_than_needed(void **state)
{
	(void)state;
	begin_with_params(TEXT_OF("\x80\0\0\1\x80\0\0\1AB"));
	add(FCGI_STDIN, NULL, 0);
	assert_verdict(VALIDATION_WHOLE);
	begin_with_params(TEXT_OF("\1\x80\0\0\1AB"));
	add(FCGI_STDIN, NULL, 0);
	assert_verdict(VALIDATION_WHOLE);
	begin_with_params(TEXT_OF("\x80\0\0\1\1AB"));
	add(FCGI_STDIN, NULL, 0);
	assert_verdict(VALIDATION_WHOLE);
}

static void
parameters_that_end_inside_a_pair_are_refused(void **state)
{
	static const char pair[] = "\x80\0\0\1\x80\0\0\1AB";

	(void)state;
	for (size_t size = 1; size < sizeof(pair) - 1; size++) {
		begin_with_params(pair, size);
		assert_refused("params_cut_off");
	}
	begin_with_params(TEXT_OF("\1\1A"));
	assert_refused("params_cut_off");
	begin_with_params(TEXT_OF("\1"));
	assert_refused("params_cut_off");
}

static void
a_nul_inside_a_parameter_is_refused(void **state)
{
	(void)state;
	begin_with_params(TEXT_OF("\1\2A\0B"));
	assert_refused("params_hold_nul");
	begin_with_params(TEXT_OF("\2\1A\0B"));
	assert_refused("params_hold_nul");
	begin_with_params(TEXT_OF("\1\1AB\1\1\0B"));
	assert_refused("params_hold_nul");
}

static void
hostile_lengths_are_refused_before_anything_is_added_up(void **state)
{
	static const struct {
		const char *params;
		size_t size;
	} rows[] = {
		{ TEXT_OF("\xff\xff\xff\xff\xff\xff\xff\xff") },
		{ TEXT_OF("\xff\xff\xff\xff\0") },
		{ TEXT_OF("\0\xff\xff\xff\xff") },
		{ TEXT_OF("\xc0\0\0\0\xc0\0\0\0") },
		{ TEXT_OF("\x81\0\0\0\0") },
		{ TEXT_OF("\x80\1\0\1\0") },
		{ TEXT_OF("\0\x80\1\0\1") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bytes.size = 0;
		fcgi_append_begin(&bytes, 1, FCGI_RESPONDER, false);
		add(FCGI_PARAMS, rows[i].params, rows[i].size);
		assert_refused("params_too_large");
	}
}

/* The largest parameters: one pair, in records of 65528 bytes at the most. */
static void
params_of(size_t size)
{
	size_t value_size = size - 6;
	const unsigned char lengths[] = { 1,
		                          (unsigned char)(0x80 | value_size >> 24),
		                          (unsigned char)(value_size >> 16),
		                          (unsigned char)(value_size >> 8),
		                          (unsigned char)value_size,
		                          'A' };
	char *value = must_allocate(value_size);

	memset(value, 'v', value_size);
	bytes.size = 0;
	fcgi_append_begin(&bytes, 1, FCGI_RESPONDER, false);
	add(FCGI_PARAMS, lengths, sizeof(lengths));
	for (size_t at = 0; at < value_size;) {
		size_t part = value_size - at < 65528 ? value_size - at : 65528;
		add(FCGI_PARAMS, value + at, part);
		at += part;
	}
	add(FCGI_PARAMS, NULL, 0);
	add(FCGI_STDIN, NULL, 0);
	free(value);
}

static void
parameters_are_taken_up_to_the_limit_and_not_one_byte_more(void **state)
{
	(void)state;
	params_of(BOUND_PARAMS_BYTES);
	assert_verdict(VALIDATION_WHOLE);
	params_of(BOUND_PARAMS_BYTES + 1);
	assert_refused("params_too_large");
}

static void
a_body_is_taken_up_to_the_limit_and_not_one_byte_more(void **state)
{
	static const char body[BODY_MAX + 1];

	(void)state;
	begin_with_params(NULL, 0);
	add(FCGI_STDIN, body, BODY_MAX);
	assert_verdict(VALIDATION_INCOMPLETE);
	size_t before = bytes.size;
	add(FCGI_STDIN, NULL, 0);
	assert_verdict(VALIDATION_WHOLE);
	bytes.size = before;
	add(FCGI_STDIN, body, 1);
	assert_verdict(VALIDATION_TOO_LARGE);
	/* Counted over records of any size, and as soon as the bytes are there. */
	begin_with_params(NULL, 0);
	for (size_t i = 0; i < BODY_MAX; i++)
		add(FCGI_STDIN, body, 1);
	assert_verdict(VALIDATION_INCOMPLETE);
	add(FCGI_STDIN, body, 1);
	assert_verdict(VALIDATION_TOO_LARGE);
	begin_with_params(NULL, 0);
	fcgi_append_record(&bytes, FCGI_STDIN, 1, body, BODY_MAX + 1, 255);
	bytes.size -= 255;
	assert_verdict(VALIDATION_TOO_LARGE);
	bytes.size -= 1;
	assert_verdict(VALIDATION_INCOMPLETE);
}

static void
too_large_stays_too_large_whatever_follows(void **state)
{
	static const char body[BODY_MAX + 1];

	(void)state;
	begin_with_params(NULL, 0);
	add(FCGI_STDIN, body, BODY_MAX + 1);
	add(FCGI_STDIN, NULL, 0);
	add(FCGI_STDIN, NULL, 0);
	assert_verdict(VALIDATION_TOO_LARGE);
}

/* libfcgi forgets the padding of these two records and takes it for the next record. Whatever is in
 * it has not been through the gate: a body that nobody sent, or lengths that make libfcgi abort. */
static void
padding_that_libfcgi_reads_as_records_is_refused(void **state)
{
	static const char begin_body[8] = { 0, FCGI_RESPONDER };

	(void)state;
	fcgi_append_record(&bytes, FCGI_BEGIN_REQUEST, 1, begin_body, sizeof(begin_body), 8);
	add(FCGI_PARAMS, NULL, 0);
	add(FCGI_STDIN, NULL, 0);
	assert_int_equal(check(bytes.data, bytes.size).verdict, VALIDATION_REFUSED);
	bytes.size = 0;
	fcgi_append_begin(&bytes, 1, FCGI_RESPONDER, false);
	fcgi_append_record(&bytes, FCGI_PARAMS, 1, NULL, 0, 8);
	add(FCGI_STDIN, NULL, 0);
	assert_int_equal(check(bytes.data, bytes.size).verdict, VALIDATION_REFUSED);
}

/* Judges as the bytes come, one at a time, with the same gate. */
static void
a_request_that_comes_byte_by_byte_is_judged_the_same(void **state)
{
	struct validation validation = { 0 };
	struct validation_report report = { .verdict = VALIDATION_INCOMPLETE };

	(void)state;
	fcgi_append_request(&bytes, &(struct fcgi_form){ .body = "{\"message\":\"x\"}",
	                                                 .record_size = 5,
	                                                 .padding_size = 3 });
	for (size_t size = 0; size <= bytes.size; size++) {
		assert_int_equal(report.verdict, VALIDATION_INCOMPLETE);
		report = validation_check(&validation, (const unsigned char *)bytes.data, size,
		                          BODY_MAX);
	}
	assert_int_equal(report.verdict, VALIDATION_WHOLE);
}

#define WITH_BYTES(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BYTES(nothing_is_incomplete),
		WITH_BYTES(every_beginning_of_a_whole_request_is_incomplete),
		WITH_BYTES(a_request_needs_neither_parameters_nor_a_body),
		WITH_BYTES(what_follows_a_request_is_refused),
		WITH_BYTES(a_request_must_begin_with_begin_request),
		WITH_BYTES(only_responders_are_served),
		WITH_BYTES(records_of_another_request_are_refused),
		WITH_BYTES(records_out_of_their_order_are_refused),
		WITH_BYTES(another_version_in_the_middle_is_refused),
		WITH_BYTES(parameters_may_be_split_over_records_anywhere),
		WITH_BYTES(lengths_may_be_written_longer_than_needed),
		WITH_BYTES(parameters_that_end_inside_a_pair_are_refused),
		WITH_BYTES(a_nul_inside_a_parameter_is_refused),
		WITH_BYTES(hostile_lengths_are_refused_before_anything_is_added_up),
		WITH_BYTES(parameters_are_taken_up_to_the_limit_and_not_one_byte_more),
		WITH_BYTES(a_body_is_taken_up_to_the_limit_and_not_one_byte_more),
		WITH_BYTES(too_large_stays_too_large_whatever_follows),
		WITH_BYTES(a_request_that_comes_byte_by_byte_is_judged_the_same),
		WITH_BYTES(padding_that_libfcgi_reads_as_records_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
