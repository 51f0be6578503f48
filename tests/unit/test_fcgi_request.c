/*
 * server/fastcgi/fcgi_request: libfcgi as a parser makes of the bytes what they say, and of the
 * process nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <fastcgi.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/fastcgi/connection.h"
#include "server/fastcgi/fcgi_request.h"
#include "server/fastcgi/validation.h"

#define BODY_MAX 100

static struct connections connections;
static struct connection *connection;

static int
begin(void **state)
{
	(void)state;
	connections_init(&connections);
	connection =
		connection_new(&connections, open("/dev/null", O_RDONLY | O_CLOEXEC), NULL, -1);
	buf_init(&connection->in, (size_t)1024 * 1024);
	assert_int_equal(fcgi_request_init(), ERR_NONE);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	connection_close(connection);
	connections_fini(&connections);
	return 0;
}

/* As a reader does with what has passed the gate. */
static enum err
read_request(struct connection *read, size_t body_bytes_max, struct request **request)
{
	read->validation = (struct validation){ 0 };
	(void)validation_check(&read->validation, (const unsigned char *)read->in.data,
	                       read->in.size, body_bytes_max);
	enum err err = fcgi_request_read_head(read, body_bytes_max, request);
	if (err == ERR_NONE)
		fcgi_request_read_body(read, *request);
	return err;
}

static struct request *
read_form(const struct fcgi_form *form)
{
	struct request *request;

	connection->in.size = 0;
	fcgi_append_request(&connection->in, form);
	assert_int_equal(read_request(connection, BODY_MAX, &request), ERR_NONE);
	return request;
}

static void
a_request_is_what_its_records_say(void **state)
{
	(void)state;
	struct request *request = read_form(&(struct fcgi_form){
		.request_id = 0x0203, .keep = true, .path = "/health", .body = "hello" });
	assert_string_equal(request->method_name, "POST");
	assert_string_equal(request->path, "/health");
	assert_string_equal(request->content_type, "application/json");
	assert_int_equal(request->length, 5);
	assert_int_equal(request->body.size, 5);
	assert_memory_equal(request->body.data, "hello", 5);
	assert_ptr_equal(request->transport, &connection->transport);
	assert_int_equal(connection->request_id, 0x0203);
	assert_true(connection->keep);
	request_free(request);
}

static void
without_the_flag_the_connection_is_not_kept(void **state)
{
	(void)state;
	connection->keep = true;
	request_free(read_form(&(struct fcgi_form){ .body = "x" }));
	assert_false(connection->keep);
}

static void
long_and_short_requests_are_read_in_turn(void **state)
{
	static const char *const bodies[] = { "a long body, much longer than the next", "short", "",
		                              "a longer body again", "x" };

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct request *request = read_form(&(struct fcgi_form){
			.body = bodies[i], .record_size = 3, .padding_size = 5 });
		assert_int_equal(request->body.size, strlen(bodies[i]));
		if (request->body.size > 0)
			assert_memory_equal(request->body.data, bodies[i], request->body.size);
		request_free(request);
	}
}

static void
long_and_empty_parameters_are_read(void **state)
{
	struct buf params;
	struct request *request;
	static char value[60001];

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	buf_init(&params, 100000);
	fcgi_append_pair(&params, "", "");
	fcgi_append_pair(&params, "PATH_INFO", value);
	fcgi_append_pair(&params, "CONTENT_TYPE", "");
	fcgi_append_begin(&connection->in, 1, FCGI_RESPONDER, false);
	for (size_t at = 0; at < params.size; at += 1000)
		fcgi_append_record(&connection->in, FCGI_PARAMS, 1, params.data + at,
		                   params.size - at < 1000 ? params.size - at : 1000, 3);
	fcgi_append_record(&connection->in, FCGI_PARAMS, 1, NULL, 0, 0);
	fcgi_append_record(&connection->in, FCGI_STDIN, 1, NULL, 0, 0);
	assert_int_equal(read_request(connection, BODY_MAX, &request), ERR_NONE);
	assert_string_equal(request->path, value);
	assert_string_equal(request->content_type, "");
	request_free(request);
	buf_fini(&params);
}

