#!/bin/sh
# Part of `make bench`: replies by a program, through lighttpd and the store (durability = power,
# the default; BENCH_DURABILITY).
#
#     first  the time from a post to the first part at a follower, next to the same program on pipes
#     parts  a program that writes a line every 5 ms, to 1, 10 and 100 followers, one reply and
#            eight at once: parts, which are merged over 75 ms, and bytes per second, and the time
#            from the writing of a line to its receipt
#     cost   100 replies at once: memory and threads here, and the rate of the stored echo beside
#            them, silent ones and ones that talk, next to its rate alone
#
#     BENCH_REPLIES="first parts cost" BENCH_AT_ONCE=100
#
# SPDX-License-Identifier: MIT

# shellcheck source-path=SCRIPTDIR source=common.sh
. "${srcdir:-.}/tests/bench/common.sh"

sections=${BENCH_REPLIES:-first parts cost}
at_once=${BENCH_AT_ONCE:-100}
bot=$programs/bot
lines_file=$scratch/lines
cost_file=$scratch/cost
pause_ms=5
stream_lines=$((seconds * 1000 / pause_ms))
talk_ms=50

command -v wrk >/dev/null || bail "wrk is not installed; on Debian: apt-get install wrk"
need "$program" "$bot" "$programs/replies" "$programs/disk"

conf=$(configure replies "durability = ${BENCH_DURABILITY:-power}" "replies = $at_once" \
	'streams_per_client = 1000' 'replies_per_client = 0' '[room bench]' 'reply = echo' \
	'[room first]' 'reply = once' '[room parts]' 'reply = stream' \
	'[room silent]' 'reply = silent' '[room talking]' 'reply = talking' \
	'[reply once]' "program = \"$bot\" \"$lines_file\" 1 0" \
	'[reply stream]' "program = \"$bot\" \"$lines_file\" $stream_lines $pause_ms" \
	'[reply silent]' "program = \"$bot\" \"$cost_file\" 0 0" \
	'[reply talking]' "program = \"$bot\" \"$cost_file\" 1000000 $talk_ms")
start_lighttpd "$(backend /replies "$program" PLAINCHAT_CONF "$conf")"
plainchat_pid=$(child_process "$program" "PLAINCHAT_CONF=$conf") || exit
truncate -s 1M "$cost_file"

# --- what is asked ---

# post ROOM HEADER TEXT [TIMES]: says the text so often; prints the answers.
post()
{
	curl -s -f -H 'Content-Type: application/json' -H "$2" \
		-d "{\"message\":\"$3\",\"room\":\"$1\"}" "$url/replies?[1-${4:-1}]"
}

# last_event ROOM: prints the number of the room's last event.
last_event()
{
	curl -s -f "$url/replies/events?room=$1&limit=1" |
		sed -n 's/.*"next":\([0-9]*\)[,}].*/\1/p' | grep . ||
		bail "the room $1 cannot be read"
}

# follow ROOM OPTION...: runs the program `replies` with the room.
follow()
{
	followed=$1
	shift
	"$programs/replies" --port="$port" --follow="/replies/events?room=$followed" \
		--post=/replies --body="{\"message\":\"what do you say?\",\"room\":\"$followed\"}" \
		--file="$lines_file" "$@" >"$scratch/run" ||
		bail "replies were not followed: $(tail -n 3 "$scratch/lighttpd.log")"
}

# --- first: the first part ---

run_first()
{
	runs=$((50 * seconds))
	"$programs/disk" "$scratch/disk" "$runs" >"$scratch/run" || bail "the disk fails"
	sed "s/^/name=disk round=$1 /" "$scratch/run" >>"$scratch/results"
	follow first --runs="$runs" --pipe "$bot" "$lines_file" 1 0
	sed "s/^/name=first round=$1 /" "$scratch/run" >>"$scratch/results"
}

# --- parts: many of them ---

run_parts()
{
	for replies in 1 8; do
		for followers in 1 10 100; do
			before=$(last_event parts) || exit
			follow parts --followers="$followers" --at-once="$replies" \
				--lines="$stream_lines"
			after=$(last_event parts) || exit
			# Each reply has three events more: the message, its own, and its end.
			sed "s/^/name=parts round=$1 size=$followers at_once=$replies parts=$((
				after - before - 3 * replies)) /" "$scratch/run" >>"$scratch/results"
		done
	done
}

# --- cost: a hundred at once ---

