/*
 * The places are those of Debian, Fedora and Red Hat, SUSE, and Alpine, as OpenSSL's users know
 * them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/authorities.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const places[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

const char *
authorities_find(const char *root, char path[AUTHORITIES_PATH_BYTES])
{
	const char *chosen = getenv("SSL_CERT_FILE");

	/* One that was chosen and cannot be read is no reason to trust others. */
	if (chosen != NULL && chosen[0] != '\0') {
		snprintf(path, AUTHORITIES_PATH_BYTES, "%s", chosen);
		return path;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, AUTHORITIES_PATH_BYTES, "%s%s", root, places[i]);
		if (access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

const char *
authorities_for_curl(char path[AUTHORITIES_PATH_BYTES])
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

	return curl->cainfo != NULL || curl->capath != NULL ? NULL : authorities_find("", path);
}
