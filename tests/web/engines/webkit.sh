# shellcheck shell=sh
# WebKit, by WebKitWebDriver and MiniBrowser under Xvfb. It has WebDriver's commands alone. For tests/web/browser.sh.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # for browser.sh
# shellcheck disable=SC2154 # $scratch and $url are of tests/lib.sh

browser_tools="WebKitWebDriver Xvfb"
browser_schemes=light

# browser_can FEATURE: see chromium.sh.
browser_can()
{
	false
}

browser_start_driver()
{
	# It chooses a number for its screen, and tells it.
	Xvfb -displayfd 3 -screen 0 1400x1000x24 -nolisten tcp 3>"$scratch/display" 2>"$scratch/xvfb.log" &
	remember $!
	wait_for test -s "$scratch/display"
	attempts=0
	while :; do
		driver_port=$(shuf -i 20000-32000 -n 1)
		HOME=$scratch TMPDIR=$scratch DISPLAY=:$(cat "$scratch/display") WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1 \
			LIBGL_ALWAYS_SOFTWARE=1 GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1 LANGUAGE=en_US \
			WebKitWebDriver --host=127.0.0.1 --port="$driver_port" >"$scratch/driver.log" 2>&1 &
		remember $!
		comes_true browser_driver_is_decided "$!"
		! process_is_gone "$!" || [ "$attempts" -ge 4 ] || { attempts=$((attempts + 1)) && continue; }
		return 0
	done
}

# browser_driver_is_decided PID
browser_driver_is_decided()
{
	process_is_gone "$1" || browser_driver_port
}

browser_driver_port()
{
	curl -s -o "$scratch/driver.status" "http://127.0.0.1:$driver_port/status"
}

# browser_capabilities LANGUAGES FOLDER: a wrong option would hang the session.
browser_capabilities()
{
	jq -n --arg browser "$(find /usr/lib -path '*webkit2gtk-4*' -name MiniBrowser | sort | tail -n 1)" \
		'{"webkitgtk:browserOptions": {binary: $browser, args: ["--automation"]}}'
}

browser_process_of=empty

# Of the page's path and, in a tab of its own, of the program's: WebDriver's command sees those of one path only.
browser_forget_cookies()
{
	forget_tab=$(browser_this_tab)
	browser_request DELETE /cookie >"$scratch/ignored"
	browser_use_tab "$(browser_new_tab)"
	browser_open "$url/chat/api/health"
	browser_request DELETE /cookie >"$scratch/ignored"
	browser_close_tab
	browser_use_tab "$forget_tab"
}

browser_insert()
{
	browser_await_focus
	browser_run 'document.execCommand("insertText", false, arguments[0])' "$1" >"$scratch/ignored"
}

# browser_screen WIDTH HEIGHT [mobile]: what the page has, without the browser's own lines.
browser_screen()
{
	for _ in 1 2; do
		rect=$(browser_run 'return JSON.stringify({
			width: Number(arguments[0]) + outerWidth - innerWidth, height: Number(arguments[1]) + outerHeight - innerHeight})' \
			"$1" "$2")
		browser_request POST /window/rect "$rect" >"$scratch/ignored"
	done
}

# It is light, and that cannot be changed.
browser_prefer()
{
	true
}