# bots: prints the process ids of those that run.
bots()
{
	for child in $(ps -o pid= --ppid "$plainchat_pid"); do
		[ "$(readlink "/proc/$child/exe")" != "$(readlink -f "$bot")" ] || echo "$child"
	done
}

are_running()
{
	[ "$(bots | wc -l)" -eq "$1" ]
}

# begin_replies ROOM: begins so many as there may be at once. Each gets as much history as the
# room has. Their numbers are in $scratch/begun.
begin_replies()
{
	post "$1" 'Prefer: respond-async' "$long_text" "$at_once" | grep -o '"reply_seq":[0-9]*' |
		cut -d : -f 2 >"$scratch/begun"
	wait_for are_running "$at_once" || bail "not $at_once programs run: $(
		tail -n 3 "$scratch/lighttpd.log")"
}

stop_replies()
{
	next_request=
	while read -r reply; do
		printf '%surl = "%s"\ndata = "{\\"room\\":\\"%s\\",\\"seq\\":%d}"\n' \
			"$next_request" "$url/replies/stop" "$1" "$reply"
		printf 'header = "Content-Type: application/json"\noutput = "%s"\n' \
			"$scratch/stopped"
		next_request="next
"
	done <"$scratch/begun" >"$scratch/stop"
	curl -s -K "$scratch/stop" || bail "replies could not be stopped"
	wait_for are_running 0 || bail "programs were not stopped"
}

# held NAME ROUND [PID...]: what our process holds, and the programs, in kB. Not the proportional
# share of ours: the programs take over shares of the C library.
held()
{
	held=$1
	held_round=$2
	shift 2
	echo "memory name=$held round=$held_round" \
		"$(awk '/^Rss:/ { printf "resident_kb=%d ", $2 }
			/^Anonymous:/ { printf "own_kb=%d ", $2 }' "/proc/$plainchat_pid/smaps_rollup")" \
		"threads=$(awk '/^Threads:/ { print $2 }' "/proc/$plainchat_pid/status")" \
		"$(for process; do
			cat "/proc/$process/smaps_rollup"
		done | awk '/^Pss:/ { share += $2 } END { printf "programs_kb=%d", share }')" \
		>>"$scratch/results"
}

# echo_beside NAME ROUND: the rate of the stored echo.
echo_beside()
{
	result=$(drive /replies say_stored.lua 32 "$seconds") || exit
	echo "name=echo beside=$1 round=$2 $result" >>"$scratch/results"
}

# renew: our process begins anew, since one that has been busy has room for much; what any process
# comes to hold that is asked is there.
renew()
{
	stop "$plainchat_pid" || bail "plainchat does not end"
	wait_for post bench 'Accept: application/json' django >"$scratch/first" ||
		bail "plainchat is not started again: $(tail -n 3 "$scratch/lighttpd.log")"
	plainchat_pid=$(child_process "$program" "PLAINCHAT_CONF=$conf") || exit
	drive /replies say_stored.lua 32 1 >"$scratch/run" || exit
}

cost_of()
{
	case $1 in
	alone)
		echo_beside alone "$2"
		;;
	silent)
		renew
		held before "$2"
		begin_replies silent
		# shellcheck disable=SC2046 # words
		held during "$2" $(bots)
		echo_beside silent "$2"
		stop_replies silent
		;;
	talking)
		begin_replies talking
		before=$(last_event talking) || exit
		echo_beside talking "$2"
		echo "name=talk round=$2 parts=$(($(last_event talking) - before))" \
			"seconds=$seconds" >>"$scratch/results"
		stop_replies talking
		;;
	esac
}

run_cost()
{
	order="alone silent talking"
	[ $(($1 % 2)) -eq 1 ] || order="talking silent alone"
	for beside in $order; do
		cost_of "$beside" "$1"
	done
}

# --- the rounds ---

# As much history as a reply gets.
long_text=$(printf '%0700d' 0)
post bench 'Accept: application/json' django >"$scratch/first" ||
	bail "plainchat does not answer: $(tail -n 3 "$scratch/lighttpd.log")"

printf '\nreplies by a program: %s; %s rounds, load average before: %s\n' "$sections" "$rounds" \
	"$(cut -d ' ' -f 1 /proc/loadavg)"
round=1
while [ "$round" -le "$rounds" ]; do
	for section in $sections; do
		case $section in
		first | parts | cost) "run_$section" "$round" ;;
		*) bail "BENCH_REPLIES: there is no section \"$section\"" ;;
		esac
	done
	round=$((round + 1))
done

BENCH_AT_ONCE=$at_once report report_replies.awk "$scratch/results"
