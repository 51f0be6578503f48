#!/bin/sh
# Takes the README's picture: tests/web/screenshot.sh OUT.png, from the top of the built tree: a short reply, and one that
# is being made. SCHEME=dark takes it in the dark, SIZE="360 640" in another size.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # $ and ` in Markdown are not for the shell

[ $# -eq 1 ] || { echo "usage: $0 OUT.png" >&2; exit 2; }
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/web/browser.sh
. "$srcdir/tests/web/browser.sh"
# shellcheck source=tests/web/chat.sh
. "$srcdir/tests/web/chat.sh"

# has_said NAME TEXT: the program has said TEXT to the message NAME.
has_said()
{
	mkdir -p "$scratch/talk/$1"
	printf '%s' "$2" >"$scratch/talk/$1/0"
}

browser_is_installed || bail "one of these is missing: $browser_tools curl jq; ./bootstrap --with-tests installs them"
[ -x "$program" ] || bail "not built yet: $program"
PLAINCHAT_CONF=$scratch/plainchat.conf
export PLAINCHAT_CONF
printf 'reply = talk\n[reply talk]\nprogram = /bin/sh %s %s\n' "$srcdir/tests/web/talk.sh" "$scratch/talk" \
	>"$PLAINCHAT_CONF"
question='How do I make a bot of my own?'
has_said django 'received django'
echo 0 >"$scratch/talk/django/end"
has_said "$question" 'Write **any program** that reads standard input and writes standard output:

1. It gets a JSON object with the `message` and the `history`.
2. What it prints is the reply, in [Markdown](https://commonmark.org/help/), shown *as it comes*.

```sh
#!/bin/sh
name=$(jq -r .name)
echo "Hello, ${name:-stranger}! It is $(date +%A)."
```

Then name it in `plainchat.conf`, and say in'
# shellcheck disable=SC2119 # $1 is not for it
start_lighttpd
browser_start
# shellcheck disable=SC2086 # two words
browser_screen ${SIZE:-900 680}
browser_prefer prefers-color-scheme "${SCHEME:-light}"
browser_open "$url/"
say django
wait_for browser_has '.reply:not(.streaming)' || bail "no reply"
say "$question"
wait_for browser_is 'document.querySelector(".streaming .text")?.textContent.endsWith("and say in")' || bail "no reply"
wait_for browser_is 'document.getAnimations().length === 0' || bail "the page keeps moving"
wait_for browser_is 'document.querySelector("#status").textContent !== ""' || bail "nothing is said of the reply"
browser_screenshot "$1"
