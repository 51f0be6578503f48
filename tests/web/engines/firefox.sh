# shellcheck shell=sh
# Firefox, by firefox_driver.mjs: what it takes to start it, and what WebDriver has no commands for, by scripts that run with
# the browser's own rights. For tests/web/browser.sh.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034 # $ is not for the shell; for browser.sh
# shellcheck disable=SC2154 # $scratch and $source are of tests/lib.sh

browser_tools="firefox-esr node"
browser_schemes="light dark"

# browser_can FEATURE: see chromium.sh.
browser_can()
{
	case $1 in
	console | functions | language | media | screen | tabs) return 0 ;;
	*) return 1 ;;
	esac
}

browser_start_driver()
{
	node "$source/tests/web/engines/firefox_driver.mjs" firefox-esr "$scratch" >"$scratch/driver.log" 2>&1 &
	remember $!
}

browser_driver_port()
{
	driver_port=$(sed -n 's/^listening on port \([0-9]*\)$/\1/p' "$scratch/driver.log")
	[ -n "$driver_port" ]
}

# browser_capabilities LANGUAGES FOLDER
browser_capabilities()
{
	jq -n --arg languages "$1" --argjson prefs "${browser_prefs:-null}" \
		'{"moz:firefoxOptions": {prefs: ({"intl.accept_languages": $languages} + $prefs)}}'
}

browser_process_of='.value.capabilities["moz:processID"]'

browser_prefs_without_cookies='{"network.cookie.cookieBehavior":2}'

# browser_chrome JAVASCRIPT [ARGUMENT...]: the body of a function with the browser's rights, whose last argument is to be
# called with what it prints.
browser_chrome()
{
	javascript=$1
	shift
	browser_request POST /moz/chrome "$(jq -n --arg script "$javascript" '{script: $script, args: $ARGS.positional}' \
		--args -- "$@")"
}

browser_console()
{
	browser_chrome '
		const messages = Services.console.getMessageArray().filter((message) => message instanceof Ci.nsIScriptError
			&& message.sourceName.startsWith("http"));
		Services.console.reset();
		arguments[0](messages.map((message) => message.errorMessage).join("\n"));'
}

browser_forget_cookies()
{
	browser_chrome 'Services.cookies.removeAll(); arguments[0]()'
}

browser_insert()
{
	browser_await_focus
	browser_run 'document.execCommand("insertText", false, arguments[0])' "$1" >"$scratch/ignored"
}

# browser_screen WIDTH HEIGHT [mobile]: what the page has, without the browser's own lines.
browser_screen()
{
	browser_chrome '
		const [width, height, done] = arguments;
		const browser = Services.wm.getMostRecentWindow("navigator:browser").gBrowser.selectedBrowser;
		browser.style.cssText = `flex: none; min-width: 0; width: ${width}px; min-height: 0; height: ${height}px`;
		done()' "$1" "$2"
}

# browser_prefer FEATURE VALUE
browser_prefer()
{
	browser_chrome '
		const [feature, value, done] = arguments;
		const dark = value === "dark" ? 0 : value === "light" ? 1 : 2;
		if (feature === "prefers-color-scheme") {
			Services.prefs.setIntPref("layout.css.prefers-color-scheme.content-override", dark);
		} else if (feature === "prefers-reduced-motion") {
			Services.prefs.setIntPref("ui.prefersReducedMotion", value === "reduce" ? 1 : 0);
		} else if (feature === "forced-colors") {
			Services.prefs.setIntPref("browser.display.document_color_use", value === "active" ? 2 : 0);
		}
		done()' "$1" "$2"
}
