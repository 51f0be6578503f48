/*
 * What proxies say of a visitor: the first byte says in which header the rest stands. Whatever it
 * is, the visitor has an address, and what is put in front of a proxy's word changes nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "http/forwarded.h"
#include "http/public_address.h"
#include "http/request.h"

/* Applies it to a request from 127.0.0.1 that has this header, and returns that. */
static struct request *
request_with(const char *name, const char *before, const char *text, const char *behind)
{
	struct proxies proxies;
	struct buf header;

	buf_init(&header, strlen(name) + strlen(before) + strlen(text) + strlen(behind) + 8);
	MUST(buf_append_format(&header, "%s=%s%s%s", name, before, text, behind) == ERR_NONE);
	char *const variables[] = { (char[]){ "REMOTE_ADDR=127.0.0.1" }, header.data, NULL };
	struct request *request = request_new(variables, 0, NULL);
	buf_fini(&header);
	MUST(proxies_read("127.0.0.1 10.0.0.0/8", &proxies));
	forwarded_apply(&proxies, request);
	return request;
}

static void
check_address(const struct request *request)
{
	unsigned char bytes[16];

	MUST(inet_pton(AF_INET, request->remote_address, bytes) == 1 ||
	     inet_pton(AF_INET6, request->remote_address, bytes) == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct public_address address;
	struct proxies proxies;
	struct buf text;

	if (size == 0)
		return 0;
	buf_init(&text, size);
	MUST(buf_append(&text, data + 1, size - 1) == ERR_NONE);
	const char *rest = size == 1 ? "" : text.data;
	bool is_list = (data[0] & 1) != 0;
	const char *name = is_list ? "HTTP_X_FORWARDED_FOR" : "HTTP_FORWARDED";
	struct request *request = request_with(name, "", rest, "");
	check_address(request);
	request_free(request);
	request = request_with(name, rest, "", is_list ? ",192.0.2.7" : ",for=192.0.2.7");
	check_address(request);
	MUST(strcmp(request->remote_address, is_list ? "192.0.2.7" : request->remote_address) == 0);
	request_free(request);
	if (proxies_read(rest, &proxies))
		MUST(proxies.count <= FORWARDED_NETWORKS_MAX);
	if (public_address_read(rest, &address))
		MUST(strlen(address.origin) < sizeof(address.origin));
	buf_fini(&text);
	return 0;
}
