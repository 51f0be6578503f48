# shellcheck shell=sh disable=SC2154 # the variables of tests/lib.sh
# A program that answers, for the tests: what it does is the message, as a shell script. So a test says what it needs
# where it needs it, and lets the program go on by making a file. Source it before transport.sh configures.
# SPDX-License-Identifier: MIT

bots=$scratch/bots
mkdir "$bots"
cat >"$bots/script" <<-'EOT'
	#!/bin/sh
	cd "${0%/*}" || exit
	question=$(cat)
	printf '%s\n' "$question" >"asked.$$"
	mv "asked.$$" asked # several may be asked at once
	go_on_when() { until [ -e "$1" ]; do sleep 0.02; done; }
	eval "$(printf '%s\n' "$question" | jq -r .message)"
EOT
chmod 755 "$bots/script"

# reply_settings ROOM...: lines of configuration by which the program answers in these rooms.
reply_settings()
{
	printf '[reply script]\nprogram = "%s"\n' "$bots/script"
	for reply_room in "$@"; do
		printf '[room %s]\nreply = script\n' "$reply_room"
	done
}

# let_go NAME: the program goes on that waits for it.
let_go()
{
	: >"$bots/$1"
}

# reply_is ROOM EXPRESSION VALUE [WORD...]: what jq makes of the room's newest message.
reply_is()
{
	reply_wanted=$3
	reply_expression=$2
	reply_read=$1
	shift 3
	read_room "room=$reply_read&limit=1" "$@"
	[ "$(answer ".events[-1] | $reply_expression")" = "$reply_wanted" ]
}

# expect_reply ROOM EXPRESSION VALUE [WORD...]: it becomes that.
expect_reply()
{
	expect wait_for reply_is "$@" || answer '.events[-1]'
}

# begin_reply ROOM SCRIPT [WORD...]: says it, without waiting for the reply. Sets $reply_seq.
# shellcheck disable=SC2034 # for the tests
begin_reply()
{
	begin_room=$1
	begin_script=$2
	shift 2
	say "$begin_room" "$begin_script" -H 'Prefer: respond-async' "$@"
	reply_seq=$(answer .reply_seq)
}

# stop_reply ROOM SEQ [WORD...]
stop_reply()
{
	stop_body=$(jq -cn --arg room "$1" --arg seq "$2" '{$room, seq: ($seq | tonumber)}')
	shift 2
	send POST /stop -b "$stop_body" "$@"
}

# is_running NAME: the process whose number is in that file runs.
is_running()
{
	! process_is_gone "$(cat "$bots/$1")"
}

# bot_is_gone NAME: it ran, and does not any more.
bot_is_gone()
{
	[ -s "$bots/$1" ] && process_is_gone "$(cat "$bots/$1")"
}

# descriptors PID: how many it has open.
descriptors()
{
	find "/proc/$1/fd" -mindepth 1 | wc -l
}

# zombies PID: how many of its children are unburied.
zombies()
{
	ps -o stat= --ppid "$1" | awk '/^Z/ { count++ } END { print count + 0 }'
}
