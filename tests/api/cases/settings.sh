# shellcheck shell=sh disable=SC2154
# What the owner has set for the page.
# SPDX-License-Identifier: MIT

it "tells the page the name of the chat, and of the rest what is set"
send GET /settings
expect_equal 200 "$status"
expect_equal '{"name":"Chat","greeting":"Willkommen <b>& 환영"}' "$(body)"

it "tells the title of a room that has one"
send GET /rooms
expect_equal '{"room":"quiet","title":"The quiet room"}' "$(answer '.rooms[] | select(.room == "quiet")')"

it "takes no change of them"
send POST /settings -b '{"name":"mine"}'
expect_equal 405 "$status"
