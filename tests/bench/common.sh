# shellcheck shell=sh
# What the subjects of `make bench` (rates.sh, pages.sh, followers.sh, replies.sh) share, beside tests/lib.sh.
#
# SPDX-License-Identifier: MIT

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "${srcdir:-.}/tests/lib.sh"

# shellcheck disable=SC2034 # the subjects use them
rounds=${BENCH_ROUNDS:-5}
# shellcheck disable=SC2034
seconds=${BENCH_SECONDS:-2}
scripts=$source/tests/bench
# shellcheck disable=SC2034
programs=$build/tests/bench
export BENCH_SCRIPTS="$scripts"

# lib.sh calls it as well, when lighttpd does not start.
bail()
{
	echo "bench: $*" >&2
	exit 1
}

# need FILE...: they are built.
need()
{
	for needed; do
		[ -x "$needed" ] || bail "$needed is not built"
	done
}

# --- backends ---

# backend PATH PROGRAM [NAME VALUE]: prints lighttpd's lines for a FastCGI program at the path. They
# are the shipped block for plainchat, so the options are the same, whatever they become; only
# the environment is this one variable.
backend()
{
	# shellcheck disable=SC2016 # the dollars are lighttpd's
	sed -n '/^\$HTTP\["url"\] =~ "^\/chat\/api/,/^}/p' "$source/lighttpd.conf" |
		sed -e "s|/chat/api|$1|" \
		    -e "s|var.program|\"$2\"|" \
		    -e "s|var.socket|\"$scratch/$(echo "$1" | tr / -).socket\"|" \
		    -e "s|\"PLAINCHAT_DATA\" => var.data|${3:+\"$3\" => \"${4:-}\"}|"
}

# configure NAME [LINE...]: writes a plainchat.conf with a data folder of its own and the lines, and
# prints its path.
configure()
{
	configured=$scratch/$1.conf
	printf '%s\n' "data = $scratch/$1" >"$configured"
	shift
	printf '%s\n' "$@" >>"$configured"
	echo "$configured"
}

# child_process PROGRAM [VARIABLE=VALUE]: prints the process id of the one that lighttpd runs, with
# that in its environment.
child_process()
{
	for child in $(ps -o pid= --ppid "$lighttpd_pid"); do
		if [ "$(readlink "/proc/$child/exe")" = "$(readlink -f "$1")" ] &&
			tr '\0' '\n' <"/proc/$child/environ" | grep -q -x -F "${2:-PATH=$PATH}"; then
			echo "$child"
			return 0
		fi
	done
	bail "lighttpd does not run $1: $(tail -n 3 "$scratch/lighttpd.log")"
}

# --- measuring ---

# drive PATH SCRIPT CONNECTIONS SECONDS: asks with wrk; prints what report.lua makes of it.
drive()
{
	# One thread: wrk must leave the processors to the server.
	wrk --threads 1 --connections "$3" --duration "${4}s" --timeout 10s \
		--script "$scripts/$2" "$url$1" >"$scratch/wrk.out" 2>"$scratch/wrk.err" \
		</dev/null || bail "wrk failed: $(tail -n 3 "$scratch/wrk.err")"
	sed "s|^|bench: $1 at $3 connections: |" "$scratch/wrk.err" >&2
	sed -n 's/^result //p' "$scratch/wrk.out" | grep . || bail "wrk gave no result for $1"
}

# memory NAME PID: what the process holds now, in kB as the kernel counts them.
memory()
{
	process_is_gone "$2" && bail "$1 ended during the run: $(tail -n 3 "$scratch/lighttpd.log")"
	resident=$(awk '/^VmRSS:/ { print $2 }' "/proc/$2/status")
	# The proportional share: pages of shared libraries count by who uses them.
	share=$(awk '/^Pss:/ { print $2 }' "/proc/$2/smaps_rollup" 2>/dev/null)
	echo "memory name=$1 resident_kb=$resident share_kb=${share:-unknown}"
}

# report SCRIPT FILE: makes the report; fails when an answer was wrong.
report()
{
	awk -f "$scripts/report_base.awk" -f "$scripts/$1" "$2"
}
