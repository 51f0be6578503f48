# shellcheck shell=sh
# A real browser for the tests: headless Chromium, driven by chromedriver over the WebDriver protocol with curl and jq.
# Source it after tests/lib.sh:
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
# shellcheck disable=SC2154 # $scratch is of tests/lib.sh

# --- driver and sessions ---

# browser_is_installed: chromedriver, a browser for it, curl and jq are there.
browser_is_installed()
{
	for tool in chromedriver chromium curl jq; do
		command -v "$tool" >"$scratch/tool" || return 1
	done
}

# browser_start: starts chromedriver at a free port of this machine, and a first session in English.
browser_start()
{
	# All that browser and driver write goes into $scratch and away with it.
	trap 'browser_quit; clean_up' EXIT
	HOME=$scratch TMPDIR=$scratch chromedriver --port=0 >"$scratch/chromedriver.log" 2>&1 &
	remember $!
	comes_true browser_driver_port || bail "chromedriver does not start: $(cat "$scratch/chromedriver.log")"
	browser_session en-US
}

# The browser's last helpers write for a moment longer than it lives, so that its folder may refuse to go at first.
browser_quit()
{
	[ -z "${session:-}" ] || browser_request DELETE '' >"$scratch/ignored"
	wait_for rm -rf "$scratch"/browser.* 2>"$scratch/ignored"
}

browser_driver_port()
{
	driver_port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$scratch/chromedriver.log")
	[ -n "$driver_port" ]
}

# browser_session LANGUAGE...: ends the session and starts one whose visitor prefers these languages, most wanted first,
# and has set what $browser_prefs says, an object of JSON.
browser_session()
{
	[ -z "${session:-}" ] || browser_request DELETE '' >"$scratch/ignored"
	session=
	session_count=$((${session_count:-0} + 1))
	# No sandbox: it needs rights that root and containers do not have, and the pages are our own.
	# --disable-dev-shm-usage: /dev/shm is small in containers.
	started=$(jq -n --arg languages "$(echo "$*" | tr ' ' ,)" --arg data "$scratch/browser.$session_count" \
		--argjson prefs "${browser_prefs:-null}" --arg traces "${browser_traces:-}" '
		{capabilities: {alwaysMatch: {
			"goog:loggingPrefs": ({browser: "ALL"} + if $traces == "yes" then {performance: "ALL"} else {} end),
			"goog:chromeOptions": (if $traces == "yes" then {perfLoggingPrefs:
					{enableNetwork: false, enablePage: false, traceCategories: "devtools.timeline"}} else {} end + {
				prefs: ({"intl.accept_languages": $languages} + $prefs),
				args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
					"--disable-background-networking", "--disable-component-update", "--disable-sync",
					"--no-first-run", "--hide-scrollbars", "--window-size=900,700",
					"--accept-lang=" + $languages, "--user-data-dir=" + $data]})}}}' |
		curl -s --max-time 60 -H 'Content-Type: application/json' -d @- "http://127.0.0.1:$driver_port/session")
	session=$(printf '%s' "$started" | jq -r '.value.sessionId // empty')
	[ -n "$session" ] || bail "the browser does not start: $started"
	browser_process=$(printf '%s' "$started" | jq -r '.value.capabilities["goog:processID"] // empty')
	[ -z "$browser_process" ] || remember "$browser_process"
}

# browser_request METHOD PATH [JSON]: a WebDriver command of this session.
browser_request()
{
	if [ "$1" = POST ]; then
		set -- "$1" "$2" "${3:-"{}"}"
		answer=$(printf '%s' "$3" | curl -s --max-time 60 -H 'Content-Type: application/json' -d @- \
			"http://127.0.0.1:$driver_port/session/$session$2")
	else
		answer=$(curl -s --max-time 60 -X "$1" "http://127.0.0.1:$driver_port/session/$session$2")
	fi
	printf '%s' "$answer" | jq -r '
		if type != "object" or (has("value") | not) then error("no answer")
		elif (.value | type) == "object" and (.value | has("error")) then error(.value.message | split("\n")[0])
		elif .value == null then empty
		else .value end'
}

