# shellcheck shell=sh disable=SC2154
# Refusing: every malformed request gets its problem document.
# SPDX-License-Identifier: MIT

# refuses STATUS CODE WHAT BYTES: a post of these bytes (escapes as in printf %b).
refuses()
{
	it "refuses $3: $1 $2"
	printf '%b' "$4" >"$scratch/message"
	send POST '' -f "$scratch/message"
	expect_problem "$1" "$2"
}

refuses 400 json_empty "an empty body" ''
refuses 400 json_empty "a body of white space" ' \n\t'
refuses 400 json_syntax "a body that is not JSON" 'message=django'
refuses 400 json_syntax "a body that is cut off" '{"message":"djan'
refuses 400 json_syntax "single quotes" "{'message':'django'}"
refuses 400 json_syntax "a comma at the end" '{"message":"django",}'
refuses 400 json_syntax "a comment" '{"message":"django"/**/}'
refuses 400 json_syntax "NaN" '{"message":"django","x":NaN}'
refuses 400 json_syntax "Infinity" '{"message":"django","x":-Infinity}'
refuses 400 json_syntax "a number with a leading zero" '{"message":"django","x":01}'
refuses 400 json_syntax "an escape that JSON does not have" '{"message":"\\x41"}'
refuses 400 json_trailing "text behind the object" '{"message":"django"} {}'
refuses 400 json_trailing "a NUL behind the object" '{"message":"django"}\0000'
refuses 400 json_byte_order_mark "a byte order mark" '\0357\0273\0277{"message":"django"}'
refuses 400 json_utf8 "Latin-1" '{"message":"caf\0351"}'
refuses 400 json_utf8 "an overlong slash" '{"message":"\0300\0257"}'
refuses 400 json_utf8 "an overlong NUL" '{"message":"\0300\0200"}'
refuses 400 json_utf8 "a surrogate in UTF-8" '{"message":"\0355\0240\0200"}'
refuses 400 json_utf8 "bytes above U+10FFFF" '{"message":"\0364\0220\0200\0200"}'
refuses 400 json_utf8 "a character that is cut off" '{"message":"\0355\0225"}'
refuses 400 json_utf8 "a member's name that is not UTF-8" '{"message":"django","\0377":1}'
refuses 400 json_control "a raw line feed in a string" '{"message":"a\nb"}'
refuses 400 json_control "a raw NUL in a string" '{"message":"a\0000b"}'
refuses 400 json_surrogate "a high surrogate alone" '{"message":"\\ud83d"}'
refuses 400 json_surrogate "a low surrogate alone" '{"message":"\\ude00"}'
refuses 400 json_surrogate "two high surrogates" '{"message":"\\ud83d\\ud83d"}'
refuses 400 json_nul "an escaped U+0000" '{"message":"a\\u0000b"}'
refuses 400 json_nul "an escaped U+0000 in a member's name" '{"message\\u0000x":"a","message":"django"}'
refuses 400 json_duplicate "two messages" '{"message":"django","message":"flask"}'
refuses 400 json_duplicate "two messages, one of them escaped" '{"message":"django","m\\u0065ssage":"flask"}'
refuses 400 json_too_deep "nesting beyond the limit" '{"message":"django","x":[[[[[[[[1]]]]]]]]}'
refuses 400 json_number_range "an integer beyond 64 bits" '{"message":"django","x":9223372036854775808}'
refuses 400 json_number_range "a number beyond a double" '{"message":"django","x":1e999}'
refuses 400 not_an_object "an array" '["django"]'
refuses 400 not_an_object "a bare string" '"django"'
refuses 400 not_an_object "a bare number" '7'
refuses 400 not_an_object "null" 'null'
refuses 400 message_missing "an object without message" '{"Message":"django"}'
refuses 400 message_not_a_string "a message that is a number" '{"message":7}'
refuses 400 message_not_a_string "a message that is null" '{"message":null}'
refuses 400 message_not_a_string "a message that is an array" '{"message":["django"]}'
refuses 400 message_blank "an empty message" '{"message":""}'
refuses 400 message_blank "a message of white space" '{"message":" \\t\\r\\n"}'
refuses 400 message_blank "a message of Unicode's white space" '{"message":"\\u00a0\\u2003\\u3000\\u2028\\u0085"}'
refuses 400 message_blank "a message of zero width spaces" '{"message":"\\u200b\\ufeff\\u2060"}'
refuses 400 message_blank "a message of a Hangul filler" '{"message":"\\u3164"}'
refuses 400 message_blank "a message of joiners, soft hyphens and variation selectors" '{"message":"\\u200c\\u200d\\u00ad\\ufe0f"}'
refuses 400 message_blank "a message of blank Braille, raw" '{"message":"\0342\0240\0200"}'
refuses 400 name_invalid "a name that is not a string" '{"message":"django","name":7}'
refuses 400 name_invalid "a name with a line break" '{"message":"django","name":"a\\nb"}'
refuses 400 name_invalid "a name of a zero width space" '{"message":"django","name":"\\u200b"}'
refuses 400 name_invalid "a name with an invisible character at its end" '{"message":"django","name":"Ada\\u3164"}'
refuses 400 name_invalid "a name that turns the direction of the text" '{"message":"django","name":"a\\u202eb"}'
refuses 400 name_invalid "a name with five marks in a row" '{"message":"django","name":"x\\u0316\\u0316\\u0316\\u0316\\u0316"}'
refuses 400 name_invalid "a name that begins with a mark" '{"message":"django","name":"\\u0301a"}'
refuses 400 room_invalid "a room's name with a slash" '{"message":"django","room":"a/b"}'
refuses 404 room_unknown "a room that there is not" '{"message":"django","room":"nowhere"}'

