"""A lifecycle, compiled: plain tuples and closures, so that an evaluation walks neither definition nor schema."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn, TypeAlias

from mock_server.chance import Chance
from mock_server.types import Instant, Json, JsonObject, Microseconds
from mock_server.validation import Validator

ABSENT: Final[Json] = type("Absent", (), {"__repr__": lambda self: "ABSENT", "__bool__": lambda self: False})()
"""What an expression gives that finds nothing."""

NEVER: Final[Instant] = (1 << 63) - 1
"""The due time of what does not happen by itself; the most that an int64 holds."""

Find: TypeAlias = Callable[[str, str], JsonObject | None]
"""(resource, id) -> another item's values now, hidden ones too, or None; LookupError where time makes the move."""

_NOTHING: Final[Mapping[str, Json]] = MappingProxyType({})


def _no_header(name: bytes) -> None:
    """Time sends no header fields."""


def no_find(resource: str, id: str) -> NoReturn:
    """The `find` of a move that time makes: it is made anew by every reader, so it must depend on nothing else."""
    raise LookupError(f"{resource}/{id}: another item can be looked up only within a request that writes")


class Context(NamedTuple):
    """The request, as expressions and hooks see it; where time makes the move, only `server` is known."""

    body: Json = ABSENT
    query: Mapping[str, Json] = _NOTHING
    path: Mapping[str, Json] = _NOTHING
    header: Callable[[bytes], str | None] = _no_header
    """A header field's value, by its name in lower case."""
    server: str = ""


class Entry(NamedTuple):
    """One entering of a state (or one write within it): what effects need beside the values."""

    seed: int
    state: str
    visit: int
    writes: int
    at: Instant
    context: Context
    request: bool
    """False where time makes the move."""
    find: Find

    def stream(self, *purpose: str | int) -> Chance:
        """The choices for one purpose within this visit, always the same ones (ruling 3)."""
        return Chance(self.seed, self.state, self.visit, *purpose)


class HookContext:
    """What a hook may look at. It must choose by `chance` and `at` only, since reading an item may call it again."""

    __slots__ = ("_entry",)

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    @property
    def at(self) -> Instant:
        """When the state is entered."""
        return self._entry.at

    @property
    def chance(self) -> Chance:
        """The choices of this visit: each time this is asked for, they begin anew."""
        return self._entry.stream("hook")

    @property
    def server(self) -> str:
        """The origin that the creating request used."""
        return self._entry.context.server

    @property
    def request(self) -> Context | None:
        """The request that made the move; None where time did."""
        return self._entry.context if self._entry.request else None

    @property
    def find(self) -> Find:
        """Looks up another item, within a request that writes."""
        return self._entry.find


Hook: TypeAlias = Callable[[JsonObject, HookContext], JsonObject | None]
"""(the item's values, context) -> properties to set, by name or JSON Pointer, or None."""

Hooks: TypeAlias = Mapping[str, Hook]
"""State -> the hook called when an item enters it."""

Value: TypeAlias = Callable[[JsonObject, Context], Json]
"""(item's values, request) -> a value, `ABSENT` where an expression finds nothing."""

Condition: TypeAlias = Callable[[JsonObject, Context], bool]
Effect: TypeAlias = Callable[[JsonObject, Entry], None]
"""Changes the values it is given, which are the caller's own; nested containers are copied before they change."""

Stamp: TypeAlias = Callable[[JsonObject, Instant], None]
"""Writes a time into the values."""


class Property(NamedTuple):
    """One property of the representation or hidden member, by name or, nested, by JSON Pointer."""

    name: str
    get: Callable[[JsonObject], Json]
    """Its value, None where absent."""
    put: Callable[[JsonObject, Json], None]
    """Sets it; a number in a string property becomes a decimal string."""


class Edge(NamedTuple):
    """A way to another state: `to` is '' where it leads nowhere (effects only)."""

    to: str
    after: tuple[Microseconds, Microseconds] = (0, 0)
    when: Condition | None = None
    weight: float | None = None
    effects: tuple[Effect, ...] = ()
    conditions: JsonObject | None = None
    """`when` as written, for people."""
    asks: bool = False
    """Whether its effects read the request."""
    wish: "Callable[[Chance], JsonObject] | None" = None
    """Members with which `when` is likely to hold, for `verification`; compiled on first use."""


class Rise(NamedTuple):
    """A `ramp` as written: the property, where it rises to, and the number drawn that `to` is multiplied with."""

    property: Property
    to: Value
    times: Callable[[Chance], Json] | None
    whole: bool
    """Whether the property's schema wants integers."""
    shown: bool
    """False for a hidden member, whose steps do not change the representation."""


class Action(NamedTuple):
    """What an operation does to an item: contract (`allowed`, `to`, `otherwise`) and simulation (`edges`)."""

    operation_id: str
    allowed: tuple[str, ...]
    to: tuple[str, ...]
    otherwise: int
    edges: tuple[Edge, ...]


class State(NamedTuple):
    """One state: contract and simulation together."""

    name: str
    next: tuple[str, ...] = ()
    gone: int | None = None
    schema: Validator | None = None
    effects: tuple[Effect, ...] = ()
    rises: tuple[Rise, ...] = ()
    leave: tuple[Edge, ...] = ()
    conditional: tuple[tuple[int, Condition], ...] = ()
    """The `leave` edges with `when`, by index."""
    plain: tuple[int, ...] = ()
    """The `leave` edges without."""
    weights: tuple[float, ...] = ()
    """How likely each of `plain` is; none: the first is taken."""
    hook: Effect | None = None


class Contract(NamedTuple):
    """The rest of the contract half, which the engine keeps by construction and `verification` judges."""

    initial: tuple[str, ...] = ()
    non_decreasing: tuple[Property, ...] = ()
    immutable: tuple[Property, ...] = ()
    at_most: tuple[tuple[Property, Property], ...] = ()
    finishes_within: Microseconds | None = None
    schema: Validator | None = None
    """The representation's schema; each `State` has its own besides."""
