/*
 * The layers, put together as the configuration says: for main.c, which reads the configuration
 * and serves. The only file that knows every layer but the fronts.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_APP_ASSEMBLY_H
#define PLAINCHAT_APP_ASSEMBLY_H

#include <uv.h>

#include "app/config/config.h"
#include "chat/room.h"
#include "http/forwarded.h"
#include "http/handlers/api.h"
#include "http/render/documents.h"
#include "http/server_advice.h"
#include "responder/echo.h"
#include "responder/program.h"
#include "store/store.h"

/* Begins with all zeros. */
struct assembly {
	struct config config; /* to be read before anything is started */
	struct echo echo;
	struct program programs[CONFIG_REPLIES_MAX];
	struct room_rule rules[CONFIG_ROOMS_MAX];
	struct store_settings store;
	struct rooms rooms;
	struct proxies proxies;
	struct public_address public_address;
	struct server_advice advice;
	struct page_settings page_settings;
	struct api api;
	struct rate_limit *read_limit; /* NULL: reads are not limited */
	uv_loop_t loop;
	bool has_loop; /* as CGI there is one where programs answer or a stream is wanted */
};

/* Starts what serves one request of a CGI program. `wants_stream`: it is for a stream. In any case
 * assembly_stop and assembly_free follow. ERR_SYSTEM: logged. */
enum err MUST_CHECK
assembly_start_cgi(struct assembly *assembly, bool wants_stream);

/* Starts what serves requests of a FastCGI program, on this thread's loop and others. As above. */
enum err MUST_CHECK
assembly_start_fcgi(struct assembly *assembly);

/* When no request is read any more, unless a reader hangs: replies end, what was said is stored and
 * answered, and whoever waits or follows is told to go. On the loop's thread. False: the store does
 * not answer until `end_us` of clock_now_us or a little later, and the process must end by _exit,
 * nothing freed. */
bool MUST_CHECK
assembly_stop(struct assembly *assembly, bool has_hanging_reader, int64_t end_us);

/* When all answers have left. */
void
assembly_free(struct assembly *assembly);

#endif
