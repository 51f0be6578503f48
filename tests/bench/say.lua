-- For wrk: says "django" with every request; the right answer is plainchat's.
-- A contender of `make bench` names such a script; each sets up `wrk` and
-- `is_right`, and report.lua does the rest.
--
-- SPDX-License-Identifier: MIT

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"message":"django"}'

function is_right(status, headers, body)
	return status == 200 and body == '{"message":"received django"}'
		and headers["Content-Type"] == "application/json"
		and headers["Cache-Control"] == "no-store"
		and headers["X-Content-Type-Options"] == "nosniff"
end

dofile(os.getenv("BENCH_SCRIPTS") .. "/report.lua")
