/*
 * A response whose content is a JSON document.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/json_response.h"

#include <json-c/json_object.h>
#include <stdlib.h>

#include "http/response.h"
#include "text/json.h"

struct response *
json_response(int status, const char *content_type, struct json_object *document)
{
	struct response *response = response_new(status, content_type);

	/* No document of ours is larger than a response may be. */
	if (json_append(&response->body, document) != ERR_NONE)
		abort();
	json_object_put(document);
	return response;
}
