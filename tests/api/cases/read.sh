# shellcheck shell=sh disable=SC2154
# Reading: pages, catching up, and waiting.
# SPDX-License-Identifier: MIT

# shape: what the last answer says of itself.
shape()
{
	answer '"\(.events | length) \(.events[0].seq)-\(.events[-1].seq) next=\(.next) more=\(.more) reset=\(.reset)"'
}

fill pages 1 60

it "gives the newest 50 messages, and says that there are older ones"
read_room room=pages
expect_equal '50 11-60 next=60 more=true reset=null' "$(shape)"
expect_equal "$(seq -s ' ' 11 60)" "$(texts)"

it "gives the pages before, to the first message"
read_room 'room=pages&before=11'
expect_equal '10 1-10 next=60 more=false reset=null' "$(shape)"
read_room 'room=pages&before=11&limit=4'
expect_equal '4 7-10 next=60 more=true reset=null' "$(shape)"
read_room 'room=pages&before=1'
expect_equal '{"room":"pages","events":[],"next":60,"more":false}' "$(answer "del(.cursor)")"
read_room 'room=pages&before=1000&limit=1'
expect_equal '1 60-60 next=60 more=true reset=null' "$(shape)"

it "says of a page of exactly all there is that there is no more"
read_room 'room=pages&limit=60'
expect_equal '60 1-60 next=60 more=false reset=null' "$(shape)"
read_room 'room=pages&limit=59'
expect_equal '59 2-60 next=60 more=true reset=null' "$(shape)"
read_room 'room=pages&after=0&limit=60'
expect_equal '60 1-60 next=60 more=false reset=null' "$(shape)"

it "leads back through all pages to the beginning, with nothing missing or doubled"
read_room 'room=pages&limit=7'
pages=$(texts)
while [ "$(answer .more)" = true ]; do
	read_room "room=pages&limit=7&before=$(answer '.events[0].seq')"
	pages="$(texts) $pages"
done
expect_equal "$(seq -s ' ' 60)" "$pages"

it "leads forward from any cursor by next, with nothing missing or doubled"
read_room 'room=pages&after=0&limit=7'
pages=$(texts)
while [ "$(answer .more)" = true ]; do
	read_room "room=pages&limit=7&after=$(answer .next)"
	pages="$pages $(texts)"
done
expect_equal "$(seq -s ' ' 60)" "$pages"
expect_equal 60 "$(answer .next)"

it "gives nothing to who has everything"
read_room 'room=pages&after=60'
expect_equal '{"room":"pages","events":[],"next":60,"more":false}' "$(answer "del(.cursor)")"

it "says so where a cursor is beyond what there is"
read_room 'room=pages&after=61'
expect_equal '0 null-null next=60 more=false reset=true' "$(shape)"

it "takes a limit from 1 to 200, and refuses others: 400 query_invalid"
for limit in 1 200 0200; do
	read_room "room=pages&limit=$limit"
	expect_equal "$limit 200" "$limit $status"
done
for limit in 0 201 -1 1.5 x '' 99999999999999999999; do
	read_room "room=pages&limit=$limit"
	expect_problem 400 query_invalid
done

it "refuses parameters that are no numbers, stand twice or contradict: 400 query_invalid"
for query in after=x after= after=-1 after=+1 after=0x1 after=1e3 after=9007199254740992 before=x before=-1 \
	wait=x wait=-1 'after=1&after=2' 'after=1&before=2' 'room=pages'; do
	read_room "room=pages&$query"
	expect_problem 400 query_invalid
done
for query in room=% room=%zz room=%ff room=%00 'room=pages&after=1%00'; do
	read_room "$query"
	expect_equal "400 $query" "$status $query" # lighttpd refuses some of them itself
done
read_room room=pages -H 'Last-Event-ID: x'
expect_problem 400 query_invalid

it "ends a page early that would become too long, and leads on"
jq -n '{room: "long", message: ("x" + "\u0001" * 10900)}' >"$scratch/message"
for n in $(seq 20); do
	send POST '' -f "$scratch/message"
done
read_room 'room=long&after=0&limit=200'
count=$(answer '.events | length')
expect_equal true "$(answer .more)"
expect test "$(wc -c <"$scratch/body")" -lt 2000000
read_room "room=long&limit=200&after=$(answer .next)"
expect_equal 20 "$((count + $(answer '.events | length')))"
read_room 'room=long&limit=200'
expect_equal '20 true' "$(answer '"\(.next) \(.more)"')"

it "answers who waits as soon as something is said"
for n in $(seq 5); do
	read_aside "room=wait&after=$((n - 1))&wait=8"
	send GET /health # and with that the other one has come to wait
	expect_not test -e "$scratch/aside/done"
	say wait "news $n"
	expect_aside "news $n"
done

it "answers who waits with nothing when the time is over"
read_aside 'room=wait&after=5&wait=1'
expect_aside ''
expect_equal '[] 5 false' "$(jq -rc '"\(.events) \(.next) \(.more)"' "$scratch/aside/body")"

it "answers at once who waits for what is there, or behind a cursor that is not covered"
read_room 'room=wait&after=4&wait=8'
expect_equal 'news 5' "$(texts)"
read_room 'room=wait&after=6&wait=8'
expect_equal true "$(answer .reset)"

it "waits in a private conversation too, and what others say wakes nobody there"
open_session
read_aside 'after=0&wait=8' -H "Cookie: $cookie"
say wait "not for you"
expect_not test -e "$scratch/aside/done"
say '' "for you" -H "Cookie: $cookie"
expect_aside 'for you received for you'
