/*
 * Where a system keeps the certificates of the authorities that it trusts. libcurl as a
 * distribution builds it knows that; built to run anywhere, it does not.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_AUTHORITIES_H
#define PLAINCHAT_LLM_AUTHORITIES_H

/* Bytes of a path below `root`, which is "" but in tests, with its NUL. */
#define AUTHORITIES_PATH_BYTES 256

/* The file of certificates in PEM: $SSL_CERT_FILE, or the first of the known places that can be
 * read; written into `path`, which is returned. NULL: there is none. Callable on any thread while
 * the environment does not change. */
const char *
authorities_find(const char *root, char path[AUTHORITIES_PATH_BYTES]);

/* The same, or NULL where libcurl was built with a place of its own. */
const char *
authorities_for_curl(char path[AUTHORITIES_PATH_BYTES]);

#endif
