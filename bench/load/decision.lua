-- One fixed request for wrk whose answers differ: each is checked for its status and for a text that it must hold.
-- Arguments after --: path, file of the request's body, the text, pause of each connection before a request in
-- milliseconds. The last line printed is JSON, times in microseconds without the pauses.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

local function slurp(path)
  local file = assert(io.open(path, "rb"))
  local data = file:read("*a")
  file:close()
  return data
end

function init(args)
  local raw = wrk.format("POST", args[1], { ["content-type"] = "application/json" }, slurp(args[2]))
  local expected = args[3]
  local pause = tonumber(args[4])
  bad = 0
  request = function()
    return raw
  end
  if pause > 0 then
    delay = function()
      return pause
    end
  end
  response = function(status, headers, body)
    if status ~= 200 or not body:find(expected, 1, true) then
      bad = bad + 1
    end
  end
end

function done(summary, latency, requests)
  local bad_answers = 0
  for _, thread in ipairs(threads) do
    bad_answers = bad_answers + thread:get("bad")
  end
  local e = summary.errors
  io.write(string.format('\n{"requests":%d,"seconds":%f,"p50":%d,"p95":%d,"p99":%d,"bad":%d,"errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(95),
    latency:percentile(99), bad_answers, e.connect + e.read + e.write + e.timeout))
end
