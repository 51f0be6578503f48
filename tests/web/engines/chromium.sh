# shellcheck shell=sh
# Chromium, by chromedriver: what it takes to start it, and what WebDriver has no commands for, by the DevTools protocol.
# For tests/web/browser.sh.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # for browser.sh
# shellcheck disable=SC2154 # $scratch is of tests/lib.sh

browser_tools="chromium chromedriver"

# The colour schemes that a visitor can be made to prefer.
browser_schemes="light dark"

# browser_can FEATURE: this engine can be made to do it. compose: an input method; console: tell what its console got;
# devtools: what only that protocol can do; functions: make one of a text in a page that forbids that; language: be given
# those that its visitor prefers; media: prefer a colour scheme and the like; network: be offline; screen: have any size;
# tabs: have the tab that is driven in sight; touch: be tapped.
browser_can()
{
	true
}

browser_start_driver()
{
	HOME=$scratch TMPDIR=$scratch chromedriver --port=0 >"$scratch/driver.log" 2>&1 &
	remember $!
}

browser_driver_port()
{
	driver_port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$scratch/driver.log")
	[ -n "$driver_port" ]
}

# browser_capabilities LANGUAGES FOLDER: what a session is asked for, with $browser_arguments, an array of JSON, for more.
# No sandbox: it needs rights that root and containers do not have, and the pages are our own. --disable-dev-shm-usage:
# /dev/shm is small in containers.
browser_capabilities()
{
	jq -n --arg languages "$1" --arg data "$2" --argjson prefs "${browser_prefs:-null}" \
		--arg traces "${browser_traces:-}" \
		--argjson arguments "${browser_arguments:-[]}" '{
		"goog:loggingPrefs": ({browser: "ALL"} + if $traces == "yes" then {performance: "ALL"} else {} end),
		"goog:chromeOptions": (if $traces == "yes" then {perfLoggingPrefs:
				{enableNetwork: false, enablePage: false, traceCategories: "devtools.timeline"}} else {} end + {
			prefs: ({"intl.accept_languages": $languages} + $prefs),
			args: (["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--no-first-run", "--hide-scrollbars", "--window-size=900,700",
				"--accept-lang=" + $languages, "--user-data-dir=" + $data] + $arguments)})}'
}

# The process, for those who look at its memory, in what a session answers.
browser_process_of='.value.capabilities["goog:processID"]'

# Refuses all cookies, as $browser_prefs.
browser_prefs_without_cookies='{"profile.default_content_setting_values.cookies":2}'

# browser_devtools METHOD [JSON]: a command of the DevTools protocol, for what WebDriver has none for.
browser_devtools()
{
	parameters=${2:-"{}"}
	browser_request POST /goog/cdp/execute \
		"$(jq -n --arg cmd "$1" --argjson params "$parameters" '{cmd: $cmd, params: $params}')"
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

# Of all paths: WebDriver's own command sees those of the page's path only.
browser_forget_cookies()
{
	browser_devtools Network.clearBrowserCookies >"$scratch/ignored"
}

# browser_insert TEXT: any text at once, as the emoji table of a keyboard does.
browser_insert()
{
	browser_devtools Input.insertText "$(jq -n --arg text "$1" '{text: $text}')" >"$scratch/ignored"
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
