"""Bodies: what is read arrives as it was sent, everything else is refused with its place."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.bodies import DEPTH, decode_json, is_json, match, media_type
from mock_server.errors import Refusal, Violation

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from([":", '":', '\\":', "a/b", "~"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20
)
WRITERS = st.sampled_from([
    json.dumps,
    lambda value: json.dumps(value, ensure_ascii=False),
    lambda value: json.dumps(value, separators=(",", ":")),
    lambda value: json.dumps(value, indent=1, separators=(",\n", " \t:\n")),
])  # fmt: skip


def refused(body: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        decode_json(body)
    assert caught.value.status_code == 400
    assert caught.value.source == "validation"
    return caught.value


def only_violation(body: bytes) -> Violation:
    (violation,) = refused(body).violations
    assert violation.place == "body"
    return violation


@given(VALUES, WRITERS)
def test_every_json_value_arrives_as_it_was_sent(value: Any, write: Any) -> None:
    read = decode_json(write(value).encode())
    assert read == value
    assert repr(read) == repr(value)  # 1, 1.0 and True are equal, 0.0 and -0.0 too


class Twice:
    """An object in which one member is written twice, at a pointer."""

    def __init__(self, members: dict[str, Any], name: str, other: Any) -> None:
        self.members = members
        self.name = name
        self.other = other


def written(value: Any, escape: bool) -> str:
    if isinstance(value, Twice):
        pairs = [*value.members.items(), (value.name, value.other)]
        return "{" + ",".join(f"{written(name, escape)} :{written(part, escape)}" for name, part in pairs) + "}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{written(name, escape)}: {written(part, escape)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(part, escape) for part in value) + "]"
    if isinstance(value, str) and escape:
        return '"' + "".join(f"\\u{unit:04x}" for unit in utf_16(value)) + '"'
    return json.dumps(value)


def utf_16(text: str) -> Iterator[int]:
    units = text.encode("utf-16-be")
    return (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))


@given(VALUES, st.dictionaries(NAMES, VALUES, min_size=1, max_size=3), VALUES, st.booleans(), st.data())
def test_a_member_given_twice_is_refused_wherever_it_is(
    value: Any, members: dict[str, Any], other: Any, escape: bool, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    holder: Any = Twice(members, name, other)
    pointer = ""
    for step in data.draw(st.lists(NAMES | st.integers(0, 2), max_size=3)):
        if isinstance(step, str):
            holder, pointer = {"0" + step: holder}, f"/0{escaped(step)}{pointer}"
        else:
            holder, pointer = [value] * step + [holder], f"/{step}{pointer}"
    violation = only_violation(written(holder, escape).encode())
    assert violation.pointer == f"{pointer}/{escaped(name)}"
    assert violation.rule == "uniqueNames"


def escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def refusal_of(body: bytes) -> Refusal | None:
    try:
        decode_json(body)
    except Refusal as refusal:
        return refusal
    return None


def is_read_or_refused(body: bytes) -> bool:
    refusal = refusal_of(body)
    return refusal is None or (refusal.status_code == 400 and bool(refusal.violations))


@given(st.binary())
def test_no_bytes_raise_anything_but_a_refusal(body: bytes) -> None:
    assert is_read_or_refused(body)


@given(st.lists(st.sampled_from([*'[]{}:,"0123456789.eE-+ \\u\n', "true", "null", '"a":', "99999999999999999999"])))
def test_no_json_like_text_raises_anything_but_a_refusal(parts: list[str]) -> None:
    assert is_read_or_refused("".join(parts).encode())


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_depth_is_bounded(opening: str) -> None:
    closing = "".join({"[": "]", "{": "}"}.get(sign, "") for sign in reversed(opening))
    times = DEPTH // len(closing)
    assert decode_json((opening * times + "1" + closing * times).encode()) is not None
    for times in (DEPTH // len(closing) + 1, 500, 1000, 5000):
        assert only_violation((opening * times + "1" + closing * times).encode()).rule == "depth"


def test_ten_megabytes_of_brackets_are_refused_quickly() -> None:
    started = time.perf_counter()
    assert only_violation(b"[" * 10_000_000).rule == "depth"
    assert only_violation(b'{"a":' * 2_000_000).rule == "depth"
    assert time.perf_counter() - started < 2


@given(st.integers(), VALUES, WRITERS)
def test_an_integer_beyond_64_bits_is_read_as_the_nearest_double(value: int, other: Any, write: Any) -> None:
    beyond = value * 2**40 + (2**64 if value >= 0 else -(2**63) - 1025)
    assert decode_json(write([other, {"a": beyond}]).encode()) == [other, {"a": float(beyond)}]


@pytest.mark.parametrize("text", ["{}", "[{}]", '{"a": {}}'])
def test_an_integer_just_below_64_bits_stays_below_them(text: str) -> None:
    for value in (-(2**63) - 1, -(2**63) - 1024):
        (read,) = re.findall(r"-[0-9.e+]+", repr(decode_json(text.replace("{}", str(value)).encode())))
        assert float(read) < -(2**63)
    for value in (-(2**63), -(2**63) + 1, 2**64 - 1):
        (read,) = re.findall(r"-?[0-9.e+]+", repr(decode_json(text.replace("{}", str(value)).encode())))
        assert int(read) == value


@pytest.mark.parametrize("body", [b"1e25", b"[-1e300, 2e19]", b'{"a": -9223372036854775808.0}'])
def test_large_floats_arrive_as_sent(body: bytes) -> None:
    assert repr(decode_json(body)) == repr(json.loads(body))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"a": 1,\n "b": tru}', "line 2, column 7"),
        (b"[1, 2,]", "line 1, column 6"),
        (b"NaN", "not JSON"),
        (b"[Infinity]", "not JSON"),
        (b"[1e400]", "infinity"),
        (b'{"a": ' + b"9" * 309 + b"}", "infinity"),
        (b"'a'", "not JSON"),
        (b"{} {}", "not JSON"),
        (b'"\\ud800"', "surrogate"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": "\xff"}', "byte 0xff at offset 7"),
        (b"\xed\xa0\x80", "not UTF-8"),
        (b"", "empty"),
        (b" \n", "empty"),
    ],
)
def test_what_is_not_json_is_told_with_its_place(body: bytes, told: str) -> None:
    assert told in only_violation(body).message


def test_a_body_full_of_mistakes_is_told_in_bounds() -> None:
    body = b"[" + b",".join([b'{"a":1,"a":2}'] * 5000) + b"]"
    assert 1 < len(refused(body).violations) <= 100


def test_nothing_of_a_body_is_told_but_names_and_places() -> None:
    told = refused(b'{"token": "hunter2", "token": "hunter3"}')
    assert "hunter" not in f"{told} {told.violations}"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("application/json", ("application/json", None)),
        ("Application/JSON ; Charset=UTF-8", ("application/json", "utf-8")),
        ('application/json; a="; charset=x\\""; charset="latin-1"', ("application/json", "latin-1")),
        ("text/csv; header=present", ("text/csv", None)),
        (None, ("application/octet-stream", None)),
        ("", ("", None)),
        ("json", ("", None)),
        ("application/json, text/plain", ("", None)),
        ("a/b c", ("", None)),
    ],
)
def test_a_content_type_is_read_as_rfc_9110_has_it(field: str | None, expected: tuple[str, str | None]) -> None:
    assert media_type(field) == expected


CONTENT = {"application/json": 1, "application/*+json": 2, "application/*": 3, "*/*": 4}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("application/json", 1),
        ("application/json; charset=utf-8", 1),
        ("APPLICATION/JSON", 1),
        ("application/vnd.api+json", 2),
        ("application/xml", 3),
        (None, 3),
        ("text/plain", 4),
        ("nonsense", None),
    ],
)
def test_the_closest_documented_media_type_is_meant(field: str | None, expected: int | None) -> None:
    assert match(CONTENT, field) == expected


def test_a_media_type_that_is_not_documented_matches_nothing() -> None:
    assert match({"application/json": 1}, "application/vnd.api+json") is None
    assert match({"application/json": 1}, None) is None
    assert match({}, "application/json") is None


def test_parameters_of_a_documented_media_type_are_passed_over() -> None:
    assert match({"Application/JSON; charset=utf-8": 1}, "application/json") == 1
    assert match({"multipart/form-data": 1}, "multipart/form-data; boundary=x") == 1


def test_json_in_another_charset_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        match({"application/json": 1}, "application/json; charset=latin-1")
    assert caught.value.status_code == 415
    assert match({"text/plain": 1}, "text/plain; charset=latin-1") == 1
    assert match({"application/json": 1}, "application/json; charset=US-ASCII") == 1


def test_json_is_known_by_its_name() -> None:
    assert is_json("application/json")
    assert is_json("application/problem+json")
    assert not is_json("application/jsonl")
    assert not is_json("")


@given(st.text() | st.none())
def test_no_content_type_raises_anything_but_a_refusal(field: str | None) -> None:
    try:
        found = match(CONTENT, field)
    except Refusal as refusal:
        found = refusal.status_code
    assert found in (1, 2, 3, 4, None, 415)
