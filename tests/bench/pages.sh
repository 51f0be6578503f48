#!/bin/sh
# Part of `make bench`: the time for a page of history with 1 thousand and with 1 million messages
# in the room, each in a store of its own. It should not grow.
#
#     BENCH_SMALL=1000 BENCH_LARGE=1000000
#
# SPDX-License-Identifier: MIT

# shellcheck source-path=SCRIPTDIR source=common.sh
. "${srcdir:-.}/tests/bench/common.sh"

small=${BENCH_SMALL:-1000}
large=${BENCH_LARGE:-1000000}

command -v wrk >/dev/null || bail "wrk is not installed; on Debian: apt-get install wrk"
need "$program" "$programs/fill_store"

printf '\npages of history, %s and %s messages' "$small" "$large"
begun=$(date +%s)
for messages in "$small" "$large"; do
	"$programs/fill_store" "$scratch/store-$messages" bench "$messages" ||
		bail "the store cannot be filled"
done
echo ", stored in $(($(date +%s) - begun)) s:" \
	"$(du -sm "$scratch/store-$large" | cut -f 1) MB for the many"

small_conf=$(configure "store-$small" '[room bench]')
large_conf=$(configure "store-$large" '[room bench]')
start_lighttpd "$(backend "/$small" "$program" PLAINCHAT_CONF "$small_conf")" \
	"$(backend "/$large" "$program" PLAINCHAT_CONF "$large_conf")"

# The smaller and the larger follow each other directly, and begin in turn.
round=1
while [ "$round" -le "$rounds" ]; do
	for page in newest before after; do
		order="$small $large"
		[ $((round % 2)) -eq 1 ] || order="$large $small"
		for messages in $order; do
			result=$(BENCH_PAGE=$page BENCH_MESSAGES=$messages \
				drive "/$messages/events" page.lua 1 1) || exit
			echo "name=$page messages=$messages round=$round $result" >>"$scratch/results"
		done
	done
	round=$((round + 1))
done
memory "$large" "$(child_process "$program" "PLAINCHAT_CONF=$large_conf")" >>"$scratch/results"

report report_pages.awk "$scratch/results"
