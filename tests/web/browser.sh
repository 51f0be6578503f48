# shellcheck shell=sh
# A real browser for the tests, driven over the WebDriver protocol with curl and jq. $PLAINCHAT_BROWSER names it: chromium
# (the default), firefox or webkit; engines/ has what differs between them. Source it after tests/lib.sh:
#
#     browser_start
#     browser_open "$url/"
#     browser_type django
#     browser_press Enter
#     wait_for browser_has .reply
#     expect_equal "received django" "$(browser_text '.reply .text')"
#
# Selectors are CSS; where one is expected the first match is taken. What a function prints is its result: text as it
# is, everything else as JSON. A function fails when WebDriver reports an error, and says so on stderr.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # $scratch and $source are of tests/lib.sh

browser_engine=${PLAINCHAT_BROWSER:-chromium}
# shellcheck source=tests/web/engines/chromium.sh
. "$source/tests/web/engines/$browser_engine.sh"

# --- driver and sessions ---

# browser_is_installed: the browser, its driver, curl and jq are there.
browser_is_installed()
{
	for tool in $browser_tools curl jq; do
		command -v "$tool" >"$scratch/tool" || return 1
	done
}

# browser_start: starts the driver at a free port of this machine, and a first session in English.
browser_start()
{
	# All that browser and driver write goes into $scratch and away with it.
	trap 'browser_quit; clean_up' EXIT
	browser_start_driver
	comes_true browser_driver_port || bail "the driver does not start: $(cat "$scratch/driver.log")"
	browser_session en-US
}

# The browser's last helpers write for a moment longer than it lives, so that its folder may refuse to go at first.
browser_quit()
{
	[ -z "${session:-}" ] || browser_request DELETE '' >"$scratch/ignored"
	wait_for rm -rf "$scratch"/browser.* 2>"$scratch/ignored"
}

# browser_session LANGUAGE...: ends the session and starts one whose visitor prefers these languages, most wanted first,
# and has set what $browser_prefs says, an object of JSON.
browser_session()
{
	[ -z "${session:-}" ] || browser_request DELETE '' >"$scratch/ignored"
	session=
	session_count=$((${session_count:-0} + 1))
	started=$(browser_capabilities "$(echo "$*" | tr ' ' ,)" "$scratch/browser.$session_count" |
		jq '{capabilities: {alwaysMatch: .}}' |
		curl -s --max-time 120 -H 'Content-Type: application/json' -d @- "http://127.0.0.1:$driver_port/session")
	session=$(printf '%s' "$started" | jq -r '.value.sessionId // empty')
	[ -n "$session" ] || bail "the browser does not start: $started"
	browser_process=$(printf '%s' "$started" | jq -r "$browser_process_of // empty")
	[ -z "$browser_process" ] || remember "$browser_process"
}

# it_can FEATURE SENTENCE: the case begins, if this engine can be made to do that (browser_can); otherwise fails, and the case
# is none of this engine's: `if it_can compose "..."; then ... fi`.
it_can()
{
	browser_can "$1" && it "$2"
}

# browser_request METHOD PATH [JSON]: a WebDriver command of this session. One that is not answered within a minute is
# reported as the rest, and counts as waited for in vain.
browser_request()
{
	if [ "$1" = POST ]; then
		set -- "$1" "$2" "${3:-"{}"}"
		answer=$(printf '%s' "$3" | curl -s --max-time 60 -H 'Content-Type: application/json' -d @- \
			"http://127.0.0.1:$driver_port/session/$session$2")
	else
		answer=$(curl -s --max-time 60 -X "$1" "http://127.0.0.1:$driver_port/session/$session$2")
	fi || echo "the browser does not answer $1 $2" >>"$scratch/lost"
	printf '%s' "$answer" | jq -r '
		if type != "object" or (has("value") | not) then error("no answer")
		elif (.value | type) == "object" and (.value | has("error")) then error(.value.message | split("\n")[0])
		elif .value == null then empty
		else .value end'
}

# --- pages ---

# browser_open URL: returns when it is loaded.
browser_open()
{
	browser_request POST /url "$(jq -n --arg url "$1" '{url: $url}')"
}

browser_reload()
{
	browser_request POST /refresh
}

# browser_forget: the visitor is a new one: no cookie, nothing kept. The page that is open must be of the host.
browser_forget()
{
	browser_run 'sessionStorage.clear(); localStorage.clear()'
	browser_forget_cookies
}

# browser_new_tab: opens one and prints its name; browser_this_tab prints that of the one that is driven.
browser_new_tab()
{
	browser_request POST /window/new '{"type":"tab"}' | jq -r .handle
}

browser_this_tab()
{
	browser_request GET /window
}

