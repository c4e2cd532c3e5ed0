"""A real browser for the tests: headless Chromium that looks at a page once and tells what became of it."""

import json
import re
import subprocess
from dataclasses import dataclass
from html import unescape
from pathlib import Path

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but this machine, whatever the browser itself would like to ask.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    # The page's own time: it passes while nothing is awaited from the network.
    "--virtual-time-budget=8000",
    "--enable-logging=stderr",
)


@dataclass(frozen=True)
class Page:
    """A page as it was once its scripts had run: its elements, what it wrote to the console, what it asked for."""

    dom: str
    console: list[str]
    requests: list[str]

    @property
    def text(self) -> str:
        """What is to be read on it, its white space folded."""
        shown = re.sub(r"<(script|style)\b.*?</\1>", "", self.dom, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def look(url: str, folder: Path) -> Page:
    """The page at `url`, in a browser that has never seen another; `folder` is empty and the browser's own."""
    network = folder / "network.json"
    told = subprocess.run(
        ["chromium", *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={network}", "--dump-dom", url],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    console = re.findall(r":CONSOLE:\d+\] (.*)", told.stderr)
    return Page(told.stdout, console, _asked(network.read_text(), url))


def _asked(log: str, url: str) -> list[str]:
    """The URLs that the page at `url` asked for: the browser's own requests have no initiator."""
    events = json.loads(log)["events"]
    origin = "/".join(url.split("/")[:3])
    pages = {event["source"]["id"] for event in events if event.get("params", {}).get("initiator") == origin}
    return [
        event["params"]["url"]
        for event in events
        if event["source"]["id"] in pages and "url" in event.get("params", {})
    ]
