/*
 * Events as a reader will find what a writer appends.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_STORE_STORE_EVENT_H
#define PLAINCHAT_STORE_STORE_EVENT_H

#include "store/store.h"
#include "text/event.h"

/* The event of kind message, without its number, which is the store's to give. Its strings are
 * those of the message. Callable on any thread. */
struct event
store_event_of_message(const struct store_message *message);

/* The same of kind part. */
struct event
store_event_of_part(const struct store_part *part);

#endif
