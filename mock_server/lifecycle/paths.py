"""Shortest ways through states."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

Step = TypeVar("Step")


def shortest(start: str, goal: str, steps: Callable[[str], Iterable[tuple[Step, str]]]) -> tuple[Step, ...] | None:
    """The fewest steps from `start` to `goal`, at least one; None where none lead there.

    `steps` gives (step, the state it leads to) from a state; of ways equally short, the first in that order is taken.
    """
    waiting: deque[tuple[str, tuple[Step, ...]]] = deque([(start, ())])
    seen: set[str] = set()
    while waiting:
        state, path = waiting.popleft()
        for step, to in steps(state):
            if to == goal:
                return (*path, step)
            if to not in seen:
                seen.add(to)
                waiting.append((to, (*path, step)))
    return None


def reachable(starts: Iterable[str], steps: Callable[[str], Iterable[str]]) -> list[str]:
    """The states that steps lead to, the starts first, nearest first."""
    found = list(dict.fromkeys(starts))
    for state in found:
        found += [to for to in dict.fromkeys(steps(state)) if to not in found]
    return found
