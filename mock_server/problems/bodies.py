"""Error bodies of whatever shape a document has: which member means what, by its name and type.

A schema becomes a function from `Facts` to a value, member by member: messages, codes, status codes and lists of errors
are filled in, what is required besides is generated, everything else is left out.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from mock_server.chance import Chance
from mock_server.errors import DocumentError, Violation
from mock_server.generation import compile_generator
from mock_server.generation.conjunction import Unsatisfiable, as_list, flat
from mock_server.problems.codes import closest, code, title
from mock_server.spec.document import split
from mock_server.types import Json, JsonObject
from mock_server.validation import Schemas


class Facts(NamedTuple):
    """What went wrong; in an entry of a list of errors, `violation` is the one it is about."""

    status_code: int
    message: str
    violations: Sequence[Violation] = ()
    violation: Violation | None = None


Fill: TypeAlias = Callable[[Facts], Any]
"""The value of a member, `ABSENT` where these facts have none."""

ABSENT: Final = object()

_DEPTH: Final = 12
_OPTIONS: Final = 16

# Names of members, in lower case without punctuation.
_MESSAGES: Final = frozenset(
    {
        "",
        "message",
        "detail",
        "description",
        "errormessage",
        "errordescription",
        "errordetail",
        "errormsg",
        "explanation",
    }
    | {"msg", "reason", "text", "usermessage", "developermessage", "localizedmessage", "faultstring", "statusmessage"}
)
_CODES: Final = frozenset({"code", "type", "errorcode", "errortype", "kind", "slug", "faultcode", "errorkey", "rule"})
_STATUSES: Final = frozenset({"status", "statuscode", "httpstatus", "httpstatuscode", "httpcode", "errorstatus"})
_LISTS: Final = frozenset(
    {"", "error", "errors", "details", "detail", "violations", "issues", "invalidparams", "invalidparameters", "causes"}
    | {"fielderrors", "messages", "message", "validationerrors", "problems", "errordetails", "fieldviolations"}
)
_PLACES: Final = frozenset(
    {"field", "pointer", "param", "parameter", "path", "property", "location", "loc", "attribute", "propertyname"}
    | {"fieldname", "fieldpath", "propertypath", "datapath", "instancepath", "target", "in", "name"}
)
# Of these, what names a place also beside the message of the whole.
_SINGLE: Final = frozenset({"field", "pointer", "param", "parameter", "property", "attribute", "target", "fieldname"})
_FALSE: Final = frozenset({"success", "ok", "succeeded", "valid"})


def role(name: str) -> str:
    """A member's name as the tables above have it: `errorMessage` and `error_message` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def is_code(name: str) -> bool:
    """Whether a member so called holds a machine code, or the fixed title of one."""
    return role(name) in _CODES or role(name) == "title"


