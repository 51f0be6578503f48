-- For wrk: fetches a static file that holds the same bytes as the answer to
-- say.lua: what the web server gives when no program is asked.
--
-- SPDX-License-Identifier: MIT

wrk.method = "GET"

function is_right(status, _, body)
	return status == 200 and body == '{"message":"received django"}'
end

dofile(os.getenv("BENCH_SCRIPTS") .. "/report.lua")
