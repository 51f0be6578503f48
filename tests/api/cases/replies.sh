# shellcheck shell=sh disable=SC2154
# Replies by a program, whatever is in between.
# SPDX-License-Identifier: MIT

it "answers with what a program says, when it is over"
say bot 'echo one; echo two; echo'
expect_equal '{"message":"one\ntwo","room":"bot","seq":1,"reply_seq":2}' "$(body)"
expect_equal 200 "$status"
read_room room=bot
expect_equal 'user done echo one; echo two; echo|assistant done one
two' "$(answer '[.events[] | "\(.role) \(.state) \(.text)"] | join("|")')"
expect_equal 1 "$(answer '.events[1].ref')"

it "gives the program who asks, where, what, and what was said before"
say bot 'echo three' -H 'Prefer: wait=10'
expect_equal '{"room":"bot","name":"","message":"echo three","history":[{"role":"user","text":"echo one; echo two; echo"},{"role":"assistant","text":"one\ntwo"}]}' \
	"$(cat "$bots/asked")"
send POST '' -b '{"room":"bot","name":"Ada","message":"echo four"}'
expect_equal '~Ada' "$(jq -r .name "$bots/asked")"

it "keeps what a program said that failed, marks it, and leaves it out of what later ones hear"
say bot 'echo half an; exit 3'
expect_equal '200 half an failed' "$status $(answer '"\(.message) \(.state)"')"
expect_reply bot '"\(.state) \(.text)"' 'failed half an'
say bot 'echo fine'
expect_equal '' "$(jq -r '.history[] | select(.text | test("half")) | select(.role == "assistant") | .text' "$bots/asked")"
expect_equal 'assistant echo half an; exit 3' "$(jq -r '"\(.history[-1].role) \(.unanswered[-1].text)"' "$bots/asked")"

it "says why a reply failed, and that one was cut, with the answer and in the room"
say bot 'echo half; exit 75'
expect_equal 'half failed busy' "$(answer '"\(.message) \(.state) \(.reason)"')"
expect_reply bot '"\(.state) \(.reason)"' 'failed busy'
say bot 'echo half; echo "{\"cut\":\"length\"}" >&3'
expect_equal 'half length null' "$(answer '"\(.message) \(.cut) \(.state)"')"
expect_reply bot '"\(.state) \(.cut)"' 'done length'

it "keeps what a program thinks beside its reply, and out of what later ones hear"
say bot 'echo "<think>well</think>"; echo spoken'
expect_equal spoken "$(answer .message)"
expect_reply bot '"\(.text) \(.thought) \(.thought_ms | type)"' 'spoken well number'
say bot 'echo fine'
expect_equal 'spoken' "$(jq -r '.history[-1].text' "$bots/asked")"

it "answers at once where that is preferred: 202, and the reply goes on and shows as it grows"
begin_reply bot 'printf 한; go_on_when first; printf 국; go_on_when second; printf 어'
expect_equal 202 "$status"
expect_equal respond-async "$(header Preference-Applied)"
expect_equal '["reply_seq","room","seq","state"] streaming' "$(answer '"\(keys) \(.state)"')"
expect_reply bot '"\(.state) \(.text)"' 'streaming 한'
let_go first
expect_reply bot '"\(.state) \(.text)"' 'streaming 한국'
read_room "room=bot&after=$reply_seq"
expect_equal 'part 0 한 part 1 국' "$(answer '[.events[] | "\(.kind) \(.off) \(.text)"] | join(" ")')"
cursor=$(answer .next)
let_go second
expect_reply bot '"\(.state) \(.text)"' 'done 한국어'

it "gives who was in the middle of a reply the rest of it, or the whole"
read_room "room=bot&after=$cursor"
expect_equal '한국어' "$(answer '[.events[] | select(.kind == "done")][0].text')"
read_room "room=bot&after=$reply_seq"
expect_equal 'done' "$(answer '[.events[].kind] | join(" ")')"
expect_equal "$reply_seq" "$(answer '.events[0].ref')"

