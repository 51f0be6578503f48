/*
 * Counting handles until they are closed.
 *
 * SPDX-License-Identifier: MIT
 */
#include "loop/handles.h"

void
handles_add(struct handles *handles)
{
	handles->count++;
}

static void
on_closed(uv_handle_t *handle)
{
	struct handles *handles = handle->data;

	if (--handles->count == 0 && handles->closed != NULL)
		handles->closed(handles);
}

void
handles_close(struct handles *handles, uv_handle_t *handle)
{
	if (uv_is_closing(handle))
		return;
	handle->data = handles;
	uv_close(handle, on_closed);
}

void
handles_wait(const struct handles *handles, uv_loop_t *loop)
{
	while (handles->count > 0)
		uv_run(loop, UV_RUN_ONCE);
}
