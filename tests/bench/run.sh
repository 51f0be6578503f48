#!/bin/sh
# What `make bench` runs, one subject after the other: rates.sh (answers per second next to other
# programs), pages.sh (the time for a page of history), fairness.sh (what others notice of one who wants
# all of it), followers.sh (live delivery), replies.sh (replies by programs). Each prints its figures and whether each target is reached. A missed target
# is only reported; a wrong answer, or one that is missing, exits 1.
#
#     BENCH_ROUNDS=5 BENCH_SECONDS=2 BENCH_SUBJECTS="rates pages fairness followers replies" make bench
#
# SPDX-License-Identifier: MIT

status=0
for subject in ${BENCH_SUBJECTS:-rates pages fairness followers replies}; do
	sh "${srcdir:-.}/tests/bench/$subject.sh" || status=1
done
exit "$status"
