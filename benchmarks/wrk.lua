-- wrk -s wrk.lua URL: sends the lines of BENCH_REQUESTS ("Authorization<tab>body") in random order; prints JSON.
local threads, prepared = {}, {}
function setup(thread) table.insert(threads, thread) end
function init()
  bad = 0
  math.randomseed(os.time())
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local token, body = line:match("^([^\t]*)\t(.*)$")
    local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
    for name, value in pairs(wrk.headers) do headers[name] = value end
    if token ~= "" then headers["Authorization"] = token end
    prepared[#prepared + 1] = wrk.format("POST", nil, headers, body)
  end
end
function request() return prepared[math.random(#prepared)] end
function response(status, _, body)
  if status ~= 200 or body:find('"errors"', 1, true) then bad = bad + 1 end
end
function done(summary, latency)
  local failed, e = 0, summary.errors
  for _, thread in ipairs(threads) do failed = failed + thread:get("bad") end
  io.write(string.format('{"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    failed + e.connect + e.read + e.write + e.timeout))
end
