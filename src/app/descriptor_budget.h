/*
 * How far the configured numbers of connections and streams go with the descriptors that the
 * process may have. Streams must not take those that posts need.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_APP_DESCRIPTOR_BUDGET_H
#define PLAINCHAT_APP_DESCRIPTOR_BUDGET_H

#include <stddef.h>

#include "app/config/config.h"

/* Lowers `streams`, `streams_per_client` and `connections` of the configuration to what so many
 * descriptors allow, and logs a line if it has. Each stays at least 1. Before there are threads. */
void
descriptor_budget_apply(struct config *config, size_t descriptors);

#endif
