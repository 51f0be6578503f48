#!/bin/sh
# Part of `make bench`: plainchat next to the smallest programs that give the same answer, and next
# to PHP that stores the same, behind one lighttpd, in short rounds that take turns so that a busy
# machine hits all alike.
#
# SPDX-License-Identifier: MIT

# shellcheck source-path=SCRIPTDIR source=common.sh
. "${srcdir:-.}/tests/bench/common.sh"

# --- who takes part ---

# contender NAME PATH SCRIPT COMPARED-WITH CONNECTIONS...: it is driven with the script, with so
# many connections, and its rate is divided by that of the contender COMPARED-WITH in the same
# round. "minimal-fcgi" is the smallest libfcgi program with 1, 2 or 4 threads, whichever is the
# fastest with so many connections: the best that libfcgi gives.
contender()
{
	contender=$1,$2,$3,$4
	shift 4
	for connections; do
		echo "$connections,$contender"
	done >>"$scratch/contenders"
}

contender plainchat      /chat/api               say.lua        minimal-fcgi 1 32 256
contender minimal-1      /minimal-1              say.lua        minimal-fcgi 1 32 256
contender minimal-2      /minimal-2              say.lua        minimal-fcgi 1 32 256
contender minimal-4      /minimal-4              say.lua        minimal-fcgi 1 32 256
contender static-file    /static/answer.json     fetch.lua      minimal-fcgi 1 32 256
contender stored-process /process                say_stored.lua minimal-fcgi 1 32 256
contender stored-power   /power                  say_stored.lua minimal-fcgi 1 32 256
contender plainchat-cgi  /cgi/plainchat          say.lua        print-cgi    1 8
contender print-cgi      /cgi/print              say.lua        print-cgi    1 8

php=$(command -v php-cgi)
if [ -n "$php" ] && ! "$php" -m | grep -q -x pdo_sqlite; then
	php=
fi
if [ -n "$php" ]; then
	contender php-process /php-process/stored.php say_stored.lua minimal-fcgi 1 32 256
	contender php-power   /php-power/stored.php   say_stored.lua minimal-fcgi 1 32 256
else
	echo "skipped: PHP, which is not installed; on Debian: apt-get install php-cgi php-sqlite3"
fi

# --- the server ---

command -v wrk >/dev/null || bail "wrk is not installed; on Debian: apt-get install wrk"
need "$program" "$programs/minimal_fcgi" "$programs/print_cgi"

mkdir "$scratch/cgi" "$scratch/static"
ln -s "$program" "$scratch/cgi/plainchat"
ln -s "$programs/print_cgi" "$scratch/cgi/print"
printf '%s' '{"message":"received django"}' >"$scratch/static/answer.json"

process_conf=$(configure process 'durability = process' '[room bench]' 'reply = echo')
power_conf=$(configure power 'durability = power' '[room bench]' 'reply = echo')

# php_backend DURABILITY SYNCHRONOUS: prints lighttpd's lines for stored.php with a database of its
# own. Four processes, as is usual: on two cores 2, 8 and 16 of them gave rates within a fifth of
# it, which is less than one round differs from the next on a busy machine.
php_backend()
{
	cat <<END
alias.url += ( "/php-$1/" => "$scripts/" )
\$HTTP["url"] =~ "^/php-$1/" {
	setenv.add-response-header = ()
	fastcgi.server = ( ".php" => ((
		"bin-path" => "$php",
		"socket" => "$scratch/php-$1.socket",
		"max-procs" => 1,
		"bin-environment" => (
			"PHP_FCGI_CHILDREN" => "4",
			"PHP_FCGI_MAX_REQUESTS" => "0",
			"BENCH_DATABASE" => "$scratch/php-$1.db",
			"BENCH_SYNCHRONOUS" => "$2"
		)
	)))
}
END
}

# shellcheck disable=SC2016 # the dollars are lighttpd's
start_lighttpd "$(backend /minimal-1 "$programs/minimal_fcgi" BENCH_THREADS 1)" \
	"$(backend /minimal-2 "$programs/minimal_fcgi" BENCH_THREADS 2)" \
	"$(backend /minimal-4 "$programs/minimal_fcgi" BENCH_THREADS 4)" \
	"$(backend /process "$program" PLAINCHAT_CONF "$process_conf")" \
	"$(backend /power "$program" PLAINCHAT_CONF "$power_conf")" \
	'server.modules += ( "mod_alias", "mod_cgi" )' \
	"alias.url = ( \"/cgi/\" => \"$scratch/cgi/\", \"/static/\" => \"$scratch/static/\" )" \
	'$HTTP["url"] =~ "^/cgi/" {' \
	'	setenv.add-response-header = ()' \
	'	cgi.assign = ( "" => "" )' \
	'}' \
	"${php:+$(php_backend process NORMAL)}" \
	"${php:+$(php_backend power FULL)}"

plainchat_pid=$(child_process "$program" "PLAINCHAT_DATA=$scratch/data") || exit
process_pid=$(child_process "$program" "PLAINCHAT_CONF=$process_conf") || exit
power_pid=$(child_process "$program" "PLAINCHAT_CONF=$power_conf") || exit
minimal_pid=$(child_process "$programs/minimal_fcgi" BENCH_THREADS=4) || exit

# The first answers make the stores.
cut -d , -f 3,4 "$scratch/contenders" | sort -u | grep say_stored | while IFS=, read -r path _; do
	curl -s -f -o "$scratch/first" -H 'Content-Type: application/json' \
		-d '{"message":"django","room":"bench"}' "$url$path" ||
		bail "$path does not answer: $(tail -n 3 "$scratch/lighttpd.log")"
done || exit

# --- the rounds ---

# Those that are compared, with the same number of connections, follow each other directly, and
# another of them begins in each round.
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
echo "stores: on $(stat -f -c %T "$scratch"), SQLite in WAL mode${php:+, $("$php" -v | sed 1q)}"
echo "rounds: $rounds of $seconds s for each of $(wc -l <"$scratch/contenders") rows," \
	"load average before: $(cut -d ' ' -f 1 /proc/loadavg)"

while IFS=, read -r round connections name path script compared_with; do
	result=$(drive "$path" "$script" "$connections" "$seconds") || exit
	echo "name=$name connections=$connections round=$round compared_with=$compared_with" \
		"$result" >>"$scratch/results"
done <"$scratch/schedule"

# --- the report ---

{
	memory plainchat "$plainchat_pid"
	memory stored-process "$process_pid"
	memory stored-power "$power_pid"
	memory minimal-4 "$minimal_pid"
} >>"$scratch/results"

report report_rates.awk "$scratch/results"
