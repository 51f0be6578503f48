# shellcheck shell=sh disable=SC2154
# Reading as lines: of text for a person, of JSON for a program.
# SPDX-License-Identifier: MIT

# read_lines TYPE QUERY: the last answer is the lines.
read_lines()
{
	send GET "/events?$2" -H "Accept: $1"
	expect_equal 200 "$status"
}

it "shows a page as a line for each message, with a time and who said it"
send POST '' -b '{"room":"again","name":"Ada","message":"one\ntwo \u001b[31m\u202ered"}'
first=$(answer .seq)
read_lines text/plain 'room=again&wait=0&limit=2'
expect_equal 'text/plain; charset=utf-8' "$(header Content-Type)"
expect_match '^([0-9]{4}-[0-9]{2}-[0-9]{2} )?[0-2][0-9]:[0-5][0-9] ~Ada: one' "$(body)"
expect_equal "~Ada: one ↵ two ␛[31mred
assistant: received one ↵ two ␛[31mred" "$(body | sed 's/^[0-9: -]* \([~a]\)/\1/')"

it "gives the events as lines of the JSON that a page has, with a cursor each, and how to go on"
read_room 'room=again&limit=2'
cp "$scratch/body" "$scratch/page"
read_lines application/x-ndjson 'room=again&wait=0&limit=2'
expect_equal application/x-ndjson "$(header Content-Type)"
expect_equal "$(jq -c '.events[]' "$scratch/page")" "$(answer 'select(.kind != "page") | del(.cursor)')"
expect_equal "$(jq -c 'del(.events)' "$scratch/page")" "$(answer 'select(.kind == "page") | del(.kind)')"
expect_equal "$(jq -r .cursor "$scratch/page")" "$(answer 'select(.kind == "message").cursor' | tail -n 1)"

it "goes on behind the cursor of a line"
cursor=$(answer "select(.seq == $first).cursor")
read_lines application/x-ndjson "room=again&after=$cursor&wait=1"
expect_equal "$((first + 1))" "$(answer 'select(.kind == "message").seq')"

it "says in lines that the cursor is not covered"
read_lines application/x-ndjson 'room=again&after=100000&wait=1'
expect_equal 'page true' "$(answer '"\(.kind) \(.reset)"')"
read_lines text/plain 'room=again&after=100000&wait=1'
expect_match '^\* ' "$(body)"

it "tells in a line that a message was deleted, and not what it said"
open_session
say again "soon gone" -H "Cookie: $cookie"
gone=$(answer .seq)
send DELETE "/events/$gone?room=again" -H "Cookie: $cookie"
read_lines text/plain "room=again&after=$((gone - 1))&wait=1"
expect_match "\\* message $gone was deleted" "$(body)"
expect_not grep -q 'soon gone' "$scratch/body"

it "gives JSON to who names nothing else, and to who wants it as much"
for accept in '*/*' 'image/png' 'application/json, text/plain, */*' 'text/plain;q=0.5, application/json' 'text/plain;q=0'; do
	send GET '/events?room=again' -H "Accept: $accept"
	expect_equal application/json "$(header Content-Type)"
done

it "answers HEAD with the head of a page, and what is wrong with a problem"
send HEAD '/events?room=again' -H 'Accept: text/plain'
expect_equal '200 text/plain; charset=utf-8' "$status $(header Content-Type)"
send GET '/events?room=nowhere' -H 'Accept: text/plain'
expect_problem 404 room_unknown
