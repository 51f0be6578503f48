/*
 * llm/authorities: where the certificates of the authorities are, on systems of all kinds.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llm/authorities.h"

static char found[AUTHORITIES_PATH_BYTES];

/* Makes the file below a root of its own, and says whether it is found there. */
static bool
is_found(const char *file)
{
	char root[] = "/tmp/plainchat-authorities.XXXXXX";
	char wanted[AUTHORITIES_PATH_BYTES];
	char command[2 * AUTHORITIES_PATH_BYTES];

	assert_non_null(mkdtemp(root));
	snprintf(wanted, sizeof(wanted), "%s%s", root, file);
	snprintf(command, sizeof(command), "install -D /dev/null '%s'", wanted);
	assert_int_equal(system(command), 0);
	const char *path = authorities_find(root, found);
	bool is_there = path != NULL && strcmp(path, wanted) == 0;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
	return is_there;
}

static void
the_places_of_debian_red_hat_suse_and_alpine_are_known(void **state)
{
	(void)state;
	unsetenv("SSL_CERT_FILE");
	assert_true(is_found("/etc/ssl/certs/ca-certificates.crt"));
	assert_true(is_found("/etc/pki/tls/certs/ca-bundle.crt"));
	assert_true(is_found("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"));
	assert_true(is_found("/etc/ssl/ca-bundle.pem"));
	assert_true(is_found("/etc/ssl/cert.pem"));
	assert_null(authorities_find("/nowhere", found));
}

static void
the_one_that_the_environment_names_is_taken_even_if_it_is_not_there(void **state)
{
	(void)state;
	setenv("SSL_CERT_FILE", "/nowhere/own.pem", 1);
	assert_string_equal(authorities_find("", found), "/nowhere/own.pem");
	unsetenv("SSL_CERT_FILE");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_places_of_debian_red_hat_suse_and_alpine_are_known),
		cmocka_unit_test(
			the_one_that_the_environment_names_is_taken_even_if_it_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