it "stops a reply, ends its program, and says how it stands however often it is asked"
begin_reply bot 'echo $$ >pid; echo begun; go_on_when never'
expect_reply bot .text begun
for attempt in first second; do
	stop_reply bot "$reply_seq"
	expect_equal "$attempt 200 stopped" "$attempt $status $(answer .state)"
done
expect wait_for bot_is_gone pid
expect_reply bot '"\(.state) \(.text)"' 'stopped begun'
stop_reply bot 2
expect_equal 'done' "$(answer .state)"

it "stops nothing else: 404 event_unknown, 400 seq_invalid, 404 room_unknown"
for seq in 1 100000; do
	stop_reply bot "$seq"
	expect_problem 404 event_unknown
done
for seq in 0 -1 1.5 '"2"' null 99999999999999999999; do
	send POST /stop -b "{\"room\":\"bot\",\"seq\":$seq}"
	expect_equal "400 $seq" "$status $seq"
done
send POST /stop -b '{"room":"bot"}'
expect_problem 400 seq_invalid
send POST /stop -b '{"room":"nowhere","seq":2}'
expect_problem 404 room_unknown
send POST /stop -b '{"seq":2}'
expect_problem 404 event_unknown
send GET /stop
expect_problem 405 method_not_allowed

it "answers a message again, with the history that it had"
rm -f "$bots/better"
say bot '[ -e better ] && echo better || { echo worse; exit 1; }'
first=$(answer .seq)
expect_equal failed "$(answer .state)"
say bot 'echo meanwhile'
let_go better
send POST '' -b "{\"room\":\"bot\",\"again\":$first}"
expect_equal "better $first" "$(answer '"\(.message) \(.seq)"')"
expect_equal 0 "$(grep -c meanwhile "$bots/asked")"
expect_reply bot '"\(.ref) \(.state) \(.text)"' "$first done better"

it "answers no message again that is not there, or is being answered: 404 event_unknown, 409 reply_under_way"
for seq in 2 100000; do
	send POST '' -b "{\"room\":\"bot\",\"again\":$seq}"
	expect_problem 404 event_unknown
done
begin_reply bot 'echo on; go_on_when enough'
send POST '' -b "{\"room\":\"bot\",\"again\":$(answer .seq)}"
expect_problem 409 reply_under_way
let_go enough
expect_reply bot .state 'done'
send POST '' -b '{"room":"bot","again":"1"}'
expect_problem 400 again_invalid
send POST '' -b '{"again":1}'
expect_problem 404 event_unknown
send POST '' -b '{"room":"lobby","again":1}'
expect_problem 409 nobody_answers

it "answers a message again where the echo answers, too"
say again "once more"
send POST '' -b "{\"room\":\"again\",\"again\":$(answer .seq)}"
expect_equal "received once more" "$(answer .message)"

it "streams the reply on the answer, as events, and ends with it"
send POST '' -b '{"room":"bot","name":"Ada","message":"echo streamed"}' -H 'Accept: text/event-stream'
expect_equal '200 text/event-stream' "$status $(header Content-Type)"
expect_equal 'hello message message done' "$(events_of "$scratch/body" | cut -f 2 | grep -v -e part -e beat | paste -sd ' ')"
expect_equal 'user ~Ada echo streamed' "$(events_of "$scratch/body" | cut -f 3 | sed -n 2p | jq -r '"\(.role) \(.name) \(.text)"')"
expect_equal 'assistant streaming' "$(events_of "$scratch/body" | cut -f 3 | sed -n 3p | jq -r '"\(.role) \(.state)"')"
expect_equal 'done streamed' "$(events_of "$scratch/body" | cut -f 3 | tail -n 1 | jq -r '"\(.state) \(.text)"')"

it "streams what the echo says likewise"
send POST '' -b '{"room":"again","message":"django"}' -H 'Accept: text/event-stream'
expect_equal 'hello message message done' "$(events_of "$scratch/body" | cut -f 2 | grep -v beat | paste -sd ' ')"
expect_equal 'received django' "$(events_of "$scratch/body" | cut -f 3 | tail -n 1 | jq -r .text)"

