"""What `check` finds before anything is served: each planted mistake, by its name and place."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mock_server.checking import check_all
from mock_server.errors import DocumentError
from tests.commands import API, BEHAVIOUR, FILES, command
from tests.conftest import ROOT

Write = Callable[..., Path]

PLANTED: Mapping[str, tuple[dict[str, str], str]] = {
    "an example that breaks its schema": (
        {"api.yaml": API.replace("number: 1}", "number: one}")},
        r"api\.yaml:\d+ /paths/~1version/get/\S*: .*getVersion.*'one'|\"one\"",
    ),
    "an example of a resource's operation": (
        {"api.yaml": API.replace("        '201':\n          description: Made\n          content: {application/json: {",
                                 "        '201':\n          description: Made\n          content: {application/json: "
                                 "{example: {id: 1}, ")},
        r"createPet.*\"id\": 1",
    ),
    "a simulation that breaks its contract": (
        {"api.yaml": API.replace("error_message: {", "weight: {type: integer}\n        error_message: {"),
         "pets.overlay.yaml": BEHAVIOUR
            .replace("simulation:", "  nonDecreasing: [weight]\n          simulation:")
            .replace("new: {leave", "new: {set: {weight: 5}, leave")
            .replace("fed: {leave", "fed: {set: {weight: 3}, leave")},
        r"pets\.overlay\.yaml:\d+ \S*/x-resources/pets/\S*: .*seed 0.*weight falls from 5 to 3",
    ),
    "a state's schema that is not kept": (
        {"pets.overlay.yaml": BEHAVIOUR.replace(
            "sold: {}", "sold: {schema: {properties: {error_message: {const: sold out}}}}")},
        r"\S*/x-resources/pets/\S*: .*seed 0.*error_message.*'sold'",
    ),
    "a list that is none": (
        {"api.yaml": API.replace("{schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}",
                                 "{schema: {type: array, items: {type: object, required: [tail]}}}")},
        r"listPets with seed 0: its answer, from state pets, breaks its schema.*tail",
    ),
    "a creation that answers with something else": (
        {"api.yaml": API.replace(
            "description: Made\n          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}",
            "description: Made\n          content: {application/json: {schema: {type: object, required: [id], "
            "properties: {id: {type: string}, name: {type: integer}}}}}")},
        r"createPet with seed 0: .*name",
    ),
    "a handler that gives something else": (
        {"handlers.py": "from mock_server.handlers import operation\n\n"
                        "@operation('getVersion')\ndef version(call):\n    return {'number': 'x'}\n"},
        r"getVersion with seed 0: its answer, from handler getVersion, breaks its schema: .*number",
    ),
    "a handler that raises": (
        {"handlers.py": "from mock_server.handlers import operation\n\n"
                        "@operation('getVersion')\ndef version(call):\n    raise KeyError('boo')\n"},
        r"getVersion with seed 0: KeyError: 'boo'",
    ),
    "a handler's status that is not documented": (
        {"handlers.py": "from mock_server.handlers import Reply, operation\n\n"
                        "@operation('getVersion')\ndef version(call):\n    return Reply(202, {'number': 1})\n"},
        r"getVersion with seed 0: its answer is 202, which it does not document",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_named(project: Write, mistake: str) -> None:
    files, wanted = PLANTED[mistake]
    assert any(files[name] != FILES.get(name) for name in files)
    _, problems = check_all(str(project(**{**FILES, **files})), 5)
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    assert any(re.search(wanted, error) for error in errors), [str(each) for each in problems]


def test_a_schema_that_nothing_is_valid_for_is_named(project: Write) -> None:
    wrong = API.replace("{number: {type: integer}}", "{number: {type: integer, minimum: 2, maximum: 1}}")
    wrong = wrong.replace("              example: {number: 1}\n", "")
    with pytest.raises(DocumentError, match=r"api\.yaml:\d+ /paths/~1version/get/.*/number"):
        check_all(str(project(**{**FILES, "api.yaml": wrong})), 5)


def test_a_request_that_nobody_can_send_is_a_warning(project: Write) -> None:
    wrong = API.replace("NewPet: {type: object,", "NewPet: {type: object, maxProperties: 0,")
    _, problems = check_all(str(project(**{**FILES, "api.yaml": wrong})), 5)
    (problem,) = problems
    assert problem.severity == "warning"
    assert re.search(r"createPet cannot be tried: no valid value", problem.message)


def test_an_operation_without_a_success_is_a_warning(project: Write) -> None:
    wrong = API.replace("'200':\n          description: Which", "'404':\n          description: Which")
    _, problems = check_all(str(project(**{**FILES, "api.yaml": wrong})), 5)
    assert any("getVersion documents no success" in problem.message for problem in problems)
    assert {problem.severity for problem in problems} == {"warning"}


def test_what_is_right_has_no_findings(project: Write) -> None:
    for path in (str(project(**FILES)), str(ROOT / "openapi")):
        assert check_all(path, 20)[1] == []


def test_the_same_findings_come_every_time(project: Write) -> None:
    path = str(project(**{**FILES, **PLANTED["a state's schema that is not kept"][0]}))
    assert [str(each) for each in check_all(path, 10)[1]] == [str(each) for each in check_all(path, 10)[1]]


def test_a_mistake_of_the_simulation_ends_with_exit_code_1_and_shows_the_seed(project: Write) -> None:
    told = command("check", project(**{**FILES, **PLANTED["a simulation that breaks its contract"][0]}))
    assert told.returncode == 1
    assert "seed 0" in told.stderr
    assert "Traceback" not in told.stderr
