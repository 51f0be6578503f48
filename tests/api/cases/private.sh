# shellcheck shell=sh disable=SC2154
# A visitor's own conversation, by session cookie.
# SPDX-License-Identifier: MIT

# set_cookie_has PATTERN: one of the attributes of the cookie that was set.
set_cookie_has()
{
	header Set-Cookie | tr ';' '\n' | sed 's/^ *//' | grep -Eqx "$1"
}

it "gives a visitor that reads for the first time a cookie that scripts and other sites do not get"
send GET /events
expect_equal 200 "$status"
expect_equal '{"room":"~","events":[],"next":0,"more":false,"newcomer":true}' "$(body)"
expect set_cookie_has 'plainchat-[0-9a-f]{8}=[A-Za-z0-9_-]{44}'
for attribute in HttpOnly SameSite=Lax 'Max-Age=[0-9]{7,}'; do
	expect set_cookie_has "$attribute"
done
expect_not set_cookie_has Secure
# Browsers then take the folder of what they have asked for, which no proxy or rewrite can change.
expect_not set_cookie_has 'Path=.*'
expect_not set_cookie_has 'Domain=.*'

it "binds the cookie to https and to this host alone where the visitor came by https"
send GET /events -e HTTPS=on
expect set_cookie_has '__Host-plainchat-[0-9a-f]{8}=[A-Za-z0-9_-]{44}'
for attribute in Secure HttpOnly SameSite=Lax Path=/; do
	expect set_cookie_has "$attribute"
done
expect_not set_cookie_has 'Domain=.*'

it "does not call a visitor who comes with the cookie a newcomer"
open_session
send GET /events -H "Cookie: $cookie"
expect_equal '{"room":"~","events":[],"next":0,"more":false}' "$(answer "del(.cursor)")"

it "gives each visitor another cookie, and none to who has one or reads a shared room"
open_session
ada=$cookie
open_session
bo=$cookie
expect_not test "$ada" = "$bo"
send GET /events -H "Cookie: $ada"
expect_equal '' "$(header Set-Cookie)"
read_room room=lobby
expect_equal '' "$(header Set-Cookie)"

it "keeps a conversation for the holder of the cookie"
say '' "a secret of mine" -H "Cookie: theme=dark; $ada; x=y"
expect_equal '{"message":"received a secret of mine","room":"~","seq":1,"reply_seq":2}' "$(body)"
expect_equal '' "$(header Set-Cookie)"
send GET /events -H "Cookie: $ada"
expect_equal '~ a secret of mine received a secret of mine' "$(answer .room) $(texts)"
read_room room='~' -H "Cookie: $ada"
expect_equal 'a secret of mine received a secret of mine' "$(texts)"

it "shows it to nobody else"
send GET /events -H "Cookie: $bo"
expect_equal '' "$(texts)"
send GET /events
expect_equal '' "$(texts)"
send GET /events -e REMOTE_USER=ada
expect_equal '' "$(texts)"
for invented in "${ada%?}" "${ada}0" "$(printf %s "$ada" | tr a-f A-F)" "${ada%%=*}=" "x$ada" "plainchat=${ada#*=}" \
	"${ada%%=*}=$(printf '%032d' 0)" "plainchat=$(printf '%032d' 0)"; do
	[ "$invented" != "$ada" ] || continue # without such letters, once in thousands
	send GET /events -H "Cookie: $invented"
	expect_equal '' "$(texts)"
done

it "shows it to nobody who knows the name by which the store knows it"
for key in $(grep -rahoE '~[0-9a-f]{32}' "$scratch/data" | sort -u) "~${ada#*=}"; do
	read_room "room=$key"
	expect_problem 400 room_invalid
done

it "does not write the cookie's token anywhere"
expect store_has "a secret of mine"
for token in "${ada#*=}" "${bo#*=}"; do
	expect_not store_has "$token"
	expect_not grep -rqF "$token" "$scratch" --include='*.log'
done

it "keeps nothing of who has neither cookie nor room, nor lists private conversations"
say '' "words in the wind"
expect_equal '{"message":"received words in the wind"}' "$(body)"
expect_equal '' "$(header Set-Cookie)"
say '~' "words in the wind"
expect_equal '{"message":"received words in the wind"}' "$(body)"
expect_not store_has "words in the wind"
send GET /rooms
expect_not grep -q '~' "$scratch/body"
