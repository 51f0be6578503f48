/*
 * The smallest FastCGI program that gives plainchat's answer, whatever it is
 * asked: what libfcgi and the web server cost by themselves. `make bench` runs
 * it next to plainchat. It is written the way libfcgi's manual writes one, with
 * the cheaper of its two interfaces (no stdio emulation), and has no handicap.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcgiapp.h>

int
main(void)
{
	FCGX_Stream *in, *out, *error;
	FCGX_ParamArray environment;

	while (FCGX_Accept(&in, &out, &error, &environment) >= 0) {
		FCGX_PutS("Content-Type: application/json\r\n"
		          "Cache-Control: no-store\r\n"
		          "X-Content-Type-Options: nosniff\r\n"
		          "\r\n"
		          "{\"message\":\"received django\"}",
		          out);
	}
	return 0;
}
