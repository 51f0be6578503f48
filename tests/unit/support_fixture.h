/*
 * Set-ups for cmocka that many tests share: the product, and an answer that is kept.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_UNIT_SUPPORT_FIXTURE_H
#define PLAINCHAT_TESTS_UNIT_SUPPORT_FIXTURE_H

#include "support.h"

/* Of the test that runs, between its set-up and its tear-down. */
extern struct stage stage;
extern struct capture capture;

/* Set-up without a store. */
int
begin_stage(void **state);

/* Set-up with the store in memory; without a thread, as a CGI program. */
int
begin_stage_with_store(void **state);

/* Tear-down of both. The test may have closed the store. */
int
end_stage(void **state);

#define WITH_STAGE(test) cmocka_unit_test_setup_teardown(test, begin_stage, end_stage)
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, begin_stage_with_store, end_stage)

#endif
