# shellcheck shell=sh disable=SC2154
# Shared rooms, and the names of those who say something in them.
# SPDX-License-Identifier: MIT

it "lists the rooms that are configured"
send GET /rooms
expect_equal 200 "$status"
expect_equal '{"rooms":["lobby","quiet","pages","long","wait","talk","keys","other","gone","site","again","café","bot"]}' \
	"$(answer '{rooms: [.rooms[].room]}')"
expect_equal '{"room":"lobby"}' "$(answer '.rooms[0]')"

it "has no events in a room in which nobody has said anything"
read_room room=quiet
expect_equal '{"room":"quiet","events":[],"next":0,"more":false}' "$(answer "del(.cursor)")"

it "stores what is said in a room of people, and nobody answers"
say lobby "hello all"
expect_equal 200 "$status"
expect_equal '{"room":"lobby","seq":1}' "$(body)"
read_room room=lobby
expect_equal '{"seq":1,"kind":"message","role":"user","text":"hello all","state":"done"}' \
	"$(answer '.events[0] | del(.time)')"
expect_match '^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9](:[0-5][0-9]){2}\.[0-9]{3}Z$' "$(answer '.events[0].time')"

it "stores message and reply in a room with a responder, the reply referring to the message"
say talk "django"
expect_equal '{"message":"received django","room":"talk","seq":1,"reply_seq":2}' "$(body)"
read_room room=talk
expect_equal 'user 1 null django assistant 2 1 received django' \
	"$(answer '[.events[] | .role, .seq, .ref, .text | tostring] | join(" ")')"

it "keeps rooms apart: each has numbers of its own"
say lobby "second here"
expect_equal 2 "$(answer .seq)"
read_room room=lobby
expect_equal 'hello all second here' "$(texts)"

it "gives back any text unchanged, through the store"
jq -n '{room: "lobby", message: "\u0001\t\"\\</script> 안녕 👩🏽‍💻 Z̷̨̛\u2028\n\nevent: none"}' >"$scratch/odd"
send POST '' -f "$scratch/odd"
read_room 'room=lobby&limit=1'
expect_equal "$(jq .message "$scratch/odd")" "$(jq '.events[0].text' "$scratch/body")"

it "knows no other rooms: 404 room_unknown"
say nowhere django
expect_problem 404 room_unknown
read_room room=nowhere
expect_problem 404 room_unknown
read_room room=Lobby
expect_problem 404 room_unknown

it "takes a room's name for the same however its accents are encoded, in the configuration, in JSON and in a query"
say café decomposed
expect_equal '{"room":"café","seq":1}' "$(answer '{room, seq}')"
say café composed
expect_equal 3 "$(answer .seq)"
for query in caf%C3%A9 cafe%CC%81; do
	read_room "room=$query"
	expect_equal "café decomposed composed" "$(answer '[.room, (.events[] | select(.role == "user").text)] | join(" ")')"
done

it "refuses what cannot be a room's name: 400 room_invalid"
for name in 'a b' a/b ../a '~a' "$(printf '%065d' 0)" 'a?'; do
	say "$name" django
	expect_problem 400 room_invalid
done
for name in a%2Fb '~0' a%20b a+b; do
	read_room "room=$name"
	expect_problem 400 room_invalid
done

# shown_name BODY [WORD...]: the name under which the message that was sent is shown.
shown_name()
{
	shown_name_body=$1
	shift
	send POST '' -b "$shown_name_body" "$@"
	read_room 'room=lobby&limit=1'
	answer '.events[0].name'
}

it "shows a nickname in one form, however its accents and blanks were typed"
expect_equal '~Zoë Ñu' "$(shown_name '{"room":"lobby","message":"m","name":" Zoe\u0308\u3000 N\u0303u"}')"
expect_equal '~می‌روم' "$(shown_name '{"room":"lobby","message":"m","name":"می\u200cروم"}')"
expect_equal '~👩‍👧' "$(shown_name '{"room":"lobby","message":"m","name":"👩\u200d👧"}')"

it "shows a chosen nickname with a sign, and no name where none was given"
expect_equal '~Ada' "$(shown_name '{"room":"lobby","message":"m","name":"Ada"}')"
expect_equal null "$(shown_name '{"room":"lobby","message":"m"}')"

it "shows an authenticated user by that name, whatever name was chosen"
expect_equal ada "$(shown_name '{"room":"lobby","message":"m"}' -e REMOTE_USER=ada)"
expect_equal ada "$(shown_name '{"room":"lobby","message":"m","name":"Bo"}' -e REMOTE_USER=ada)"

it "writes an authenticated user's name in the form in which nicknames are, and shows none that could not be one"
expect_equal zoë "$(shown_name '{"room":"lobby","message":"m"}' -e REMOTE_USER=zoë)"
expect_equal null "$(shown_name '{"room":"lobby","message":"m"}' -e "REMOTE_USER=$(printf '\343\205\244')")"
expect_equal '~Bo' "$(shown_name '{"room":"lobby","message":"m","name":"Bo"}' -e "REMOTE_USER=$(printf 'a\342\200\256b')")"

it "lets no nickname look like an authenticated user's name"
expect_equal '~ada' "$(shown_name '{"room":"lobby","message":"m","name":"ada"}')"
expect_equal '~~ada' "$(shown_name '{"room":"lobby","message":"m","name":"~ada"}')"

it "lets no authenticated user look like another one"
expect_equal '~~ada' "$(shown_name '{"room":"lobby","message":"m"}' -e 'REMOTE_USER=~ada')"

it "takes names of 64 characters, and refuses longer and unfit ones: 400 name_invalid"
long=$(printf '%064d' 0 | sed 's/0/한/g')
expect_equal "~$long" "$(shown_name "{\"room\":\"lobby\",\"message\":\"m\",\"name\":\"$long\"}")"
for name in "\"${long}한\"" '""' '" "' '"a\nb"' '"a\u202eb"' 7 null; do
	send POST '' -b "{\"room\":\"lobby\",\"message\":\"m\",\"name\":$name}"
	expect_problem 400 name_invalid
done

it "stores nothing of what it refuses"
before=$(newest_seq lobby)
send POST '' -b '{"room":"lobby","message":" "}'
send POST '' -b '{"room":"lobby","message":"refused","name":7}'
send POST '' -b '{"room":"lobby","message":"refused"' -t text/plain
expect_equal 415 "$status"
expect_equal "$before" "$(newest_seq lobby)"
expect_not store_has refused

it "is not healthy while the store is unusable, and stores again when it is usable"
mv "$scratch/data" "$scratch/data.away"
mkdir "$scratch/data"
seq 10000 >"$scratch/data/plainchat.db"
send GET /health
expect_problem 503 store_unavailable
say lobby "not now"
expect_problem 503 store_unavailable
expect_match '^[1-9][0-9]*$' "$(header Retry-After)"
read_room room=lobby
expect_problem 503 store_unavailable
send POST '' -b '{"message":"django"}'
expect_equal '{"message":"received django"}' "$(body)"
expect_equal "$(seq 10000)" "$(cat "$scratch/data/plainchat.db")"
rm -r "$scratch/data"
mv "$scratch/data.away" "$scratch/data"
send GET /health
expect_equal 200 "$status"
say lobby "now"
expect_equal "$((before + 1))" "$(answer .seq)"

it "keeps the store where only the owner can read"
expect_equal 700 "$(stat -c %a "$scratch/data")"
expect_equal '' "$(find "$scratch/data" -type f -perm /077)"
