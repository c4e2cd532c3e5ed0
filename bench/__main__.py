"""`python -m bench`: run the measurements and write RESULTS.md; `make bench` sees to what they need."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import measure, report
from bench.servers import HERE, PROJECT, Server, servers

PARTS = ("requests", "starts", "memory", "pages")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for and write the page."""
    options = _options(arguments)
    with TemporaryDirectory() as folder:
        document = Path(options.document) if options.document else _effective_document(Path(folder))
        listed = servers(document)
        chosen = [listed[name] for name in options.servers or listed]
        results = _measured(options, chosen)
    page = report.page(results)
    print(page)
    # Only a whole run is worth keeping.
    if options.output or not (options.servers or options.parts or options.document):
        Path(options.output or HERE / "RESULTS.md").write_text(page)
    return 0


def _measured(options: argparse.Namespace, chosen: Sequence[Server]) -> report.Results:
    parts = options.parts or PARTS
    ours = [server for server in chosen if server.name == report.OURS]
    starting = [server for server in chosen if server.name != report.BARE]
    return report.Results(
        chosen,
        requests=measure.request_costs(chosen, rounds=options.rounds, seconds=options.seconds)
        if "requests" in parts
        else None,
        starts=measure.start_times(starting, rounds=options.starts) if "starts" in parts else None,
        item_bytes=measure.bytes_per_item(ours[0], items=options.items) if "memory" in parts and ours else None,
        pages=measure.page_costs((1_000, 1_000_000)) if "pages" in parts and ours else None,
    )


def _effective_document(folder: Path) -> Path:
    """The document with its overlays, as a file that the others can read."""
    path = folder / "openapi.yaml"
    command = [str(Path(sys.executable).parent / "mock-server"), "spec", str(PROJECT), "--format", "yaml"]
    path.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout)
    return path


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="only these (all)")
    parser.add_argument("--servers", nargs="+", metavar="NAME", help="only these: mock-server, bare, @stdy/cli, …")
    parser.add_argument("--rounds", type=int, default=5, help="of load (%(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="of load in a round (%(default)s)")
    parser.add_argument("--starts", type=int, default=11, help="of each that are timed (%(default)s)")
    parser.add_argument("--items", type=int, default=100_000, help="whose memory is measured (%(default)s)")
    parser.add_argument("--document", help="what the others serve, instead of the effective document of openapi/")
    parser.add_argument("--output", help="where to write (bench/RESULTS.md, after a whole run)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