it "gives the same key the same reply, while it is made and when it is over"
for expected in 202 202; do
	begin_reply bot 'echo keyed; go_on_when keyed' -H 'Idempotency-Key: bot-1'
	expect_equal "$expected ${key_reply:-$reply_seq}" "$status $reply_seq"
	key_reply=$reply_seq
done
let_go keyed
expect_reply bot .state 'done'
say bot 'echo keyed; go_on_when keyed' -H 'Idempotency-Key: bot-1'
expect_equal "200 keyed $key_reply" "$status $(answer '"\(.message) \(.reply_seq)"')"

it "ends a streaming reply with the message that is deleted"
open_session
begin_reply bot 'echo $$ >back; echo secret-of-the-bot; go_on_when never' -H "Cookie: $cookie"
expect_reply bot .text secret-of-the-bot
send DELETE "/events/$((reply_seq - 1))?room=bot" -H "Cookie: $cookie"
expect_equal 204 "$status"
expect wait_for bot_is_gone back
expect_reply bot .state deleted
expect_not store_has secret-of-the-bot

it "takes back all replies to a message, whoever has asked for them"
open_session
say bot 'echo reply-to-be-gone' -H "Cookie: $cookie"
first=$(answer .seq)
send POST '' -b "{\"room\":\"bot\",\"again\":$first}"
send DELETE "/events/$first?room=bot" -H "Cookie: $cookie"
expect_equal 204 "$status"
expect_reply bot .state deleted
expect_not store_has reply-to-be-gone

it "answers in private conversations, each with its own history"
restart_transport 'reply = script'
open_session
say '' 'echo mine' -H "Cookie: $cookie"
expect_equal '{"message":"mine","room":"~","seq":1,"reply_seq":2}' "$(body)"
expect_equal '~' "$(jq -r .room "$bots/asked")"
say '' 'echo again' -H "Cookie: $cookie"
expect_equal 'echo mine,mine' "$(jq -r '[.history[].text] | join(",")' "$bots/asked")"
open_session
say '' 'echo yours' -H "Cookie: $cookie"
expect_equal 0 "$(jq '.history | length' "$bots/asked")"

it "keeps nothing where there is neither room nor session, and answers all the same"
say '' 'echo for nobody'
expect_equal '{"message":"for nobody"}' "$(body)"
expect_equal '["",0]' "$(jq -c '[.room, (.history | length)]' "$bots/asked")"
say '' 'echo some of it; exit 1'
expect_equal '{"message":"some of it","state":"failed"}' "$(body)"
say '' 'exit 1'
expect_problem 500 reply_failed
send POST '' -b '{"message":"echo one; echo two"}' -H 'Accept: text/event-stream'
expect_equal 'hello done' "$(events_of "$scratch/body" | cut -f 2 | grep -v part | paste -sd ' ')"
expect_equal '- done' "$(events_of "$scratch/body" | tail -n 1 | cut -f 1,2 | tr '\t' ' ')"

it "answers 202 where a reply takes longer than a request waits"
restart_transport 'reply_wait = 1'
say bot 'echo begun; go_on_when later'
expect_equal '202 streaming' "$status $(answer .state)"
expect_equal '' "$(header Preference-Applied)"
let_go later
expect_reply bot '"\(.state) \(.text)"' 'done begun'

it "ends a program that takes too long or says too much, and keeps what it said"
restart_transport 'reply_seconds = 1' 'reply_bytes = 10'
say bot 'echo $$ >slow; printf begun; go_on_when never'
expect_equal '200 begun failed' "$status $(answer '"\(.message) \(.state)"')"
expect wait_for bot_is_gone slow
say bot 'printf 일이삼사오; go_on_when never'
expect_equal '200 일이삼 failed' "$status $(answer '"\(.message) \(.state)"')"

it "refuses a message where too many replies are made, and stores nothing of it: 503 too_many_replies"
restart_transport 'replies = 1' 'replies_waiting = 0'
begin_reply bot 'go_on_when room'
first=$(newest_seq bot)
say bot 'echo too many'
expect_problem 503 too_many_replies
expect_match '^[1-9][0-9]*$' "$(header Retry-After)"
let_go room
expect_reply bot .state 'done'
expect_equal "$((first + 1))" "$(newest_seq bot)"
restart_transport
