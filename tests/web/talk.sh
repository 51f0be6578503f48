#!/bin/sh
# A program that makes replies as the test wants them: talk.sh FOLDER. What it says to the message NAME stands in the
# files FOLDER/NAME/0, 1, ..., as soon as they are there, and where it begins with a brace is said beside the reply; FOLDER/NAME/end is its exit code, and ends it. It needs jq.
# SPDX-License-Identifier: MIT

folder=$1/$(jq -r .message)
piece=0
while :; do
	if [ -e "$folder/$piece" ]; then
		case $(cat "$folder/$piece") in
		'{"'*) cat "$folder/$piece" >&"$PLAINCHAT_STATUS" && echo >&"$PLAINCHAT_STATUS" ;;
		*) cat "$folder/$piece" ;;
		esac
		piece=$((piece + 1))
	elif [ -e "$folder/end" ]; then
		exit "$(cat "$folder/end")"
	else
		sleep 0.02
	fi
done
