# shellcheck shell=sh disable=SC2154
# Taking a message back.
# SPDX-License-Identifier: MIT

open_session
ada=$cookie
open_session
bo=$cookie

# take_back SEQ ROOM [WORD...]
take_back()
{
	take_back_path="/events/$1?room=$2"
	shift 2
	send DELETE "$take_back_path" "$@"
}

say gone "a word regretted" -H "Cookie: $ada"
regretted=$(answer .seq)
say gone "kept by ada" -H "Cookie: $ada"
kept=$(answer .seq)
say gone "anonymous"
anonymous=$(answer .seq)
cursor=$(newest_seq gone)

it "refuses to take back what somebody else has said: 403 not_the_author"
take_back "$regretted" gone -H "Cookie: $bo"
expect_problem 403 not_the_author
take_back "$regretted" gone
expect_problem 403 not_the_author
take_back "$regretted" gone -e REMOTE_USER=ada
expect_problem 403 not_the_author

it "refuses to take back what was said without cookie, from anybody: 403 not_the_author"
take_back "$anonymous" gone
expect_problem 403 not_the_author
take_back "$anonymous" gone -H "Cookie: $ada"
expect_problem 403 not_the_author

it "takes back a visitor's own message, and does so again"
expect store_has 'a word regretted'
take_back "$regretted" gone -H "Cookie: $ada"
expect_equal '204 ' "$status $(body)"
take_back "$regretted" gone -H "Cookie: $ada"
expect_equal '204 ' "$status $(body)"

it "leaves the text, and the reply's, in no file of the store"
expect_not store_has 'a word regretted'
expect store_has 'kept by ada'

it "tells those who read on, once"
read_room "room=gone&after=$cursor"
expect_equal "delete $((regretted + 1)) delete $regretted" \
	"$(answer '[.events | sort_by(-.ref)[] | .kind, .ref | tostring] | join(" ")')"
expect_equal "$((cursor + 2))" "$(answer .next)"

it "shows only that there was a message"
read_room room=gone
expect_equal 'deleted deleted kept by ada received kept by ada anonymous received anonymous' "$(texts)"
expect_equal '[false,false,false,false]' \
	"$(answer '[.events[] | select(.state == "deleted") | has("text"), has("name")]')"

it "does not know messages that there are not: 404 event_unknown"
for seq in 0 999 999999999999999999 "$((cursor + 1))"; do
	take_back "$seq" gone -H "Cookie: $ada"
	expect_problem 404 event_unknown
done
take_back "$kept" quiet -H "Cookie: $ada"
expect_problem 404 event_unknown
take_back "$kept" nowhere -H "Cookie: $ada"
expect_problem 404 room_unknown

it "knows no paths that are not quite numbers: 404 path_unknown"
for path in /events/ /events/x /events/-1 /events/1x /events/1/2 /events/9999999999999999999; do
	send DELETE "$path" -H "Cookie: $ada"
	expect_problem 404 path_unknown
done

it "takes back what was said in the private conversation"
say '' "regretted in private" -H "Cookie: $ada"
seq=$(answer .seq)
send DELETE "/events/$seq"
expect_problem 404 event_unknown
send DELETE "/events/$seq" -H "Cookie: $bo"
expect_problem 404 event_unknown
send DELETE "/events/$seq" -H "Cookie: $ada"
expect_equal 204 "$status"
expect_not store_has 'regretted in private'

it "goes by the authenticated user, where there is one"
say gone "said by ada of the realm" -e REMOTE_USER=ada -H "Cookie: $bo"
seq=$(answer .seq)
take_back "$seq" gone -H "Cookie: $bo"
expect_problem 403 not_the_author
take_back "$seq" gone -e REMOTE_USER=bo -H "Cookie: $bo"
expect_problem 403 not_the_author
take_back "$seq" gone -e REMOTE_USER=ada
expect_equal 204 "$status"
expect_not store_has 'ada of the realm'

it "does not bring back a deleted message when its key comes again"
send POST '' -b '{"room":"gone","message":"never again"}' -H 'Idempotency-Key: k-gone' -H "Cookie: $ada"
take_back "$(answer .seq)" gone -H "Cookie: $ada"
cursor=$(newest_seq gone)
send POST '' -b '{"room":"gone","message":"never again"}' -H 'Idempotency-Key: k-gone' -H "Cookie: $ada"
expect_equal 200 "$status"
expect_equal "$cursor" "$(newest_seq gone)"
expect_not store_has 'never again'

it "leaves nothing of a message as large as one can be, nor of its name"
awk 'BEGIN { printf "{\"room\":\"gone\",\"name\":\"Nom de Plume\",\"message\":\"";
	for (i = 0; i < 2000; i++) printf "all of this"; printf "\"}" }' >"$scratch/message"
send POST '' -f "$scratch/message" -H "Cookie: $ada"
seq=$(answer .seq)
expect store_has 'all of this'
expect store_has 'Nom de Plume'
take_back "$seq" gone -H "Cookie: $ada"
expect_not store_has 'all of this'
expect_not store_has 'Nom de Plume'
