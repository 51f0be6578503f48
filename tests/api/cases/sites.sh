# shellcheck shell=sh disable=SC2154
# Pages of other sites may not speak for a visitor.
# SPDX-License-Identifier: MIT

open_session
say site "mine to take back" -H "Cookie: $cookie"
mine=$(answer .seq)
cursor=$(newest_seq site)

# refuses_site WHAT HEADER
refuses_site()
{
	it "refuses what $1 sends: 403 cross_site"
	say site "forged" -H 'Host: chat.example' -H "Cookie: $cookie" -H "$2"
	expect_problem 403 cross_site
	say '' "forged" -H 'Host: chat.example' -H "Cookie: $cookie" -H "$2"
	expect_problem 403 cross_site
	send DELETE "/events/$mine?room=site" -H 'Host: chat.example' -H "Cookie: $cookie" -H "$2"
	expect_problem 403 cross_site
	expect_equal "$cursor" "$(newest_seq site)"
	expect_not store_has forged
}

refuses_site "a page of another site" 'Sec-Fetch-Site: cross-site'
refuses_site "a page of another name of the site" 'Sec-Fetch-Site: same-site'
refuses_site "a page of another site, from an older browser" 'Origin: https://evil.example'
refuses_site "a page whose address begins like ours" 'Origin: https://chat.example.evil.example'
refuses_site "a page whose address ends like ours" 'Origin: https://evilchat.example'
refuses_site "a page at another port" 'Origin: https://chat.example:8443'
refuses_site "a page without an origin" 'Origin: null'

it "takes what its own page sends, a page opened by hand, and a script"
for line in 'Sec-Fetch-Site: same-origin' 'Sec-Fetch-Site: none' 'Origin: https://chat.example' \
	'Origin: http://chat.example' 'Origin: https://Chat.Example' 'X-Nothing: said'; do
	say site "$line" -H 'Host: chat.example' -H "$line"
	expect_equal "200 $line" "$status $line"
done

it "answers what other sites' pages read, since they cannot see it"
read_room room=site -H 'Sec-Fetch-Site: cross-site' -H 'Origin: https://evil.example'
expect_equal 200 "$status"
expect_equal '' "$(header Access-Control-Allow-Origin)"
