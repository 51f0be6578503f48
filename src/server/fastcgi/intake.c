/*
 * From bytes to requests.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/intake.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/request.h"
#include "http/route.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/fcgi_flow.h"
#include "server/fastcgi/fcgi_request.h"
#include "server/fastcgi/validation.h"

void
intake_refuse(struct connection *connection, const char *reason)
{
	log_event(LOG_WARN, "request_refused", LOG_FIELDS(log_text("reason", reason)));
	connection_close(connection);
}

/* The head is there: makes the request of it. False: it is none, and the connection is gone. */
static bool
read_head(struct connection *connection, const struct intake_settings *settings)
{
	if (connection->request != NULL) {
		/* The rest has taken its time. */
		connection->request->arrived_us = clock_now_us();
		return true;
	}
	if (fcgi_request_read_head(connection, settings->body_bytes_max, &connection->request) ==
	    ERR_NONE)
		return true;
	connection_close(connection);
	return false;
}

static void
give_request(struct connection *connection, const struct intake_settings *settings)
{
	struct request *request = connection->request;

	connection->request = NULL;
	connection->validation = (struct validation){ 0 };
	route_request(settings->api, request);
}

/* The handler asks for the body. */
static enum intake_outcome
give_flowing(struct connection *connection, const struct intake_settings *settings)
{
	connection_take(connection);
	fcgi_flow_begin(connection, settings->request_seconds);
	fcgi_flow_expect_body(connection);
	give_request(connection, settings);
	return INTAKE_FLOWS;
}

/* The body is there, or more than is taken. */
static enum intake_outcome
give_whole(struct connection *connection, const struct intake_settings *settings,
           enum validation_verdict verdict)
{
	const struct route *route = route_find(settings->api, connection->request);
	bool answer_flows = route != NULL && route->answer_flows;

	connection_take(connection);
	fcgi_request_read_body(connection, connection->request);
	buf_fini(&connection->in);
	connection->has_unread = verdict == VALIDATION_TOO_LARGE;
	if (answer_flows)
		fcgi_flow_begin(connection, settings->request_seconds);
	give_request(connection, settings);
	return answer_flows ? INTAKE_FLOWS : INTAKE_GIVEN;
}

enum intake_outcome
intake_judge(struct connection *connection, const struct intake_settings *settings)
{
	struct validation_report report = validation_check(
		&connection->validation, (const unsigned char *)connection->in.data,
		connection->in.size, settings->body_bytes_max);

	if (report.verdict == VALIDATION_REFUSED) {
		intake_refuse(connection, report.reason);
		return INTAKE_GIVEN;
	}
	if (connection->validation.head_size == 0)
		return INTAKE_WANTS_MORE;
	if (!read_head(connection, settings))
		return INTAKE_GIVEN;
	if (route_body_flows(settings->api, connection->request))
		return give_flowing(connection, settings);
	if (report.verdict == VALIDATION_INCOMPLETE)
		return INTAKE_WANTS_MORE;
	return give_whole(connection, settings, report.verdict);
}
