"""A project's own Python: found by its marks, refused with its line."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mock_server.errors import DocumentError, Location
from mock_server.handlers import check_project, load_project
from mock_server.types import JsonObject

HEAD = "from mock_server.handlers import on_entry, operation, route\n\n"
RESOURCES: JsonObject = {"pets": {"lifecycle": {"states": {"new": {}, "sold": {}}}}}
Write = Callable[..., Path]


def loaded(project: Write, text: str) -> tuple[str, Location]:
    """What is wrong with a handlers.py, and where."""
    file = project(**{"handlers.py": text}) / "handlers.py"
    with pytest.raises(DocumentError) as caught:
        check_project(load_project(file), RESOURCES, {"getPet"})
    (problem,) = caught.value.problems
    assert problem.location is not None
    assert problem.location.file == str(file)
    return problem.message, problem.location


def test_no_file_offers_nothing() -> None:
    found = load_project(None)
    assert not found.hooks and not found.operations and not found.routes


def test_what_is_marked_is_found_and_nothing_else(project: Write) -> None:
    text = HEAD + (
        "@on_entry('pets', 'new')\n@on_entry('pets', 'sold')\ndef moved(item, context): ...\n"
        "@operation('getPet')\ndef get(call): ...\n"
        "@route('put', '/bytes/{id}')\nasync def take(upload): ...\n"
        "def helper(): ...\n"
    )
    file = project(**{"handlers.py": text}) / "handlers.py"
    found = load_project(file)
    assert set(found.hooks) == {("pets", "new"), ("pets", "sold")}
    assert set(found.operations) == {"getPet"}
    assert set(found.routes) == {("PUT", "/bytes/{id}")}
    check_project(found, RESOURCES, {"getPet"})


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("x = (\n", "SyntaxError", 1),
        ("\n\nraise ValueError('boo')\n", "ValueError: boo", 3),
        ("import json\n\njson.loads('{')\n", "JSONDecodeError", 3),
        ("import sys\nsys.exit('bye')\n", "SystemExit: bye", 2),
        (HEAD + "@on_entry('pet', 'new')\ndef f(item, context): ...\n", "no resource 'pet'; did you mean 'pets'", 3),
        (HEAD + "@on_entry('pets', 'sould')\ndef f(item, context): ...\n", "'sould'; did you mean 'sold'", 3),
        (HEAD + "@operation('getPat')\ndef f(call): ...\n", "'getPat'; did you mean 'getPet'", 3),
        (HEAD + "@operation('getPet')\nasync def f(call): ...\n", "f must be a plain function", 3),
        (HEAD + "@route('PUT', '/x')\ndef f(upload): ...\n", "f must be an async function", 3),
        (HEAD + "@operation('getPet')\ndef f(call): ...\n@operation('getPet')\ndef g(call): ...\n",
         "a second handler for getPet", 5),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(project: Write, text: str, message: str, line: int) -> None:
    told, place = loaded(project, text)
    assert message in told
    assert place.line == line


def test_a_file_that_changes_twice_in_a_second_is_read_anew(project: Write) -> None:
    for name in ("aaa", "bbb", "ccc"):  # of the same size, too
        file = project(**{"handlers.py": HEAD + f"@operation({name!r})\ndef f(call): ...\n"}) / "handlers.py"
        assert set(load_project(file).operations) == {name}


def test_the_projects_folder_is_left_as_it_is(project: Write) -> None:
    folder = project(**{"handlers.py": HEAD})
    load_project(folder / "handlers.py")
    assert [file.name for file in folder.iterdir()] == ["handlers.py"]
    assert str(folder) not in sys.path
