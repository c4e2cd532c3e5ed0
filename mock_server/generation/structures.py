"""Objects and arrays of what their flat schemas allow, out of makers of their parts."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from mock_server.chance import Chance
from mock_server.generation.conjunction import Unsatisfiable, all_of, of_member
from mock_server.generation.scalars import word
from mock_server.types import Json, JsonObject

Generate: TypeAlias = Callable[[Chance], Json]

_DISTINCT: Final = 32  # draws for one more item that is unlike the others
_VARIETY: Final = 2  # how many more items than the fewest an array may have


class Maker(NamedTuple):
    """How to make a value, and how many values it has in it at the least."""

    make: Generate
    size: int


Compile: TypeAlias = Callable[[Json], Maker]
"""The maker of a part's schema; raises Unsatisfiable."""


def array(schema: JsonObject, compile_part: Compile, *, sparse: bool) -> Maker:
    """An array of `minItems`, but if not `sparse` at least one, to two more. Raises Unsatisfiable."""
    low, high = schema.get("minItems", 0), schema.get("maxItems")
    items, wanted = schema.get("items", schema.get("unevaluatedItems", True)), []
    if "contains" in schema:
        wanted = [all_of(items, schema["contains"])] * schema.get("minContains", 1)
    first = [compile_part(part) for part in schema.get("prefixItems", ())[: high if low or not sparse else 0]]
    first += [compile_part(part) for part in wanted]
    fewest = max(low, len(first), 0 if sparse else 1)
    most = fewest if sparse else max(fewest, low + _VARIETY)
    if high is not None:
        fewest, most = min(fewest, high), min(most, high)
    rest: Maker | None = None
    if most > len(first):
        try:
            rest = compile_part(items)
        except Unsatisfiable as error:
            if low > len(first):
                raise error.within("0") from None
    if rest is None:
        fewest = most = len(first)
    if fewest < low:
        raise Unsatisfiable(f"an array cannot have at least {low} and at most {high} items")
    size = 1 + sum(maker.size for maker in first) + (rest.size * (fewest - len(first)) if rest else 0)
    makes = [maker.make for maker in first]
    add = _distinct if schema.get("uniqueItems") else _any
    more = rest.make if rest else None

    def make(chance: Chance) -> Json:
        values: list[Json] = []
        for part in makes:
            add(values, part, chance)
        if more is not None:
            for _ in range(chance.between(fewest, most) - len(makes) if fewest < most else fewest - len(makes)):
                add(values, more, chance)
        return values

    return Maker(make, size)


def _any(values: list[Json], make: Generate, chance: Chance) -> None:
    values.append(make(chance))


def _distinct(values: list[Json], make: Generate, chance: Chance) -> None:
    for _ in range(_DISTINCT):
        if (value := make(chance)) not in values:
            values.append(value)
            return


def obj(schema: JsonObject, compile_part: Compile, *, sparse: bool, leaves_out: Callable[[Json], bool]) -> Maker:
    """An object of all declared members, or if `sparse` only the required ones. Raises Unsatisfiable."""
    required = dict.fromkeys(schema.get("required", ()))
    members: dict[str, Maker] = {}
    optional: list[str] = []
    for name in {**schema.get("properties", {}), **required}:
        part = of_member(schema, name)
        if leaves_out(part) or (sparse and name not in required):
            continue
        try:
            members[name] = compile_part(part)
        except Unsatisfiable as error:
            if name in required:
                raise error.within(name) from None
        else:
            optional += [] if name in required else [name]
    least, most = schema.get("minProperties", 0), schema.get("maxProperties")
    while most is not None and len(members) > most and optional:
        del members[optional.pop()]
    is_map = not schema.get("properties") and not sparse and isinstance(_additional(schema), dict) and most != 0
    missing = max(
        least - len(members), 1 if is_map or (schema.get("patternProperties") and not members and not sparse) else 0
    )
    extra = _extra(schema, compile_part, needed=len(members) < least) if missing else None
    size = 1 + sum(maker.size for maker in members.values()) + (extra[1].size * missing if extra else 0)
    return Maker(_object({name: maker.make for name, maker in members.items()}, extra, missing), size)


def _object(members: Mapping[str, Generate], extra: tuple[Generate, Maker] | None, missing: int) -> Generate:
    pairs = list(members.items())
    if extra is None:
        return lambda chance: {name: make(chance) for name, make in pairs}
    name_of, (value_of, _) = extra

    def make(chance: Chance) -> Json:
        value = {name: make(chance) for name, make in pairs}
        wanted = len(value) + missing
        for _ in range(_DISTINCT * missing):
            if len(value) == wanted:
                break
            value.setdefault(name_of(chance), value_of(chance))
        return value

    return make


def _additional(schema: JsonObject) -> Json:
    return schema.get("additionalProperties", schema.get("unevaluatedProperties", True))


def _extra(schema: JsonObject, compile_part: Compile, *, needed: bool) -> tuple[Generate, Maker] | None:
    """How to make name and value of members that are not declared; None where that cannot be, and need not."""
    naming: JsonObject = {"type": "string"}
    value = _additional(schema)
    if patterns := schema.get("patternProperties"):
        naming["pattern"], value = next(iter(patterns.items()))
    try:
        if "propertyNames" in schema:
            return compile_part(all_of(naming, schema["propertyNames"])).make, compile_part(value)
        return compile_part(naming).make if patterns else word, compile_part(value)
    except Unsatisfiable:
        if needed:
            raise
        return None
