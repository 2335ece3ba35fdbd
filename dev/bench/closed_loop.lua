-- For wrk: send the requests in a file one after the other, over and over, and print the results.
-- The file has each one's length, a line end, and its bytes. Arguments: the file, where to begin.

local requests, at = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local all = file:read("*a")
  file:close()
  local place = 1
  while place <= #all do
    local _, stop, length = all:find("^(%d+)\n", place)
    requests[#requests + 1] = all:sub(stop + 1, stop + length)
    place = stop + length + 1
  end
  at = tonumber(arguments[2])
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary)
  local wrong = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, wrong.status,
    wrong.connect + wrong.read + wrong.write + wrong.timeout))
end
