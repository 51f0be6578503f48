# Makes the report of replies.sh, from lines of its sections: what the program `replies` printed
# ("name=first round=...", "name=parts round=... size=... at_once=... parts=..."), what wrk made of
# the echo ("name=echo beside=... round=..."), what is held ("memory name=... round=...
# resident_kb=... own_kb=... threads=... programs_kb=..."), and "name=disk". Exits 1 when anything was missed.
#
# SPDX-License-Identifier: MIT

BEGIN {
	# Milliseconds over which parts are merged.
	merged_ms = 75
	at_once = ENVIRON["BENCH_AT_ONCE"]
}

{
	round = field["round"]
}

$1 == "memory" {
	resident[name, round] = field["resident_kb"]
	own[name, round] = field["own_kb"]
	threads[name, round] = field["threads"]
	programs[name, round] = field["programs_kb"]
	next
}

name == "disk" {
	p50["disk", round] = field["p50_ms"]
	p99["disk", round] = field["p99_ms"]
	next
}

name == "talk" {
	runs["talk"]++
	rate["talk", round] = field["parts"] / field["seconds"]
	next
}

{
	row = name
	errors[name] += field["errors"] + field["missed"]
}

name == "first" {
	p50["first", round] = field["first_p50_ms"]
	p99["first", round] = field["first_p99_ms"]
	p50["pipe", round] = field["pipe_p50_ms"]
	p99["pipe", round] = field["pipe_p99_ms"]
	ratio["first", round] = field["first_p50_ms"] / most(field["pipe_p50_ms"], 0.001)
	beyond["first", round] = field["first_p50_ms"] - field["pipe_p50_ms"]
}

name == "parts" {
	row = field["at_once"] SUBSEP field["size"]
	if (!(row in runs))
		rows[++row_count] = row
	rate[row, round] = field["parts"] / field["seconds"]
	bytes[row, round] = field["bytes"] / field["seconds"]
	p50[row, round] = field["p50_ms"]
	p99[row, round] = field["p99_ms"]
}

name == "echo" {
	row = "echo" SUBSEP field["beside"]
	rate[row, round] = field["requests"] / field["seconds"]
	p50[row, round] = field["p50_ms"]
	p99[row, round] = field["p99_ms"]
	errors["echo"] += (field["requests"] == 0)
}

{
	runs[row]++
}

END {
	if ("first" in runs)
		report_first(runs["first"])
	if (row_count > 0)
		report_parts()
	if (("echo" SUBSEP "alone") in runs)
		report_cost(runs["echo" SUBSEP "alone"])
	complain(errors["first"], "first parts")
	complain(errors["parts"], "receipts of lines")
	complain(errors["echo"], "answers of the echo")
	exit failed
}

function report_times(what, row, count)
{
	printf "%-44s %8s %8s\n", what, sprintf("%.2f", median(p50, row, count)),
		sprintf("%.2f", median(p99, row, count))
}

function report_first(count)
{
	printf "%-44s %8s %8s\n", "", "p50 ms", "p99 ms"
	report_times("post to the first part at a follower", "first", count)
	report_times("the same program on pipes, to its first byte", "pipe", count)
	report_times("the disk alone, for what one commit writes", "disk", count)
	printf "%.1f ms more than on pipes, %.1f times as much; two commits are part of it\n\n",
		median(beyond, "first", count), median(ratio, "first", count)
}

function report_parts(    i, part, row, count, kept, least_kept)
{
	least_kept = 1000
	format = "%7s %9s %8s %12s %12s %8s %8s\n"
	printf format, "replies", "followers", "parts/s", "deliveries/s", "text bytes/s", "p50 ms", "p99 ms"
	for (i = 1; i <= row_count; i++) {
		row = rows[i]
		count = runs[row]
		split(row, part, SUBSEP)
		kept = median(rate, row, count) * merged_ms / 1000 / part[1]
		least_kept = least(least_kept, kept)
		printf format, part[1], part[2], sprintf("%.1f", median(rate, row, count)),
			sprintf("%.0f", median(rate, row, count) * part[2]),
			sprintf("%.0f", median(bytes, row, count)),
			sprintf("%.1f", median(p50, row, count)), sprintf("%.1f", median(p99, row, count))
	}
	printf "ms are from the writing of a line to its receipt; parts are merged over %d ms\n\n",
		merged_ms
	target(sprintf("each reply has at least 0.8 of the %.1f parts/s that merging allows",
		1000 / merged_ms), least_kept >= 0.8, sprintf("%.2f", least_kept))
}

function report_echo(what, beside, count,    row, round, ratios)
{
	row = "echo" SUBSEP beside
	for (round = 1; round <= count; round++)
		ratios[row, round] = rate[row, round] / most(rate["echo", "alone", round], 0.001)
	round = median(ratios, row, count)
	printf "%-36s %10s %8s %8s %6s\n", what, sprintf("%.0f", median(rate, row, count)),
		sprintf("%.2f", median(p50, row, count)), sprintf("%.2f", median(p99, row, count)),
		sprintf("%.2f", round)
	return round
}

function report_cost(count,    silent, i, growth, grown, threads_before, threads_during)
{
	printf "\n%-36s %10s %8s %8s %6s\n", "stored echo, 32 connections", "requests/s", "p50 ms",
		"p99 ms", "ratio"
	report_echo("alone", "alone", count)
	silent = report_echo("beside " at_once " silent replies", "silent", count)
	report_echo("beside " at_once " talking replies", "talking", count)
	printf "the talking ones had %.0f parts/s in all\n", median(rate, "talk", runs["talk"])
	for (i = 1; i <= count; i++) {
		growth["own", i] = (own["during", i] - own["before", i]) * 1024 / at_once
		growth["programs", i] = programs["during", i] * 1024 / at_once
		threads_before = most(threads_before, threads["before", i])
		threads_during = most(threads_during, threads["during", i])
	}
	grown = median(growth, "own", count)
	printf "memory for each reply in the making: here %.1f KB, of the program itself %.0f KB;\n",
		grown / 1000, median(growth, "programs", count) / 1000
	printf "our process %.2f MB resident before, %.2f MB during\n\n",
		megabytes(median(resident, "before", count)),
		megabytes(median(resident, "during", count))
	print "no thread is held; a few kilobytes each; the echo keeps its speed (ratio >= 0.9):"
	target("no thread is held", threads_during <= threads_before,
		sprintf("%d before, %d during", threads_before, threads_during))
	target("a few kilobytes each (at most 8 KB)", grown <= 8000, sprintf("%.1f KB", grown / 1000))
	target("the echo keeps its speed beside silent ones (ratio >= 0.9)", silent >= 0.9,
		sprintf("%.2f", silent))
}
