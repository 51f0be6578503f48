-- For wrk, read by each contender's script after it has defined `is_right`:
-- gives every answer to `is_right`, says what the first wrong one was, and ends
-- the run with one line "result NAME=NUMBER ..." that run.sh takes apart.
-- Looking at every answer costs wrk about 3 percent of one processor at 7,000
-- answers a second; all contenders pay it alike.
--
-- SPDX-License-Identifier: MIT

local threads = {}

function setup(thread)
	table.insert(threads, thread)
end

wrong_answers = 0

function response(status, headers, body)
	if is_right(status, headers, body) then
		return
	end
	wrong_answers = wrong_answers + 1
	if wrong_answers == 1 then
		io.stderr:write("wrong answer: ", status, " ", body:gsub("%s+", " "):sub(1, 200), "\n")
	end
end

function done(summary, latency, _)
	local failures = summary.errors
	-- An answer with a status over 399 is among the wrong ones already.
	local errors = failures.connect + failures.read + failures.write + failures.timeout
	for _, thread in ipairs(threads) do
		errors = errors + thread:get("wrong_answers")
	end
	-- wrk counts time in microseconds.
	io.write(string.format(
		"result requests=%d seconds=%.6f p50_ms=%.3f p99_ms=%.3f errors=%d\n",
		summary.requests, summary.duration / 1e6,
		latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, errors))
end
