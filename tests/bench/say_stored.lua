-- For wrk: says "django" in a shared room with every request; in the right answer message and
-- reply are stored.
--
-- SPDX-License-Identifier: MIT

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"message":"django","room":"bench"}'

function is_right(status, headers, body)
	return status == 200 and headers["Cache-Control"] == "no-store" and body:find(
		'^{"message":"received django","room":"bench","seq":%d+,"reply_seq":%d+}$')
end

dofile(os.getenv("BENCH_SCRIPTS") .. "/report.lua")
