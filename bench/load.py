"""Load from wrk, on a core of its own, bounded in time; to this machine only."""

import subprocess
from json import loads
from typing import NamedTuple

from bench.servers import BODY, HERE

CONNECTIONS = 16


class Load(NamedTuple):
    """What one run of wrk got: `requests` answered in `seconds`."""

    requests: int
    seconds: float


def load(url: str, seconds: int, *, core: int | None = None) -> Load:
    """Create audiences at `url` for `seconds`; RuntimeError where a request was not answered with success."""
    pinned = [] if core is None else ["taskset", "--cpu-list", str(core)]
    script = str(HERE / "create.lua")
    command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", script, url, "--", BODY]
    output = subprocess.run(
        [*pinned, *command], check=True, capture_output=True, text=True, timeout=seconds + 30, stdin=subprocess.DEVNULL
    ).stdout
    result = loads(output.strip().splitlines()[-1])
    if result["failed"] or not result["requests"]:
        raise RuntimeError(f"{result['failed']} of {result['requests']} requests to {url} failed")
    return Load(result["requests"], result["microseconds"] / 1e6)
