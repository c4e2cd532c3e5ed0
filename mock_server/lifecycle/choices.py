"""Which edge is taken, and when: by condition, by weight, by order."""

from collections.abc import Sequence

from mock_server.lifecycle.model import NEVER, Edge, Entry, State
from mock_server.types import Instant, JsonObject, Microseconds


def choose_way(
    state: State, values: JsonObject, entry: Entry, entered_at: Instant, steer: tuple[int, ...]
) -> tuple[int, Instant]:
    """The `leave` edge, by index, that time will take out of `state`, and when; (-1, `NEVER`) where it waits.

    The first with `when` that holds, else a plain one by weight, else the first plain one; with `steer` its first edge.
    """
    way = steer[0] if steer else _leave(state, values, entry)
    if way < 0:
        return -1, NEVER
    due_at = entered_at + delay(state.leave[way], way, entry)
    # A condition that came true late does not take the item back in time.
    return way, due_at if due_at > entry.at else entry.at


def choose_edge(edges: Sequence[Edge], values: JsonObject, entry: Entry) -> Edge | None:
    """The first edge that holds, of `initial` or of an action."""
    for edge in edges:
        if edge.when is None or edge.when(values, entry.context):
            return edge
    return None


def delay(edge: Edge, place: int, entry: Entry) -> Microseconds:
    """How long after entry the `leave` edge is taken: one draw a visit, whole milliseconds apart (ruling 11)."""
    low, high = edge.after
    if low == high:
        return low
    return low + entry.stream("after", place).below((high - low) // 1000 + 1) * 1000


def _leave(state: State, values: JsonObject, entry: Entry) -> int:
    for place, when in state.conditional:
        if when(values, entry.context):
            return place
    if not state.weights:
        return state.plain[0] if state.plain else -1
    rest = entry.stream("leave").fraction() * sum(state.weights)
    for place, weight in zip(state.plain, state.weights, strict=True):
        rest -= weight
        if rest < 0:
            return place
    return state.plain[-1]  # what rounding left over
