/*
 * Events as a reader will find what a writer appends.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/store_event.h"

struct event
store_event_of_message(const struct store_message *message)
{
	return (struct event){
		.kind = EVENT_MESSAGE,
		.time_ms = message->time_ms,
		.ref = message->ref,
		.role = message->role,
		.state = message->state,
		.name = message->name,
		.text = message->text,
		.text_size = message->text_size,
	};
}

struct event
store_event_of_part(const struct store_part *part)
{
	return (struct event){
		.kind = EVENT_PART,
		.time_ms = part->time_ms,
		.ref = part->ref,
		.offset = part->offset,
		.text = part->text,
		.text_size = part->text_size,
		.thought = part->thought,
		.thought_size = part->thought_size,
		.thought_offset = part->thought_offset,
		.thought_ms = part->thought_ms,
	};
}
