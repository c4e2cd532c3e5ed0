"""Waiting for a mock server that is starting elsewhere."""

import time
from datetime import timedelta
from http.client import HTTPConnection, HTTPException

_PAUSE = 0.05  # seconds of real time between two tries
_PATIENCE = 1.0  # seconds of real time that one try has at most


def answers_within(host: str, port: int, span: timedelta) -> bool:
    """Whether a mock server answers HTTP on `host:port` before `span` of real time is over: one try at least."""
    until = time.monotonic() + span.total_seconds()
    while True:
        left = until - time.monotonic()
        if _answers(host, port, min(_PATIENCE, max(_PAUSE, left))):
            return True
        if left <= _PAUSE:
            return False
        time.sleep(_PAUSE)


def _answers(host: str, port: int, seconds: float) -> bool:
    connection = HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", "/__mock__/health")
        # Every mocked answer has this field, a refusal (a control token is set) too; another server's has not.
        return connection.getresponse().getheader("Mock-Source") is not None
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
