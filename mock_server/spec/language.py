"""The lifecycle language of `x-resources`: whether its words are known, in their place, and of the right kind.

The words are listed in `x-resources.schema.json`, which is also for editors and other tools; what they have to do with
each other and with the rest of the document is checked in `meaning`.
"""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.errors import did_you_mean
from mock_server.spec.document import join
from mock_server.spec.durations import parse as parse_duration
from mock_server.spec.meaning import check_meaning
from mock_server.spec.operations import Operation, assign_operation_ids, operations
from mock_server.spec.structure import Finding
from mock_server.types import Json, JsonObject

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

__all__ = ["NOT_BUILT", "SCHEMA_FILE", "check", "check_words", "parse_duration"]

SCHEMA_FILE = Path(__file__).with_name("x-resources.schema.json")

NOT_BUILT = {
    "contractState": ("enteredAt", "webhooks"),
    "resource": ("parent",),
    "simulatedState": ("create",),
    "leaveEdge": ("dueAt", "response", "create"),
    "initialEdge": ("response", "create"),
    "actionEdge": ("response", "create"),
}
"""Words of the language that a later version will know, by where they stand."""

_PLACES = {
    "resource": "the resource",
    "lifecycle": "lifecycle",
    "contractState": "a state of lifecycle",
    "contractAction": "an action of lifecycle",
    "simulatedState": "a state of simulation",
    "leaveEdge": "an edge of leave",
}


def check(document: JsonObject, found: Sequence[Operation] | None = None) -> list[Finding]:
    """Every mistake in a document's `x-resources`; their words first, and what they mean only where those are right."""
    words = check_words(document)
    return words or check_meaning(document, operations(assign_operation_ids(document)) if found is None else found)


def check_words(document: Json) -> list[Finding]:
    """Every word that is unknown, in the wrong place or of the wrong kind."""
    if not isinstance(document, dict) or "x-resources" not in document:
        return []
    return [finding for error in _validator().iter_errors(document["x-resources"]) for finding in _findings(error)]


@lru_cache(maxsize=1)
def _schema() -> JsonObject:
    schema: JsonObject = json.loads(SCHEMA_FILE.read_text("utf-8"))
    return schema


@lru_cache(maxsize=1)
def _validator() -> "Draft202012Validator":
    import jsonschema_rs  # 25 ms that only documents with x-resources pay

    return jsonschema_rs.Draft202012Validator(_schema(), validate_formats=True, offline=True)


def _findings(error: "ValidationError") -> Iterator[Finding]:
    # Names that look like numbers come as numbers in the path; as text they are what they were.
    pointer = join("/x-resources", *error.instance_path)
    place = [str(token) for token in error.schema_path]
    parent: Any = _schema()
    for token in place[:-1]:
        parent = parent[int(token)] if isinstance(parent, list) else parent[token]
    details = error.kind.as_dict()
    if error.kind.name == "additionalProperties":
        later = NOT_BUILT.get(place[1] if len(place) > 1 else "", ())
        for word in details["unexpected"]:
            if word in later:
                yield Finding(join(pointer, word), f"{word} is not built yet; leave it out for now")
            else:
                yield Finding(join(pointer, word), f"the language has no word {word!r} here{_hint(word, parent)}")
    elif error.kind.name == "required":
        yield Finding(pointer, f"{details['property']} is missing here: this must be {parent['description']}")
    elif error.kind.name == "propertyNames":
        name = details["error"].instance
        yield Finding(join(pointer, name), f"this name must be {parent['description']}, not {_shown(name)}")
    elif error.kind.name == "uniqueItems":
        yield Finding(pointer, f"something is in here twice: this must be {parent['description']}")
    else:
        yield Finding(pointer, f"this must be {parent['description']}, not {_shown(error.instance)}")


def _hint(word: str, parent: JsonObject) -> str:
    """What may have been meant: a word like it, the same word elsewhere, or any that can stand here."""
    places = [place for kind, place in _PLACES.items() if word in _schema()["$defs"][kind]["properties"]]
    if places:
        return f"; it belongs in {' or '.join(places)}"
    return did_you_mean(word, parent["properties"]) or f"; it knows {', '.join(parent['properties'])}"


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