# browser_use_tab NAME: from now on this one is driven.
browser_use_tab()
{
	browser_request POST /window "$(jq -n --arg handle "$1" '{$handle}')"
}

# browser_close_tab: the one that is driven; another must be used then.
browser_close_tab()
{
	browser_request DELETE /window >"$scratch/ignored"
}

# browser_hide yes|no: the page believes that nobody looks at it. A headless browser's tabs are all in sight.
browser_hide()
{
	browser_run '
		const hidden = arguments[0] === "yes";
		Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
		document.dispatchEvent(new Event("visibilitychange"));' "$1"
}

# browser_use_frame [SELECTOR]: from now on the page in this frame is driven; without one the page that has it.
browser_use_frame()
{
	frame=null
	[ $# -eq 0 ] || frame=$(jq -n --arg element "$(browser_find "$1")" '{"element-6066-11e4-a52e-4f735466cecf": $element}')
	browser_request POST /frame "{\"id\":$frame}"
}

browser_url()
{
	browser_request GET /url
}

# browser_run JAVASCRIPT [ARGUMENT...]: the body of a function; prints what it returns.
browser_run()
{
	javascript=$1
	shift
	browser_request POST /execute/sync "$(jq -n --arg script "$javascript" '{script: $script, args: $ARGS.positional}' \
		--args -- "$@")"
}

# browser_is JAVASCRIPT: the expression is true.
browser_is()
{
	[ "$(browser_run "return Boolean($1)")" = true ]
}

# browser_screenshot FILE: the window's content, as PNG.
browser_screenshot()
{
	browser_request GET /screenshot | base64 -d >"$1"
}

# --- elements ---

# browser_find SELECTOR: the element's WebDriver name.
browser_find()
{
	browser_request POST /element "$(jq -n --arg value "$1" '{using: "css selector", value: $value}')" | jq -r '.[]'
}

# browser_has SELECTOR [COUNT]: there is such an element in the page and it can be seen; or COUNT of them.
browser_has()
{
	seen=$(browser_run 'return [...document.querySelectorAll(arguments[0])]
		.filter((element) => element.getClientRects().length > 0).length' "$1")
	if [ $# -gt 1 ]; then
		[ "$seen" = "$2" ]
	else
		[ "${seen:-0}" -gt 0 ]
	fi
}

# browser_text SELECTOR: the text of every match, one after the other, a line each where it has no line ends of its own.
browser_text()
{
	browser_run 'return [...document.querySelectorAll(arguments[0])]
		.map((element) => element.textContent).join("\n")' "$1"
}

browser_value()
{
	browser_run 'return document.querySelector(arguments[0]).value' "$1"
}

# browser_role SELECTOR, browser_label SELECTOR: what a screen reader is told.
browser_role()
{
	browser_request GET "/element/$(browser_find "$1")/computedrole"
}

browser_label()
{
	browser_request GET "/element/$(browser_find "$1")/computedlabel"
}

# --- hands ---

# browser_click SELECTOR: with the mouse, in the middle; fails when something else is on top.
browser_click()
{
	browser_request POST "/element/$(browser_find "$1")/click"
}

# browser_tap SELECTOR: with a finger.
browser_tap()
{
	browser_request POST /actions "$(jq -n --arg element "$(browser_find "$1")" '{actions: [{
		type: "pointer", id: "finger", parameters: {pointerType: "touch"}, actions: [
			{type: "pointerMove", x: 0, y: 0,
				origin: {"element-6066-11e4-a52e-4f735466cecf": $element}},
			{type: "pointerDown", button: 0}, {type: "pointerUp", button: 0}]}]}')"
}

# browser_await_focus: the page takes the focus a moment after it has loaded; what is typed before goes nowhere.
browser_await_focus()
{
	wait_for browser_is 'document.activeElement.matches("input, textarea")'
}

# browser_type TEXT: key by key, into whatever has the focus. Letters beyond U+FFFF have no key: see browser_insert.
browser_type()
{
	browser_await_focus
	active=$(browser_request GET /element/active | jq -r '.[]')
	browser_request POST "/element/$active/value" "$(jq -n --arg text "$1" '{text: $text}')"
}

# browser_press KEY...: holds the keys down from left to right, then lets go: browser_press Shift Enter.
browser_press()
{
	browser_request POST /actions "$(jq -n '
		{Shift: "\uE008", Enter: "\uE007", Tab: "\uE004", Space: " ", Escape: "\uE00C"} as $keys
		| [$ARGS.positional[] | $keys[.]] as $held
		| {actions: [{type: "key", id: "keyboard", actions: (
			[$held[] | {type: "keyDown", value: .}] + [$held | reverse[] | {type: "keyUp", value: .}])}]}' \
		--args -- "$@")"
}
