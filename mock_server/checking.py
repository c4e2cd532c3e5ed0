"""Everything that can be found wrong in a project before it is served."""

from mock_server.contract import check_answers, compile_contract
from mock_server.errors import Problem
from mock_server.handlers import check_project, load_project
from mock_server.lifecycle import verify
from mock_server.spec import Description, load


def check_all(path: str, seeds: int) -> tuple[Description, list[Problem]]:
    """Load and compile the project at `path` and try what it promises with `seeds` seeds.

    Gives its description and every problem found; raises `DocumentError` where it cannot be served at all.
    """
    description = load(path)
    project = load_project(description.handlers_file)
    if description.handlers_file is not None:
        resources = description.document.get("x-resources", {})
        check_project(project, description.handlers_file, resources, {each.id for each in description.operations})
    contract = compile_contract(description, project)
    problems = [*contract.warnings, *check_answers(contract)]
    problems += [problem for resource in contract.resources.values() for problem in verify(resource, seeds)]
    return description, problems