static void
of_a_body_that_is_too_large_one_byte_more_is_read(void **state)
{
	char body[BODY_MAX + 50];

	(void)state;
	memset(body, 'x', sizeof(body));
	struct request *request = read_form(
		&(struct fcgi_form){ .body = body, .body_size = sizeof(body), .is_endless = true });
	assert_int_equal(request->body.size, BODY_MAX + 1);
	assert_true(request_body_is_too_large(request));
	request_free(request);
	request = read_form(&(struct fcgi_form){ .body = body, .body_size = BODY_MAX });
	assert_int_equal(request->body.size, BODY_MAX);
	assert_false(request_body_is_too_large(request));
	request_free(request);
}

static void
what_libfcgi_refuses_is_an_error_and_the_next_is_read(void **state)
{
	struct request *request;

	(void)state;
	/* The gate would not have let it pass. */
	assert_int_equal(buf_append_text(&connection->in, "GET / HTTP/1.0\r\n\r\n"), ERR_NONE);
	log_watch_begin();
	enum err err = read_request(connection, BODY_MAX, &request);
	bool is_logged = strstr(log_watch_text(), "event=request_refused reason=libfcgi") != NULL;
	log_watch_end();
	assert_int_equal(err, ERR_SYNTAX);
	assert_true(is_logged);
	for (int i = 0; i < 3; i++) {
		request = read_form(&(struct fcgi_form){ .body = "x" });
		assert_int_equal(request->body.size, 1);
		request_free(request);
	}
}

static void
reading_takes_no_descriptor(void **state)
{
	struct rlimit limit, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	struct request *request = read_form(&(struct fcgi_form){ .body = "x" });
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(request->body.size, 1);
	request_free(request);
}

static void *
read_many(void *context)
{
	struct connection *own = connection_new(&connections, -1, NULL, -1);
	char body[32];

	buf_init(&own->in, (size_t)1024 * 1024);
	for (int i = 0; i < 1000; i++) {
		struct request *request;
		snprintf(body, sizeof(body), "%s %d", (const char *)context, i);
		own->in.size = 0;
		fcgi_append_request(&own->in, &(struct fcgi_form){ .body = body });
		assert_int_equal(read_request(own, BODY_MAX, &request), ERR_NONE);
		assert_int_equal(request->body.size, strlen(body));
		assert_memory_equal(request->body.data, body, strlen(body));
		request_free(request);
	}
	connection_close(own);
	return NULL;
}

static void
each_thread_reads_its_own_request(void **state)
{
	pthread_t threads[4];
	static char names[][8] = { "a", "bb", "ccc", "dddd" };

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_many, names[i]), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void
libfcgi_takes_no_signal_away(void **state)
{
	static const int numbers[] = { SIGTERM, SIGUSR1, SIGPIPE };
	struct sigaction now;

	(void)state;
	/* libfcgi takes those that nobody has taken. */
	for (size_t i = 0; i < COUNT(numbers); i++)
		signal(numbers[i], SIG_DFL);
	assert_int_equal(fcgi_request_init(), ERR_NONE);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		sigaction(numbers[i], NULL, &now);
		assert_true(now.sa_handler == SIG_DFL);
	}
}

#define ON_A_CONNECTION(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: libfcgi installs its handlers only once in a process. */
		cmocka_unit_test(libfcgi_takes_no_signal_away),
		ON_A_CONNECTION(a_request_is_what_its_records_say),
		ON_A_CONNECTION(without_the_flag_the_connection_is_not_kept),
		ON_A_CONNECTION(long_and_short_requests_are_read_in_turn),
		ON_A_CONNECTION(long_and_empty_parameters_are_read),
		ON_A_CONNECTION(of_a_body_that_is_too_large_one_byte_more_is_read),
		ON_A_CONNECTION(what_libfcgi_refuses_is_an_error_and_the_next_is_read),
		ON_A_CONNECTION(reading_takes_no_descriptor),
		ON_A_CONNECTION(each_thread_reads_its_own_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
