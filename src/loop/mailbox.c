/*
 * Mail for the loop's thread: a list under a lock, and a uv_async_t that wakes the loop.
 *
 * SPDX-License-Identifier: MIT
 */
#include "loop/mailbox.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "loop/handles.h"

struct mailbox {
	uv_loop_t *loop;
	uv_async_t wake;
	void (*woken)(void *context);
	void *context;
	struct handles handles;
	pthread_mutex_t lock;
	struct list posted; /* guarded by the lock */
};

void
mailbox_deliver(struct mailbox *mailbox)
{
	struct list_link *link;
	struct list taken;

	/* Only these: what is posted while they are delivered waits for the next time. */
	pthread_mutex_lock(&mailbox->lock);
	list_take_all(&mailbox->posted, &taken);
	pthread_mutex_unlock(&mailbox->lock);
	while ((link = list_take_first(&taken)) != NULL) {
		struct mail *mail = OWNER_OF(link, struct mail, link);
		mail->deliver(mail);
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
	handles_add(&opened->handles);
	list_init(&opened->posted);
	pthread_mutex_init(&opened->lock, NULL);
	*mailbox = opened;
	return ERR_NONE;
}

void
mailbox_post(struct mailbox *mailbox, struct mail *mail)
{
	pthread_mutex_lock(&mailbox->lock);
	list_add_last(&mailbox->posted, &mail->link);
	pthread_mutex_unlock(&mailbox->lock);
	uv_async_send(&mailbox->wake);
}

void
mailbox_wake(struct mailbox *mailbox)
{
	uv_async_send(&mailbox->wake);
}

void
mailbox_close(struct mailbox *mailbox)
{
	mailbox_deliver(mailbox);
	handles_close(&mailbox->handles, (uv_handle_t *)&mailbox->wake);
	handles_wait(&mailbox->handles, mailbox->loop);
	pthread_mutex_destroy(&mailbox->lock);
	free(mailbox);
}
