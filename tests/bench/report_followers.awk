# Makes the report of followers.sh, from what each run of the program `followers` printed: one line
# for the run ("name=... size=... rest=... under_way=... round=... deliveries=...") and one for each
# process of the chain ("name=... process=... cpu_ms=... before_kb=... with_kb=..."), and one for each
# run of the program `disk` ("name=disk round=... p50_ms=... p99_ms=...").
# "cpu us" is what the chain's processes take for one delivery together. Exits 1 when anything was
# missed or doubled.
#
# SPDX-License-Identifier: MIT

# What the disk takes for a commit.
name == "disk" {
	runs["disk"]++
	p50["disk", field["round"]] = field["p50_ms"]
	p99["disk", field["round"]] = field["p99_ms"]
	next
}

{
	row = name SUBSEP field["size"] SUBSEP field["rest"] SUBSEP field["under_way"]
	round = field["round"]
}

"process" in field {
	process = field["process"]
	# Before the first run nothing was left over from another.
	if (!(process in before)) {
		before[process] = field["before_kb"]
		before_all[name] += before[process]
		last_process[name] = process
	}
	with[row, round] += field["with_kb"]
	cpu[row, round] += 1000 * field["cpu_ms"] / deliveries
	growth[row, round, process] = field["with_kb"] - before[process]
	next
}

{
	if (!(row in runs)) {
		rows[++row_count] = row
		if (field["rest"] == 0)
			largest = most(largest, field["size"])
	}
	runs[row]++
	deliveries = most(field["deliveries"], 1)
	rate[row, round] = field["deliveries"] / most(field["seconds"], 0.000001)
	last[row, round] = field["last_ms"]
	p50[row, round] = field["p50_ms"]
	p99[row, round] = field["p99_ms"]
	errors[row] += field["missed"] + field["doubled"] + field["errors"] + \
		(field["deliveries"] == 0)
}

END {
	if (row_count == 0) {
		print "bench: nothing was delivered"
		exit 1
	}
	format = "%-10s %9s %7s %9s %12s %8s %8s %8s %7s %9s %9s %6s\n"
	printf format, "", "followers", "at rest", "under way", "deliveries/s", "last ms", "p50 ms",
		"p99 ms", "cpu us", "memory MB", "before MB", "errors"
	for (i = 1; i <= row_count; i++)
		report_row(rows[i])
	if ("disk" in runs)
		printf "the disk alone, for what a commit writes: p50 %.2f ms, p99 %.2f ms\n",
			median(p50, "disk", runs["disk"]), median(p99, "disk", runs["disk"])
	print ""
	for (i = 1; i <= row_count; i++) {
		split(rows[i], part, SUBSEP)
		if (part[1] == "plainchat" && part[3] == 0)
			compare(rows[i], part[2], part[4])
	}
	for (i = 1; i <= row_count; i++) {
		split(rows[i], part, SUBSEP)
		if (part[1] == "plainchat" && part[3] > 0)
			at_rest(rows[i], part[3])
	}
	in_memory(largest SUBSEP 0 SUBSEP 1)
	for (i = 1; i <= row_count; i++) {
		split(rows[i], part, SUBSEP)
		complain(errors[rows[i]], "receipts of " part[1] " with " part[2] " followers")
	}
	exit failed
}

function report_row(row,    part)
{
	split(row, part, SUBSEP)
	printf format, part[1], part[2], part[3], part[4],
		sprintf("%.0f", median(rate, row, runs[row])),
		sprintf("%.2f", median(last, row, runs[row])),
		sprintf("%.2f", median(p50, row, runs[row])),
		sprintf("%.2f", median(p99, row, runs[row])),
		sprintf("%.1f", median(cpu, row, runs[row])),
		sprintf("%.1f", megabytes(median(with, row, runs[row]))),
		sprintf("%.1f", megabytes(before_all[part[1]])), errors[row]
}

# The same row of nchan's.
function other_of(row)
{
	sub(/^plainchat/, "nchan", row)
	return row
}

function compare(row, size, under_way,    other, round, ratios)
{
	other = other_of(row)
	if (!(other in runs))
		return
	for (round = 1; round <= runs[row]; round++)
		ratios[row, round] = rate[row, round] / most(rate[other, round], 0.000001)
	round = median(ratios, row, runs[row])
	target("deliveries/s at least nchan's with " size " followers, " under_way " under way",
		round >= 1, sprintf("%.2f of them", round))
}

function at_rest(row, resting,    slow)
{
	slow = median(p99, row, runs[row])
	target("post to receipt p99 below 5 ms, " resting " others at rest", slow < 5,
		sprintf("%.2f ms", slow))
}

function in_memory(place,    row, other, size, count, bytes, share)
{
	row = "plainchat" SUBSEP place
	other = other_of(row)
	size = place + 0
	count = runs[row]
	# The program itself is named last.
	for (round = 1; round <= count; round++)
		bytes[row, round] = 1024 * growth[row, round, last_process["plainchat"]] / size
	size = median(bytes, row, count)
	target("at most 2 KB per follower in our process", size <= 2048,
		sprintf("%.0f bytes of %d", size, place))
	if (!(other in runs))
		return
	share = median(with, row, count) / most(median(with, other, runs[other]), 1)
	target("chain at most a third of nchan's memory", share <= 1 / 3,
		sprintf("%.2f of it with %d", share, place))
}
