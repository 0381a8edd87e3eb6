-- One fixed request for wrk; every answer is checked. Arguments after --: file of the request's body, file of
-- the expected answer. The last line printed is JSON, times in microseconds.
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
  local raw = wrk.format("POST", "/v1/chat/completions", { ["content-type"] = "application/json" }, slurp(args[1]))
  local expected = slurp(args[2])
  bad = 0
  first_bad = ""
  request = function()
    return raw
  end
  response = function(status, headers, body)
    if status ~= 200 or body ~= expected then
      bad = bad + 1
      if first_bad == "" then
        first_bad = status .. " " .. body:sub(1, 300):gsub('[%c"\\]', "'")
      end
    end
  end
end

function done(summary, latency, requests)
  local bad_answers, sample = 0, ""
  for _, thread in ipairs(threads) do
    bad_answers = bad_answers + thread:get("bad")
    sample = thread:get("first_bad")
  end
  local e = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"p50":%d,"p99":%d,"bad":%d,"sample":"%s","errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    bad_answers, sample, e.connect + e.read + e.write + e.timeout))
end
