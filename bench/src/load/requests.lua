-- The requests for wrk: the same as built-in.ts sends. Arguments: method, path, body, first number, most requests
-- (0: no limit), then header names and values in turn.

local method, path, body
local number, sent, limit = 0, 0, 0
local headers = {}

function init(args)
  method, path, body = args[1], args[2], args[3]
  number, limit = tonumber(args[4]), tonumber(args[5])
  for i = 6, #args, 2 do headers[args[i]] = args[i + 1] end
end

local function fill(text, to, n)
  return (text:gsub("{to}", to):gsub("{n}", n))
end

function request()
  local n = string.format("%d", number)
  local to = string.format("%d", 2000000 + number % 7999999)
  number, sent = number + 1, sent + 1
  if limit > 0 and sent == limit + 1 then
    io.write("limit reached\n")
    io.flush()
    wrk.thread:stop()
  end
  return wrk.format(method, fill(path, to, n), headers, body ~= "" and fill(body, to, n) or nil)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "\nresult %d %d %d %d %d\n",
    summary.requests,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration,
    latency:percentile(50),
    latency:percentile(99)
  ))
end
