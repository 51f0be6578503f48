# shellcheck shell=sh disable=SC2154
# What a visitor does, whatever serves it: for servers.sh, whose $base is the page's address. $streams says whether events
# leave as they happen.
# SPDX-License-Identifier: MIT

# as_page WORD...: curl as the page's requests are.
as_page()
{
	curl --silent --show-error --max-time 30 --referer "$base" --header "Origin: $origin" --header 'Expect:' "$@"
}

it "$server_name: serves the page with its modules, and leads to it without the slash"
expect_equal "200 text/html" "$(as_page -o "$scratch/page" -w '%{http_code} %{content_type}' "$base" | sed 's/;.*//')"
expect cmp -s "$page/index.html" "$scratch/page"
expect_match '^200 (text|application)/javascript' \
	"$(as_page -o "$scratch/out" -w '%{http_code} %{content_type}' "$base$page_script")"
expect_equal "200 $base" "$(as_page -L -o "$scratch/out" -w '%{http_code} %{url_effective}' "${base%/}")"
expect cmp -s "$scratch/page" "$scratch/out"

if [ "$has_headers" = yes ]; then
	it "$server_name: lets browsers ask whether a file has changed, and no other site frame the page"
	for file in '' "$page_script" "$page_style"; do
		as_page -D "$scratch/head.raw" -o "$scratch/out" -H 'Accept-Encoding: gzip' "$base$file"
		tr -d '\r' <"$scratch/head.raw" >"$scratch/head"
		case $file in
		page-*) expect_equal 'max-age=31536000, immutable' "$(header Cache-Control)" ;;
		*) expect_equal "no-cache frame-ancestors 'self'" "$(header Cache-Control) $(header Content-Security-Policy)" ;;
		esac
		expect_equal nosniff "$(header X-Content-Type-Options)"
	done
	case $server_name in
	nginx | apache)
		it "$server_name: compresses the page and its modules"
		for file in '' "$page_script" "$page_style"; do
			expect_equal gzip "$(as_page -o "$scratch/out" -w '%header{content-encoding}' -H 'Accept-Encoding: gzip' "$base$file")"
		done
		;;
	esac
fi

it "$server_name: answers what the page posts"
expect_equal '{"message":"received django"}' \
	"$(as_page -d '{"message":"django"}' -H 'Content-Type: application/json' "$api")"
send GET /health
expect_equal 200 "$status"
expect_equal no-store "$(header Cache-Control)"
expect_equal nosniff "$(header X-Content-Type-Options)"
send GET /nothing
expect_problem 404 path_unknown

it "$server_name: keeps a visitor's conversation over a reload, by a cookie for this chat alone"
rm -f "$scratch/jar"
as_page -b "$scratch/jar" -c "$scratch/jar" -D "$scratch/head" "$api/events" >"$scratch/body"
expect_equal true "$(answer .newcomer)"
for text in one two; do
	as_page -b "$scratch/jar" -c "$scratch/jar" -H 'Content-Type: application/json' -d "{\"message\":\"$text\"}" "$api" >"$scratch/body"
	expect_equal '~' "$(answer .room)"
done
as_page -b "$scratch/jar" -c "$scratch/jar" "$api/events" >"$scratch/body"
expect_equal 'one received one two received two' "$(texts)"
expect_equal 1 "$(grep -c plainchat "$scratch/jar")"
case $base in
https:*)
	expect grep -iq '^Set-Cookie: __Host-plainchat-[^;]*; Path=/; .*; Secure' "$scratch/head"
	;;
*)
	# Some versions of curl write a slash behind it.
	expect_match "^${base_path}api/?\$" "$(awk '/plainchat/ { print $3 }' "$scratch/jar")"
	expect_not grep -iq '^Set-Cookie:.*secure' "$scratch/head"
	;;
esac

it "$server_name: keeps a shared room"
before=$(newest_seq lobby)
say lobby "in the room" -H "Origin: $origin"
expect_equal 200 "$status"
read_room "room=lobby&after=${before:-0}"
expect_equal "in the room" "$(texts)"

it "$server_name: brings what happens, as it happens"
before=$(newest_seq lobby)
if [ "$streams" = yes ]; then
	follow_from_now "$scratch/stream" room=lobby
	say lobby "live"
	expect wait_for has_id "$scratch/stream" "$((before + 1))"
	cut_off "$follower_pid"
else
	read_aside "room=lobby&after=$before&wait=8"
	say lobby "live"
	expect_aside live
fi

it "$server_name: brings a reply as it is made"
rm -f "$bots/go"
if [ "$streams" = yes ]; then
	: >"$scratch/reply"
	# shellcheck disable=SC2016 # for the bot
	as_page --no-buffer -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \
		-d '{"room":"bot","message":"printf half; go_on_when go; printf %s -whole"}' "$api" >"$scratch/reply" &
	remember $!
	expect wait_for grep -q '"text":"half"' "$scratch/reply"
	let_go go
	expect wait_for grep -q '"text":"half-whole"' "$scratch/reply"
else
	begin_reply bot 'printf half; go_on_when go; printf %s -whole'
	expect_equal 202 "$status"
	expect_reply bot .text half
	let_go go
	expect_reply bot .text half-whole
fi

it "$server_name: deletes for who has said it, and for nobody else"
send GET /events
cookie=$(header Set-Cookie)
cookie=${cookie%%;*}
say lobby "to be deleted" -H "Cookie: $cookie"
mine=$(answer .seq)
send DELETE "/events/$mine?room=lobby"
expect_problem 403 not_the_author
send DELETE "/events/$mine?room=lobby" -H "Cookie: $cookie" -H "Origin: $origin"
expect_equal 204 "$status"

it "$server_name: refuses pages of other sites, and says why in the log"
before=$(newest_seq lobby)
say lobby forged -H 'Sec-Fetch-Site: cross-site' -H 'Origin: https://evil.example'
expect_problem 403 cross_site
send POST '' -b '{"room":"lobby","message":"forged"}' -t text/plain -H 'Origin: https://evil.example'
expect_problem 403 cross_site
send DELETE "/events/1?room=lobby" -H 'Sec-Fetch-Site: same-site'
expect_problem 403 cross_site
expect_equal "$before" "$(newest_seq lobby)"
expect wait_for grep -q 'event=refused code=cross_site reason="[a-z :]*".*origin=https://evil.example' "$log_of_program"
