/*
 * The check before libfcgi: judges the bytes that have come over a FastCGI connection so far.
 * libfcgi reads with blocking calls and without limits, and a hostile PARAMS record makes it abort;
 * so it is given a request only when that is there as a whole and is one that we take. Pure,
 * callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_VALIDATION_H
#define PLAINCHAT_SERVER_FASTCGI_VALIDATION_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of one request at the most: parameters, and the largest body in records of one byte
 * each, as a server makes them of a body that trickles in. */
#define VALIDATION_REQUEST_BYTES(body_bytes_max) (2 * BOUND_PARAMS_BYTES + 9 * (body_bytes_max))

enum validation_verdict {
	VALIDATION_INCOMPLETE, /* fine so far; more has to come */
	VALIDATION_WHOLE,      /* one request, from FCGI_BEGIN_REQUEST to the end of FCGI_STDIN */
	VALIDATION_TOO_LARGE,  /* the parameters are whole, the body is already more than allowed */
	VALIDATION_REFUSED,    /* not a request that we take */
};

/* How far a request has been judged; all zero before its first byte. */
struct validation {
	size_t at; /* of the first record that was not whole */
	unsigned request_id;
	struct validation_params {        /* the stream of parameters */
		unsigned char lengths[8]; /* of a pair's head, what has come */
		size_t lengths_size;
		size_t text_left; /* bytes of name and value still to come */
		size_t size;      /* of the stream */
		bool is_ended;
	} params;
	size_t head_size; /* of the request up to the end of its parameters; 0: not there yet */
	size_t body_size;
};

struct validation_report {
	enum validation_verdict verdict;
	const char *reason; /* on VALIDATION_REFUSED: a constant for the log */
};

/* Judges `size` bytes from the beginning of a request (FastCGI specification 1.0), of which
 * *validation has seen fewer before: what was judged is not looked at again. Refused are: another
 * version or role, records of another request or of another kind (we multiplex nothing), parameters
 * over BOUND_PARAMS_BYTES, cut off, or with a NUL inside, padding where libfcgi forgets that it is
 * there and would read it as records, and anything behind the request. */
struct validation_report
validation_check(struct validation *validation, const unsigned char *bytes, size_t size,
                 size_t body_bytes_max);

#endif
