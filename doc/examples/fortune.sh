#!/bin/sh
# Says one of the sayings in a file, by chance, word by word: fortune.sh [FILE [SECONDS]]. The file is one as fortune(6)
# has them: sayings with a line of a lone % between them; by default sayings.txt beside this script. SECONDS is the
# pause between two words. What the visitor has written does not matter, so standard input is not read.
# SPDX-License-Identifier: MIT

set -efu
file=${1:-${0%/*}/sayings.txt}
pause=${2:-0.1}

if ! [ -r "$file" ]; then
	echo "fortune.sh: cannot read $file" >&2
	exit 1
fi
saying=$(awk -v seed="$(od -A n -N 3 -t u4 /dev/urandom)" '
	BEGIN       { srand(seed); last = 0 }
	/^%[ \t]*$/ { is_new = 1; next }
	# Of the sayings so far each is as likely: the n-th takes the place with a chance of 1 to n.
	NR == 1 || is_new { is_new = 0; taken = rand() * ++last < 1; if (taken) chosen = "" }
	taken       { chosen = chosen $0 "\n" }
	END         { printf "%s", chosen }
' "$file")
if [ -z "$saying" ]; then
	echo "fortune.sh: there is no saying in $file" >&2
	exit 1
fi

# A shell writes at once what printf prints, so that each word is seen as it comes.
printf '%s\n' "$saying" | while IFS= read -r line; do
	printf '%s' "${line%%[![:space:]]*}"
	before=
	for word in $line; do
		printf '%s' "$before$word"
		before=' '
		sleep "$pause"
	done
	echo
done
