#!/bin/sh
# What `make bench` runs: plainchat next to the smallest programs that give the
# same answer, behind one lighttpd, in short rounds that take turns so that a
# busy machine hits all alike. Prints a table, the memory, and whether each
# target is reached. A missed target is only reported; a wrong answer exits 1.
#
#     BENCH_ROUNDS=5 BENCH_SECONDS=2 make bench
#
# SPDX-License-Identifier: MIT

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "${srcdir:-.}/tests/lib.sh"

rounds=${BENCH_ROUNDS:-5}
seconds=${BENCH_SECONDS:-2}
scripts=$source/tests/bench
programs=$build/tests/bench
export BENCH_SCRIPTS="$scripts"

# lib.sh calls it as well, when lighttpd does not start.
bail()
{
	echo "bench: $*" >&2
	exit 1
}

# --- who takes part ---

# contender NAME PATH SCRIPT COMPARED-WITH CONNECTIONS...: it is driven with the
# script, with so many connections, and its rate is divided by that of the
# contender COMPARED-WITH in the same round.
contender()
{
	contender=$1,$2,$3,$4
	shift 4
	for connections; do
		echo "$connections,$contender"
	done >>"$scratch/contenders"
}

contender plainchat     /chat/api           say.lua   minimal-fcgi 1 32 256
contender minimal-fcgi  /minimal            say.lua   minimal-fcgi 1 32 256
contender static-file   /static/answer.json fetch.lua minimal-fcgi 1 32 256
contender plainchat-cgi /cgi/plainchat      say.lua   print-cgi    1 8
contender print-cgi     /cgi/print          say.lua   print-cgi    1 8

# --- the server ---

command -v wrk >/dev/null || bail "wrk is not installed; on Debian: apt-get install wrk"
for needed in "$program" "$programs/minimal_fcgi" "$programs/print_cgi"; do
	[ -x "$needed" ] || bail "$needed is not built"
done

mkdir "$scratch/cgi" "$scratch/static"
ln -s "$program" "$scratch/cgi/plainchat"
ln -s "$programs/print_cgi" "$scratch/cgi/print"
printf '%s' '{"message":"received django"}' >"$scratch/static/answer.json"

# The shipped block for the program, for the minimal program: so its options are
# the same, whatever they become.
# shellcheck disable=SC2016 # the dollars are lighttpd's
minimal_block=$(sed -n '/^\$HTTP\["url"\] =~ "^\/chat\/api/,/^}/p' "$source/lighttpd.conf" |
	sed -e 's|/chat/api|/minimal|' \
	    -e "s|var.program|\"$programs/minimal_fcgi\"|" \
	    -e "s|var.socket|\"$scratch/minimal.socket\"|")

# shellcheck disable=SC2016
start_lighttpd "$minimal_block" \
	'server.modules += ( "mod_alias", "mod_cgi" )' \
	"alias.url = ( \"/cgi/\" => \"$scratch/cgi/\", \"/static/\" => \"$scratch/static/\" )" \
	'$HTTP["url"] =~ "^/cgi/" {' \
	'	setenv.add-response-header = ()' \
	'	cgi.assign = ( "" => "" )' \
	'}'

# fastcgi_process PROGRAM: prints the process id of the one that lighttpd runs.
fastcgi_process()
{
	for child in $(ps -o pid= --ppid "$lighttpd_pid"); do
		if [ "$(readlink "/proc/$child/exe")" = "$(readlink -f "$1")" ]; then
			echo "$child"
			return 0
		fi
	done
	bail "lighttpd does not run $1: $(tail -n 3 "$scratch/lighttpd.log")"
}

plainchat_pid=$(fastcgi_process "$program") || exit
minimal_pid=$(fastcgi_process "$programs/minimal_fcgi") || exit

# --- the rounds ---

# Those that are compared, with the same number of connections, follow each
# other directly, and another of them begins in each round.
awk -F , -v rounds="$rounds" '
	!(($1, $5) in group_of) { group_of[$1, $5] = ++groups }
	{ group = group_of[$1, $5]; member[group, ++members[group]] = $0 }
	END {
		for (round = 1; round <= rounds; round++)
			for (group = 1; group <= groups; group++)
				for (turn = 0; turn < members[group]; turn++)
					print round "," member[group, (turn + round - 1) % members[group] + 1]
	}' "$scratch/contenders" >"$scratch/schedule"

echo "machine: $(nproc) cores, Linux $(uname -r), $(uname -m), $("$lighttpd" -v | sed 1q)"
echo "rounds: $rounds of $seconds s for each of $(wc -l <"$scratch/contenders") rows," \
	"load average before: $(cut -d ' ' -f 1 /proc/loadavg)"

while IFS=, read -r round connections name path script compared_with; do
	# One thread: wrk must leave the processors to the server.
	wrk --threads 1 --connections "$connections" --duration "${seconds}s" --timeout 10s \
		--script "$scripts/$script" "$url$path" >"$scratch/wrk.out" 2>"$scratch/wrk.err" \
		</dev/null || bail "wrk failed: $(tail -n 3 "$scratch/wrk.err")"
	sed "s/^/bench: $name at $connections connections: /" "$scratch/wrk.err" >&2
	result=$(grep '^result ' "$scratch/wrk.out") || bail "wrk gave no result for $name"
	echo "name=$name connections=$connections round=$round compared_with=$compared_with" \
		"${result#result }" >>"$scratch/results"
done <"$scratch/schedule"

# --- the report ---

# memory NAME PID: what the process holds now, in kB as the kernel counts them.
memory()
{
	process_is_gone "$2" && bail "$1 ended during the run: $(tail -n 3 "$scratch/lighttpd.log")"
	resident=$(awk '/^VmRSS:/ { print $2 }' "/proc/$2/status")
	# The proportional share: pages of shared libraries count by who uses them.
	share=$(awk '/^Pss:/ { print $2 }' "/proc/$2/smaps_rollup" 2>/dev/null)
	echo "memory name=$1 resident_kb=$resident share_kb=${share:-unknown}"
}

memory plainchat "$plainchat_pid" >>"$scratch/results"
memory minimal-fcgi "$minimal_pid" >>"$scratch/results"

awk -f "$scripts/report.awk" "$scratch/results"
