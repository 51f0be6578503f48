#!/bin/sh
# One fuzzer, built and run on a copy of its corpus: run.sh SRCDIR SECONDS COMPILER WORD... NAME, in the build folder, for
# `make fuzz`. The compiler's words are those that stand behind the source. A crash fails and leaves its input behind.
# SPDX-License-Identifier: MIT

srcdir=$1
seconds=$2
compiler=$3
shift 3
folder=fuzz-build
for name; do :; done
source=$srcdir/tests/fuzz/fuzz_$name.c

# The words but for the name, which is the last.
count=$#
while [ "$count" -gt 0 ]; do
	word=$1
	shift
	count=$((count - 1))
	[ "$count" -eq 0 ] || set -- "$@" "$word"
done
"$compiler" "$source" "$@" -o "$folder/fuzz_$name" || exit 1

mkdir -p "$folder/corpus/$name" && cp "$srcdir/tests/fuzz/corpus/$name"/* "$folder/corpus/$name" || exit 1
if "$folder/fuzz_$name" -max_total_time="$seconds" -timeout=25 -print_final_stats=1 \
	-artifact_prefix="$folder/crash-$name-" "$folder/corpus/$name" >"$folder/$name.log" 2>&1; then
	echo "$name: $(grep number_of_executed_units "$folder/$name.log")"
else
	echo "$name has failed:"
	tail -n 40 "$folder/$name.log"
	exit 1
fi
