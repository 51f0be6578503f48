-- For wrk: reads pages of the room "bench", which has $BENCH_MESSAGES messages: the newest, one
-- before any of them (a page in the middle), or what is after any of them, as $BENCH_PAGE says. It
-- knows of each answer where it must begin, so there may be one connection only.
--
-- SPDX-License-Identifier: MIT

local messages = tonumber(os.getenv("BENCH_MESSAGES"))
local page = os.getenv("BENCH_PAGE")
local page_size = 50
local first -- of the page that was asked for last

-- Each run reads other pages, but each contender the same.
math.randomseed(1)

function request()
	local query = "?room=bench"
	if page == "newest" then
		first = messages - page_size + 1
	else
		first = math.random(2, messages - page_size)
		query = query .. (page == "before" and "&before=" .. first + page_size
			or "&after=" .. first - 1)
	end
	return wrk.format("GET", wrk.path .. query)
end

function is_right(status, _, body)
	return status == 200 and body:find('^{"room":"bench","events":%[{"seq":' .. first .. ',')
		and body:find('{"seq":' .. first + page_size - 1 .. ',[^\n]*"more":[a-z]+}$')
end

dofile(os.getenv("BENCH_SCRIPTS") .. "/report.lua")
