/*
 * The address that is asked; see endpoint.h. libcurl takes it apart, so that it means here what it
 * means when it is asked.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/endpoint.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bounds.h"

#define CHAT_PATH "/chat/completions"

/* A part of the address, as a copy that curl_free() frees; NULL if it has none. */
static char *
part_of(CURLU *address, CURLUPart part)
{
	char *text = NULL;

	if (curl_url_get(address, part, &text, 0) != CURLUE_OK)
		return NULL;
	return text;
}

static bool
has_part(CURLU *address, CURLUPart part)
{
	char *text = part_of(address, part);

	curl_free(text);
	return text != NULL;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t size = strlen(text);
	size_t end_size = strlen(end);

	return size >= end_size && strcasecmp(text + size - end_size, end) == 0;
}

static bool
host_is_loopback(const char *host)
{
	struct in_addr address;

	if (strcasecmp(host, "localhost") == 0 || ends_with(host, ".localhost") ||
	    strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

static bool
set_chat_path(CURLU *address)
{
	struct buf path;
	char *text = part_of(address, CURLUPART_PATH);
	size_t size = text == NULL ? 0 : strlen(text);

	while (size > 0 && text[size - 1] == '/')
		text[--size] = '\0';
	buf_init(&path, BOUND_LLM_URL_BYTES + sizeof(CHAT_PATH));
	bool is_set = buf_append(&path, text, size) == ERR_NONE &&
	              (size > 0 && ends_with(text, CHAT_PATH)
	                       ? true
	                       : buf_append_text(&path, CHAT_PATH) == ERR_NONE) &&
	              curl_url_set(address, CURLUPART_PATH, path.data, 0) == CURLUE_OK;
	curl_free(text);
	buf_fini(&path);
	return is_set;
}

static char *
copy_of_url(CURLU *address)
{
	char *text = part_of(address, CURLUPART_URL);
	char *copy = must_copy_text(text);

	curl_free(text);
	return copy;
}

static enum failure_status
read_address(struct endpoint *endpoint, CURLU *address, const char *text, struct failure *failure)
{
	if (strlen(text) > BOUND_LLM_URL_BYTES ||
	    curl_url_set(address, CURLUPART_URL, text, 0) != CURLUE_OK)
		return failure_set(failure, FAILURE_OPTIONS,
		                   "--url must be an address such as http://127.0.0.1:8080/v1");
	char *scheme = part_of(address, CURLUPART_SCHEME);
	char *host = part_of(address, CURLUPART_HOST);
	bool is_http = scheme != NULL && strcmp(scheme, "http") == 0;
	endpoint->is_secure = scheme != NULL && strcmp(scheme, "https") == 0;
	endpoint->is_loopback = host != NULL && host_is_loopback(host);
	curl_free(scheme);
	curl_free(host);
	if (!is_http && !endpoint->is_secure)
		return failure_set(failure, FAILURE_OPTIONS, "--url must be of http or https");
	if (has_part(address, CURLUPART_USER) || has_part(address, CURLUPART_PASSWORD))
		return failure_set(failure, FAILURE_OPTIONS,
		                   "--url must not hold a name or password, which others could "
		                   "read: use --key-file");
	if (!set_chat_path(address) ||
	    curl_url_set(address, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
	    (endpoint->url = copy_of_url(address)) == NULL ||
	    curl_url_set(address, CURLUPART_QUERY, NULL, 0) != CURLUE_OK ||
	    (endpoint->name = copy_of_url(address)) == NULL)
		return failure_set(failure, FAILURE_OPTIONS, "--url cannot be used");
	return FAILURE_NONE;
}

enum failure_status
endpoint_init(struct endpoint *endpoint, const char *text, struct failure *failure)
{
	CURLU *address = curl_url();

	if (address == NULL)
		abort();
	*endpoint = (struct endpoint){ .url = NULL };
	enum failure_status status = read_address(endpoint, address, text, failure);
	curl_url_cleanup(address);
	return status;
}

void
endpoint_fini(struct endpoint *endpoint)
{
	free(endpoint->url);
	free(endpoint->name);
}
