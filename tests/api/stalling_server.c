/*
 * The program as it is, but for its store, which stalls: each operation waits as long as there is
 * the file that PLAINCHAT_TEST_STALL names, and for up to PLAINCHAT_TEST_DELAY_MS milliseconds at
 * random. It ends at once if its event loop calls the store. The other sources of the program are
 * compiled for it with another engine's name (Makefile.am). Any test takes it as PLAINCHAT_PROGRAM.
 *
 * SPDX-License-Identifier: MIT
 */
#undef store_sqlite

#include <stdlib.h>

#include "../unit/support_stall.h"
#include "store/sqlite/engine.h"

static void __attribute__((constructor)) set_up(void)
{
	const char *delay = getenv("PLAINCHAT_TEST_DELAY_MS");

	store_stalling_use(&store_sqlite);
	store_stalling_hold_by(getenv("PLAINCHAT_TEST_STALL"));
	store_stalling_delay(delay == NULL ? 0 : (unsigned)strtoul(delay, NULL, 10));
	/* As CGI there is no other thread. */
	if (getenv("GATEWAY_INTERFACE") == NULL)
		store_stalling_forbid(true);
}
