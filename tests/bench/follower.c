/*
 * A follower's connection: connecting, and taking apart what comes, byte by byte, since anything
 * may be cut anywhere.
 *
 * SPDX-License-Identifier: MIT
 */
#include "follower.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../client/http.h"

#define HEAD_BYTES_MAX 4096
#define READ_BYTES 16384

/* --- connecting --- */

int
follower_open(struct follower *follower, const struct sockaddr_in *server, uint8_t source,
              const char *path)
{
	*follower = (struct follower){ .fd = -1 };
	int error = http_connect(server, source, &follower->fd);
	if (error == 0)
		error = http_get(follower->fd, path,
		                 "Accept: text/event-stream\r\nCache-Control: no-cache\r\n");
	if (error == 0 && fcntl(follower->fd, F_SETFL, O_NONBLOCK) != 0)
		error = errno;
	if (error != 0)
		follower_close(follower);
	return error;
}

void
follower_close(struct follower *follower)
{
	free(follower->head);
	follower->head = NULL;
	if (follower->fd >= 0)
		close(follower->fd);
	follower->fd = -1;
}

/* --- what comes --- */

/* Adds the byte to the head. False: this is no stream. */
static bool
take_head_byte(struct follower *follower, char byte)
{
	if (follower->head == NULL)
		follower->head = calloc(1, HEAD_BYTES_MAX + 1);
	if (follower->head == NULL || follower->head_size == HEAD_BYTES_MAX)
		return false;
	follower->head[follower->head_size++] = (char)tolower((unsigned char)byte);
	if (follower->head_size < 4 ||
	    memcmp(follower->head + follower->head_size - 4, "\r\n\r\n", 4) != 0)
		return true;

	bool is_stream = strncmp(follower->head, "http/1.1 200 ", 13) == 0 &&
	                 strstr(follower->head, "\r\ncontent-type: text/event-stream") != NULL;
	if (!is_stream)
		fprintf(stderr, "followers: no stream: %.*s\n",
		        (int)strcspn(follower->head, "\r\n"), follower->head);
	follower->is_chunked = strstr(follower->head, "\r\ntransfer-encoding: chunked") != NULL;
	follower->part = follower->is_chunked ? PART_CHUNK_SIZE : PART_BODY;
	free(follower->head);
	follower->head = NULL;
	return is_stream;
}

static void
take_body_byte(struct follower *follower, char byte, follower_marker_function on_marker)
{
	const size_t marker_size = sizeof(MARKER) - 1;

	if (follower->matched < marker_size) {
		/* No byte of the marker but the first is as its first. */
		if (byte == MARKER[follower->matched])
			follower->matched++;
		else
			follower->matched = byte == MARKER[0] ? 1 : 0;
		follower->number = 0;
	} else if (isdigit((unsigned char)byte)) {
		follower->number = follower->number * 10 + (uint32_t)(byte - '0');
	} else {
		if (byte == ';')
			on_marker(follower, follower->number);
		follower->matched = 0;
	}
}

/* False: the last chunk has come. */
static bool
take_chunk_size_byte(struct follower *follower, char byte)
{
	if (isxdigit((unsigned char)byte)) {
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, tolower((unsigned char)byte));
		follower->chunk_left = follower->chunk_left * 16 + (size_t)(digit - digits);
	} else if (byte == '\n') {
		follower->part = PART_BODY;
		return follower->chunk_left > 0;
	} else {
		follower->part = PART_CHUNK_EXTENSION;
	}
	return true;
}

/* Takes bytes of the body, up to the chunk's end. Returns how many. */
static size_t
take_body(struct follower *follower, const char *bytes, size_t size,
          follower_marker_function on_marker)
{
	if (follower->is_chunked && size > follower->chunk_left)
		size = follower->chunk_left;
	for (size_t i = 0; i < size; i++)
		take_body_byte(follower, bytes[i], on_marker);
	follower->is_ready = true;
	if (follower->is_chunked) {
		follower->chunk_left -= size;
		if (follower->chunk_left == 0)
			follower->part = PART_CHUNK_END;
	}
	return size;
}

static bool
take(struct follower *follower, const char *bytes, size_t size, follower_marker_function on_marker)
{
	for (size_t i = 0; i < size; i++) {
		bool goes_on = true;
		switch (follower->part) {
		case PART_HEAD: goes_on = take_head_byte(follower, bytes[i]); break;
		case PART_CHUNK_SIZE: goes_on = take_chunk_size_byte(follower, bytes[i]); break;
		case PART_CHUNK_EXTENSION:
			/* Up to the line's end, which ends the size as well. */
			if (bytes[i] == '\n')
				goes_on = take_chunk_size_byte(follower, bytes[i]);
			break;
		case PART_BODY: i += take_body(follower, bytes + i, size - i, on_marker) - 1; break;
		case PART_CHUNK_END:
			if (bytes[i] == '\n')
				follower->part = PART_CHUNK_SIZE;
			break;
		}
		if (!goes_on)
			return false;
	}
	return true;
}

bool
follower_read(struct follower *follower, follower_marker_function on_marker)
{
	char bytes[READ_BYTES];
	ssize_t size = recv(follower->fd, bytes, sizeof(bytes), 0);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (size > 0 && take(follower, bytes, (size_t)size, on_marker))
		return true;
	follower_close(follower);
	return false;
}
