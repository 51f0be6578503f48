# shellcheck shell=sh disable=SC2034,SC2154
# What tests of plainchat-llm share: the fake endpoint, and asking it.
#
#     . "${srcdir:-.}/tests/lib.sh"
#     . "$source/tests/llm/endpoint.sh"
#     start_endpoint
#     ask normal
#     expect_equal 0 "$status"
#
# SPDX-License-Identifier: MIT

bridge=${PLAINCHAT_LLM:-$build/src/plainchat-llm}
input='{"room":"lobby","name":"Ada","message":"hi","history":[]}'

# A site's own settings must not change what is tested.
unset PLAINCHAT_LLM_KEY http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

# start_endpoint: sets $endpoint, its address; tests/llm/fake_endpoint.c says what it leaves in $scratch/endpoint.
start_endpoint()
{
	mkdir "$scratch/endpoint"
	"$build/tests/llm/fake_endpoint" "$scratch/endpoint" &
	remember $!
	wait_for test -s "$scratch/endpoint/port" || bail "the fake endpoint does not start"
	endpoint=http://127.0.0.1:$(cat "$scratch/endpoint/port")
}

# ask SCENARIO [OPTION...]: has the bridge reply to $input. Sets $status; the reply is in $scratch/reply, stderr in
# $scratch/errors.
ask()
{
	scenario=$1
	shift
	printf '%s' "$input" |
		"$bridge" --url="$endpoint/$scenario/v1" "$@" >"$scratch/reply" 2>"$scratch/errors"
	status=$?
}

# start_asking SCENARIO [OPTION...]: the same, and goes on; sets $bridge_pid.
start_asking()
{
	scenario=$1
	shift
	printf '%s' "$input" >"$scratch/input"
	"$bridge" --url="$endpoint/$scenario/v1" "$@" \
		<"$scratch/input" >"$scratch/reply" 2>"$scratch/errors" &
	bridge_pid=$!
	remember $!
}

# request_count: how many requests the endpoint has got.
request_count()
{
	grep -c ' asked$' "$scratch/endpoint/log"
}

# is_asked_after COUNT: there was another request since there were so many.
is_asked_after()
{
	[ "$(request_count)" -gt "$1" ]
}

# last_request: the last one, head and body.
last_request()
{
	cat "$scratch/endpoint/$(request_count).request"
}

# last_body: the JSON of the last request.
last_body()
{
	last_request | sed '1,/^\r*$/d'
}

# last_is SCENARIO WORD: what the endpoint's log says last.
last_is()
{
	[ "$(tail -n 1 "$scratch/endpoint/log" | cut -d ' ' -f 2-)" = "$1 $2" ]
}

# fails SCENARIO STATUS PATTERN [OPTION...]: asking fails like that, with one line of printable ASCII on stderr.
fails()
{
	scenario=$1
	wanted=$2
	pattern=$3
	shift 3
	ask "$scenario" "$@"
	expect_equal "$scenario $wanted" "$scenario $status"
	expect_match "^plainchat-llm: .*$pattern" "$(cat "$scratch/errors")"
	expect_equal 1 "$(wc -l <"$scratch/errors")"
	expect_equal '' "$(tr -d '\n -~' <"$scratch/errors")"
}
