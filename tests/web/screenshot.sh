#!/bin/sh
# Takes the README's picture: tests/web/screenshot.sh OUT.png, from the top of the built tree.
# SCHEME=dark takes it in the dark, SIZE="360 640" in another size.
# SPDX-License-Identifier: MIT

[ $# -eq 1 ] || { echo "usage: $0 OUT.png" >&2; exit 2; }
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/web/browser.sh
. "$srcdir/tests/web/browser.sh"

say()
{
	replies=$((${replies:-0} + 1))
	browser_insert "$1"
	browser_press Enter
	wait_for browser_has .reply "$replies" || bail "no reply to: $1"
}

browser_is_installed || bail "chromedriver, chromium, curl or jq is missing"
[ -x "$program" ] || bail "not built yet: $program"
# shellcheck disable=SC2119 # $1 is not for it
start_lighttpd
browser_start
# shellcheck disable=SC2086 # two words
browser_screen ${SIZE:-900 600}
browser_prefer prefers-color-scheme "${SCHEME:-light}"
browser_open "$url/"
say "django"
say "A chat page on a plain web host, and one C program behind it."
say "Привет, שלום, hello"
browser_type "Any web server that speaks FastCGI or CGI will do"
wait_for browser_is 'document.getAnimations().length === 0' || bail "the page keeps moving"
browser_screenshot "$1"
