# What the reports of `make bench` share. A line of results is words NAME=VALUE.
#
# SPDX-License-Identifier: MIT

# Fills `field` with the line's values.
{
	split("", field)
	for (i = 1; i <= NF; i++)
		if ((equals = index($i, "=")) > 0)
			field[substr($i, 1, equals - 1)] = substr($i, equals + 1)
	name = field["name"]
}

# The median of of[row, 1] to of[row, count].
function median(of, row, count,    sorted, i, j, value)
{
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

# Notes that `count` answers were wrong or missing, if they were.
function complain(count, what)
{
	if (count > 0) {
		printf "failed:  %d %s were wrong or missing\n", count, what
		failed = 1
	}
}

function least(a, b)
{
	return a + 0 < b + 0 ? a : b
}

function most(a, b)
{
	return a + 0 > b + 0 ? a : b
}

# From the kernel's kB, which are 1024 bytes.
function megabytes(kilobytes)
{
	return kilobytes * 1024 / 1000000
}
