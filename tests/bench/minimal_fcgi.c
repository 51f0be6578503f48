/*
 * The smallest FastCGI program that gives plainchat's answer, whatever it is asked: what libfcgi
 * and the web server cost by themselves. `make bench` runs it next to plainchat with 1, 2 and 4
 * threads and takes the fastest. It is written the way libfcgi's own example with threads is, with
 * the cheaper of its two interfaces (no stdio emulation), and has no handicap: accepting is not
 * serialised by a lock, which Linux does not need.
 *
 *     BENCH_THREADS=4 minimal_fcgi
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcgiapp.h>
#include <pthread.h>
#include <stdlib.h>

static void *
serve(void *context)
{
	FCGX_Request request;

	(void)context;
	if (FCGX_InitRequest(&request, 0, 0) != 0)
		return NULL;
	while (FCGX_Accept_r(&request) >= 0) {
		FCGX_PutS("Content-Type: application/json\r\n"
		          "Cache-Control: no-store\r\n"
		          "X-Content-Type-Options: nosniff\r\n"
		          "\r\n"
		          "{\"message\":\"received django\"}",
		          request.out);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

int
main(void)
{
	const char *threads = getenv("BENCH_THREADS");
	pthread_t thread;

	if (FCGX_Init() != 0)
		return 1;
	for (int i = threads == NULL ? 1 : atoi(threads); i > 1; i--) {
		if (pthread_create(&thread, NULL, serve, NULL) != 0)
			return 1;
	}
	serve(NULL);
	return 0;
}
