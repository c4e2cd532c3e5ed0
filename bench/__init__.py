"""Measures this mock server beside others and beside the bare limit of its stack; `make bench` writes RESULTS.md."""
