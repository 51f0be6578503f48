# shellcheck shell=sh
# What a visitor does with the page, and what it shows, in words for the tests of it. Source it after tests/lib.sh and
# tests/web/browser.sh.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # $ and ` in JavaScript are not for the shell
# shellcheck disable=SC2154 # $scratch and $url are of tests/lib.sh

# mount PATH [LINE...]: lighttpd's lines for the page and the same program at another path, with what is special there;
# for the page in the folder $mount_page where that is set.
mount()
{
	mount_path=$1
	shift
	printf '%s\n' "alias.url += (\"/$mount_path/\" => \"${mount_page:-$source/htdocs/chat}/\")" \
		'$HTTP["url"] =~ "^/'"$mount_path"'/api(/|$)" {' "$@" \
		"fastcgi.server = (\"/$mount_path/api\" => ((\"socket\" => \"$scratch/fastcgi.socket-0\",
			\"check-local\" => \"disable\", \"tcp-fin-propagate\" => \"enable\")))" '}'
}

# mount_poor_ways [PREFIX]: at /refusing/ streams are refused; at /hasty/ they are refused and no request is held open.
mount_poor_ways()
{
	refuse='$REQUEST_HEADER["accept"] =~ "text/event-stream" { url.access-deny = ("") }'
	[ $# -gt 0 ] || echo 'server.modules += ("mod_alias", "mod_access", "mod_rewrite")'
	mount "${1:-}refusing" "$refuse"
	mount "${1:-}hasty" "$refuse" 'url.rewrite-once = ("^(.*)([?&])wait=[0-9]+(.*)$" => "$1$2$3")'
}

# copy_page FOLDER FILE SED-EXPRESSION: a copy of the page for tests, with something about it changed.
copy_page()
{
	mkdir "$1"
	cp -r "$source"/htdocs/chat/* "$1/"
	chmod -R u+w "$1"
	sed -i "$3" "$1/$2"
}

# open_chat [PATH]: a fresh page for a new visitor, with nothing kept from the case before.
open_chat()
{
	browser_open "$url/chat/icon.svg"
	browser_forget
	browser_open "$url/${1:-chat/}"
}

# say TEXT: types it at once and presses Enter.
say()
{
	browser_insert "$1"
	browser_press Enter
}

# log_is LINE...: these are the messages and replies in the log, in this order.
log_is()
{
	printf '%s\n' "$@" >"$scratch/log.expected"
	browser_text '.message .text' >"$scratch/log.seen"
	cmp -s "$scratch/log.expected" "$scratch/log.seen"
}

# expect_log LINE...: waits for it, and shows what there is instead.
expect_log()
{
	comes_true log_is "$@" || true
	expect_equal "$(cat "$scratch/log.expected")" "$(cat "$scratch/log.seen")"
}

# has_focus ID
has_focus()
{
	browser_is "document.activeElement.id === '$1'"
}

expect_focus()
{
	expect_equal "$1" "$(browser_run 'return document.activeElement.id')"
}

# connection_is STATE [WAY]: as connection.js has it: live, polling, offline...; stream, hold, poll.
connection_is()
{
	browser_is "document.querySelector('#connection').matches('[data-state=\"$1\"]${2:+[data-way=\"$2\"]}')"
}

expect_connection()
{
	wait_for connection_is "$@"
	expect connection_is "$@"
}

# expect_contrast SELECTOR...: as WCAG defines it, of text against the ground behind it, at least 4.5.
expect_contrast()
{
	expect_equal '' "$(browser_run '
		const parse = (color) => color.match(/[\d.]+/g).map(Number);
		const light = (color) => {
			const [r, g, b] = parse(color).map((c) => c / 255)
				.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
			return 0.2126 * r + 0.7152 * g + 0.0722 * b;
		};
		const ground = (element) => {
			const color = getComputedStyle(element).backgroundColor;
			return parse(color)[3] === 0 ? ground(element.parentElement) : color;
		};
		const contrast = (element, pseudo) => {
			const [a, b] = [getComputedStyle(element, pseudo).color, ground(element)].map(light)
				.sort((x, y) => y - x);
			return (a + 0.05) / (b + 0.05);
		};
		return [...arguments].filter((name) => {
			const [selector, pseudo] = name.split("::");
			return !(contrast(document.querySelector(selector), pseudo && `::${pseudo}`) >= 4.5);
		}).join(" ");' "$@")"
}

# --- other visitors, without a browser ---

# other_says TEXT [ROOM [NAME]]: prints the program's answer.
other_says()
{
	jq -n --arg message "$1" --arg room "${2:-lobby}" --arg name "${3:-Bo}" '{$message, $room, $name}' |
		curl -s --fail-with-body -H 'Content-Type: application/json' -d @- "$url/chat/api"
}

# stored [ROOM]: the texts of the last messages in the room, a line each.
stored()
{
	curl -s "$url/chat/api/events?room=${1:-lobby}&limit=200" |
		jq -r '.events[] | if .state == "deleted" then "(deleted)" else .text end'
}

# stored_is ROOM LINE...
stored_is()
{
	room=$1
	shift
	[ "$(stored "$room")" = "$(printf '%s\n' "$@")" ]
}

# shellcheck disable=SC2034 # for the tests
last_is_in_sight='[...document.querySelectorAll(".message")].at(-1).getBoundingClientRect().bottom <=
	document.querySelector("#log").getBoundingClientRect().bottom'
