"""Watching a project's files, to serve them anew when they change."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeAlias

from mock_server.errors import DocumentError, UsageError

logger = logging.getLogger("mock_server")

Stamps: TypeAlias = dict[Path, tuple[int, int]]
"""When each file was written, in nanoseconds, and its size."""

_SUFFIXES = frozenset({".json", ".py", ".yaml", ".yml"})
_LOOK_AGAIN = 500  # milliseconds after which the files are looked at without a notice


def stamps(path: Path) -> Stamps:
    """The files that a project is made of, as they are now."""
    files = [file for file in path.iterdir() if file.suffix in _SUFFIXES] if path.is_dir() else [path]
    found = {}
    for file in files:
        try:
            stat = file.stat()
        except OSError:  # it has just been taken away, and counts as such
            continue
        found[file] = stat.st_mtime_ns, stat.st_size
    return found


async def watch(path: Path, seen: Stamps, reload: Callable[[], list[str]], told: Callable[[str], None]) -> None:
    """Reload whenever a file is no longer as in `seen`; `told` is given the lines of it, or why it could not be."""
    async for now in _changes(path, seen):
        seen = now
        try:
            lines = [f"reloaded {path}", *reload()]
        except (DocumentError, UsageError) as error:
            lines = [f"not reloaded, still serving the last good document: {error}"]
        except Exception as error:  # whatever it is, the server goes on and looks at the next change
            logger.exception("reloading %s failed", path)
            lines = [f"not reloaded, still serving the last good document: {type(error).__name__}: {error}"]
        told("\n".join(lines))


async def _changes(path: Path, seen: Stamps) -> AsyncIterator[Stamps]:
    """The stamps after each change.

    A notice only wakes it up: what has changed is seen by the files themselves, so that no other file matters, and a
    change made before the watching began, or where a file system gives no notice, is not missed.
    """
    from watchfiles import awatch

    # The folder, as editors put another file in the place of the one they save.
    folder = path.parent if path in seen else path
    async for _ in awatch(folder, recursive=False, rust_timeout=_LOOK_AGAIN, yield_on_timeout=True):
        now = await asyncio.to_thread(stamps, path)
        if now != seen:
            seen = now
            yield now
