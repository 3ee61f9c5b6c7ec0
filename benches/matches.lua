-- Load for wrk: one typical match request over and over. See "Measured" in README.md.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [[{
  "problem_areas": [{"code": "ptsd", "severity": "severe"}, {"code": "relational_patterns"}],
  "constraints": {"jurisdiction": "US-CA", "session_formats": ["video"], "accepting": true, "insurance": ["aetna"]},
  "limit": 20
}]]
