"""OpenAPI Overlay 1.0: what actions do, that they do no more, and that what they wrote is found again."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import DocumentError
from mock_server.spec.document import Source, join, lookup
from mock_server.spec.overlay import apply

NAMES = st.sampled_from(["a", "b", "c", "x/y", "~"])
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.text("pqr", max_size=3)
DOCUMENTS = st.dictionaries(
    NAMES,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4)),
    max_size=4,
)
OBJECTS = st.dictionaries(
    NAMES, st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, max_size=3)), max_size=3
)


def overlay(*actions: Any, **members: Any) -> Source:
    content = {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": list(actions), **members}
    return Source("o.yaml", yaml.safe_dump(content, sort_keys=False))


def applied(document: Any, *actions: Any) -> Any:
    result, _ = apply(document, [overlay(*actions)])
    return result


def mistake(document: Any, *overlays: Source) -> str:
    with pytest.raises(DocumentError) as caught:
        apply(document, overlays)
    return str(caught.value)


def parts(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    yield pointer, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for token, child in children:
        yield from parts(child, join(pointer, token))


def merged(target: Any, update: Any) -> Any:
    """The merge as §4.4.3 words it, for objects without arrays."""
    if isinstance(target, dict) and isinstance(update, dict):
        return {name: merged(target[name], update[name]) if name in target and name in update
                else update.get(name, target.get(name)) for name in {**target, **update}}  # fmt: skip
    return update


@pytest.mark.parametrize(
    ("document", "actions", "result"),
    [
        # updates
        ({"a": {"b": 1}}, [("$.a", {"c": 2})], {"a": {"b": 1, "c": 2}}),
        ({"a": {"b": {"c": 1}}}, [("$", {"a": {"b": {"d": 2}}})], {"a": {"b": {"c": 1, "d": 2}}}),
        ({"a": {"b": 1}}, [("$.a", {"b": None})], {"a": {"b": None}}),
        ({"a": {"b": 1}}, [("$.a", {"b": [2]})], {"a": {"b": [2]}}),
        ({"a": {"b": [1]}}, [("$.a", {"b": [2, 3]})], {"a": {"b": [1, 2, 3]}}),
        ({"a": [1]}, [("$.a", 2)], {"a": [1, 2]}),
        ({"a": [1]}, [("$.a", {"b": 1})], {"a": [1, {"b": 1}]}),
        ({"a": [1]}, [("$.a", [2, 3])], {"a": [1, [2, 3]]}),  # 1.0: "an entry to append"
        ({"a": [[1], [2]]}, [("$.a.*", 3)], {"a": [[1, 3], [2, 3]]}),
        ({"a": [{"k": 1}, {"k": 2}]}, [("$.a[?@.k == 2]", {"l": 3})], {"a": [{"k": 1}, {"k": 2, "l": 3}]}),
        ({"a": [{"k": 1}, {"k": 2}]}, [("$.a[-1]", {"l": 3})], {"a": [{"k": 1}, {"k": 2, "l": 3}]}),
        ({"x-y": {"/p/{q}": {}}}, [("$.x-y['/p/{q}']", {"a": 1})], {"x-y": {"/p/{q}": {"a": 1}}}),
        ({"a": {"b": {}}}, [("$.a..*", {"c": 1})], {"a": {"b": {"c": 1}}}),
        ({"a": {}}, [("$['a','a']", {"b": [1]})], {"a": {"b": [1]}}),  # selected twice, updated once
        # removals
        ({"a": {"b": {}}, "c": {}}, [("$.a.b",)], {"a": {}, "c": {}}),
        ({"a": [{"k": 1}, {"k": 2}, {"k": 1}, {"k": 3}]}, [("$.a[?@.k == 1]",)], {"a": [{"k": 2}, {"k": 3}]}),
        ({"a": [[], {}, [], {}]}, [("$.a[*]",)], {"a": []}),
        ({"a": [{}, {}, {"k": 1}]}, [("$.a[0, 1]",)], {"a": [{"k": 1}]}),
        ({"a": [{}, {}, {"k": 1}]}, [("$.a[1, 0, 1]",)], {"a": [{"k": 1}]}),
        ({"a": [{"k": 1}, {"k": 2}, {"k": 3}]}, [("$.a[::2]",)], {"a": [{"k": 2}]}),
        ({"a": [{"k": n} for n in range(12)]}, [("$.a[?@.k < 11]",)], {"a": [{"k": 11}]}),  # 10 comes after 9
        ({"a": [{"b": [{}]}], "b": {}}, [("$..b",)], {"a": [{}]}),
        ({"a": {"b": {"b": {}}}}, [("$..b",)], {"a": {}}),  # one inside the other
        ({"a": {"b": {}}}, [("$.a.b",), ("$.a", {"b": {"c": 1}})], {"a": {"b": {"c": 1}}}),
        ({"a": {"p": {"x-old": {}}, "q": {"x-old": {}, "r": 1}}}, [("$.a.*.x-old",)], {"a": {"p": {}, "q": {"r": 1}}}),
    ],
)
def test_actions_do_what_overlay_1_0_says(document: Any, actions: list[Any], result: Any) -> None:
    before = deepcopy(document)
    steps = [{"target": one[0], **({"update": one[1]} if len(one) > 1 else {"remove": True})} for one in actions]
    assert applied(document, *steps) == result
    assert document == before  # the document given stays as it was


def test_an_update_has_no_impact_beside_remove() -> None:
    assert applied({"a": {}, "b": 1}, {"target": "$.a", "remove": True, "update": {"c": 1}}) == {"b": 1}
    assert applied({"a": {}}, {"target": "$.a", "remove": False, "update": {"c": 1}}) == {"a": {"c": 1}}


def test_an_update_at_several_targets_is_not_shared() -> None:
    result = applied({"a": {"p": {}, "q": {}}, "l": []}, {"target": "$.a.*", "update": {"x": {"y": [1]}}})
    result["a"]["p"]["x"]["y"].append(2)
    assert result["a"]["q"] == {"x": {"y": [1]}}


def test_an_alias_in_an_overlay_is_not_shared() -> None:
    text = overlay({"target": "$", "update": {}}).text.replace("update: {}", "update: {a: &x [1], b: *x}")
    result, _ = apply({}, [Source("o.yaml", text)])
    result["a"].append(2)
    assert result["b"] == [1]


def test_overlays_are_applied_in_the_order_given() -> None:
    first, second = (overlay({"target": "$", "update": {"a": name}}) for name in ("first", "second"))
    assert apply({}, [first, second])[0] == {"a": "second"}
    assert apply({}, [second, first])[0] == {"a": "first"}


def test_later_actions_see_what_earlier_ones_did() -> None:
    steps = [{"target": "$", "update": {"a": [{"k": 1}]}}, {"target": "$.a[?@.k == 1]", "update": {"l": 2}}]
    assert applied({}, *steps) == {"a": [{"k": 1, "l": 2}]}


@given(DOCUMENTS, OBJECTS)
def test_an_update_without_arrays_is_a_recursive_merge_and_idempotent(document: Any, update: Any) -> None:
    action = {"target": "$", "update": update}
    try:
        once = applied(document, action)
    except DocumentError:
        return  # an object or array may not become something else
    assert once == merged(document, update)
    assert applied(once, action) == once
    assert applied(document, action, action) == once


@given(DOCUMENTS, st.data())
def test_what_is_removed_is_what_was_selected(document: Any, data: st.DataObject) -> None:
    containers = [pointer for pointer, value in parts(document) if isinstance(value, dict | list) and pointer]
    if not containers:
        return
    chosen = data.draw(st.lists(st.sampled_from(containers), min_size=1, max_size=4, unique=True))
    marked = deepcopy(document)
    for pointer in chosen:
        value = lookup(marked, pointer)
        value.update({"mark": True}) if isinstance(value, dict) else value.append("mark")
    expected = without(document, chosen)
    result = applied(marked, {"target": "$..[?@.mark == true || (@[-1] == 'mark')]", "remove": True})
    assert result == expected


def without(value: Any, pointers: list[str], here: str = "") -> Any:
    if isinstance(value, dict):
        return {name: without(part, pointers, join(here, name)) for name, part in value.items()
                if join(here, name) not in pointers}  # fmt: skip
    if isinstance(value, list):
        return [without(part, pointers, join(here, index)) for index, part in enumerate(value)
                if join(here, index) not in pointers]  # fmt: skip
    return value


@given(st.data())
def test_what_is_at_a_pointer_is_found_in_the_line_that_wrote_it(data: st.DataObject) -> None:
    counter = iter(range(1000))
    strings = st.builds(lambda: f"mark{next(counter)}.")
    values = st.recursive(
        strings, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=3)
    )
    document: Any = {"root": data.draw(values), "other": data.draw(st.lists(values, max_size=4))}
    base = Source("base.yaml", yaml.safe_dump(document, sort_keys=False))
    sources, current = [], document
    for number in range(data.draw(st.integers(1, 4))):
        targets = [(pointer, value) for pointer, value in parts(current) if isinstance(value, dict | list)]
        pointer, value = data.draw(st.sampled_from(targets))
        path = "$" + "".join(f"[{token}]" for token in tokens_of(current, pointer))
        if pointer and data.draw(st.booleans()):
            action: Any = {"target": path, "remove": True}
        else:
            update = data.draw(st.dictionaries(NAMES, values, max_size=2) if isinstance(value, dict) else values)
            action = {"target": path, "update": update}
        source = Source(f"{number}.yaml", overlay(action).text)
        try:
            current, _ = apply(current, [source])
        except DocumentError:
            continue  # a container may not become a leaf
        sources.append(source)
    result, provenance = apply(document, sources, base)
    assert result == current
    texts = {source.name: source.text.splitlines() for source in [base, *sources]}
    for pointer, value in parts(result):
        if isinstance(value, str):
            place = provenance.locate(pointer)
            assert place.line is not None
            assert value in texts[place.file][place.line - 1]


def test_what_was_written_inside_an_entry_is_found_after_the_entry_has_moved_up() -> None:
    document = {"l": [{"n": 0}, {"n": 1}, {"n": 2, "deep": {}}]}
    base = Source("base.yaml", yaml.safe_dump(document))
    inside = Source("1.yaml", overlay({"target": "$.l[2].deep", "update": {"a": "inside"}}).text)
    removal = Source("2.yaml", overlay({"target": "$.l[?@.n < 2]", "remove": True}).text)
    result, provenance = apply(document, [inside, removal], base)
    assert result == {"l": [{"n": 2, "deep": {"a": "inside"}}]}
    assert str(provenance.locate("/l/0/deep/a")) == "1.yaml:8 /actions/0/update/a"
    assert str(provenance.locate("/l/0/n")) == "base.yaml:5 /l/2/n"
    assert str(provenance.locate("/l")) == "base.yaml:1 /l"


def tokens_of(document: Any, pointer: str) -> Iterator[str]:
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        yield name if isinstance(document, list) else json.dumps(name)
        document = document[int(name)] if isinstance(document, list) else document[name]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (
            {"target": "$.b", "update": {}},
            "o.yaml:6 /actions/0/target: the target $.b selects nothing: there is no 'b'",
        ),
        ({"target": "$.path.x", "update": {}}, "there is no 'path'; did you mean 'paths'?"),
        ({"target": "$.paths[?@.z]", "remove": True}, "the target $.paths[?@.z] selects nothing"),
        ({"target": "$.s", "update": {}}, "the target selects /s, which is no object or array"),
        ({"target": "$.s", "remove": True}, "the target selects /s, which is no object or array"),
        ({"target": "$.*", "remove": True}, "the target selects /s, which is no object or array"),
        ({"target": "$", "remove": True}, "selects the whole document, which cannot be removed"),
        ({"target": "$.paths", "update": [1]}, "the update of /paths, an object, must be an object too"),
        ({"target": "$", "update": {"paths": 1}}, "/actions/0/update/paths: /paths is an object and cannot become"),
        ({"target": "$", "update": {"l": {}}}, "/actions/0/update/l: /l is an array and cannot become an object"),
        ({"target": "$.paths", "updates": {}}, "no member 'updates'; did you mean 'update'?"),
        ({"target": "$.paths"}, "this action does nothing"),
        ({"target": "$.paths", "remove": "yes"}, "remove must be true or false"),
        ({"update": {}}, "an action needs a target"),
        ({"target": "paths", "update": {}}, "the target is no JSONPath"),
        ({"target": "$.paths[", "update": {}}, "the target is no JSONPath"),
        ({"target": "$.paths[?foo(@)]", "update": {}}, "the target is no JSONPath"),
        ("x", "an action is an object"),
    ],
)
def test_a_mistake_in_an_action_is_told_with_its_place(action: Any, told: str) -> None:
    document = {"s": "text", "paths": {"x": {}}, "l": [{}]}
    found = mistake(document, overlay(action))
    assert told in found
    assert found.startswith("o.yaml:")


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"overlay": "1.1.0"}, "o.yaml:1 /overlay: Overlay 1.1.0 is not known here"),
        ({"overlay": 1.0}, "o.yaml:1 /overlay: overlay must be the version as text"),
        ({"info": {"title": "t"}}, "/info/version: info.version must be a string"),
        ({"info": None}, "/info: info must be an object"),
        ({"actions": []}, "/actions: actions must be an array of at least one action"),
        ({"extend": "x"}, "no member 'extend'; did you mean 'extends'?"),
        ({"extends": 1}, "extends must be a URI reference"),
    ],
)
def test_a_mistake_around_the_actions_is_told_with_its_place(members: Any, told: str) -> None:
    assert told in mistake({}, overlay({"target": "$", "update": {}}, **members))


def test_extensions_are_allowed_everywhere() -> None:
    action = {"target": "$", "update": {}, "x-why": 1, "description": "d"}
    assert apply({}, [overlay(action, **{"x-a": 1, "extends": "u"})])[0] == {}


def test_an_overlay_that_is_none_is_refused() -> None:
    for text in ("[]", "x", "", "openapi: 3.1.0"):
        assert "o.yaml:1" in mistake({}, Source("o.yaml", text))


def test_all_mistakes_are_told_at_once() -> None:
    found = mistake({}, overlay({"target": "$.a", "update": {}}, {"target": "$.b", "update": {}}))
    assert found.count("selects nothing") == 2


def test_a_document_cannot_be_made_too_deep() -> None:
    deep = "[" * 250 + "]" * 250
    text = overlay({"target": "$", "update": {"a": 0}}).text.replace("a: 0", f"a: {deep}")
    sources = [Source("o.yaml", text), *[Source("o.yaml", text.replace("target: $", f"target: $.a{'[0]' * 249}"))] * 2]
    assert "nested deeper than 256 levels" in mistake({}, *sources)
