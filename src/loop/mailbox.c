/*
 * Mail for the loop's thread: a list under a lock, and a uv_async_t that wakes the loop.
 *
 * SPDX-License-Identifier: MIT
 */
#include "loop/mailbox.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"

struct mailbox {
	uv_loop_t *loop;
	uv_async_t wake;
	void (*woken)(void *context);
	void *context;
	bool is_closed;
	pthread_mutex_t lock;
	struct mail *first; /* guarded by the lock, as the next */
	struct mail **last;
};

void
mailbox_deliver(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->lock);
	struct mail *mail = mailbox->first;
	mailbox->first = NULL;
	mailbox->last = &mailbox->first;
	pthread_mutex_unlock(&mailbox->lock);
	while (mail != NULL) {
		struct mail *next = mail->next;
		mail->deliver(mail);
		mail = next;
	}
}

static void
on_wake(uv_async_t *wake)
{
	struct mailbox *mailbox = wake->data;

	mailbox_deliver(mailbox);
	if (mailbox->woken != NULL)
		mailbox->woken(mailbox->context);
}

enum err
mailbox_open(uv_loop_t *loop, void (*woken)(void *context), void *context, struct mailbox **mailbox)
{
	struct mailbox *opened = must_allocate(sizeof(*opened));

	int failed = uv_async_init(loop, &opened->wake, on_wake);
	if (failed != 0) {
		log_event(LOG_ERROR, "mailbox_failed",
		          LOG_FIELDS(log_text("error", uv_strerror(failed))));
		free(opened);
		return ERR_SYSTEM;
	}
	opened->loop = loop;
	opened->wake.data = opened;
	opened->woken = woken;
	opened->context = context;
	opened->last = &opened->first;
	pthread_mutex_init(&opened->lock, NULL);
	*mailbox = opened;
	return ERR_NONE;
}

void
mailbox_post(struct mailbox *mailbox, struct mail *mail)
{
	mail->next = NULL;
	pthread_mutex_lock(&mailbox->lock);
	*mailbox->last = mail;
	mailbox->last = &mail->next;
	pthread_mutex_unlock(&mailbox->lock);
	uv_async_send(&mailbox->wake);
}

void
mailbox_wake(struct mailbox *mailbox)
{
	uv_async_send(&mailbox->wake);
}

static void
on_closed(uv_handle_t *handle)
{
	struct mailbox *mailbox = handle->data;

	mailbox->is_closed = true;
}

void
mailbox_close(struct mailbox *mailbox)
{
	mailbox_deliver(mailbox);
	uv_close((uv_handle_t *)&mailbox->wake, on_closed);
	while (!mailbox->is_closed)
		uv_run(mailbox->loop, UV_RUN_ONCE);
	pthread_mutex_destroy(&mailbox->lock);
	free(mailbox);
}
