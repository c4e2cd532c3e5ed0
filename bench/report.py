"""The results as a Markdown page: what was measured, beside what must be reached."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from subprocess import run

from bench.measure import Round
from bench.servers import Server

OURS, BARE, SCALAR, IMPORT = "mock-server", "bare", "@scalar/mock-server", "import connexion"
LIBRARIES = ("connexion", "uvicorn", "uvloop", "httptools", "jsonschema-rs", "orjson")
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured; a part that was not is None."""

    servers: Sequence[Server]
    requests: Mapping[str, Sequence[Round]] | None = None
    starts: Mapping[str, Sequence[float]] | None = None
    item_bytes: float | None = None
    pages: Mapping[str, Mapping[str, float]] | None = None


def page(results: Results) -> str:
    """The whole page."""
    sections = [_heading(), _targets(results), _requests(results), _starts(results), _pages(results)]
    return "\n".join(section for section in sections if section)


def _heading() -> str:
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in LIBRARIES)]
    return (
        "# Results\n\n"
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {_processor()}, {os.cpu_count()} cores, "
        f"Linux {platform.release().split('-')[0]}, load {os.getloadavg()[2]:.1f} over the last quarter of an hour; "
        f"{', '.join(versions)}, node {_output('node', '--version').lstrip('v')}.\n\n"
        "Medians of interleaved rounds, each with a fresh server on one core and wrk (16 connections) on another. CPU "
        "time is user and system time of the server's whole process tree, divided by the requests that were answered.\n"
    )


def _targets(results: Results) -> str:
    rows: list[tuple[str, float, float, str]] = []
    if results.requests and OURS in results.requests:
        cpu = _cpu(results.requests)
        if peers := {name: value for name, value in cpu.items() if name not in {OURS, BARE}}:
            rows.append(
                ("CPU time per request, of the best peer's", cpu[OURS] / min(peers.values()), 0.5, "{:.2f} times")
            )
        if BARE in cpu:
            rows.append(("CPU time per request, of the bare limit's", cpu[OURS] / cpu[BARE], 2.2, "{:.2f} times"))
        idle = median(each.idle.rss for each in results.requests[OURS]) / MEGABYTE
        rows.append(("idle memory (RSS)", idle, 100, "{:.0f} MB"))
    if results.starts and OURS in results.starts:
        first = {name: median(times) for name, times in results.starts.items()}
        rows.append(("first answer, of importing connexion alone", first[OURS] / first[IMPORT], 1.6, "{:.2f} times"))
        if SCALAR in first:
            rows.append(("first answer, of Scalar's", first[OURS] / first[SCALAR], 2, "{:.2f} times"))
    if results.item_bytes is not None:
        rows.append(("memory of a stored audience", results.item_bytes, 1500, "{:,.0f} bytes"))
    for name, costs in (results.pages or {}).items():
        small, *_, large = costs.values()
        rows.append((f"a page at the most items, of one at the fewest: {name}", large / small, 1.5, "{:.2f} times"))
    lines = [
        f"| {what} | {form.format(value)} | {form.format(bound)} | {'yes' if value <= bound else '**no**'} |"
        for what, value, bound, form in rows
    ]
    return _table("What must be reached", "what | measured | at most | reached", lines)


def _requests(results: Results) -> str:
    if not results.requests:
        return ""
    cpu = _cpu(results.requests)
    lines = []
    for server in results.servers:
        rounds, own = results.requests[server.name], cpu[server.name]
        every = [each.cpu_microseconds for each in rounds]
        lines.append(
            f"| {server.name} {server.version} | {own:.1f} | {min(every):.1f} to {max(every):.1f} "
            f"| {_ratio(own, cpu.get(BARE))} | {_ratio(own, cpu.get(OURS))} "
            f"| {median(each.requests_per_second for each in rounds):,.0f} | {min(each.busy for each in rounds):.0%} "
            f"| {median(each.idle.rss for each in rounds) / MEGABYTE:.0f} "
            f"| {median(each.idle.pss for each in rounds) / MEGABYTE:.0f} |"
        )
    return _table(
        "`POST /audiences`",
        "server | CPU µs per request | range | of bare | of ours | requests/s | least use of its core "
        "| idle RSS, MB | idle PSS, MB",
        lines,
    )


def _starts(results: Results) -> str:
    if not results.starts:
        return ""
    ours = median(results.starts[OURS]) if OURS in results.starts else None
    lines = [
        f"| {name} | {median(times):.3f} | {min(times):.3f} to {max(times):.3f} | {_ratio(median(times), ours)} |"
        for name, times in results.starts.items()
    ]
    return _table("Start to first answer", "what | seconds | range | of ours", lines)


def _pages(results: Results) -> str:
    if not results.pages:
        return ""
    sizes = list(next(iter(results.pages.values())))
    lines = [
        f"| {name} | " + " | ".join(f"{costs[size]:.1f}" for size in sizes) + " |"
        for name, costs in results.pages.items()
    ]
    heading = "page of `GET /audiences` | " + " | ".join(f"{int(size):,} items, CPU µs" for size in sizes)
    return _table("Pages", heading, lines)


def _cpu(requests: Mapping[str, Sequence[Round]]) -> dict[str, float]:
    return {name: median(each.cpu_microseconds for each in rounds) for name, rounds in requests.items()}


def _table(title: str, columns: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    rule = "| --- " * (columns.count("|") + 1) + "|"
    return "\n".join([f"## {title}", "", f"| {columns} |", rule, *lines, ""])


def _ratio(value: float, of: float | None) -> str:
    return "" if of is None else f"{value / of:.2f}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _output(*command: str) -> str:
    return run(command, check=True, capture_output=True, text=True).stdout.strip()
