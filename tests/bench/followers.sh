#!/bin/sh
# Part of `make bench`: live delivery, next to nchan on nginx (Debian's libnginx-mod-nchan), in
# turn: messages to 100, 1,000 and 8,000 who follow the room, one at a time and eight under way at
# once, and to one who follows while 1,000 others do so in rooms at rest; and what each chain of
# processes needs in memory for it. plainchat commits each message to the disk before it delivers
# (durability = power, the default; BENCH_DURABILITY), nchan keeps it in memory.
#
#     BENCH_FOLLOWERS="100 1000 8000" BENCH_RESTING=1000 BENCH_NGINX_WORKERS=auto
#
# SPDX-License-Identifier: MIT

# shellcheck source-path=SCRIPTDIR source=common.sh
. "${srcdir:-.}/tests/bench/common.sh"

resting=${BENCH_RESTING:-1000}
need "$program" "$programs/followers"

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
start_lighttpd "server.max-fds := $descriptors" "server.max-connections = $((descriptors / 2))" \
	"$(backend /live "$program" PLAINCHAT_CONF "$conf")"
plainchat_pid=$(child_process "$program" "PLAINCHAT_CONF=$conf") || exit

follow_plainchat()
{
	"$programs/followers" --port="$port" --post=/live --body='{"message":"{}","room":"bench"}' \
		--follow='/live/events?room=bench' --rest='/live/events?room=rest-{}' \
		--process="$lighttpd_pid" --process="$plainchat_pid" "$@"
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
worker_processes ${BENCH_NGINX_WORKERS:-auto};
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
	# shellcheck disable=SC2086 # words
	"$programs/followers" --port="$nginx_port" --post=/post/bench --body='{}' --type=text/plain \
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

curl -s -f -o "$scratch/first" -H 'Content-Type: application/json' \
	-d '{"message":"first","room":"bench"}' "$url/live" || bail "plainchat does not answer"

printf '\nlive delivery: %s followers, %s descriptors, nginx with %s workers\n' \
	"$(echo "$sizes" | sed 's/^ //; s/ /, /g')" "$descriptors" "${BENCH_NGINX_WORKERS:-$(nproc)}"
for size in $sizes; do
	# About as many deliveries whatever the size is, within reason.
	messages=$((50000 * seconds / size))
	[ "$messages" -le $((100 * seconds)) ] || messages=$((100 * seconds))
	[ "$messages" -ge 10 ] || messages=10
	round=1
	while [ "$round" -le "$rounds" ] && [ "$round" -le 3 ]; do
		run "$round" "$size" 0 "$messages" 1
		run "$round" "$size" 0 $((messages * 2)) 8
		[ "$size" -ne "$resting" ] || run "$round" 1 "$resting" $((150 * seconds)) 1
		round=$((round + 1))
	done
done

report report_followers.awk "$scratch/results"
