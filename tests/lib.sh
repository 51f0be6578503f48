# shellcheck shell=sh
# What every shell test shares: TAP output, waiting, servers, cleaning up. A test sources it and ends with `finish`:
#
#     . "${srcdir:-.}/tests/lib.sh"
#     start_lighttpd
#     it "redirects the root to the chat"
#     expect_equal 302 "$(curl -s -o "$scratch/out" -w '%{http_code}' "$url/")"
#     finish
#
# Provided: $source (top of the source tree), $build (top of the build tree), $program, $scratch (removed at the end).
# SPDX-License-Identifier: MIT

LC_ALL=C.UTF-8
export LC_ALL

source=$(cd "${srcdir:-.}" && pwd)
build=${builddir:+$(cd "$builddir" && pwd)}
build=${build:-$(pwd)}
program=${PLAINCHAT_PROGRAM:-$build/src/plainchat}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/plainchat-test.XXXXXX")

# Tests post and read faster than people do; where that is what is tested they unset it.
PLAINCHAT_POSTS_BURST=0
PLAINCHAT_READS_BURST=0
export PLAINCHAT_POSTS_BURST PLAINCHAT_READS_BURST

# Whoever tries the program in the tree has a plainchat.conf beside it, which is not meant here.
PLAINCHAT_CONF=$scratch/empty.conf
: >"$PLAINCHAT_CONF"
export PLAINCHAT_CONF

case_count=0
case_name=
case_expectations=0
case_failures=0
any_failed=no
running_pids=

# --- TAP ---

# it SENTENCE: what follows, up to the next `it`, shows that the sentence is true.
it()
{
	close_case
	bail_if_lost
	case_name=$1
	case_expectations=0
	case_failures=0
}

close_case()
{
	if [ -z "$case_name" ]; then
		# What failed before the first case, or between two.
		[ "$case_failures" -eq 0 ] || any_failed=yes
		return 0
	fi
	case_count=$((case_count + 1))
	if [ "$case_expectations" -eq 0 ]; then
		echo "# nothing was expected of this case"
		case_failures=1
	fi
	if [ "$case_failures" -eq 0 ]; then
		echo "ok $case_count - $case_name"
	else
		echo "not ok $case_count - $case_name"
		any_failed=yes
	fi
	case_name=
}

# finish: ends the last case, prints the plan, and exits.
finish()
{
	close_case
	echo "1..$case_count"
	[ "$any_failed" = no ]
	exit
}

# bail REASON: the test cannot go on at all.
bail()
{
	echo "Bail out! $*"
	exit 99
}

fail()
{
	case_failures=$((case_failures + 1))
	printf '%s\n' "$*" | sed 's/^/# /'
}

# expect COMMAND...: the command succeeds.
expect()
{
	case_expectations=$((case_expectations + 1))
	"$@" || fail "failed: $*"
}

# expect_not COMMAND...: the command fails.
expect_not()
{
	case_expectations=$((case_expectations + 1))
	if "$@"; then
		fail "succeeded: $*"
	fi
}

# expect_equal EXPECTED ACTUAL
expect_equal()
{
	case_expectations=$((case_expectations + 1))
	[ "$1" = "$2" ] || fail "expected: $1
actual:   $2"
}

# expect_match PATTERN TEXT: TEXT holds a line that matches the extended regular expression.
expect_match()
{
	case_expectations=$((case_expectations + 1))
	printf '%s\n' "$2" | grep -Eq -- "$1" || fail "expected a match of: $1
actual: $2"
}

# milliseconds: of a clock.
milliseconds()
{
	date +%s%3N
}

# --- waiting ---

# comes_true COMMAND...: runs it until it succeeds. Fails after a minute, which no machine is too busy for; nothing is said
# of that. For conditions that a test goes on without.
comes_true()
{
	wait_end=$(($(date +%s) + 60))
	until "$@"; do
		if [ "$(date +%s)" -gt "$wait_end" ]; then
			echo "waited in vain:" "$@" | tr '\n' ' ' >>"$scratch/lost"
			echo >>"$scratch/lost"
			bail_if_lost
			return 1
		fi
		sleep 0.02
	done
}

