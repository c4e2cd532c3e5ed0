"""Waiting for a mock server that is starting elsewhere."""

import time
from datetime import timedelta
from http.client import HTTPConnection, HTTPException

_PAUSE = 0.05  # seconds of real time between two tries


def answers_within(host: str, port: int, span: timedelta) -> bool:
    """Whether a mock server answers HTTP on `host:port` before `span` of real time is over."""
    until = time.monotonic() + span.total_seconds()
    while True:
        if _answers(host, port):
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(_PAUSE)


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/__mock__/health")
        # With a control token it answers 401: it is there all the same. A 404 is some other server's.
        return connection.getresponse().status in (200, 401, 403)
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
