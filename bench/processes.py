"""What a server uses, read from /proc: CPU time and memory of a process and all its descendants."""

import os
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class Memory(NamedTuple):
    """Bytes: `rss` counts shared pages for each process that maps them, `pss` shares them out."""

    rss: int
    pss: int


def tree(root: int) -> list[int]:
    """The process `root` and its descendants, as ids."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [root]
    for process in found:
        found.extend(children.get(process, ()))
    return found


def cpu_seconds(root: int) -> float:
    """User and system time that the tree of `root` has spent so far, that of its ended children included."""
    # proc(5): utime, stime, cutime and cstime are fields 14 to 17; `_stat` begins at field 3.
    return sum(sum(map(int, _stat(process)[11:15])) for process in tree(root)) / _TICKS


def memory(root: int) -> Memory:
    """The memory that the tree of `root` holds now."""
    rss = pss = 0
    for process in tree(root):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "Rss":
                rss += int(value.split()[0]) * 1024
            elif name == "Pss":
                pss += int(value.split()[0]) * 1024
    return Memory(rss, pss)


def _stat(process: int) -> list[str]:
    """The fields of /proc/PID/stat from the third (state) on; nothing for a process that has ended."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()
