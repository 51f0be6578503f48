# shellcheck shell=sh disable=SC2154 # the variables of tests/lib.sh and tests/api/transport.sh
# Rooms, for the tests of the API: saying and reading through `send` (any transport), following with curl ($url), and
# what is in the store. Source it after tests/api/transport.sh.
# SPDX-License-Identifier: MIT

# --- through `send` ---

# say ROOM TEXT [WORD...]: says it in the room ("" for none); the other words are send's.
say()
{
	jq -cn --arg room "$1" --arg message "$2" \
		'{$message} + if $room == "" then {} else {$room} end' >"$scratch/said"
	shift 2
	send POST '' -f "$scratch/said" "$@"
}

# fill ROOM FIRST LAST: says the numbers from FIRST to LAST.
fill()
{
	for n in $(seq "$2" "$3"); do
		send POST '' -b "{\"room\":\"$1\",\"message\":\"$n\"}"
		[ "$status" = 200 ] || fail "message $n: $status $(tail -n 1 "$scratch/program.log" 2>&1)"
	done
}

# read_room QUERY [WORD...]
read_room()
{
	read_query=$1
	shift
	send GET "/events?$read_query" "$@"
}

# answer EXPRESSION: what jq makes of the last answer.
answer()
{
	jq -rc "$1" "$scratch/body"
}

# texts: those of the events in the last answer; of events without one, the kind or the state.
texts()
{
	answer '[.events[] | .text // (if .kind == "message" then .state else .kind end)] | join(" ")'
}

# newest_seq ROOM [WORD...]: the number of its last event.
newest_seq()
{
	read_newest_room=$1
	shift
	read_room "room=$read_newest_room&limit=1" "$@"
	answer .next
}

# open_session: a visitor that has not been here. Sets $cookie, for a header Cookie.
open_session()
{
	send GET /events
	cookie=$(header Set-Cookie)
	cookie=${cookie%%;*}
}

# store_has TEXT: it stands in some file of the store.
store_has()
{
	grep -rqF -- "$1" "${data:-$scratch/data}"
}

# read_aside QUERY [WORD...]: begins to read, beside what the test goes on with. Sets $aside_pid. Once it is over,
# $scratch/aside/done is there, and $scratch/aside/body has the answer.
read_aside()
{
	rm -rf "$scratch/aside"
	mkdir "$scratch/aside"
	scratch=$scratch/aside read_and_tell "$@" &
	aside_pid=$!
}

read_and_tell()
{
	read_room "$@"
	: >"$scratch/done"
}

# expect_aside TEXTS: what was read is this.
expect_aside()
{
	expect wait_for test -e "$scratch/aside/done"
	wait "$aside_pid"
	expect_equal "$1" "$(jq -r '[.events[].text] | join(" ")' "$scratch/aside/body")"
}

# --- following, with curl ---

# follow FILE QUERY [WORD...]: writes a stream to FILE, until it is stopped. Sets $follower_pid. The words are curl's.
follow()
{
	follow_file=$1
	follow_query=$2
	shift 2
	: >"$follow_file"
	curl --silent --no-buffer --header 'Accept: text/event-stream' --dump-header "$follow_file.head" \
		"$@" "${api:-$url/chat/api}/events?$follow_query" >>"$follow_file" &
	follower_pid=$!
	remember "$follower_pid"
}

# has_hello FILE: the stream has begun.
has_hello()
{
	grep -q '^event: hello' "$1"
}

# follow_from_now FILE QUERY [WORD...]: the same, and waits until it has begun.
follow_from_now()
{
	follow "$@"
	wait_for has_hello "$1" || fail "no hello: $(cat "$1" "$1.head")"
}

# forget PID: it has ended, and its number may be another process's by now.
forget()
{
	forget_pids=
	for forget_pid in $running_pids; do
		[ "$forget_pid" = "$1" ] || forget_pids="$forget_pids $forget_pid"
	done
	running_pids=$forget_pids
}

# cut_off PID...: ends followers at once, as a client that is switched off.
cut_off()
{
	for cut_pid in "$@"; do
		kill -KILL "$cut_pid" 2>/dev/null
		wait "$cut_pid" 2>/dev/null
		forget "$cut_pid"
	done
}

# events_of FILE: a line for each event that has come whole (an empty line ends it), as a browser counts them: the number
# in its id (which is the epoch, "-" and that), kind, data; "-" for no id.
events_of()
{
	awk '
		/^id: /    { id = substr($0, 5); sub(/^[0-9a-f]+-/, "", id) }
		/^event: / { kind = substr($0, 8) }
		/^data: /  { data = substr($0, 7) }
		/^$/       { if (data != "") print (id == "" ? "-" : id) "\t" kind "\t" data; id = kind = data = "" }
	' "$1"
}

# ids_of FILE: those of the stored events, a line each.
ids_of()
{
	events_of "$1" | sed -n 's/^\([0-9][0-9]*\)\t.*/\1/p'
}

# last_id FILE [DEFAULT]
last_id()
{
	last_id_found=$(ids_of "$1" | tail -n 1)
	echo "${last_id_found:-${2:-}}"
}

# has_id FILE NUMBER: that event has come.
has_id()
{
	grep -Eq "^id: ([0-9a-f]+-)?$2\$" "$1"
}

# is_gapless FIRST LAST FILE: the numbers in FILE are those from FIRST to LAST, each once, in order.
is_gapless()
{
	awk -v first="$1" -v last="$2" 'BEGIN { n = first } $1 != n { bad = 1; exit } { n++ }
		END { exit bad || n != last + 1 }' "$3"
}

# post_many ROOM COUNT [WORD...]: says "m", COUNT times, one after the other. The answers go to standard output, a line
# each. The words are curl's.
post_many()
{
	post_room=$1
	post_count=$2
	shift 2
	curl --silent --header 'Content-Type: application/json' --write-out '\n' "$@" \
		--data "{\"room\":\"$post_room\",\"message\":\"m\"}" "${api:-$url/chat/api}?n=[1-$post_count]"
}

# status_of WORD...: the status that curl sees.
status_of()
{
	curl --silent --output "$scratch/status.body" --dump-header "$scratch/status.head" --write-out '%{http_code}' "$@"
}

# health: its status, over $api or $url.
health()
{
	status_of "${api:-$url/chat/api}/health"
}
