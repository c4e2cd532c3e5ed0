"""What the lifecycle's tests share: random lifecycles that keep their contract by construction, and stories of items.

A lifecycle made here may draw, ramp, weigh, wait, loop, look alike and be gone; what it promises in its contract holds
whatever chance chooses, so that any breach is the engine's.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st

from mock_server.chance import Chance
from mock_server.lifecycle import Context, Hooks, Item, Lifecycle, compile_lifecycle
from mock_server.types import SECOND, Instant, Json, JsonObject
from mock_server.validation import Schemas

BEGIN: Instant = 1_750_000_000 * SECOND
"""When every story begins."""

THING: JsonObject = {
    "type": "object",
    "required": ["id", "name", "status", "total", "done", "percent", "counts", "updated_at", "created_at"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "status": {"type": "string"},
        "total": {"type": "integer", "minimum": 0},
        "done": {"type": "integer", "minimum": 0},
        "percent": {"type": "number"},
        "text": {"type": ["string", "null"]},
        "note": {"type": ["string", "null"]},
        "level": {"type": "integer"},
        "counter": {"type": "integer"},
        "trail": {"type": "string"},
        "counts": {
            "type": "object",
            "required": ["completed", "failed"],
            "properties": {"completed": {"type": "integer"}, "failed": {"type": "integer"}},
        },
        "tags": {"type": "array", "items": {"type": "string"}},
        "created_at": {"type": "integer"},
        "updated_at": {"type": "string", "format": "date-time"},
    },
}
DOCUMENT: JsonObject = {"openapi": "3.1.0", "components": {"schemas": {"Thing": THING}}}
REQUIRED: JsonObject = {"done": 0, "percent": 0, "counts": {"completed": 0, "failed": 0}}
REQUEST: JsonObject = {"id": "thing_1", "name": "plain", "total": 1000}


def compiled(words: JsonObject, *, schema: JsonObject = THING, hooks: Hooks = {}) -> Lifecycle:  # noqa: B006
    """The lifecycle of a resource of things, whose words are `words`."""
    document = {"openapi": "3.1.0", "components": {"schemas": {"Thing": schema}}}
    definition = {"schema": "#/components/schemas/Thing", "identity": {"property": "id"}, **words}
    return compile_lifecycle("things", definition, Schemas(document), hooks)


def simulated(states: JsonObject, *, simulation: JsonObject | None = None, **contract: Json) -> Lifecycle:
    """A lifecycle of states told in one go, name -> the words of both halves; `next` is by the `leave` edges."""
    halves = {"next", "is", "schema", "gone"}
    told: JsonObject = {"lifecycle": {}, "simulation": {}}
    for name, words in states.items():
        ways = list(dict.fromkeys([edge["to"] for edge in words.get("leave", [])]))
        told["lifecycle"][name] = {"next": ways, **{word: words[word] for word in words if word in halves}}
        told["simulation"][name] = {word: words[word] for word in words if word not in halves}
    contract = {"property": "status", "initial": next(iter(states)), "states": told["lifecycle"], **contract}
    return compiled(
        {
            "hidden": ["plan"],
            "timestamps": {"created": "created_at", "updated": "updated_at"},
            "lifecycle": contract,
            "simulation": {"states": told["simulation"], **(simulation or {})},
        }
    )


def begun(
    lifecycle: Lifecycle,
    *,
    seed: int = 1,
    now: Instant = BEGIN,
    steer: str | None = None,
    context: Context | None = None,
    find: Callable[[str, str], JsonObject | None] | None = None,
    **members: Json,
) -> Item:
    """A new item, made as a session makes it."""
    values = {**REQUIRED, **lifecycle.first_values, **REQUEST, **members}
    more = {"find": find} if find else {}
    return lifecycle.create(
        values["id"], values, Chance(seed, "test"), now, context or Context(server="http://host"), steer=steer, **more
    )


def seen(lifecycle: Lifecycle, item: Item, at: Instant) -> tuple[str, JsonObject]:
    """The state and values that an observer sees at an instant."""
    item = lifecycle.at(item, at)
    return item.state, lifecycle.values(item, at)


class Maker:
    """A resource of things, as far as `verify` needs one."""

    def __init__(self, lifecycle: Lifecycle, members: JsonObject | None = None) -> None:
        self.name = lifecycle.name
        self.identity = "id"
        self.lifecycle = lifecycle
        self.members = {**REQUEST, **(members or {})}

    def new_values(self, chance: Chance, members: JsonObject) -> JsonObject:
        return {**REQUIRED, **self.lifecycle.first_values, **self.members, **members}

    def new_id(self, chance: Chance, serial: int) -> Json:
        return f"thing_{serial}"


# -- random lifecycles -------------------------------------------------------------------------------------------------

_DELAYS = st.sampled_from(["1ms", "1s", "2s", "2500ms", "1m", "1s..3s", "10ms..20ms", "0s"])
_LONG_DELAYS = st.sampled_from(["1s", "2500ms", "1s..3s", "1m"])
_CONDITIONS = st.sampled_from(
    [
        {"name": {"pattern": "fail"}},
        {"plan": {"const": "pro"}},
        {"plan": {"pattern": "o"}, "name": {"minLength": 4}},
        {"done": {"minimum": 100}},
        {"$item#/percent": {"maximum": 50}},
        {"$request.body#/fast": {"const": True}},
    ]
)
_NAMES = ("s0", "s1", "s2", "s3", "s4")


@st.composite
def lifecycles(draw: st.DrawFn) -> Lifecycle:
    """A random lifecycle, compiled."""
    names = _NAMES[: draw(st.integers(1, len(_NAMES)))]
    contract: JsonObject = {}
    simulation: JsonObject = {}
    for place, name in enumerate(names):
        contract[name], simulation[name] = draw(_states(place, name, names))
    first = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    edges = [{"to": first[-1], "when": draw(_CONDITIONS)}, {"to": first[0], "add": {"counter": 3}}]
    actions, edges_by_action = draw(_actions(names))
    return compiled(
        {
            "hidden": ["plan"],
            "timestamps": {"created": "created_at", "updated": "updated_at"},
            "lifecycle": {
                "property": "status",
                "initial": first,
                "states": contract,
                "actions": actions,
                "nonDecreasing": ["done", "percent", "counter", "text", "/counts/completed", "updated_at"],
                "immutable": ["id", "total", "created_at", "/counts/failed"],
                "atMost": {"done": "total"},
            },
            "simulation": {
                "states": simulation,
                "actions": edges_by_action,
                **({"initial": edges} if draw(st.booleans()) else {}),
            },
        }
    )


@st.composite
def _states(draw: st.DrawFn, place: int, name: str, names: tuple[str, ...]) -> tuple[JsonObject, JsonObject]:
    ways = draw(st.lists(st.sampled_from(names), max_size=3))
    leave = [draw(_edges(place, to, names)) for to in ways]
    stated: JsonObject = {"next": list(dict.fromkeys(ways))}
    words: JsonObject = {"leave": leave}
    if draw(st.booleans()):  # two states may look alike
        stated["is"] = {"status": draw(st.sampled_from(["here", "there"])), "tags": []}
    if not ways and draw(st.booleans()):
        stated["gone"] = draw(st.sampled_from([404, 410]))
    if draw(st.booleans()):
        words["set"] = {"note": name, "trail": "{$item#/name} in {$item#/note}"}
        words["draw"] = {"level": {"type": "integer", "minimum": place, "maximum": place + 9}}
        stated["schema"] = {"properties": {"note": {"const": name}, "level": {"minimum": place, "maximum": place + 9}}}
    else:
        words["set"] = {"note": None}
        words["add"] = {"counter": draw(st.integers(0, 3))}
    if leave and "after" in leave[0]:
        words["ramp"] = draw(
            st.dictionaries(st.sampled_from(["done", "percent", "text", "/counts/completed"]), _ramps(), max_size=4)
        )
        # What never exceeds `total` must not be led beyond it.
        if "done" in words["ramp"]:
            words["ramp"]["done"] = {"to": "$item#/total", "times": {"minimum": 0.1, "maximum": 1}}
    return stated, words


def _ramps() -> st.SearchStrategy[JsonObject]:
    times = st.sampled_from([{}, {"times": {"minimum": 0.5, "maximum": 1}}])
    targets = st.sampled_from([{"to": 60}, {"to": 99.5}, {"to": "$item#/total"}, {"to": 100.0}, {"to": "$item#/plan"}])
    return st.builds(lambda to, more: {**to, **more}, targets, times)


@st.composite
def _edges(draw: st.DrawFn, place: int, to: str, names: tuple[str, ...]) -> JsonObject:
    edge: JsonObject = {"to": to}
    if names.index(to) <= place:
        edge["after"] = draw(_LONG_DELAYS)  # what leads back waits: no loop within an instant
    elif draw(st.booleans()):
        edge["after"] = draw(_DELAYS)
    if draw(st.integers(0, 2)) == 0:
        edge["when"] = draw(_CONDITIONS)
    elif draw(st.booleans()):
        edge["weight"] = draw(st.sampled_from([1, 0.5, 3]))
    if draw(st.booleans()):
        edge["draw"] = {"trail": {"type": "string", "pattern": "^[a-z]{4}$"}}
    return edge


@st.composite
def _actions(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[JsonObject, JsonObject]:
    some = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
    contract: JsonObject = {}
    simulation: JsonObject = {}
    for operation_id in ("poke", "push"):
        contract[operation_id] = {"from": draw(some), "otherwise": draw(st.sampled_from([400, 409, 200]))}
        if draw(st.booleans()):
            contract[operation_id]["to"] = draw(some)
            if draw(st.booleans()):
                continue
        drawn = {"trail": {"type": "string", "pattern": "^[0-9]{6}$"}}
        to = {"to": contract[operation_id]["to"][0]} if "to" in contract[operation_id] and draw(st.booleans()) else {}
        simulation[operation_id] = [{**to, "draw": drawn, "add": {"counter": 1}}]
    return contract, simulation


# -- stories -----------------------------------------------------------------------------------------------------------


class Event(NamedTuple):
    """What happens to an item from outside, `after` the event before it."""

    after: int
    verb: str
    """`look`, `write`, or the name of an action, or a state to move to."""
    members: Mapping[str, Any]


class Story(NamedTuple):
    """A lifecycle, a new item's seed and members, and what happens to it."""

    lifecycle: Lifecycle
    seed: int
    members: JsonObject
    events: tuple[Event, ...]


_GAPS = st.one_of(
    st.sampled_from([0, 1, SECOND // 1000, SECOND, 2 * SECOND, 2_500_000]),
    st.integers(0, 10 * SECOND),
    st.integers(0, 120 * SECOND),
)
_MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["plain", "it will fail", ""]),
        "plan": st.sampled_from(["pro", "free", None]),
        "total": st.integers(0, 300),
        "id": st.just("other"),
        "status": st.just("nowhere"),
    },
)
_EVENTS = st.builds(
    Event, _GAPS, st.sampled_from(["look", "write", "poke", "push", *_NAMES, "look", "write"]), _MEMBERS
)


def stories() -> st.SearchStrategy[Story]:
    """Random lifecycles with random stories."""
    members = st.fixed_dictionaries(
        {"total": st.integers(0, 5000)},
        optional={"name": st.sampled_from(["plain", "it will fail"]), "plan": st.sampled_from(["pro", "free"])},
    )
    events = st.lists(_EVENTS, max_size=6).map(tuple)
    return st.builds(Story, lifecycles(), st.integers(0, 1000), members, events)
