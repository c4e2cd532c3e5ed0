"""From a schema to a function that makes valid values of it: compiled once, then a few closures deep.

What the structure of a schema promises is made by construction; what it cannot promise (`not`, `oneOf`, two patterns)
is made as well as it can be and put to the validator, which has the last word on every value.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from itertools import chain, islice
from typing import Final
from weakref import WeakKeyDictionary

from mock_server.chance import Chance
from mock_server.errors import DocumentError, Problem
from mock_server.generation.conjunction import MORE, SILENT, Unsatisfiable, all_of, as_list, flat
from mock_server.generation.scalars import number, string
from mock_server.generation.structures import Generate, Maker, array, obj
from mock_server.types import Json, JsonObject
from mock_server.validation import Direction, Schemas

_SHALLOW: Final = 8  # references that deep, optional members are left out
_CYCLE: Final = 4  # how many references one counts for that can lead back to itself
_ATTEMPTS: Final = 32  # values that are tried until one is valid
_ALTERNATIVES: Final = 64  # ways through `oneOf`, `anyOf`, `if` and types that are tried until one works

# Words that say what construction alone may not satisfy.
_UNCERTAIN: Final = frozenset(
    {"not", "if", "oneOf", "anyOf", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems", MORE}
    | {"dependentSchemas", "dependentRequired", "patternProperties", "minProperties", "maxProperties", "uniqueItems"}
    | {"pattern", "format", "multipleOf", "enum", "const"}
)
_TYPES: Final = ("string", "number", "object", "array", "boolean", "null")
_SPEAKS_OF: Final = {
    **dict.fromkeys(("properties", "required", "additionalProperties", "patternProperties", "minProperties"), "object"),
    **dict.fromkeys(("propertyNames", "dependentRequired", "dependentSchemas", "maxProperties"), "object"),
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"), "array"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
}


def compile_generator(schema: Json, schemas: Schemas, *, direction: Direction | None = None) -> Generate:
    """A function from `Chance` to a fresh value that is valid for `schema`; a `$ref` in it means the document's.

    In a `request` no `readOnly` member is made, in a `response` no `writeOnly` one. Objects have all their members, as
    far as references do not lead back to them; examples in a schema are used where they are valid. Raises DocumentError
    where no valid value was found.
    """
    compilers = _COMPILERS.setdefault(schemas, {})
    if direction not in compilers:
        compilers[direction] = _Compiler(schemas, direction)
    try:
        return compilers[direction].whole(schema).make
    except Unsatisfiable as error:
        where = "".join(f"/{name}" for name in error.path)
        message = f"no valid value can be generated{f' for {where}' if where else ''}: {error.reason}"
    except RecursionError:
        message = "no value can be generated: the schema is nested too deeply"
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    raise DocumentError([Problem(message, schemas.locate(reference[1:]) if isinstance(reference, str) else None)])


class _Compiler:
    """What is compiled of one document for one direction; a reference is compiled once for each depth it occurs at."""

    def __init__(self, schemas: Schemas, direction: Direction | None) -> None:
        self._schemas = schemas
        self._direction = direction
        self._left_out = {"request": "readOnly", "response": "writeOnly"}.get(direction or "")
        self._makers: dict[tuple[str, int], Maker | Unsatisfiable] = {}
        self._targets: dict[str, frozenset[str]] = {}

    def whole(self, schema: Json) -> Maker:
        """The maker of a schema that is asked for by itself: each of its values is checked. Raises Unsatisfiable."""
        return _checked(self._maker(schema, 0), self._judge(schema))

    def _judge(self, schema: Json) -> Callable[[Json], bool]:
        return self._schemas.of(schema, direction=self._direction).is_valid

    def _maker(self, schema: Json, depth: int) -> Maker:
        """The maker of any schema, `depth` references below the first one."""
        reference = schema.get("$ref") if isinstance(schema, dict) and schema.keys() - {"$ref"} <= SILENT else None
        if not isinstance(reference, str):
            return self._compiled(schema, depth)
        key = (reference, depth)
        found = self._makers.get(key)
        if found is None:
            try:
                found = self._compiled(schema, depth)
            except Unsatisfiable as error:
                found = error
            self._makers[key] = found
        if isinstance(found, Unsatisfiable):
            raise found
        return found

    def _compiled(self, schema: Json, depth: int) -> Maker:
        asked, depth = self._flat(schema, depth)
        if (stated := _examples(asked) or _constants(asked)) and (good := list(filter(self._judge(schema), stated))):
            return _one_of(good)
        if _UNCERTAIN.isdisjoint(asked) and isinstance(asked.get("type"), str):
            return self._typed(asked, depth)
        is_valid = self._judge(schema)
        works: list[Maker] = []
        reasons: list[Unsatisfiable] = []
        for alternative, reached in islice(self._alternatives(asked, depth), _ALTERNATIVES):
            try:
                works.append(_checked(self._typed(alternative, reached), is_valid))
            except Unsatisfiable as error:
                reasons.append(error)
            else:
                if depth < _SHALLOW:
                    break
        if not works:
            raise reasons[0] if reasons else Unsatisfiable("none of its alternatives can be")
        return min(works, key=lambda maker: maker.size)

    def _flat(self, schema: Json, depth: int) -> tuple[JsonObject, int]:
        return flat(schema, self._schemas.target, depth, self._cost)

    def _cost(self, reference: str) -> int:
        return _CYCLE if self._is_cyclic(reference) else 1

    def _alternatives(self, asked: JsonObject, depth: int) -> Iterator[tuple[JsonObject, int]]:
        """Every way through the choices of a flat schema, as flat schemas of one type without choices."""
        for word in ("oneOf", "anyOf", "if", "dependentSchemas", MORE):
            if word in asked:
                rest = {name: value for name, value in asked.items() if name != word}
                for option in self._options(word, asked):
                    try:
                        chosen, reached = self._flat({"allOf": [rest, option]}, depth)
                    except Unsatisfiable:
                        continue
                    yield from self._alternatives(chosen, reached)
                return
        if "dependentRequired" in asked:
            required = chain(asked.get("required", ()), *asked["dependentRequired"].values())
            asked = {**asked, "required": list(dict.fromkeys(required))}
        types = as_list(asked.get("type", []))
        if not types:
            spoken = [_SPEAKS_OF[word] for word in asked if word in _SPEAKS_OF]
            types = list(dict.fromkeys([*spoken, *_TYPES]))
        for name in sorted(types, key="null".__eq__):
            yield {**asked, "type": name}, depth

    def _options(self, word: str, asked: JsonObject) -> Iterator[Json]:
        """What a word lets choose from, as schemas that hold besides the rest."""
        if word == "if":
            yield all_of(asked["if"], asked.get("then", True))
            yield asked.get("else", True)
        elif word == "dependentSchemas":
            yield all_of(*asked[word].values())
        elif word == MORE:
            yield all_of(*asked[word])
        else:
            yield from asked[word]
        if word == "oneOf":
            for index, option in enumerate(asked[word]):
                with suppress(Unsatisfiable):
                    yield all_of(option, self._unlike(option, asked[word][:index] + asked[word][index + 1 :]))

    def _unlike(self, option: Json, others: list[Json]) -> Json:
        """What makes an object of one alternative no object of the others: a member of theirs that has a wrong type."""
        mine = self._members(option)
        strange = {}
        for other in others:
            for name, member in self._members(other).items():
                types = as_list(self._flat(member, 0)[0].get("type", [])) if name not in mine else []
                wrong = [
                    kind
                    for kind in _TYPES
                    if types and kind not in types and not (kind == "number" and "integer" in types)
                ]
                if wrong:
                    strange[name] = {"type": wrong[-1]}
                    break
        return {"properties": strange, "required": list(strange)}

    def _members(self, schema: Json) -> JsonObject:
        members: JsonObject = self._flat(schema, 0)[0].get("properties", {})
        return members

    def _typed(self, asked: JsonObject, depth: int) -> Maker:
        """The maker of a flat schema that names one type and leaves no choice."""
        sparse = depth >= _SHALLOW
        if options := _constants(asked):
            return _one_of(options)
        match asked["type"]:
            case "object":
                return obj(asked, lambda part: self._maker(part, depth), sparse=sparse, leaves_out=self._leaves_out)
            case "array":
                return array(asked, lambda part: self._maker(part, depth), sparse=sparse)
            case "string":
                return Maker(string(asked), 1)
            case "integer" | "number" as name:
                return Maker(number(asked, integral=name == "integer"), 1)
            case "boolean":
                return Maker(lambda chance: chance.below(2) == 1, 1)
            case "null":
                return Maker(lambda chance: None, 1)
        raise Unsatisfiable(f"there is no type {asked['type']!r}")

    def _leaves_out(self, member: Json) -> bool:
        """Whether a member does not travel in this direction."""
        if self._left_out is None:
            return False
        schemas = [member, self._schemas.resolve(member)]
        return any(isinstance(schema, dict) and schema.get(self._left_out) is True for schema in schemas)

    def _is_cyclic(self, reference: str) -> bool:
        """Whether what a reference leads to can lead back to it."""
        seen: set[str] = set()
        waiting = [reference]
        while waiting:
            for target in self._references(waiting.pop()):
                if target == reference:
                    return True
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return False

    def _references(self, reference: str) -> frozenset[str]:
        if reference not in self._targets:
            found: set[str] = set()
            waiting = [self._schemas.target(reference)]
            while waiting:
                node = waiting.pop()
                if isinstance(node, dict):
                    if isinstance(target := node.get("$ref"), str):
                        found.add(target)
                    waiting.extend(value for value in node.values() if isinstance(value, dict | list))
                elif isinstance(node, list):
                    waiting.extend(node)
            self._targets[reference] = frozenset(found)
        return self._targets[reference]


_COMPILERS: "WeakKeyDictionary[Schemas, dict[Direction | None, _Compiler]]" = WeakKeyDictionary()
"""What was compiled of each document, so that two thousand operations compile a shared schema once."""


def _constants(asked: JsonObject) -> list[Json]:
    return [asked["const"]] if "const" in asked else list(asked.get("enum", ()))


def _examples(asked: JsonObject) -> list[Json]:
    examples = asked.get("examples", ())
    return [*(examples if isinstance(examples, list) else ()), *([asked["example"]] if "example" in asked else [])]


def _one_of(options: list[Json]) -> Maker:
    if len(options) == 1 and not isinstance(options[0], dict | list):
        only = options[0]
        return Maker(lambda chance: only, 1)
    return Maker(lambda chance: deepcopy(chance.choice(options)), 1)


def _checked(maker: Maker, is_valid: Callable[[Json], bool]) -> Maker:
    """The same maker, each value of it valid: it tries more of the chance, at last what is known to work."""
    make = maker.make
    good = next((index for index in range(_ATTEMPTS) if is_valid(make(Chance("generation", index)))), None)
    if good is None:
        raise Unsatisfiable("nothing that was tried is valid")

    def careful(chance: Chance) -> Json:
        for _ in range(_ATTEMPTS):
            if is_valid(value := make(chance)):
                return value
        return make(Chance("generation", good))

    return Maker(careful, maker.size)
