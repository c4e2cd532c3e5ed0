"""Checks that an implementation, the mock or the real one, behaves as its document says."""
