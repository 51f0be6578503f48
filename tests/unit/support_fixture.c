/*
 * Shared set-ups; see support_fixture.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_fixture.h"

struct stage stage;
struct capture capture;

int
begin_stage(void **state)
{
	(void)state;
	stage_init(&stage);
	capture_init(&capture);
	return 0;
}

int
begin_stage_with_store(void **state)
{
	begin_stage(state);
	stage_open_store(&stage, false);
	return 0;
}

int
end_stage(void **state)
{
	(void)state;
	capture_fini(&capture);
	if (stage.rooms.store_pool != NULL)
		stage_close_store(&stage);
	return 0;
}
