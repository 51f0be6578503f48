#!/bin/sh
# A bot in five lines: greets by name, and tells the time.
# SPDX-License-Identifier: MIT
request=$(cat)
name=$(printf '%s' "$request" | jq -er '.name | ltrimstr("~")') || exit
case $(printf '%s' "$request" | jq -r .message) in
*time* | *몇*시*) date '+It is %H:%M.' ;;
*) printf 'Hello, %s! Ask me for the time.\n' "${name:-stranger}" ;; esac
