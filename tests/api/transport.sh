# shellcheck shell=sh disable=SC2154 # the variables of tests/lib.sh
# One way to send a request, whatever is in between: as CGI (no server), over FastCGI behind lighttpd, over FastCGI on
# a bare socket. The cases in tests/api/cases/ use it and hold for all three. A test sets $transport, sources tests/lib.sh
# and then this, and calls `start_transport`.
# SPDX-License-Identifier: MIT

conf=$scratch/plainchat.conf

# shellcheck source=tests/api/replies.sh
. "$source/tests/api/replies.sh"

# configure [LINE...]: what the programs of the cases are configured with: a store, some rooms, and the lines.
configure()
{
	{
		printf '%s\n' "data = ${data:-$scratch/data}" 'greeting = Willkommen <b>& 환영' "$@"
		for name in lobby quiet pages long wait; do
			printf '[room %s]\nreply = none\n' "$name"
			[ "$name" != quiet ] || echo 'title = The quiet room'
		done
		# The last one is decomposed: an e, and an accent.
		for name in talk keys other gone site again café; do
			printf '[room %s]\nreply = echo\n' "$name"
		done
		reply_settings bot
	} >"$conf"
}

# start_transport [LINE...]: what must run for $transport, with these lines of configuration.
start_transport()
{
	configure "$@"
	export PLAINCHAT_CONF="$conf"
	case $transport in
	cgi) ;;
	lighttpd) start_lighttpd "$(lighttpd_variables)" ;;
	socket) start_socket ;;
	*) bail "no such transport: $transport" ;;
	esac
}

# restart_transport [LINE...]: the same anew, with other lines.
restart_transport()
{
	case $transport in
	lighttpd) stop "$lighttpd_pid" ;;
	socket) stop "$program_pid" ;;
	esac
	start_transport "$@"
}

# lighttpd_variables: configuration by which `send -e` reaches the program through lighttpd: an authenticated user,
# https and the client's address, as a proxy in front tells them.
lighttpd_variables()
{
	# With a sign, decomposed, invisible, and with a control that turns the direction.
	printf '%s:secret\n' ada bo '~ada' zoë "$(printf '\343\205\244')" "$(printf 'a\342\200\256b')" >"$scratch/users"
	cat <<-EOF
		server.modules := ("mod_extforward", "mod_auth", "mod_authn_file") + server.modules
		extforward.forwarder = ("127.0.0.1" => "trust")
		auth.backend = "plain"
		auth.backend.plain.userfile = "$scratch/users"
		\$REQUEST_HEADER["authorization"] =~ "." {
			auth.require = ("/chat/" => ("method" => "basic", "realm" => "chat", "require" => "valid-user"))
		}
	EOF
}

# start_socket [OPTION...]: runs the program on a socket of its own. Sets $socket and $program_pid; its log is
# $scratch/program.log.
start_socket()
{
	socket=$scratch/plainchat.socket
	: >"$scratch/program.log"
	# Whoever runs the tests may have it ignored, as nohup(1) does, and the program would go on ignoring it.
	env --default-signal=HUP "$program" --listen="$socket" "$@" 2>>"$scratch/program.log" </dev/null &
	program_pid=$!
	remember "$program_pid"
	wait_for grep -q event=started "$scratch/program.log" || bail "the program does not start"
}

# send METHOD PATH [-b TEXT | -f FILE] [-t TYPE] [-l LENGTH] [-H 'Name: value']... [-e NAME=VALUE]...
#
# Sends a request to PATH behind the mount point ($mount, by default /chat/api), maybe with a query. The body is TEXT or
# the contents of FILE, labelled application/json unless -t says otherwise (-t '' for no label). -l announces another
# length than the body has ('' for none), -H adds a header, and -e is what the web server knows: REMOTE_USER, HTTPS=on,
# REMOTE_ADDR. Sets $status; `body` and `header NAME` give the rest.
send()
{
	send_method=$1
	send_path=$2
	shift 2
	: >"$scratch/request"
	send_type=
	send_length="unset"
	: >"$scratch/request.headers"
	: >"$scratch/request.variables"
	while [ $# -gt 0 ]; do
		case $1 in
		-b) printf '%s' "$2" >"$scratch/request"; send_type=application/json; send_length=body ;;
		-f) cat "$2" >"$scratch/request"; send_type=application/json; send_length=body ;;
		-t) send_type=$2 ;;
		-l) send_length=$2 ;;
		-H) printf '%s\n' "$2" >>"$scratch/request.headers" ;;
		-e) printf '%s\n' "$2" >>"$scratch/request.variables" ;;
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
	while IFS= read -r line; do
		set -- "$line" "$@"
	done <"$scratch/request.variables"
	[ "$transport" != cgi ] || set -- "PLAINCHAT_CONF=${PLAINCHAT_CONF-}" "$@"
	[ "$send_length" = unset ] || set -- "CONTENT_LENGTH=$send_length" "$@"
	[ -z "$send_type" ] || set -- "CONTENT_TYPE=$send_type" "$@"
	case $send_path in
	*\?*) set -- "QUERY_STRING=${send_path#*\?}" "$@" ;;
	esac
	send_path=${send_path%%\?*}
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
	set -- --silent --show-error --max-time 30 --dump-header "$scratch/head.raw" \
		--header 'Expect:' --header "Content-Type: $send_type" --header "@$scratch/request.headers"
	case $send_method in
	HEAD) set -- "$@" --output /dev/null --head ;; # where it would write the head
	*) set -- "$@" --output "$scratch/body" --request "$send_method" ;;
	esac
	while IFS= read -r line; do
		case $line in
		HTTPS=on) set -- "$@" --header 'X-Forwarded-For: 192.0.2.1' --header 'X-Forwarded-Proto: https' ;;
		REMOTE_USER=*) set -- "$@" --user "${line#*=}:secret" ;;
		REMOTE_ADDR=*) set -- "$@" --header "X-Forwarded-For: ${line#*=}" ;;
		*) bail "send: -e $line" ;;
		esac
	done <"$scratch/request.variables"
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
	# shellcheck source=tests/api/rooms.sh
	. "$source/tests/api/rooms.sh"
	for cases in "$source"/tests/api/cases/*.sh; do
		# shellcheck source=/dev/null
		. "$cases"
	done
}
