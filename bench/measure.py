"""The measurements: each takes turns among what it compares, so that a slow moment of the machine hits all alike."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from json import loads
from statistics import median
from time import monotonic, sleep
from typing import NamedTuple

from bench.load import load
from bench.processes import Memory, cpu_seconds, memory
from bench.servers import HERE, Server, running

WARM_SECONDS = 2  # node compiles what is hot within the first second
IDLE_SECONDS = 0.5
BUSY = 0.9
TRIES = 4


class Round(NamedTuple):
    """One server under load once; `busy` is how much of its core it used, from 0 to 1."""

    cpu_microseconds: float  # per request
    requests_per_second: float
    busy: float
    idle: Memory  # before the load


def request_costs(servers: Sequence[Server], *, rounds: int, seconds: int) -> dict[str, list[Round]]:
    """The cost of creating an audience: for each round and server a fresh start, a warm-up, then `seconds` of load.

    A server that sleeps between requests pays for each waking, so rounds in which something else held the load back
    are not like the others: such a round is tried again, and the busiest try counts.
    """
    found: dict[str, list[Round]] = {server.name: [] for server in servers}
    for number in range(1, rounds + 1):
        for server in servers:
            tries = [_round(server, seconds)]
            while tries[-1].busy < BUSY and len(tries) < TRIES:
                tries.append(_round(server, seconds))
            best = max(tries, key=lambda each: each.busy)
            found[server.name].append(best)
            _say(
                f"round {number}: {server.name}: {best.cpu_microseconds:.1f} µs of CPU time a request, "
                f"{best.requests_per_second:,.0f} requests/s" + (f" ({len(tries)} tries)" if len(tries) > 1 else "")
            )
    return found


def _round(server: Server, seconds: int) -> Round:
    server_core, load_core = _cores()
    with running(server, core=server_core) as process:
        sleep(IDLE_SECONDS)
        idle = memory(process.pid)
        load(process.url, WARM_SECONDS, core=load_core)
        before = cpu_seconds(process.pid)
        done = load(process.url, seconds, core=load_core)
        spent = cpu_seconds(process.pid) - before
    return Round(spent / done.requests * 1e6, done.requests / done.seconds, spent / done.seconds, idle)


def start_times(servers: Sequence[Server], *, rounds: int) -> dict[str, list[float]]:
    """Seconds from start to first answer, by server, and those that importing connexion alone takes."""
    importing = "import connexion"
    times: dict[str, list[float]] = {name: [] for name in (*(server.name for server in servers), importing)}
    for number in range(rounds + 1):
        found = dict(_starts(servers))
        began = monotonic()
        subprocess.run([sys.executable, "-c", importing], check=True, stdin=subprocess.DEVNULL)
        found[importing] = monotonic() - began
        # The first round reads everything from disk and writes bytecode: it is not counted.
        if number:
            for name, seconds in found.items():
                times[name].append(seconds)
    for name, found_times in times.items():
        _say(f"start: {name}: {median(found_times):.2f} s")
    return times


def bytes_per_item(server: Server, *, items: int) -> float:
    """What a stored audience costs, by the growth of the resident memory over `items` of them created over HTTP."""
    server_core, load_core = _cores()
    with running(server, core=server_core) as process:
        # The journal is bounded: full before the count begins, it costs nothing in it.
        load(process.url, WARM_SECONDS, core=load_core)
        before, created = memory(process.pid), 0
        while created < items:
            created += load(process.url, 2, core=load_core).requests
        grown = memory(process.pid).rss - before.rss
    _say(f"memory: {grown / created:,.0f} bytes an item, over {created:,} items")
    return grown / created


def page_costs(sizes: Sequence[int]) -> Mapping[str, Mapping[str, float]]:
    """CPU microseconds of a page, by which page it is and how many items there are; see `bench.pages`."""
    _say("pages: filling")
    output = subprocess.run(
        [sys.executable, "-m", "bench.pages", *map(str, sizes)],
        cwd=HERE.parent,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=1200,
    ).stdout
    found: Mapping[str, Mapping[str, float]] = loads(output)
    for page, costs in found.items():
        _say(f"pages: {page}: " + ", ".join(f"{int(size):,} items {cost:.1f}" for size, cost in costs.items()))
    return found


def _starts(servers: Sequence[Server]) -> Iterator[tuple[str, float]]:
    for server in servers:
        with running(server) as process:
            yield server.name, process.started_in


def _cores() -> tuple[int | None, int | None]:
    """One core for the server, another for the load; none in particular where there is only one."""
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else (None, None)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
