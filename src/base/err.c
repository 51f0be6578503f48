/*
 * Names of the error values, for log lines. Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/err.h"

const char *
err_name(enum err err)
{
	switch (err) {
	case ERR_NONE: return "none";
	case ERR_TOO_LARGE: return "too_large";
	case ERR_SYNTAX: return "syntax";
	case ERR_TRUNCATED: return "truncated";
	case ERR_PEER_GONE: return "peer_gone";
	case ERR_SYSTEM: return "system";
	case ERR_CONFIG: return "config";
	case ERR_STORE: return "store";
	}
	return "unknown";
}
