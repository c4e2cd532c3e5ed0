from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.routes import Routes, variables


def routes(*templates: str) -> Routes[str]:
    made: Routes[str] = Routes()
    for template in templates:
        made.add(template, template)
    return made


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/pets/mine", ("/pets/mine", ())),
        ("/pets/7", ("/pets/{id}", ("7",))),
        ("/pets/7/toys", ("/pets/{id}/toys", ("7",))),
        ("/pets/mine/toys", ("/pets/{id}/toys", ("mine",))),  # the fixed segment is a dead end and is backed out of
        ("/pets/7.json", ("/pets/{id}.json", ("7",))),
        ("/compare/main...dev", ("/compare/{base}...{head}", ("main", "dev"))),
        ("/pets/a%2Fb", ("/pets/{id}", ("a%2Fb",))),  # an encoded slash does not divide segments
        ("/p%65ts/7", ("/pets/{id}", ("7",))),  # RFC 3986 §6.2.2.2
        ("/pets/", None),
        ("/pets", None),
        ("/pets/7/", None),
        ("", None),
    ],
)
def test_a_path_leads_to_the_most_concrete_template(path: str, expected: tuple[str, tuple[str, ...]] | None) -> None:
    made = routes(
        "/pets/{id}", "/pets/mine", "/pets/{id}/toys", "/pets/{id}.json", "/compare/{base}...{head}",
    )  # fmt: skip
    assert made.match(path) == expected


def test_templates_that_differ_in_variable_names_alone_are_one() -> None:
    made: Routes[str] = Routes()
    assert made.add("/a/{x}/b", "first") == "first"
    assert made.add("/a/{y}/b", "second") == "first"


def test_a_segment_of_many_variables_takes_linear_time() -> None:
    made = routes("/f/{a}-{b}-{c}.json")
    assert made.match("/f/1-2-3.json") == ("/f/{a}-{b}-{c}.json", ("1", "2", "3"))
    assert made.match("/f/" + "-" * 200_000) is None  # a backtracking match would take hours


def test_an_unknown_path_is_told_with_the_nearest_template() -> None:
    assert routes("/audits", "/pets/{id}").nearest("/audit") == "/audits"
    assert routes("/audits").nearest("/zzz") is None


_SEGMENT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)


@given(st.lists(_SEGMENT, min_size=1, max_size=4))
def test_every_value_of_a_variable_is_matched_as_it_was_sent(values: list[str]) -> None:
    template = "".join(f"/s{place}/{{v{place}}}" for place in range(len(values)))
    encoded = [quote(value, safe="") for value in values]
    path = "".join(f"/s{place}/{value}" for place, value in enumerate(encoded))
    assert routes(template, "/s0/other").match(path) == (template, tuple(encoded))
    assert variables(template) == tuple(f"v{place}" for place in range(len(values)))
