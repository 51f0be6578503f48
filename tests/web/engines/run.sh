# shellcheck shell=sh
# The tests of the page in another engine, one file after the other, as one stream of TAP. Sourced by firefox.test and
# webkit.test with the engine's name and the files.
# SPDX-License-Identifier: MIT

# run_in ENGINE NAME...: runs NAME.test for each name, and tells all of their cases in one row.
run_in()
{
	PLAINCHAT_BROWSER=$1
	export PLAINCHAT_BROWSER
	shift
	for name in "$@"; do
		sh "${srcdir:-.}/tests/web/$name.test"
		echo "# status $? of $name.test"
	done | awk '
		/^(not )?ok / { count++; sub(/ok [0-9]+/, "ok " count) }
		/^1\.\.[0-9]+$/ { next }
		/^Bail out!/ { is_over = 1 }
		/^# status [^0]/ && !is_over { count++; $0 = "not ok " count " - the whole of " $5 }
		{ print; fflush() }
		END { if (!is_over) print "1.." count + 0 }'
}
