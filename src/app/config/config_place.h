/*
 * Where the configuration is looked for, and what a relative path in it means.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_APP_CONFIG_CONFIG_PLACE_H
#define PLAINCHAT_APP_CONFIG_CONFIG_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "app/config/config.h"

/* The places from 0 up, in the order in which they are looked at: beside the executable, then in a
 * folder "plainchat" beside its folder, then beside the folder above that. */
#define CONFIG_PLACE_COUNT 3

/* Writes the path of the configuration at that place into `path`, NUL-terminated. False: there can
 * be none, or, but for the first place, there is no file that belongs to whom the executable
 * belongs to: others' files are none of ours. `index` is below CONFIG_PLACE_COUNT. On any thread.
 */
bool
config_place_get(unsigned index, char *path, size_t size);

/* Makes absolute what is relative of `data` and of the programs that answer: to the folder of the
 * file, where that sets it, else to the executable's. ERR_CONFIG: too long, reported. */
enum err MUST_CHECK
config_place_resolve(struct config *config, bool is_data_of_file, config_report_function report);

#endif
