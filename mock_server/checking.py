"""Everything that can be found wrong in a project before it is served."""

import json
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from mock_server.bodies import is_json, match, media_type
from mock_server.chance import Chance
from mock_server.clock import Clock
from mock_server.contract import CompiledOperation, Contract, compile_contract
from mock_server.errors import DocumentError, Problem, Refusal
from mock_server.examples import success
from mock_server.generation import compile_generator
from mock_server.handlers import Call, check_project, load_project
from mock_server.lifecycle import verify
from mock_server.messages import Request, Response
from mock_server.resources import Resource, Verb
from mock_server.security import Caller
from mock_server.session import Session
from mock_server.spec import Description, MediaType, Operation, load
from mock_server.store.memory import MemoryStore
from mock_server.types import SECOND, Json, JsonObject

_SEEDS: Final = 3  # that each operation is asked with
_BEGIN: Final = 1_767_225_600 * SECOND  # 2026-01-01; any instant does
_SHOWN: Final = 60  # characters of a value in a message


def check_all(path: str, seeds: int) -> tuple[Description, list[Problem]]:
    """Load and compile the project at `path` and try what it promises with `seeds` seeds.

    Gives its description and every problem found; raises `DocumentError` where it cannot be served at all.
    """
    description = load(path)
    project = load_project(description.handlers_file)
    if description.handlers_file is not None:
        resources = description.document.get("x-resources", {})
        check_project(project, resources, {each.id for each in description.operations})
    contract = compile_contract(description, project)
    problems = [*contract.warnings, *_wrong_examples(contract), *_wrong_answers(contract)]
    for resource in contract.resources.values():
        problems += _placed(description, verify(resource, seeds))
    return description, problems


# -- examples ----------------------------------------------------------------------------------------------------------


def _wrong_examples(contract: Contract) -> Iterator[Problem]:
    """The examples of success responses that are not valid: the mock passes them over, and readers are misled."""
    for compiled in contract.operations:
        operation = compiled.operation
        documented = success(operation)
        if documented is None:
            place = contract.description.locate(operation.pointer)
            yield Problem(f"{operation.id} documents no success response", place, "warning")
            continue
        for media in documented.content.values():
            if media.schema_pointer is None or not is_json(media.name):
                continue
            validator = contract.schemas.at(media.schema_pointer, direction="response")
            for example in media.examples:
                if not validator.is_valid(example):
                    wrong = "; ".join(map(str, validator.violations(example)))
                    message = f"an example of {operation.id}'s success, {_short(example)}, breaks its schema: {wrong}"
                    yield Problem(message, contract.description.locate(media.pointer))


# -- answers -----------------------------------------------------------------------------------------------------------


def _wrong_answers(contract: Contract) -> list[Problem]:
    """What is wrong with the mock's own answers to valid requests, each mistake once, with the first seed of it."""
    verbs = {
        operation_id: (resource, verb)
        for resource in contract.resources.values()
        for operation_id, verb in resource.operations.items()
    }
    found: dict[tuple[str, str], Problem] = {}
    for compiled in contract.operations:
        for seed in range(_SEEDS if success(compiled.operation) else 0):
            try:
                for problem in _Asked(contract, compiled, seed, verbs.get(compiled.operation.id)).problems():
                    found.setdefault((compiled.operation.id, str(problem.location)), problem)
            except DocumentError as error:  # no valid request can be generated: nobody can ask
                for problem in error.problems:
                    place = problem.location or contract.description.locate(compiled.operation.pointer)
                    message = f"{compiled.operation.id} cannot be tried: {problem.message}"
                    found.setdefault((compiled.operation.id, str(place)), Problem(message, place, "warning"))
                break
    return list(found.values())


