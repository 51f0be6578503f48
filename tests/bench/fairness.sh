#!/bin/sh
# Part of `make bench`: what others notice of one visitor who wants all of it. One client posts to a
# stored room, alone and while another address reads pages of 1 MiB over eight connections without
# a pause, or asks for 300 of them and takes none. The figure is the 99th percentile of the one who
# posts, with the other one, divided by that without, in the same round.
#
#     BENCH_HOGS="8,read 300,stall"
#
# SPDX-License-Identifier: MIT

# shellcheck source-path=SCRIPTDIR source=common.sh
. "${srcdir:-.}/tests/bench/common.sh"

command -v wrk >/dev/null || bail "wrk is not installed; on Debian: apt-get install wrk"
need "$program" "$programs/fill_store" "$programs/hog"

# This is about the limits that are the default.
unset PLAINCHAT_READS_BURST

"$programs/fill_store" "$scratch/fair" large 2000 5200 || bail "the store cannot be filled"
conf=$(configure fair 'posts_burst = 0' '[room bench]' 'reply = echo' '[room large]')
start_lighttpd "$(backend /fair "$program" PLAINCHAT_CONF "$conf")"
curl -s -f -o "$scratch/first" -H 'Content-Type: application/json' \
	-d '{"message":"django","room":"bench"}' "$url/fair" || bail "plainchat does not answer"
page=$(curl -s -f "$url/fair/events?room=large&limit=200" | wc -c)
[ "$page" -ge 1000000 ] || bail "a page has $page bytes only"

printf '\none visitor who wants all of it, pages of %s bytes, load average before: %s\n' "$page" \
	"$(cut -d ' ' -f 1 /proc/loadavg)"

# run ROUND NAME: posts, one after the other.
run()
{
	result=$(drive /fair say_stored.lua 1 "$seconds") || exit
	echo "name=$2 round=$1 $result" >>"$scratch/results"
}

round=1
while [ "$round" -le "$rounds" ]; do
	run "$round" alone
	for hog in ${BENCH_HOGS:-8,read 300,stall}; do
		"$programs/hog" "$port" '/fair/events?room=large&limit=200' "${hog%,*}" \
			"${hog#*,}" >"$scratch/hog" &
		hog_pid=$!
		remember "$hog_pid"
		run "$round" "$hog"
		stop "$hog_pid"
		sed "s/^/name=$hog round=$round /" "$scratch/hog" >>"$scratch/results"
	done
	round=$((round + 1))
done

report report_fairness.awk "$scratch/results"