# browser_devtools METHOD [JSON]: a command of the DevTools protocol, for what WebDriver has none for.
browser_devtools()
{
	parameters=${2:-"{}"}
	browser_request POST /goog/cdp/execute \
		"$(jq -n --arg cmd "$1" --argjson params "$parameters" '{cmd: $cmd, params: $params}')"
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

# Of all paths: WebDriver's own command sees those of the page's path only.
browser_forget_cookies()
{
	browser_devtools Network.clearBrowserCookies >"$scratch/ignored"
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

# browser_console: what the console got since the last call, one line each. Complaints about CSP stand here.
browser_console()
{
	browser_request POST /se/log '{"type":"browser"}' | jq -r '.[] | .level + " " + .message'
}

# browser_mark NAME: a mark in the trace.
browser_mark()
{
	browser_run 'console.timeStamp(arguments[0])' "$1"
}

# browser_trace: what the browser has done so far (an array of events, devtools.timeline), where $browser_traces was "yes"
# when its session began. It can be asked for once in a session.
browser_trace()
{
	browser_request POST /se/log '{"type":"performance"}' |
		jq -c '[.[].message | fromjson.message | select(.method == "Tracing.dataCollected") | .params]'
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

# browser_type TEXT: key by key, into whatever has the focus. Letters beyond U+FFFF have no key: see browser_insert.
browser_type()
{
	active=$(browser_request GET /element/active | jq -r '.[]')
	browser_request POST "/element/$active/value" "$(jq -n --arg text "$1" '{text: $text}')"
}

# browser_insert TEXT: any text at once, as the emoji table of a keyboard does.
browser_insert()
{
	browser_devtools Input.insertText "$(jq -n --arg text "$1" '{text: $text}')" >"$scratch/ignored"
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

# browser_compose TEXT: an input method shows TEXT as not yet final, in the place of what it showed before.
browser_compose()
{
	browser_devtools Input.imeSetComposition "$(jq -n --arg text "$1" '
		{text: $text, selectionStart: ($text | length), selectionEnd: ($text | length)}')" >"$scratch/ignored"
}

# browser_press_in_composition KEYCODE: Enter as a browser reports it when an input method has taken the key. 229 is
# what most of them say; Enter's own code is 13.
browser_press_in_composition()
{
	for type in rawKeyDown keyUp; do
		browser_devtools Input.dispatchKeyEvent "$(jq -n --arg type "$type" --argjson code "$1" '
			{type: $type, key: "Enter", code: "Enter", windowsVirtualKeyCode: $code}')" >"$scratch/ignored"
	done
}

# browser_network on|off: whether the visitor's device has one.
browser_network()
{
	browser_devtools Network.enable >"$scratch/ignored"
	browser_devtools Network.emulateNetworkConditions "$(jq -n --arg network "$1" '{offline: ($network == "off"), latency: 0,
		downloadThroughput: -1, uploadThroughput: -1}')" >"$scratch/ignored"
}

# --- the visitor's screen ---

# browser_screen WIDTH HEIGHT [mobile]: the size of the page in CSS pixels; of a phone with a touch screen.
browser_screen()
{
	mobile=false
	[ "${3:-}" != mobile ] || mobile=true
	browser_devtools Emulation.setDeviceMetricsOverride "$(jq -n --argjson width "$1" --argjson height "$2" \
		--argjson mobile "$mobile" '{$width, $height, $mobile, deviceScaleFactor: 1}')" >"$scratch/ignored"
	browser_devtools Emulation.setTouchEmulationEnabled "{\"enabled\":$mobile}" >"$scratch/ignored"
}

# browser_prefer FEATURE VALUE: a setting of the visitor's, such as prefers-color-scheme dark.
browser_prefer()
{
	browser_devtools Emulation.setEmulatedMedia "$(jq -n --arg name "$1" --arg value "$2" \
		'{features: [{$name, $value}]}')" >"$scratch/ignored"
}
