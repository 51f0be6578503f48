# shellcheck shell=sh disable=SC2154
# Idempotency-Key: the same message again is the same message.
# SPDX-License-Identifier: MIT

it "gives the first answer again for the same key, and stores nothing"
send POST '' -b '{"room":"keys","message":"once"}' -H 'Idempotency-Key: k-1'
expect_equal '{"message":"received once","room":"keys","seq":1,"reply_seq":2}' "$(body)"
for copy in second third fourth; do
	send POST '' -b '{"room":"keys","message":"once"}' -H 'Idempotency-Key: k-1'
	expect_equal "$copy {\"message\":\"received once\",\"room\":\"keys\",\"seq\":1,\"reply_seq\":2}" "$copy $(body)"
done
read_room room=keys
expect_equal 'once received once' "$(texts)"

it "refuses the same key with another body: 422 key_reused"
send POST '' -b '{"room":"keys","message":"twice"}' -H 'Idempotency-Key: k-1'
expect_problem 422 key_reused
send POST '' -b '{"room":"keys","message":"once","name":"Ada"}' -H 'Idempotency-Key: k-1'
expect_problem 422 key_reused
read_room room=keys
expect_equal 'once received once' "$(texts)"

it "does not mix up keys of different rooms, nor of different visitors' conversations"
send POST '' -b '{"room":"other","message":"elsewhere"}' -H 'Idempotency-Key: k-1'
expect_equal 'received elsewhere' "$(answer .message)"
open_session
send POST '' -b '{"message":"mine"}' -H 'Idempotency-Key: k-1' -H "Cookie: $cookie"
expect_equal 'received mine 1' "$(answer '"\(.message) \(.seq)"')"
open_session
send POST '' -b '{"message":"mine"}' -H 'Idempotency-Key: k-1' -H "Cookie: $cookie"
expect_equal 'received mine 1' "$(answer '"\(.message) \(.seq)"')"

it "tells keys apart by case, and stores the same text under another key again"
send POST '' -b '{"room":"keys","message":"once"}' -H 'Idempotency-Key: K-1'
expect_equal 3 "$(answer .seq)"

it "takes keys of 1 to 128 visible characters, and refuses others: 400 key_invalid"
for key in x "$(printf '%0128d' 0)" '!"#$%&()*+,-./:;<=>?@[]^_`{|}~'; do
	send POST '' -b '{"room":"keys","message":"m"}' -H "Idempotency-Key: $key"
	expect_equal "200 $key" "$status $key"
done
for key in "$(printf '%0129d' 0)" 'a b' 'é'; do
	send POST '' -b '{"room":"keys","message":"m"}' -H "Idempotency-Key: $key"
	expect_problem 400 key_invalid
done

it "keeps nothing of a key where nothing is kept"
for message in one two; do
	send POST '' -b "{\"message\":\"$message\"}" -H 'Idempotency-Key: k-of-nobody'
	expect_equal "{\"message\":\"received $message\"}" "$(body)"
done
expect_not store_has k-of-nobody
