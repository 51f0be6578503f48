/*
 * The smallest CGI program that gives plainchat's answer: it only prints it.
 * What the web server's fork, the exec and the C library's own start cost by
 * themselves. `make bench` runs it next to plainchat as CGI.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

int
main(void)
{
	fputs("Content-Type: application/json\r\n"
	      "Cache-Control: no-store\r\n"
	      "X-Content-Type-Options: nosniff\r\n"
	      "\r\n"
	      "{\"message\":\"received django\"}",
	      stdout);
	return 0;
}
