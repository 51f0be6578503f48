# shellcheck shell=sh disable=SC2154
# Saying something: what a script sees that posts a message.
# SPDX-License-Identifier: MIT

it "answers a message with what was received, and nothing else in the object"
send POST '' -b '{"message":"django"}'
expect_equal 200 "$status"
expect_equal application/json "$(header Content-Type)"
expect_equal '{"message":"received django"}' "$(body)"

it "lets no cache keep an answer, and no browser guess its type"
expect_equal no-store "$(header Cache-Control)"
expect_equal nosniff "$(header X-Content-Type-Options)"
expect_equal '' "$(header Set-Cookie)"

# comes_back WHAT TEXT: any text comes back as it was sent.
comes_back()
{
	it "gives back $1 unchanged"
	jq -n --arg text "$2" '{message: $text}' >"$scratch/message"
	send POST '' -f "$scratch/message"
	expect_equal 200 "$status"
	expect_equal "received $2" "$(jq -r .message "$scratch/body")"
}

comes_back "Korean" "안녕하세요, 카페 메뉴가 뭐예요?"
comes_back "Korean in separate letters" "$(printf '\341\204\222\341\205\241\341\206\253')"
comes_back "emoji with skin tone and joiners" "👩🏽‍💻 👨‍👩‍👧‍👦 🇰🇷"
comes_back "combining marks" "Z̷̨̛a̶̗͘l̴̝̈g̵̱̀o̶̰͝ ệ"
comes_back "right-to-left text" "שלום עולם مرحبا بالعالم"
comes_back "the highest code point" "$(printf '\364\217\277\277')"
comes_back "line and paragraph separators" "a$(printf '\342\200\250')b$(printf '\342\200\251')c"
comes_back "markup" "<script>alert(\"x\")</script> & </p>"
comes_back "quotes and backslashes" '"\\" \" \n \u0041'
comes_back "lines and tabs" "$(printf 'one\n\ttwo\r\nthree')"
comes_back "the placeholder of the echo's wording" "{message}"
comes_back "leading and trailing white space" "  django  "

it "reads escapes, pairs of surrogates among them"
send POST '' -b '{"message":"\u0064\u006a\ud83d\ude00\b\/"}'
expect_equal 200 "$status"
expect_equal "received dj😀\b/" "$(jq -j '.message | gsub("\b"; "\\b")' "$scratch/body")"

it "takes every character of every plane as an escape: ideographs whose numbers look like surrogates, too"
for halves in d836:dc00 d837:dfff d876:dc00 dbb6:dc00 dbf6:dfff dbff:dfff; do
	escape=$(printf '%s' "$halves" | sed 's/\(....\):/\\u\1\\u/')
	printf '{"message":"%s","%s":1}' "$escape" "$escape" >"$scratch/message"
	send POST '' -f "$scratch/message"
	expect_equal "200 $(jq -c '"received " + .message' "$scratch/message")" "$status $(jq -c .message "$scratch/body")"
done

it "takes the label of the type in any case, and with parameters"
for type in 'application/json;charset=utf-8' 'Application/JSON ; charset="UTF-8"'; do
	send POST '' -b '{"message":"django"}' -t "$type"
	expect_equal "200 for $type" "$status for $type"
done

it "ignores members that it does not know"
send POST '' -b '{"colour":{"r":[1,2.5e3,null,true]},"message":"django","name":"Ada"}'
expect_equal '{"message":"received django"}' "$(body)"

it "takes white space around the JSON text"
printf ' \t\r\n{ "message" :\n"django" }\r\n\t ' >"$scratch/message"
send POST '' -f "$scratch/message"
expect_equal '{"message":"received django"}' "$(body)"

it "takes a slash at the end of the mount point"
send POST / -b '{"message":"django"}'
expect_equal '{"message":"received django"}' "$(body)"

it "takes a message of 32 KiB, each character of three bytes, and gives all of it back"
awk 'BEGIN { printf "{\"message\":\""; for (i = 0; i < 10922; i++) printf "한"; printf "ab\"}" }' >"$scratch/message"
send POST '' -f "$scratch/message"
expect_equal 200 "$status"
expect_equal "$((9 + 32768))" "$(jq -j .message "$scratch/body" | wc -c)"

it "takes a message of controls, whose answer is six times as long"
awk 'BEGIN { printf "{\"message\":\"x"; for (i = 0; i < 10900; i++) printf "\\u0001"; printf "\"}" }' >"$scratch/message"
send POST '' -f "$scratch/message"
expect_equal 200 "$status"
expect_equal 10901 "$(jq -r '.message | length - 9' "$scratch/body")"
