/*
 * Connecting and asking over HTTP.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX 4096

struct sockaddr_in
http_server(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

int
http_connect(const struct sockaddr_in *server, uint8_t source, int *fd)
{
	const int on = 1;
	const struct sockaddr_in local = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + source),
	};

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return errno;
	/* The port is chosen when the server is known, so that each address has all of them. */
	if (setsockopt(*fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) == 0 &&
	    bind(*fd, (const struct sockaddr *)&local, sizeof(local)) == 0 &&
	    connect(*fd, (const struct sockaddr *)server, sizeof(*server)) == 0)
		return 0;
	int error = errno;
	close(*fd);
	*fd = -1;
	return error;
}

static int
send_request(int fd, const char *request, int size)
{
	if (size >= REQUEST_BYTES_MAX)
		return EMSGSIZE;
	return send(fd, request, (size_t)size, MSG_NOSIGNAL) == size ? 0 : errno;
}

int
http_get(int fd, const char *path, const char *headers)
{
	char request[REQUEST_BYTES_MAX];
	int size = snprintf(request, sizeof(request),
	                    "GET %s HTTP/1.1\r\n"
	                    "Host: 127.0.0.1\r\n"
	                    "%s\r\n",
	                    path, headers);

	return send_request(fd, request, size);
}

int
http_post(int fd, const char *path, const char *type, const char *headers, const char *body)
{
	char request[REQUEST_BYTES_MAX];
	int size = snprintf(request, sizeof(request),
	                    "POST %s HTTP/1.1\r\n"
	                    "Host: 127.0.0.1\r\n"
	                    "Content-Type: %s\r\n"
	                    "Content-Length: %zu\r\n"
	                    "%s\r\n%s",
	                    path, type, strlen(body), headers, body);

	return send_request(fd, request, size);
}
