# Makes the report of rates.sh, from one line for each run ("name=... connections=... round=...
# requests=...") and one for the memory of each process. Exits 1 when any answer was wrong or
# missing.
#
# SPDX-License-Identifier: MIT

$1 == "memory" {
	resident[name] = field["resident_kb"]
	memory_lines = memory_lines sprintf("%-14s %6.2f MB resident", name, megabytes(resident[name]))
	if (field["share_kb"] != "unknown")
		memory_lines = memory_lines \
			sprintf(", %.2f MB as its share", megabytes(field["share_kb"]))
	memory_lines = memory_lines "\n"
	next
}

{
	row = name SUBSEP field["connections"]
	if (!(row in runs)) {
		rows[++row_count] = row
		compared_with[row] = field["compared_with"]
	}
	round = field["round"]
	runs[row]++
	rate[row, round] = field["requests"] / field["seconds"]
	p50[row, round] = field["p50_ms"]
	p99[row, round] = field["p99_ms"]
	# No answer at all is an error that wrk does not count.
	errors[row] += field["errors"] + (field["requests"] == 0)
}

END {
	if (row_count == 0) {
		print "bench: nothing was measured"
		exit 1
	}
	format = "%-14s %11s %10s %8s %8s %6s %-11s  %-13s %6s\n"
	printf "\n" format, "", "connections", "requests/s", "p50 ms", "p99 ms", "ratio",
		"(of rounds)", "to", "errors"
	for (i = 1; i <= row_count; i++)
		report_row(rows[i])
	printf "\n%s\n", memory_lines

	to_minimal("plainchat", 1.0)
	to_minimal("stored-process", 0.9)
	to_minimal("stored-power", 0.8)
	to_php("stored-process", "php-process")
	to_php("stored-power", "php-power")
	highest = most(resident["plainchat"], most(resident["stored-process"], resident["stored-power"]))
	target("below 8 MB resident", megabytes(highest) < 8, sprintf("%.2f MB", megabytes(highest)))
	# One at a time shows the start alone, eight at once what the machine can do.
	as_cgi = least(ratio("plainchat-cgi", "print-cgi", 1), ratio("plainchat-cgi", "print-cgi", 8))
	target("as CGI at least 0.7 of a program that only prints", as_cgi >= 0.7,
		sprintf("%.2f", as_cgi))

	for (i = 1; i <= row_count; i++) {
		split(rows[i], part, SUBSEP)
		complain(errors[rows[i]], "answers of " part[1] " at " part[2] " connections")
	}
	exit failed
}

# The name of the contender that is meant: of the minimal programs the fastest, by its median.
function contender(name, connections,    threads, fastest, row, middle, highest)
{
	if (name != "minimal-fcgi")
		return name
	for (threads = 1; threads <= 4; threads *= 2) {
		row = "minimal-" threads SUBSEP connections
		middle = (row in runs) ? median(rate, row, runs[row]) : 0
		if (middle > highest) {
			highest = middle
			fastest = "minimal-" threads
		}
	}
	return fastest
}

# The median over the rounds of how many times the rate of the other it is. Sets `low` and `high`.
function ratio(one, other, connections,    row, round, ratios)
{
	row = one SUBSEP connections
	other = contender(other, connections) SUBSEP connections
	for (round = 1; round <= runs[row]; round++) {
		ratios[row, round] = rate[other, round] ? rate[row, round] / rate[other, round] : 0
		low = round == 1 ? ratios[row, round] : least(low, ratios[row, round])
		high = round == 1 ? ratios[row, round] : most(high, ratios[row, round])
	}
	return median(ratios, row, runs[row])
}

function report_row(row,    part, middle)
{
	split(row, part, SUBSEP)
	middle = ratio(part[1], compared_with[row], part[2])
	printf format, part[1], part[2], sprintf("%.0f", median(rate, row, runs[row])),
		sprintf("%.3f", median(p50, row, runs[row])),
		sprintf("%.3f", median(p99, row, runs[row])),
		sprintf("%.2f", middle), sprintf("(%.2f-%.2f)", low, high),
		contender(compared_with[row], part[2]), errors[row]
}

# A target at 32 connections; the others are told with it.
function compare(one, other, what, wanted,    at_32)
{
	at_32 = ratio(one, other, 32)
	target(one " at least " sprintf("%.1f", wanted) " " what " at 32 connections",
		at_32 >= wanted, sprintf("%.2f; %.2f at 1, %.2f at 256", at_32,
		ratio(one, other, 1), ratio(one, other, 256)))
}

function to_minimal(one, wanted)
{
	compare(one, "minimal-fcgi", "of the fastest minimal program", wanted)
}

function to_php(one, php)
{
	if ((php, 32) in runs)
		compare(one, php, "times PHP", 2.5)
}
