#!/bin/sh
# What the program never does, for tests of the page: a CGI program that goes wrong as the message tells it to.
# tests/web/page.test copies it next to a page of its own; it needs jq.
#
#     slow ...     answered once the file "go" stands next to this one (or 20 s have passed)
#     html         200, but a page instead of JSON             empty       200, but JSON without a message
#     later        503 with Retry-After as a date, 7 s from now by the server's own clock, which is wrong
#     bad gateway  502 in HTML, as a proxy says it             busy        503 with Retry-After
#     bad gateway until go   502 as long as that file is not there
#     slow the second time   502 at once, then once "go" stands there; "again" stands there from the second time on
#     unknown      418 with a code that the page cannot know   where       answered with the path of this program
#     anything else is answered as it should be
#
# SPDX-License-Identifier: MIT

problem()
{
	printf 'Status: %s Problem\r\nContent-Type: application/problem+json\r\n' "$1"
	[ -z "${4:-}" ] || printf 'Retry-After: %s\r\n' "$4"
	printf '\r\n'
	jq -n --argjson status "$1" --arg code "$2" --arg detail "$3" '
		{type: "about:blank", title: "Problem", $status, $code, $detail}'
}

html()
{
	printf 'Status: %s\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html><h1>%s</h1>\n' "$1" "$1"
}

# It keeps nothing: there are no rooms and no events to be read.
if [ "$REQUEST_METHOD" != POST ] || [ -n "${PATH_INFO:-}" ]; then
	problem 404 path_unknown 'There is nothing at this path.'
	exit
fi
message=$(jq -j .message)
folder=$(dirname "$SCRIPT_FILENAME")
case $message in
'slow the second time')
	if [ ! -e "$folder/tried" ]; then
		touch "$folder/tried"
		html '502 Bad Gateway'
		exit
	fi
	touch "$folder/again"
	;;
esac
case $message in
slow*)
	rounds=0
	until [ -e "$folder/go" ] || [ "$rounds" -ge 1000 ]; do
		rounds=$((rounds + 1))
		sleep 0.02
	done
	;;
esac
if [ "$message" = 'bad gateway until go' ] && [ ! -e "$folder/go" ]; then
	html '502 Bad Gateway'
	exit
fi
case $message in
html) html '200 OK' ;;
'bad gateway' | 'slow the second time') html '502 Bad Gateway' ;;
empty) printf 'Content-Type: application/json\r\n\r\n{}' ;;
later) printf 'Date: Sun, 06 Nov 1994 08:49:30 GMT\r\n' && problem 503 overloaded 'Too much to do.' 'Sun, 06 Nov 1994 08:49:37 GMT' ;;
busy) problem 503 overloaded 'Too much to do.' 7 ;;
unknown) problem 418 teapot 'Only tea is served here.' ;;
*)
	reply="received $message"
	[ "$message" != where ] || reply=$SCRIPT_NAME
	printf 'Content-Type: application/json\r\n\r\n'
	jq -n --arg message "$reply" '{$message}'
	;;
esac