class _Asked:
    """One operation, asked in a world of its own with a valid request; where it speaks of an item, there is one."""

    def __init__(
        self, contract: Contract, compiled: CompiledOperation, seed: int, role: tuple[Resource, Verb] | None
    ) -> None:
        self.contract = contract
        self.compiled = compiled
        self.seed = seed
        self.role = role
        clock = Clock.start("frozen", at=_BEGIN)
        self.session = Session(contract.resources, MemoryStore(), clock=clock, seed=seed)

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the answer; raises `DocumentError` where no valid request can be made."""
        operation = self.compiled.operation
        item = self._existing_item()
        call = self._call(operation, item)
        try:
            response = self.compiled.answer(call)
        except Refusal as refusal:
            if refusal.status_code >= 500:
                yield self._problem(refusal.message, operation.pointer)
            return
        except Exception as error:  # noqa: BLE001  a handler is the project's own code
            yield self._problem(f"{type(error).__name__}: {error}", operation.pointer)
            return
        yield from self._judged(response)

    def _existing_item(self) -> JsonObject | None:
        """An item to ask for, made as a client would if there is an operation for it."""
        if self.role is None or self.role[1] == "create":
            return None
        resource = self.role[0]
        by_id = {compiled.operation.id: compiled.operation for compiled in self.contract.operations}
        creates = [by_id[operation_id] for operation_id, verb in resource.operations.items() if verb == "create"]
        try:
            call = self._call(creates[0] if creates else self.compiled.operation, None)
            members = resource.taken_over(creates[0].id, call.body) if creates else {}
            return self.session.create(resource.name, members, call.context)
        except (DocumentError, Refusal):  # what is wrong with it is told where its creation is judged
            return None

    def _call(self, operation: Operation, item: JsonObject | None) -> Call:
        places: dict[str, JsonObject] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for parameter in operation.parameters:
            if parameter.required:
                place = f"#{quote(parameter.schema_pointer, safe='/~')}" if parameter.schema_pointer else None
                schema: Json = {"$ref": place} if place else True
                places[parameter.location][parameter.name] = self._drawn(schema, operation.id, parameter.name)
            elif isinstance(parameter.schema, dict) and "default" in parameter.schema:
                places[parameter.location][parameter.name] = parameter.schema["default"]
        if item is not None and self.role is not None:
            self._speak_of(item, self.role[0], places["path"], places["query"])
        body = self._body(operation)
        request = Request(operation.method, operation.path)
        return Call(
            operation.id, request, self.session, path=places["path"], query=places["query"], header=places["header"],
            cookie=places["cookie"], body=body, caller=Caller(None, None, ()),
        )  # fmt: skip

    @staticmethod
    def _speak_of(item: JsonObject, resource: Resource, path: JsonObject, query: JsonObject) -> None:
        if path:
            path[list(path)[-1]] = item[resource.identity]
        for parameter, member in dict(resource.listing.filters).items():
            if parameter in query and member in item:
                query[parameter] = item[member]

    def _body(self, operation: Operation) -> Json:
        content = operation.request_body.content if operation.request_body else {}
        for media in content.values():
            if is_json(media.name) and media.schema_pointer is not None:
                return self._drawn({"$ref": f"#{quote(media.schema_pointer, safe='/~')}"}, operation.id, "body")
        return None

    def _drawn(self, schema: Json, *keys: str) -> Json:
        generate = compile_generator(schema, self.contract.schemas, direction="request")
        return generate(Chance(self.seed, "check", *keys))

    def _judged(self, response: Response) -> Iterator[Problem]:
        operation = self.compiled.operation
        status = str(response.status_code)
        documented = next(
            (operation.responses[key] for key in (status, f"{status[0]}XX", "default") if key in operation.responses),
            None,
        )
        if documented is None:
            yield self._problem(f"its answer is {status}, which it does not document", operation.pointer)
            return
        content_type = dict(response.fields).get(b"content-type", b"").decode("latin-1")
        if not response.body or not documented.content:
            return
        media = match(documented.content, content_type)
        if media is None:
            yield self._problem(f"its answer is of {content_type}, which it does not document", documented.pointer)
        elif media.schema_pointer is not None and is_json(media_type(content_type)[0]):
            yield from self._invalid(response, media, media.schema_pointer)

    def _invalid(self, response: Response, media: MediaType, schema_pointer: str) -> Iterator[Problem]:
        validator = self.contract.schemas.at(schema_pointer, direction="response")
        body = json.loads(response.body)
        if not validator.is_valid(body):
            wrong = "; ".join(map(str, validator.violations(body)))
            yield self._problem(f"its answer, from {response.source}, breaks its schema: {wrong}", media.pointer)

    def _problem(self, message: str, pointer: str) -> Problem:
        place = self.contract.description.locate(pointer)
        return Problem(f"{self.compiled.operation.id} with seed {self.seed}: {message}", place)


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _placed(description: Description, problems: Iterable[Problem]) -> list[Problem]:
    """Problems whose location is but a pointer, with the file and line where it stands."""
    return [
        Problem(problem.message, description.locate(problem.location.pointer), problem.severity)
        if problem.location is not None and problem.location.line is None
        else problem
        for problem in problems
    ]
