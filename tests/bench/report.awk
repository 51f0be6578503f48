# Makes the report of `make bench` from the lines that run.sh collects, one for
# each run ("name=... connections=... round=... requests=...") and one for the
# memory of each process. Exits 1 when any answer was wrong or missing.
#
# SPDX-License-Identifier: MIT

{
	split("", field)
	for (i = 1; i <= NF; i++)
		if ((equals = index($i, "=")) > 0)
			field[substr($i, 1, equals - 1)] = substr($i, equals + 1)
	name = field["name"]
}

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

	at_32 = ratio["plainchat", 32]
	target("at least 1.0 of the minimal program at 32 connections", at_32 >= 1.0,
		sprintf("%.2f", at_32))
	target("below 8 MB resident", megabytes(resident["plainchat"]) < 8,
		sprintf("%.2f MB", megabytes(resident["plainchat"])))
	# One at a time shows the start alone, eight at once what the machine can do.
	as_cgi = least(ratio["plainchat-cgi", 1], ratio["plainchat-cgi", 8])
	target("as CGI at least 0.7 of a program that only prints", as_cgi >= 0.7,
		sprintf("%.2f", as_cgi))

	for (i = 1; i <= row_count; i++)
		if (errors[rows[i]] > 0) {
			split(rows[i], part, SUBSEP)
			printf "failed:  %d answers of %s at %d connections were wrong or missing\n",
				errors[rows[i]], part[1], part[2]
			failed = 1
		}
	exit failed
}

function report_row(row,    part, other, round, ratios, low, high)
{
	split(row, part, SUBSEP)
	other = compared_with[row] SUBSEP part[2]
	for (round = 1; round <= runs[row]; round++) {
		ratios[row, round] = rate[other, round] ? rate[row, round] / rate[other, round] : 0
		low = round == 1 ? ratios[row, round] : least(low, ratios[row, round])
		high = round == 1 ? ratios[row, round] : -least(-high, -ratios[row, round])
	}
	ratio[row] = median(ratios, row)
	printf format, part[1], part[2], sprintf("%.0f", median(rate, row)),
		sprintf("%.3f", median(p50, row)), sprintf("%.3f", median(p99, row)),
		sprintf("%.2f", ratio[row]), sprintf("(%.2f-%.2f)", low, high),
		compared_with[row], errors[row]
}

# The median over the rounds of one row.
function median(of, row,    sorted, count, i, j, value)
{
	count = runs[row]
	for (i = 1; i <= count; i++) {
		value = of[row, i] + 0
		for (j = i - 1; j > 0 && sorted[j] > value; j--)
			sorted[j + 1] = sorted[j]
		sorted[j + 1] = value
	}
	i = int((count + 1) / 2)
	return count % 2 ? sorted[i] : (sorted[i] + sorted[i + 1]) / 2
}

function target(what, reached, measured)
{
	printf "%-8s %s (%s)\n", reached ? "reached:" : "missed:", what, measured
}

function least(a, b)
{
	return a < b ? a : b
}

# From the kernel's kB, which are 1024 bytes.
function megabytes(kilobytes)
{
	return kilobytes * 1024 / 1000000
}
