"""The control API's operations, by operationId: the handlers of `control.yaml`, which says what they take and give."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from importlib.metadata import version

from mock_server.clock import LATEST, format_instant, parse_instant
from mock_server.contract import Contract
from mock_server.errors import Refusal, UsageError, Violation
from mock_server.handlers import Call, Project, Reply
from mock_server.journal import Journal
from mock_server.lifecycle import Item, diagram
from mock_server.resources import Resource
from mock_server.session import Session
from mock_server.spec.language import parse_duration
from mock_server.types import SECOND, Instant, Json, JsonObject

_DONE = Reply(204)


def control_project(session: Session, journal: Journal, contract: Callable[[], Contract]) -> Project:
    """The handlers of the control API for one session; `contract` gives what is being served now."""
    control = Control(session, journal, contract)
    return Project(
        operations={
            "getHealth": control.health,
            "reset": control.reset,
            "getClock": control.clock,
            "updateClock": control.update_clock,
            "advanceClock": control.advance,
            "listResources": control.resources,
            "listItems": control.items,
            "getItem": control.item,
            "updateItem": control.update_item,
            "deleteItem": control.delete_item,
            "moveItem": control.move_item,
            "getLifecycle": control.lifecycle,
            "listRequests": control.requests,
            "clearRequests": control.clear_requests,
        }
    )


class Control:
    """What a test does to a session from outside."""

    def __init__(self, session: Session, journal: Journal, contract: Callable[[], Contract]) -> None:
        self._session = session
        self._journal = journal
        self._contract = contract

    def health(self, call: Call) -> Json:
        """What is served."""
        description = self._contract().description
        return {
            "status": "ok",
            "version": version("mock-server"),
            "title": description.document["info"]["title"],
            "basePath": description.base_path,
            "operations": len(description.operations),
            "seed": self._session.seed,
        }

    def reset(self, call: Call) -> Reply:
        """Forget items and requests."""
        self._session.reset()
        self._journal.clear()
        return _DONE

    def clock(self, call: Call) -> Json:
        """The clock as it is."""
        clock = self._session.clock
        now = clock.now()
        return {"mode": clock.mode, "rate": clock.rate, "now": _text(now), "epoch": now / SECOND}

    def update_clock(self, call: Call) -> Json:
        """Set what the body names; everything at one instant."""
        change = call.body
        clock = self._session.clock
        try:
            if "rate" in change:
                # A frozen clock stays so: its own reading is given, so that no time passes between the two.
                still = clock.since if clock.mode == "frozen" else None
                clock = clock.running(change["rate"], still)
                clock = clock if still is None else clock.frozen(still)
            if "mode" in change:
                clock = clock.frozen() if change["mode"] == "frozen" else clock.running()
            if "now" in change:
                clock = clock.moved(_instant(change["now"]))
        except (UsageError, ValueError) as error:
            raise _invalid("/now", str(error)) from None
        self._session.clock = clock
        return self.clock(call)

    def advance(self, call: Call) -> Json:
        """Move the clock forward; how far it can go is a matter of what it shows."""
        try:
            span, _ = parse_duration(call.body["by"])
            self._session.advance(timedelta(microseconds=span))
        except (UsageError, ValueError) as error:
            raise Refusal(409, f"the clock cannot be advanced that far: {error}", source="state") from None
        return self.clock(call)

    def resources(self, call: Call) -> Json:
        """The kinds of item, with how many there are in each state."""
        session = self._session
        return {
            "data": [
                {
                    "name": name,
                    "count": session.count(name),
                    "states": session.states(name),
                    "operations": resource.operations,
                    "identity": resource.identity,
                    "hidden": sorted(resource.hidden),
                }
                for name, resource in session.resources.items()
            ]
        }

    def items(self, call: Call) -> Json:
        """A page of items."""
        name = call.path["name"]
        self._session.resource(name)
        page = self._session.page(name, {}, size=call.query["limit"], after=call.query.get("after"))
        shown = [self._shown(name, item, page.now) for item in page.items]
        return {"data": shown, "next": page.end_cursor if page.has_next else None}

    def item(self, call: Call) -> Json:
        """One item."""
        return self._found(call.path["name"], call.path["id"])

    def update_item(self, call: Call) -> Json:
        """Set members; what would make the item invalid changes nothing."""
        name, key = call.path["name"], call.path["id"]
        resource = self._session.resource(name)
        values, hidden = call.body.get("values", {}), call.body.get("hidden", {})
        fixed = set(resource.lifecycle.fixed)
        for member in values:
            if member in resource.hidden or (resource.properties and member not in resource.properties):
                raise _invalid(f"/values/{member}", f"{name} shows no member of this name")
            if member in fixed:
                raise _invalid(
                    f"/values/{member}", "cannot be set: it never changes, or only by a move to another state"
                )
        for member in hidden:
            if member not in resource.hidden:
                raise _invalid(f"/hidden/{member}", f"{name} hides no member of this name")
        changed = {**self._session.find(name, key), **values, **hidden}
        violations = resource.violations(resource.representation(changed))
        if violations:
            raise Refusal(422, "the item would not be valid", source="validation", violations=violations)
        self._session.write(name, key, {**values, **hidden})
        return self._found(name, key)

    def delete_item(self, call: Call) -> Reply:
        """Take an item away."""
        self._session.delete(call.path["name"], call.path["id"])
        return _DONE

    def move_item(self, call: Call) -> Json:
        """Move an item to another state."""
        name, key = call.path["name"], call.path["id"]
        self._with_lifecycle(name)
        self._session.move(name, key, call.body["to"], force=call.body.get("force", False))
        return self._found(name, key)

    def lifecycle(self, call: Call) -> Json:
        """A lifecycle as data and as a diagram."""
        resource = self._with_lifecycle(call.path["name"])
        definition = resource.definition
        stated = definition.get("lifecycle", {})
        initial = stated.get("initial", [])
        return {
            "name": resource.name,
            "property": stated.get("property"),
            "initial": [initial] if isinstance(initial, str) else initial,
            "states": {
                name: {**words, "next": words.get("next", [])} for name, words in stated.get("states", {}).items()
            },
            "actions": stated.get("actions", {}),
            "simulation": definition.get("simulation", {}),
            "mermaid": diagram(resource.lifecycle),
        }

    def requests(self, call: Call) -> Json:
        """A page of the journal, newest first."""
        limit, after = call.query["limit"], call.query.get("after")
        if after is not None and not after.isdecimal():
            raise Refusal(404, f"{after[:40]!r} is not a cursor that the journal gave", source="state")
        entries = self._journal.entries(limit + 1, before=None if after is None else int(after))
        shown = entries[:limit]
        return {"data": shown, "next": str(shown[-1]["id"]) if len(entries) > limit else None}

    def clear_requests(self, call: Call) -> Reply:
        """Forget all requests."""
        self._journal.clear()
        return _DONE

    def _with_lifecycle(self, name: str) -> Resource:
        resource = self._session.resource(name)
        if "lifecycle" not in resource.definition:
            raise Refusal(404, f"{name} has no lifecycle: its items have no states", source="state")
        return resource

    def _found(self, name: str, key: str) -> JsonObject:
        return self._shown(name, *self._session.item(name, key))

    def _shown(self, name: str, item: Item, now: Instant) -> JsonObject:
        resource = self._session.resource(name)
        values = resource.lifecycle.values(item, now)
        due_at = resource.lifecycle.next_move_at(item, now)
        if due_at is not None and due_at > LATEST:  # where the clock stops
            due_at = None
        return {
            "id": item.id,
            "state": item.state or None,
            "enteredAt": _text(item.entered_at),
            "next": resource.lifecycle.legal(item.state),
            "nextMoveAt": None if due_at is None else _text(due_at),
            "values": resource.representation(values),
            "hidden": {member: values[member] for member in sorted(resource.hidden) if member in values},
        }


def _instant(value: Json) -> Instant:
    if isinstance(value, str):
        return parse_instant(value)
    return int(Decimal(str(value)) * SECOND)


def _text(at: Instant) -> str:
    return str(format_instant(at, "date-time"))


def _invalid(pointer: str, message: str) -> Refusal:
    return Refusal(
        422, "the body is not valid", source="validation", violations=(Violation("body", pointer, message, "control"),)
    )
