#!/bin/sh
# Part of `make bench`: live delivery, next to nchan on nginx (Debian's libnginx-mod-nchan), in
# turn: messages to 100, 1,000 and 8,000 who follow the room, one at a time and eight under way at
# once, and to one who follows while 1,000 others do so in rooms at rest; and what each chain of
# processes needs in memory for it. Both web servers have as many workers as there are cores, and
# the events are equally long. plainchat commits each message to the disk before it delivers
# (durability = power, the default; BENCH_DURABILITY), nchan keeps it in memory; so what the disk
# takes for a commit is measured beside.
#
#     BENCH_FOLLOWERS="100 1000 8000" BENCH_RESTING=1000 BENCH_WORKERS=$(nproc)
#
# SPDX-License-Identifier: MIT

# shellcheck source-path=SCRIPTDIR source=common.sh
. "${srcdir:-.}/tests/bench/common.sh"

resting=${BENCH_RESTING:-1000}
workers=${BENCH_WORKERS:-$(nproc)}
need "$program" "$programs/followers" "$programs/disk"

# As many descriptors as we may have. Each follower takes two of lighttpd, which rests when nine
# tenths are used.
descriptors=$(awk '/^Max open files/ { print $5 }' /proc/self/limits)
[ "$descriptors" != unlimited ] && [ "$descriptors" -le 65536 ] || descriptors=65536
followers_max=$(((descriptors * 9 / 10 - 100) / 2))
sizes=
largest=0
for size in ${BENCH_FOLLOWERS:-100 1000 8000}; do
	if [ "$size" -le "$followers_max" ]; then
		sizes="$sizes $size"
		[ "$size" -le "$largest" ] || largest=$size
	else
		echo "skipped: $size followers, for which $descriptors descriptors are not enough"
	fi
done

# --- plainchat behind lighttpd ---

conf=$(configure live "streams = $descriptors" "streams_per_client = $descriptors" \
	"connections = $descriptors" 'open_rooms = yes' 'reply = none' \
	"durability = ${BENCH_DURABILITY:-power}")
# For one, 0 is lighttpd's way: then it has no process besides.
start_lighttpd "server.max-fds := $descriptors" "server.max-connections = $((descriptors / 2))" \
	"server.max-worker = $((workers > 1 ? workers : 0))" \
	"$(backend /live "$program" PLAINCHAT_CONF "$conf")"
plainchat_pid=$(child_process "$program" "PLAINCHAT_CONF=$conf") || exit
lighttpd_processes="--process=$lighttpd_pid"
for worker in $(ps -o pid= --ppid "$lighttpd_pid"); do
	[ "$(readlink "/proc/$worker/exe")" != "$(readlink -f "$lighttpd")" ] ||
		lighttpd_processes="$lighttpd_processes --process=$worker"
done

follow_plainchat()
{
	# shellcheck disable=SC2086 # words
	"$programs/followers" --port="$port" --post=/live --body='{"message":"{}","room":"bench"}' \
		--follow='/live/events?room=bench' --rest='/live/events?room=rest-{}' \
		$lighttpd_processes --process="$plainchat_pid" "$@"
}

# --- nchan ---

module=/usr/lib/nginx/modules/ngx_nchan_module.so
nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)

start_nchan()
{
	nginx_port=$(shuf -i 20000-32000 -n 1)
	mkdir "$scratch/nginx"
	cat >"$scratch/nginx/nginx.conf" <<END
load_module $module;
daemon off;
user $(id -un);
pid $scratch/nginx/pid;
error_log $scratch/nginx/error.log;
worker_processes $workers;
worker_rlimit_nofile $descriptors;
events { worker_connections $((largest + resting + 200)); }
http {
	access_log off;
	client_body_temp_path $scratch/nginx;
	server {
		listen 127.0.0.1:$nginx_port;
		location ~ ^/post/(.+)\$ {
			nchan_publisher;
			nchan_channel_id \$1;
		}
		location ~ ^/follow/(.+)\$ {
			nchan_subscriber eventsource;
			nchan_subscriber_first_message newest;
			nchan_channel_id \$1;
		}
	}
}
END
	"$nginx" -p "$scratch/nginx" -c "$scratch/nginx/nginx.conf" 2>>"$scratch/nginx/error.log" &
	nginx_pid=$!
	remember "$nginx_pid"
	wait_for curl -s -o "$scratch/first" -d first "http://127.0.0.1:$nginx_port/post/bench" ||
		bail "nginx does not answer: $(tail -n 3 "$scratch/nginx/error.log")"
	nginx_processes="--process=$nginx_pid"
	for worker in $(ps -o pid= --ppid "$nginx_pid"); do
		nginx_processes="$nginx_processes --process=$worker"
	done
}

follow_nchan()
{
	# The data that plainchat makes of a message, so that the events are equally long.
	event='{"seq":100,"kind":"message","role":"user","text":"{}",'
	event=$event'"time":"2026-11-25T13:45:20.151Z","state":"done"}'
	# shellcheck disable=SC2086 # words
	"$programs/followers" --port="$nginx_port" --post=/post/bench --body="$event" \
		--follow=/follow/bench --rest='/follow/rest-{}' $nginx_processes "$@"
}

systems=plainchat
if [ -n "$nginx" ] && [ -f "$module" ]; then
	start_nchan
	systems="plainchat nchan"
else
	echo "skipped: nchan, which is not installed; on Debian: apt-get install libnginx-mod-nchan"
fi

# --- the rounds ---

# run ROUND FOLLOWERS RESTING MESSAGES WINDOW: each system, another of them first in each round,
# with so many messages under way at once.
run()
{
	order=$systems
	[ $(($1 % 2)) -eq 1 ] || order=$(echo "$systems" | awk '{ for (; NF > 0; NF--) print $NF }')
	for system in $order; do
		"follow_$system" --followers="$2" --resting="$3" --messages="$4" --window="$5" \
			--pause-ms=5 >"$scratch/run" || bail "$system: $2 followers were not served: $(
			tail -q -n 3 "$scratch/lighttpd.log" "$scratch"/nginx/error.log)"
		sed "s/^/name=$system round=$1 size=$2 rest=$3 under_way=$5 /" "$scratch/run" \
			>>"$scratch/results"
	done
}

# run_disk ROUND: as much as a commit writes, as often as messages to one follower are posted.
run_disk()
{
	"$programs/disk" "$scratch/disk" $((150 * seconds)) >"$scratch/run" || bail "the disk fails"
	sed "s/^/name=disk round=$1 /" "$scratch/run" >>"$scratch/results"
}

curl -s -f -o "$scratch/first" -H 'Content-Type: application/json' \
	-d '{"message":"first","room":"bench"}' "$url/live" || bail "plainchat does not answer"

printf '\nlive delivery: %s followers, %s descriptors, %s workers of each web server\n' \
	"$(echo "$sizes" | sed 's/^ //; s/ /, /g')" "$descriptors" "$workers"
for size in $sizes; do
	# About as many deliveries whatever the size is, within reason.
	messages=$((50000 * seconds / size))
	[ "$messages" -le $((100 * seconds)) ] || messages=$((100 * seconds))
	[ "$messages" -ge 10 ] || messages=10
	round=1
	while [ "$round" -le "$rounds" ]; do
		run "$round" "$size" 0 "$messages" 1
		run "$round" "$size" 0 $((messages * 2)) 8
		if [ "$size" -eq "$resting" ]; then
			run "$round" 1 "$resting" $((150 * seconds)) 1
			run_disk "$round"
		fi
		round=$((round + 1))
	done
done

report report_followers.awk "$scratch/results"
