-- wrk: the one request that all servers get, and what came of it as a line of JSON.
-- wrk … -s create.lua URL -- BODY
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer token"
wrk.headers["Content-Type"] = "application/json"

function init(arguments)
  wrk.body = arguments[1]
end

function done(summary)
  local e = summary.errors
  io.write(string.format('\n{"requests": %d, "microseconds": %d, "failed": %d}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
