# shellcheck shell=sh disable=SC2154
# Pages of other sites may not speak for a visitor.
# SPDX-License-Identifier: MIT

open_session
say site "mine to delete" -H "Cookie: $cookie"
mine=$(answer .seq)
cursor=$(newest_seq site)

# refuses_site WHAT HEADER
refuses_site()
{
	it "refuses what $1 sends: 403 cross_site"
	say site "forged" -H "Cookie: $cookie" -H "$2"
	expect_problem 403 cross_site
	say '' "forged" -H "Cookie: $cookie" -H "$2"
	expect_problem 403 cross_site
	send DELETE "/events/$mine?room=site" -H "Cookie: $cookie" -H "$2"
	expect_problem 403 cross_site
	expect_equal "$cursor" "$(newest_seq site)"
	expect_not store_has forged
}

refuses_site "a page of another site" 'Sec-Fetch-Site: cross-site'
refuses_site "a page of another name of the site, or at another port" 'Sec-Fetch-Site: same-site'

it "refuses what forms can send, from browsers that do not tell the site"
for type in text/plain 'text/plain;charset=UTF-8' 'text/plain; application/json' TEXT/PLAIN application/x-www-form-urlencoded \
	'multipart/form-data; boundary=x' ''; do
	for origin in null https://evil.example http://chat.example; do
		send POST '' -b '{"room":"site","message":"forged"}' -t "$type" -H "Cookie: $cookie" -H "Origin: $origin"
		expect_problem 403 cross_site
		send POST /stop -b '{"room":"site","seq":1}' -t "$type" -H "Cookie: $cookie" -H "Origin: $origin"
		expect_problem 403 cross_site
	done
	send POST '' -b '{"room":"site","message":"forged"}' -t "$type" -H "Cookie: $cookie"
	expect_problem 415 media_type
done
expect_equal "$cursor" "$(newest_seq site)"

it "takes what its own page sends, whatever a proxy has made of Host, a page opened by hand, and a script"
for line in 'Sec-Fetch-Site: same-origin' 'Sec-Fetch-Site: none' 'Origin: https://chat.example' \
	'Origin: http://chat.example:8443' 'Origin: null' 'X-Nothing: said'; do
	say site "$line" -H 'Host: backend:9000' -H "$line"
	expect_equal "200 $line" "$status $line"
	send DELETE "/events/$mine?room=site" -H 'Host: backend:9000' -H "$line"
	expect_problem 403 not_the_author
done

it "grants no page of another site what it asks for in advance"
for path in '' /stop /events "/events/$mine" /rooms; do
	send OPTIONS "$path" -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: POST' \
		-H 'Access-Control-Request-Headers: content-type'
	expect_equal 204 "$status"
	expect_equal '' "$(grep -i '^Access-Control' "$scratch/head")"
done

it "answers what other sites' pages read, since they cannot see it"
read_room room=site -H 'Sec-Fetch-Site: cross-site' -H 'Origin: https://evil.example'
expect_equal 200 "$status"
expect_equal '' "$(header Access-Control-Allow-Origin)"
