# Makes the report of fairness.sh, from one line for each run ("name=... round=... requests=...
# p99_ms=...") and one for what the visitor got who wants all of it ("name=... answered=...").
# Exits 1 when any answer to the one who posts was wrong or missing.
#
# SPDX-License-Identifier: MIT

"answered" in field {
	answered[name] += field["answered"]
	refused[name] += field["refused"]
	next
}

{
	if (!(name in runs))
		names[++name_count] = name
	round = field["round"]
	runs[name]++
	# Where nothing was answered it took longer than the whole run.
	p50[name, round] = field["requests"] + 0 > 0 ? field["p50_ms"] : 1000 * field["seconds"]
	p99[name, round] = field["requests"] + 0 > 0 ? field["p99_ms"] : 1000 * field["seconds"]
	errors[name] += field["errors"] + (field["requests"] == 0)
}

END {
	format = "%-12s %9s %9s %7s %-13s %9s %8s %6s\n"
	printf format, "the other", "p50 ms", "p99 ms", "ratio", "(of rounds)", "answers",
		"refused", "errors"
	for (i = 1; i <= name_count; i++)
		report_hog(names[i])
	print ""
	for (i = 2; i <= name_count; i++)
		target("others' p99 at most 1.5 times with " names[i], ratio_of[names[i]] <= 1.5,
			sprintf("%.2f", ratio_of[names[i]]))
	for (i = 1; i <= name_count; i++)
		complain(errors[names[i]], "answers with " names[i])
	exit failed
}

function report_hog(one,    round, ratios, low, high)
{
	for (round = 1; round <= runs[one]; round++) {
		ratios[one, round] = p99["alone", round] ? p99[one, round] / p99["alone", round] : 0
		low = round == 1 ? ratios[one, round] : least(low, ratios[one, round])
		high = most(high, ratios[one, round])
	}
	ratio_of[one] = median(ratios, one, runs[one])
	printf format, one, sprintf("%.3f", median(p50, one, runs[one])),
		sprintf("%.3f", median(p99, one, runs[one])), sprintf("%.2f", ratio_of[one]),
		sprintf("(%.2f-%.2f)", low, high), answered[one] + 0, refused[one] + 0, errors[one]
}
