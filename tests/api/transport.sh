# shellcheck shell=sh disable=SC2154 # the variables of tests/lib.sh
# One way to send a request, whatever is in between: as CGI (no server), over FastCGI behind lighttpd, over FastCGI on
# a bare socket. The cases in tests/api/cases/ use it and hold for all three. A test sets $transport, sources tests/lib.sh
# and then this, and calls `start_transport`.
# SPDX-License-Identifier: MIT

# start_transport: what must run for $transport.
start_transport()
{
	case $transport in
	cgi) ;;
	lighttpd) start_lighttpd ;;
	socket) start_socket ;;
	*) bail "no such transport: $transport" ;;
	esac
}

# start_socket [OPTION...]: runs the program on a socket of its own. Sets $socket and $program_pid; its log is $scratch/program.log.
start_socket()
{
	socket=$scratch/plainchat.socket
	"$program" --listen="$socket" "$@" 2>>"$scratch/program.log" </dev/null &
	program_pid=$!
	remember "$program_pid"
	wait_for grep -q event=started "$scratch/program.log" || bail "the program does not start"
}

# send METHOD PATH [-b TEXT | -f FILE] [-t TYPE] [-l LENGTH] [-H 'Name: value']...
#
# Sends a request to PATH behind the mount point ($mount, by default /chat/api). The body is TEXT or the contents of FILE,
# labelled application/json unless -t says otherwise (-t '' for no label). -l announces another length than the body has
# ('' for none), and -H adds a header. Sets $status; `body` and `header NAME` give the rest.
send()
{
	send_method=$1
	send_path=$2
	shift 2
	: >"$scratch/request"
	send_type=
	send_length="unset"
	: >"$scratch/request.headers"
	while [ $# -gt 0 ]; do
		case $1 in
		-b) printf '%s' "$2" >"$scratch/request"; send_type=application/json; send_length=body ;;
		-f) cat "$2" >"$scratch/request"; send_type=application/json; send_length=body ;;
		-t) send_type=$2 ;;
		-l) send_length=$2 ;;
		-H) printf '%s\n' "$2" >>"$scratch/request.headers" ;;
		*) bail "send: $1" ;;
		esac
		shift 2
	done
	[ "$send_length" != body ] || send_length=$(wc -c <"$scratch/request")
	: >"$scratch/head"
	: >"$scratch/body"
	case $transport in
	lighttpd) send_by_curl ;;
	cgi) send_by_variables "$program" ;;
	socket) send_by_variables "$(command -v cgi-fcgi || echo cgi-fcgi)" -bind -connect "$socket" ;;
	esac
}

# send_by_variables COMMAND...: a web server's part in CGI: the request as environment and standard input.
send_by_variables()
{
	# The words of the command come last; each pass puts one variable before them.
	while IFS= read -r line; do
		set -- "HTTP_$(printf '%s' "${line%%:*}" | tr 'a-z-' 'A-Z_')=${line#*: }" "$@"
	done <"$scratch/request.headers"
	[ "$send_length" = unset ] || set -- "CONTENT_LENGTH=$send_length" "$@"
	[ -z "$send_type" ] || set -- "CONTENT_TYPE=$send_type" "$@"
	[ -z "$send_path" ] || set -- "PATH_INFO=$send_path" "$@"
	[ -z "$send_method" ] || set -- "REQUEST_METHOD=$send_method" "$@"
	env -i PATH="$PATH" GATEWAY_INTERFACE=CGI/1.1 SERVER_PROTOCOL=HTTP/1.1 \
		SCRIPT_NAME="${mount-/chat/api}" "$@" <"$scratch/request" >"$scratch/answer" 2>>"$scratch/program.log"
	sed '/^\r*$/q' "$scratch/answer" | tr -d '\r' >"$scratch/head"
	sed '1,/^\r*$/d' "$scratch/answer" >"$scratch/body"
	status=$(sed -n 's/^Status: \([0-9]*\).*/\1/p' "$scratch/head")
}

send_by_curl()
{
	set -- --silent --show-error --max-time 20 --dump-header "$scratch/head.raw" \
		--header 'Expect:' --header "Content-Type: $send_type" --header "@$scratch/request.headers"
	case $send_method in
	HEAD) set -- "$@" --output /dev/null --head ;; # where it would write the head
	*) set -- "$@" --output "$scratch/body" --request "$send_method" ;;
	esac
	if [ "$send_length" != unset ]; then
		set -- "$@" --data-binary "@$scratch/request"
	fi
	curl "$@" "$url${mount-/chat/api}$send_path"
	tr -d '\r' <"$scratch/head.raw" >"$scratch/head"
	status=$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$scratch/head")
}

# body: the body of the last answer.
body()
{
	cat "$scratch/body"
}

# header NAME: the value of a header of the last answer.
header()
{
	sed -n "s/^$1: //Ip" "$scratch/head"
}

# expect_problem STATUS CODE: the last answer is that problem, as a whole document.
expect_problem()
{
	expect_equal "$1" "$status"
	expect_equal application/problem+json "$(header Content-Type)"
	expect_equal "about:blank $1 $2 true true" "$(jq -r '[.type, .status, .code,
		(.title | length > 0), (.detail | length > 0)] | map(tostring) | join(" ")' "$scratch/body")"
}

# run_cases: all of them.
run_cases()
{
	for cases in "$source"/tests/api/cases/*.sh; do
		# shellcheck source=/dev/null
		. "$cases"
	done
}