it "names the byte at which a text stops being JSON"
send POST '' -b '{"message":"django",}'
expect_match 'byte 20$' "$(jq -r .detail "$scratch/body")"

it "refuses an object of too many members: 400 json_too_many_members"
awk 'BEGIN { printf "{\"message\":\"m\""; for (i = 0; i < 256; i++) printf ",\"%d\":0", i; printf "}" }' >"$scratch/message"
send POST '' -f "$scratch/message"
expect_problem 400 json_too_many_members

it "refuses a message one byte over the limit: 413 message_too_large"
awk 'BEGIN { printf "{\"message\":\""; for (i = 0; i < 32769; i++) printf "x"; printf "\"}" }' >"$scratch/message"
send POST '' -f "$scratch/message"
expect_problem 413 message_too_large

it "takes a body of exactly the limit, and refuses one byte more: 413 body_too_large"
awk 'BEGIN { printf "{\"message\":\"m\"}"; for (i = 15; i < 65536; i++) printf " " }' >"$scratch/message"
send POST '' -f "$scratch/message"
expect_equal 200 "$status"
printf ' ' >>"$scratch/message"
send POST '' -f "$scratch/message"
expect_problem 413 body_too_large

it "refuses a body far over the limit with the same document"
head -c 3000000 /dev/zero >"$scratch/message"
send POST '' -f "$scratch/message"
expect_problem 413 body_too_large

it "refuses a body that is labelled wrongly: 415 media_type, naming what it takes"
for type in text/plain application/x-www-form-urlencoded application/jsonp application/json-seq text/json; do
	send POST '' -b '{"message":"django"}' -t "$type"
	expect_problem 415 media_type
	expect_equal application/json "$(header Accept)"
done

it "refuses a body that is not labelled: 415 media_type"
send POST '' -b '{"message":"django"}' -t ''
expect_problem 415 media_type

it "refuses a compressed body: 415 content_encoding"
send POST '' -b '{"message":"django"}' -H 'Content-Encoding: gzip'
expect_problem 415 content_encoding