class Reader:
    """Reads the error schemas of one document."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def fills(self, schema: Json) -> list[Fill]:
        """The ways to fill a schema, one for each of its alternatives, those first that tell the message."""
        probe = Facts(400, "probe-of-the-message")
        ways = [way for option in self._alternatives(schema) if (way := self._value("", option, 0, told=False))]
        return sorted(ways, key=lambda way: probe.message not in repr(way(probe)))

    def _alternatives(self, schema: Json) -> list[JsonObject]:
        """A schema without references and choices, once for each choice; the first few."""
        try:
            asked, _ = flat(schema, self._schemas.target)
        except (Unsatisfiable, DocumentError):
            return []
        for word in ("oneOf", "anyOf"):
            if word in asked:
                rest = {name: value for name, value in asked.items() if name != word}
                ways = (way for option in asked[word] for way in self._alternatives({"allOf": [rest, option]}))
                return [way for _, way in zip(range(_OPTIONS), ways, strict=False)]
        return [asked]

    def _member(self, name: str, schema: Json, depth: int, *, required: bool, told: bool) -> Fill | None:
        """How to fill a member: by its meaning; else, where it must be there, with some valid value."""
        options = self._alternatives(schema)
        fills = [fill for option in options if (fill := self._value(name, option, depth, told=told))]
        if not required:
            return fills[0] if fills else None
        try:
            generate = compile_generator(schema, self._schemas, direction="response")
        except DocumentError:
            return fills[0] if fills else None

        def otherwise(facts: Facts) -> Json:
            value = fills[0](facts) if fills else ABSENT
            return generate(Chance("problem", facts.status_code, name)) if value is ABSENT else value

        return otherwise

    def _value(self, name: str, asked: JsonObject, depth: int, *, told: bool) -> Fill | None:
        """How to fill a value, None where its name and type say nothing of errors.

        `told`: a member beside it has the message.
        """
        if depth > _DEPTH:
            return None
        types = as_list(asked.get("type") or _type(asked))
        meaning = role(name)
        if "object" in types:
            return self._object(meaning, asked, depth)
        if "array" in types and meaning in _LISTS:
            return self._list(asked, depth)
        if "array" in types and meaning in _PLACES:
            return _steps
        return _scalar(meaning, asked, types, told=told)

    def _object(self, meaning: str, asked: JsonObject, depth: int) -> Fill | None:
        properties: JsonObject = asked.get("properties", {})
        required = dict.fromkeys(asked.get("required", ()))
        if not properties and isinstance(asked.get("additionalProperties"), dict):
            return self._map(asked["additionalProperties"]) if meaning in _LISTS else None
        told = any(role(name) in _MESSAGES for name in properties)
        members: list[tuple[str, Fill]] = []
        for name in {**properties, **required}:
            schema = properties.get(name, asked.get("additionalProperties", True))
            fill = self._member(name, schema, depth + 1, required=name in required, told=told)
            if fill is not None:
                members.append((name, fill))
        if not members and depth:
            return None
        return lambda facts: {name: value for name, fill in members if (value := fill(facts)) is not ABSENT}

    def _map(self, schema: JsonObject) -> Fill:
        """An object with the place of each violation, and what is wrong there as a text or as a list of texts."""
        lists = any("array" in as_list(option.get("type")) for option in self._alternatives(schema))

        def fill(facts: Facts) -> Json:
            places: dict[str, list[str]] = {}
            for violation in facts.violations:
                places.setdefault(_field(violation), []).append(violation.message)
            return {place: texts if lists else "; ".join(texts) for place, texts in places.items()} or ABSENT

        return fill

    def _list(self, asked: JsonObject, depth: int) -> Fill | None:
        """A list with an entry for each violation, or one for the whole."""
        least, most = asked.get("minItems", 0), asked.get("maxItems")
        items = asked.get("items", {"type": "string"})
        # A list that may be empty is left out rather than filled with entries that say nothing.
        entry = self._member("", items, depth + 1, required=least > 0, told=False)
        if entry is None:
            return None

        def fill(facts: Facts) -> Json:
            about = [Facts(facts.status_code, one.message, (), one) for one in facts.violations] or [facts]
            entries = [made for one in about if (made := entry(one)) is not ABSENT]
            return [*entries, *entries[:1] * (least - len(entries))][:most]

        return fill


def _type(asked: JsonObject) -> str:
    """The type that a schema without `type` has in mind."""
    return "object" if "properties" in asked or "required" in asked else "array" if "items" in asked else "string"


def _scalar(meaning: str, asked: JsonObject, types: Sequence[str], *, told: bool) -> Fill | None:
    options = [asked["const"]] if "const" in asked else asked.get("enum")
    if "string" in types and (meaning in _MESSAGES or meaning in _CODES or meaning in ("title", "error", "status")):
        return _string(meaning, asked, options, told=told)
    if meaning in _STATUSES or meaning in _CODES:
        if "string" in types:
            return lambda facts: str(facts.status_code)
        if "integer" in types or "number" in types:
            return lambda facts: facts.status_code if not options or facts.status_code in options else options[0]
    if "boolean" in types and (meaning in _FALSE or meaning == "error"):
        return lambda facts: meaning == "error"
    if "string" in types and meaning in _PLACES:
        return lambda facts: _place(meaning, facts)
    return None


def _string(meaning: str, asked: JsonObject, options: Sequence[Json] | None, *, told: bool) -> Fill:
    """A string that tells people or programs what is wrong."""
    if texts := [option for option in options or () if isinstance(option, str)]:
        return lambda facts: closest(facts.status_code, texts)
    if meaning == "status":
        return lambda facts: str(facts.status_code)
    if meaning == "title" and told:
        return lambda facts: title(facts.status_code)
    if meaning in _CODES and str(asked.get("format", "")).startswith("uri"):
        return lambda facts: "about:blank"  # RFC 9457 §4.2.1: no more is meant than the status code
    if meaning in _CODES or (meaning == "error" and told):
        return lambda facts: facts.violation.rule if facts.violation else code(facts.status_code)
    most = asked.get("maxLength")
    return lambda facts: facts.message[:most]


def _place(meaning: str, facts: Facts) -> Any:
    """Where the one violation is, as a member of this name tells it."""
    violation = facts.violation
    if violation is None and len(facts.violations) == 1 and meaning in _SINGLE:
        violation = facts.violations[0]
    if violation is None:
        return ABSENT
    if meaning in ("in", "location"):
        return violation.place
    if meaning in ("pointer", "path", "datapath", "instancepath") and violation.place == "body":
        return violation.pointer
    # In JSON:API, `source` has either a pointer or a parameter.
    if (meaning == "pointer") != (violation.place == "body") and meaning in ("pointer", "parameter"):
        return ABSENT
    return _field(violation)


def _field(violation: Violation) -> str:
    """A name for the place, as forms use it: `address.city`; the body as a whole is `body`."""
    if violation.place != "body":
        return violation.pointer
    return ".".join(split(violation.pointer)) or "body"


def _steps(facts: Facts) -> Any:
    """The place as a list, `["body", "tags", 0]`, as FastAPI has it."""
    violation = facts.violation
    if violation is None:
        return ABSENT
    steps = split(violation.pointer) if violation.place == "body" else [violation.pointer]
    return [violation.place, *(int(step) if step.isdecimal() else step for step in steps)]
