# Makes the report of pages.sh, from one line for each run ("name=... messages=... round=...
# requests=...") and one for memory. Exits 1 when any answer was wrong or missing.
#
# SPDX-License-Identifier: MIT

$1 == "memory" {
	resident = field["resident_kb"]
	next
}

{
	messages = field["messages"]
	small = small == "" ? messages : least(small, messages)
	large = most(large, messages)
	if (!((name, messages) in runs))
		errors[name, messages] = 0
	round = field["round"]
	runs[name, messages]++
	time[name SUBSEP messages, round] = 1000 * field["seconds"] / most(field["requests"], 1)
	errors[name, messages] += field["errors"] + (field["requests"] == 0)
}

END {
	format = "%-14s %12s %12s %6s %-11s %6s\n"
	printf format, "ms for a page", small, large, "ratio", "(of rounds)", "errors"
	report_page("newest")
	report_page("before")
	report_page("after")
	printf "\n%.2f MB resident\n\n", megabytes(resident)
	target("a page takes no longer with many messages (ratio at most 1.3)", worst <= 1.3,
		sprintf("%.2f", worst))
	for (row in errors) {
		split(row, part, SUBSEP)
		complain(errors[row], "pages (" part[1] ") of " part[2] " messages")
	}
	exit failed
}

function report_page(page,    few, many, count, round, ratios, low, high, middle)
{
	few = page SUBSEP small
	many = page SUBSEP large
	count = runs[few]
	for (round = 1; round <= count; round++) {
		ratios[page, round] = time[many, round] / time[few, round]
		low = round == 1 ? ratios[page, round] : least(low, ratios[page, round])
		high = most(high, ratios[page, round])
	}
	middle = median(ratios, page, count)
	worst = most(worst, middle)
	printf format, page, sprintf("%.3f", median(time, few, count)),
		sprintf("%.3f", median(time, many, count)), sprintf("%.2f", middle),
		sprintf("(%.2f-%.2f)", low, high), errors[few] + errors[many]
}