# bail_if_lost: ends the test when it has waited for three minutes in vain: whatever it needs is not there, and each case
# that is left would take as long to say so. The file is for those who wait in a subshell.
bail_if_lost()
{
	[ ! -e "$scratch/lost" ] || [ "$(wc -l <"$scratch/lost")" -lt 3 ] ||
		bail "too much did not come true: $(tr '\n' ';' <"$scratch/lost")"
}

# wait_for COMMAND...: the same, and if it does not succeed the case has failed.
wait_for()
{
	comes_true "$@" || {
		fail "did not come true: $*"
		return 1
	}
}

# process_is_gone PID: no such process, or only its unburied remains. Where other threads (l) have still to end, they hold
# its sockets.
process_is_gone()
{
	case $(ps -o stat= -p "$1" 2>/dev/null) in
	Z*l*) return 1 ;;
	'' | Z*) return 0 ;;
	*) return 1 ;;
	esac
}

# --- processes ---

# remember PID: it is stopped when the test ends, however it ends.
remember()
{
	running_pids="$running_pids $1"
}

# stop PID: asks the process to end and waits for that.
stop()
{
	kill -TERM "$1" 2>/dev/null
	wait_for process_is_gone "$1"
}

clean_up()
{
	trap - EXIT
	for pid in $running_pids; do
		# One that ended long ago may be somebody else's number by now.
		[ "$(ps -o ppid= -p "$pid" | tr -d ' ')" = "$$" ] || continue
		stop "$pid" || kill -KILL "$pid" 2>/dev/null
	done
	rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- servers ---

# start_lighttpd [LINE...]: serves the page and the program with the tree's own lighttpd.conf, at a free port and with
# the lines added. Sets $url and $lighttpd_pid; its log, and the program's, is $scratch/lighttpd.log. Called again with
# $port set it takes that port again.
start_lighttpd()
{
	lighttpd=$(PATH=$PATH:/usr/sbin:/sbin command -v lighttpd) || bail "lighttpd is not installed"
	attempts=0
	wanted_port=${port:-}
	while :; do
		port=${wanted_port:-$(shuf -i 20000-32000 -n 1)}
		sed -e "s|^server.port .*|server.port = $port|" \
		    -e "s|^var.htdocs .*|var.htdocs = \"${htdocs:-$source/htdocs}\"|" \
		    -e "s|^var.program .*|var.program = \"$program\"|" \
		    -e "s|^var.socket .*|var.socket = \"$scratch/fastcgi.socket\"|" \
		    -e "s|^var.data .*|var.data = \"${data:-$scratch/data}\"|" \
			"$source/lighttpd.conf" >"$scratch/lighttpd.conf"
		[ $# -eq 0 ] || printf '%s\n' "$@" >>"$scratch/lighttpd.conf"
		# In a session of its own: one that has workers sends its signals to the whole process group.
		setsid "$lighttpd" -D -f "$scratch/lighttpd.conf" >>"$scratch/lighttpd.log" 2>&1 &
		lighttpd_pid=$!
		url=http://127.0.0.1:$port
		if comes_true lighttpd_is_decided && ! process_is_gone "$lighttpd_pid"; then
			remember "$lighttpd_pid"
			return 0
		fi
		attempts=$((attempts + 1))
		[ "$attempts" -lt 5 ] || bail "lighttpd does not start: $(tail -n 3 "$scratch/lighttpd.log")"
	done
}

# program_of_lighttpd: the process id of the program that it has started; another one after each time that it was killed.
# Where lighttpd has workers, these are its children too.
program_of_lighttpd()
{
	for child in $(ps -o pid= --ppid "$lighttpd_pid"); do
		[ "$(readlink "/proc/$child/exe")" != "$(readlink -f "$program")" ] || echo "$child"
	done
}

lighttpd_is_decided()
{
	process_is_gone "$lighttpd_pid" || curl -s -o "$scratch/ping" "$url/chat/"
}
