# shellcheck shell=sh disable=SC2154
# Methods and paths: what there is, and what is said of all the rest.
# SPDX-License-Identifier: MIT

it "tells that it is healthy"
send GET /health
expect_equal 200 "$status"
expect_equal application/json "$(header Content-Type)"
expect_equal '{"status":"ok"}' "$(body)"

it "answers HEAD like GET, without the body"
send HEAD /health
expect_equal 200 "$status"
expect_equal application/json "$(header Content-Type)"
expect_equal 15 "$(header Content-Length)"
expect_equal 0 "$(wc -c <"$scratch/body")"

it "tells by OPTIONS which methods a path has"
send OPTIONS ''
expect_equal 204 "$status"
expect_equal 'POST, OPTIONS' "$(header Allow)"
expect_equal 0 "$(wc -c <"$scratch/body")"
send OPTIONS /health
expect_equal 'GET, HEAD, OPTIONS' "$(header Allow)"

it "refuses another method and names those it takes: 405 method_not_allowed"
for method in GET PUT DELETE PATCH; do
	send "$method" ''
	expect_problem 405 method_not_allowed
	expect_equal 'POST, OPTIONS' "$(header Allow)"
done
send POST /health -b '{}'
expect_problem 405 method_not_allowed
expect_equal 'GET, HEAD, OPTIONS' "$(header Allow)"

it "refuses HEAD where there is no GET, without a body"
send HEAD ''
expect_equal 405 "$status"
expect_equal 0 "$(wc -c <"$scratch/body")"

it "says of any other path that there is nothing: 404 path_unknown"
for path in /nothing /health/ /healthy; do
	send GET "$path" -H 'Accept: text/html'
	expect_problem 404 path_unknown
done
