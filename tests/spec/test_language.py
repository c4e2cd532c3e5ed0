"""The lifecycle language: what is right passes, and each rule tells what breaks it."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.spec.document import join, lookup
from mock_server.spec.language import NOT_BUILT, SCHEMA_FILE, check, check_words, parse_duration

ROOT = Path(__file__).parent.parent.parent
JOB = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "state": {"type": "string", "enum": ["queued", "running", "done", "failed"]},
        "rows": {"type": "integer"},
        "total": {"type": ["integer", "null"]},
        "size": {"type": "string"},
        "error": {"type": ["string", "null"]},
        "ready": {"type": "boolean"},
        "counts": {"type": "object", "properties": {"done": {"type": "number"}}},
        "metadata": {"type": "object"},
        "created_at": {"type": "integer"},
    },
}
BODY = {"application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}}}
LIFECYCLE = {
    "property": "state",
    "initial": "queued",
    "states": {
        "queued": {"next": ["running"]},
        "running": {"next": ["done", "failed"]},
        "done": {"schema": {"properties": {"error": {"type": "null"}}}},
        "failed": {"is": {"state": "failed"}, "gone": 404},
    },
    "actions": {
        "retry": {"from": ["failed"], "to": ["queued"], "otherwise": 409},
        "touch": {"from": ["queued", "running"]},
    },
    "nonDecreasing": ["rows", "/counts/done"],
    "immutable": ["id", "created_at"],
    "atMost": {"rows": "total"},
    "finishesWithin": "15m",
}
SIMULATION = {
    "initial": [
        {"to": "queued", "when": {"$request.body#/name": {"type": "string"}}, "set": {"name": "$request.body#/name"}}
    ],
    "states": {
        "queued": {"leave": [{"to": "running", "after": "2s"}]},
        "running": {
            "draw": {"total": {"type": "integer", "minimum": 1}},
            "set": {"metadata": {"url": "{$server}/jobs/{$item#/id}", "list": ["$request.query.a", "$5"]}},
            "add": {"/counts/done": 1},
            "ramp": {"rows": {"to": "$item#/total", "times": {"minimum": 0.5, "maximum": 1}}},
            "leave": [
                {"to": "done", "after": "4s..8s", "weight": 3},
                {"to": "failed", "after": "1m30s", "weight": 1, "set": {"error": "It broke."}},
                {"to": "failed", "when": {"name": {"pattern": "fail"}, "secret": {"type": "string"}}},
            ],
        },
    },
    "actions": {"retry": [{"to": "queued", "set": {"error": None}}], "touch": [{"add": {"rows": 1}}]},
}
JOBS = {
    "schema": "#/components/schemas/Job",
    "identity": {"property": "id", "pattern": "^job_[a-z]{8}$"},
    "operations": {
        "create": "createJob",
        "get": "getJob",
        "list": "listJobs",
        "update": ["updateJob"],
        "delete": "deleteJob",
    },
    "hidden": ["secret"],
    "timestamps": {"created": "created_at"},
    "list": {
        "items": "/data",
        "size": "first",
        "after": "after",
        "filters": {"name": "name", "owner": "secret"},
        "info": {"/info/more": "hasNextPage", "/info/end": "endCursor"},
    },
    "lifecycle": LIFECYCLE,
    "simulation": SIMULATION,
}
PAGE = {
    "type": "object",
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
        "info": {"properties": {"more": {"type": "boolean"}, "end": {"type": "string"}}},
    },
}


def answer(schema: Any) -> Any:
    return {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}


def document() -> Any:
    job = {"$ref": "#/components/schemas/Job"}
    queries = [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("first", "after", "name", "owner")
    ]

    def operation(name: str, schema: Any, **members: Any) -> Any:
        return {"operationId": name, "responses": answer(schema), **members}

    return deepcopy({
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/jobs": {
                "post": operation("createJob", job, requestBody={"content": BODY}),
                "get": operation("listJobs", PAGE, parameters=queries),
            },
            "/jobs/{id}": {
                "get": operation("getJob", job),
                "patch": operation("updateJob", job, requestBody={"content": BODY}),
                "delete": operation("deleteJob", {}),
            },
            "/jobs/{id}/retry": {"post": operation("retry", job)},
            "/jobs/{id}/touch": {"post": operation("touch", job)},
        },
        "components": {"schemas": {"Job": JOB}},
        "x-resources": {"jobs": JOBS},
    })  # fmt: skip


def changed(pointer: str, value: Any) -> Any:
    """The document with another value at a pointer below the resource; None takes it away."""
    made = document()
    parent, _, token = pointer.rpartition("/")
    container = lookup(made, "/x-resources/jobs" + parent)
    token = token.replace("~1", "/").replace("~0", "~")
    if value is None:
        del container[int(token) if isinstance(container, list) else token]
    else:
        container[int(token) if isinstance(container, list) else token] = value
    return made


def told(made: Any, severity: str = "error") -> list[tuple[str, str]]:
    return [(one.pointer, one.message) for one in check(made) if one.severity == severity]


def test_every_word_has_a_right_use() -> None:
    assert check(document()) == []


def test_the_schema_of_the_language_is_a_schema_of_2020_12() -> None:
    schema = json.loads(SCHEMA_FILE.read_text())
    jsonschema_rs.meta.validate(schema)
    assert jsonschema_rs.is_valid(schema, {"jobs": JOBS})


def test_the_schema_of_the_language_tells_what_each_place_must_be() -> None:
    definitions = json.loads(SCHEMA_FILE.read_text())["$defs"]
    assert [name for name, value in definitions.items() if "description" not in value] == []


def test_the_bundled_description_is_right() -> None:
    from mock_server.spec import load

    assert load(str(ROOT / "openapi")).warnings == ()


@pytest.mark.parametrize(
    ("pointer", "value", "place", "message"),
    [
        # unknown words, with what was meant
        ("/lifecycl", {}, "/lifecycl", "no word 'lifecycl' here; did you mean 'lifecycle'?"),
        ("/identity/propertie", "id", "/identity/propertie", "did you mean 'property'?"),
        ("/lifecycle/states/queued/nxt", [], "/lifecycle/states/queued/nxt", "did you mean 'next'?"),
        ("/lifecycle/states/queued/leave", [], "/lifecycle/states/queued/leave", "it belongs in a state of simulation"),
        ("/simulation/states/queued/next", [], "/simulation/states/queued/next", "it belongs in a state of lifecycle"),
        ("/simulation/states/queued/after", "2s", "/simulation/states/queued/after", "it belongs in an edge of leave"),
        (
            "/simulation/actions/retry/0/after",
            "2s",
            "/simulation/actions/retry/0/after",
            "it belongs in an edge of leave",
        ),
        ("/simulation/initial/0/weight", 2, "/simulation/initial/0/weight", "it belongs in an edge of leave"),
        # words of later issues
        ("/parent", "x", "/parent", "parent is not built yet"),
        ("/lifecycle/states/done/enteredAt", "x", "/lifecycle/states/done/enteredAt", "enteredAt is not built yet"),
        ("/lifecycle/states/done/webhooks", [], "/lifecycle/states/done/webhooks", "webhooks is not built yet"),
        ("/simulation/states/running/create", {}, "/simulation/states/running/create", "create is not built yet"),
        (
            "/simulation/states/queued/leave/0/dueAt",
            "x",
            "/simulation/states/queued/leave/0/dueAt",
            "dueAt is not built yet",
        ),
        (
            "/simulation/actions/retry/0/response",
            402,
            "/simulation/actions/retry/0/response",
            "response is not built yet",
        ),
        ("/simulation/initial/0/create", {}, "/simulation/initial/0/create", "create is not built yet"),
        # values of the wrong kind
        ("/schema", "Job", "/schema", "this must be a reference to a schema of this document"),
        ("/hidden", "secret", "/hidden", 'this must be an array of different names of members, not "secret"'),
        ("/hidden", ["a", "a"], "/hidden", "something is in here twice"),
        ("/operations/create", 1, "/operations/create", "this must be an operationId, or an array of them, not 1"),
        (
            "/lifecycle/initial",
            [],
            "/lifecycle/initial",
            "this must be an array of one or more different names of states",
        ),
        ("/lifecycle/initial", None, "/lifecycle", "initial is missing here"),
        ("/lifecycle/states", {}, "/lifecycle/states", "this must be an object: the name of a state"),
        ("/lifecycle/states/failed/gone", 400, "/lifecycle/states/failed/gone", "this must be 404 or 410, not 400"),
        (
            "/lifecycle/actions/retry/otherwise",
            99,
            "/lifecycle/actions/retry/otherwise",
            "a status code from 200 to 599",
        ),
        ("/lifecycle/actions/retry/from", None, "/lifecycle/actions/retry", "from is missing here"),
        ("/lifecycle/finishesWithin", "1h..2h", "/lifecycle/finishesWithin", "this must be a duration such as"),
        (
            "/simulation/states/queued/leave/0/after",
            2,
            "/simulation/states/queued/leave/0/after",
            "this must be a duration",
        ),
        (
            "/simulation/states/queued/leave/0/after",
            "2 s",
            "/simulation/states/queued/leave/0/after",
            "this must be a duration",
        ),
        ("/simulation/states/queued/leave/0/to", None, "/simulation/states/queued/leave/0", "to is missing here"),
        (
            "/simulation/states/running/leave/0/weight",
            0,
            "/simulation/states/running/leave/0/weight",
            "a number above 0",
        ),
        (
            "/simulation/states/running/add",
            {"rows": "1"},
            "/simulation/states/running/add/rows",
            "this must be a number",
        ),
        (
            "/simulation/states/running/set",
            {"$item": 1},
            "/simulation/states/running/set/$item",
            "this name must be the name",
        ),
        ("/list/info", {"/info/more": "more"}, "/list/info/~1info~1more", "startCursor, endCursor, nextCursor"),
        ("/list/items", "data", "/list/items", "this must be a JSON Pointer such as /data"),
        ("/identity/pattern", "(", "/identity/pattern", "this must be a regular expression"),
    ],
)
def test_a_wrong_word_is_told_with_its_place(pointer: str, value: Any, place: str, message: str) -> None:
    ((found, text),) = told(changed(pointer, value))
    assert found == "/x-resources/jobs" + place
    assert message in text


LEAVE = "/simulation/states/queued/leave/0"
RUNNING = "/simulation/states/running"


@pytest.mark.parametrize(
    ("pointer", "value", "place", "message"),
    [
        # names that do not exist
        ("/schema", "#/components/schemas/Jobs", "/schema", "leads nowhere; did you mean 'Job'?"),
        ("/operations/create", "createJobs", "/operations/create", "did you mean 'createJob'?"),
        ("/operations/update", ["updateJobb"], "/operations/update/0", "did you mean 'updateJob'?"),
        ("/operations/get", "createJob", "/operations/get", "'createJob' is create of jobs already"),
        ("/identity/property", "uid", "/identity/property", "has no property 'uid'; did you mean 'id'?"),
        ("/identity/property", "ready", "/identity/property", "'ready' can be no key: it holds boolean"),
        ("/timestamps/updated", "updated_at", "/timestamps/updated", "did you mean 'created_at'?"),
        ("/list/size", "frist", "/list/size", "no query parameter 'frist'; did you mean 'first'?"),
        ("/list/filters/nme", "name", "/list/filters/nme", "did you mean 'name'?"),
        ("/list/filters/name", "nam", "/list/filters/name", "did you mean 'name'?"),
        ("/list/items", "/datas", "/list/items", "the answer of GET /jobs has no /datas"),
        ("/list/items", "/data/0/name", "/list/items", "/data/0/name of GET /jobs is no array"),
        ("/list/info/~1info~1mor", "total", "/list/info/~1info~1mor", "has no /info/mor"),
        ("/lifecycle/property", "stat", "/lifecycle/property", "did you mean 'state'?"),
        ("/lifecycle/initial", "queud", "/lifecycle/initial", "there is no state 'queud'; did you mean 'queued'?"),
        ("/lifecycle/states/queued/next/0", "runing", "/lifecycle/states/queued/next/0", "did you mean 'running'?"),
        ("/lifecycle/states/failed/is/status", 1, "/lifecycle/states/failed/is/status", "did you mean 'state'?"),
        ("/lifecycle/actions/retry/to/0", "queu", "/lifecycle/actions/retry/to/0", "did you mean 'queued'?"),
        ("/lifecycle/actions/retri", {"from": ["failed"]}, "/lifecycle/actions/retri", "did you mean 'retry'?"),
        ("/lifecycle/nonDecreasing/0", "rowz", "/lifecycle/nonDecreasing/0", "did you mean 'rows'?"),
        ("/lifecycle/nonDecreasing/0", "ready", "/lifecycle/nonDecreasing/0", "'ready' has no order"),
        ("/lifecycle/nonDecreasing/0", "/counts/don", "/lifecycle/nonDecreasing/0", "no property '/counts/don'"),
        ("/lifecycle/immutable/0", "idd", "/lifecycle/immutable/0", "did you mean 'id'?"),
        ("/lifecycle/atMost/rows", "metadata", "/lifecycle/atMost/rows", "'metadata' holds no numbers"),
        ("/simulation/states/quued", {}, "/simulation/states/quued", "did you mean 'queued'?"),
        ("/simulation/actions/rerty", [], "/simulation/actions/rerty", "did you mean 'retry'?"),
        (RUNNING + "/draw/totl", {}, RUNNING + "/draw/totl", "did you mean 'total'?"),
        (RUNNING + "/set/~1counts~1don", 1, RUNNING + "/set/~1counts~1don", "no property '/counts/don'"),
        (RUNNING + "/leave/2/when/nam", {}, RUNNING + "/leave/2/when/nam", "did you mean 'name'?"),
        # the halves mirror each other
        (LEAVE + "/to", "done", LEAVE + "/to", "the lifecycle's `next` of this state has no 'done'"),
        (
            "/simulation/initial/0/to",
            "running",
            "/simulation/initial/0/to",
            "the lifecycle's initial has no state 'running'",
        ),
        (
            "/simulation/actions/retry/0/to",
            "done",
            "/simulation/actions/retry/0/to",
            "the lifecycle's retry does not lead to 'done'",
        ),
        (
            "/simulation/actions/touch/0/to",
            "done",
            "/simulation/actions/touch/0/to",
            "the lifecycle's touch does not lead to 'done'",
        ),
        (RUNNING + "/set/state", "done", RUNNING + "/set/state", "'state' holds the state's name"),
        # numbers
        (
            RUNNING + "/add/ready",
            1,
            RUNNING + "/add/ready",
            "'ready' holds no numbers (boolean), so nothing can be added",
        ),
        (RUNNING + "/ramp/metadata", {"to": 1}, RUNNING + "/ramp/metadata", "'metadata' holds no numbers (object)"),
        (RUNNING + "/leave/0/after", None, RUNNING + "/ramp", "give that edge an `after`"),
        # edges
        (LEAVE + "/after", "8s..4s", LEAVE + "/after", "a range whose end comes before its start"),
        (RUNNING + "/leave/0/weight", None, RUNNING + "/leave/0", "other edges here have a weight"),
        (RUNNING + "/leave/2/weight", 1, RUNNING + "/leave/2/weight", "a weight is among edges without `when`"),
        # expressions
        (
            RUNNING + "/set/name",
            "$itm#/id",
            RUNNING + "/set/name",
            "'$itm#/id' is no expression known here; did you mean '$item'?",
        ),
        (RUNNING + "/set/name", "$response.body#/id", RUNNING + "/set/name", "is no expression known here"),
        (RUNNING + "/set/name", "a {$request.boddy} b", RUNNING + "/set/name", "did you mean '$request.body'?"),
        (RUNNING + "/set/name", "$item.id", RUNNING + "/set/name", "'$item.id' is no expression known here"),
        (RUNNING + "/set/name", "$parent#/id", RUNNING + "/set/name", "$parent is not built yet"),
        (RUNNING + "/set/name", "$item#/nam", RUNNING + "/set/name", "no property '/nam'"),
        (RUNNING + "/set/metadata", {"a": ["$nope"]}, RUNNING + "/set/metadata/a/0", "'$nope' is no expression"),
        (RUNNING + "/ramp/rows/to", "12", RUNNING + "/ramp/rows/to", "'12' is no expression"),
        (RUNNING + "/leave/2/when/$jobs", {}, RUNNING + "/leave/2/when/$jobs", "$jobs is not built yet"),
        (RUNNING + "/leave/2/when/$parent#~1a", {}, RUNNING + "/leave/2/when/$parent#~1a", "$parent is not built yet"),
        # schemas
        (RUNNING + "/draw/total", {"type": "integr"}, RUNNING + "/draw/total/type", "did you mean 'integer'?"),
        (
            RUNNING + "/draw/total",
            {"$ref": "#/components/schemas/Jo"},
            RUNNING + "/draw/total/$ref",
            "did you mean 'Job'?",
        ),
        (
            "/lifecycle/states/done/schema",
            {"minLength": -1},
            "/lifecycle/states/done/schema/minLength",
            "this is no JSON Schema",
        ),
        # what shows a state
        ("/lifecycle/property", None, "/lifecycle/states/queued", "nothing shows this state"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(pointer: str, value: Any, place: str, message: str) -> None:
    found = told(changed(pointer, value))
    assert found, "nothing was told"
    assert found[0][0] == "/x-resources/jobs" + place
    assert message in found[0][1]


def test_immutable_and_an_update_request_contradict_each_other() -> None:
    made = changed("/lifecycle/immutable", ["id", "name"])
    assert told(made) == [
        ("/x-resources/jobs/lifecycle/immutable/1", "'name' cannot be immutable: the request of updateJob changes it")
    ]
    schema = lookup(made, "/paths/~1jobs~1{id}/patch/requestBody/content/application~1json/schema")
    schema["properties"]["name"] = {"type": "string", "readOnly": True}
    assert told(made) == []


def test_an_item_may_not_wait_for_ever_where_it_has_to_finish() -> None:
    conditional = [{"to": "running", "when": {"name": {"const": "go"}}}]
    ((place, message),) = told(changed("/simulation/states/queued/leave", conditional))
    assert place == "/x-resources/jobs/simulation/states/queued"
    assert "can wait in 'queued' for ever" in message
    ((place, message),) = told(changed("/simulation/states/queued", None))
    assert place == "/x-resources/jobs/lifecycle/finishesWithin"
    waiting = changed("/simulation/states/queued", None)
    del waiting["x-resources"]["jobs"]["lifecycle"]["finishesWithin"]
    assert told(waiting) == []


def test_an_item_may_not_take_longer_than_it_may() -> None:
    ((place, message),) = told(changed("/lifecycle/finishesWithin", "91s"))
    assert place == "/x-resources/jobs/lifecycle/finishesWithin"
    assert "can take 92 seconds" in message
    assert told(changed("/lifecycle/finishesWithin", "92s")) == []


def test_many_ways_are_judged_quickly() -> None:
    made = document()
    names = [f"s{number}" for number in range(200)]
    ways = {name: names[number + 1 : number + 4] for number, name in enumerate(names)}
    jobs = made["x-resources"]["jobs"]
    jobs["lifecycle"] = {
        "initial": "s0",
        "states": {name: {"is": {"name": name}, "next": following} for name, following in ways.items()},
        "finishesWithin": "200s",
    }
    jobs["simulation"] = {
        "states": {
            name: {"leave": [{"to": one, "after": "1s", "weight": 1} for one in following]}
            for name, following in ways.items()
        }
    }
    assert told(made) == []
    jobs["lifecycle"]["finishesWithin"] = "198s"
    ((_, message),) = told(made)
    assert "from 's0' on, the simulation can take 199 seconds" in message


def test_a_circle_is_left_to_a_run() -> None:
    made = changed("/lifecycle/states/failed/next", ["queued"])
    lookup(made, "/x-resources/jobs/simulation/states")["failed"] = {"leave": [{"to": "queued", "after": "1s"}]}
    assert told(made) == []


@pytest.mark.parametrize(
    ("pointer", "value", "place", "message"),
    [
        (
            "/lifecycle/states/lost",
            {"is": {"error": "x"}},
            "/lifecycle/states/lost",
            "nothing leads to the state 'lost'",
        ),
        (RUNNING + "/leave", [{"to": "done", "after": "1s"}, {"to": "failed"}], RUNNING + "/leave/1", "never taken"),
        ("/simulation/actions/touch", [{}, {"set": {"name": "x"}}], "/simulation/actions/touch/1", "never taken"),
        ("/hidden", ["secret", "name"], "/hidden/1", "'name' is hidden, though the schema declares it"),
    ],
)
def test_what_has_no_effect_is_a_warning(pointer: str, value: Any, place: str, message: str) -> None:
    made = changed(pointer, value)
    assert told(made) == []
    ((found, text),) = told(made, "warning")
    assert found == "/x-resources/jobs" + place
    assert message in text


@pytest.mark.parametrize("word", ["schema", "identity"])
def test_a_resource_needs_what_nothing_tells(word: str) -> None:
    ((place, message),) = told(changed("/" + word, None))
    assert place == "/x-resources/jobs"
    assert message.startswith(f"{word} is missing")


def test_a_simulation_needs_its_lifecycle() -> None:
    ((place, message),) = told(changed("/lifecycle", None))
    assert place == "/x-resources/jobs/simulation"
    assert "needs the lifecycle" in message


def test_a_list_needs_its_operation() -> None:
    ((place, _),) = told(changed("/operations/list", None))
    assert place == "/x-resources/jobs/list"


def test_numbers_may_be_decimal_strings_but_not_words() -> None:
    assert told(changed(RUNNING + "/add", {"size": 1})) == []
    made = changed(RUNNING + "/add", {"size": 1})
    made["components"]["schemas"]["Job"]["properties"]["size"]["enum"] = ["small", "large"]
    ((place, _),) = told(made)
    assert place == "/x-resources/jobs/simulation/states/running/add/size"


def test_properties_are_found_however_the_schema_is_put_together() -> None:
    made = document()
    job = made["components"]["schemas"]["Job"]
    names = list(job["properties"])
    made["components"]["schemas"] = {
        "Job": {
            "allOf": [{"$ref": "#/components/schemas/First"}, {"anyOf": [{"$ref": "#/components/schemas/Second"}, {}]}]
        },
        "First": {"properties": {name: job["properties"][name] for name in names[:4]}},
        "Second": {"properties": {name: job["properties"][name] for name in names[4:]}},
    }
    assert told(made) == []


def test_anything_may_be_in_an_object_that_declares_nothing() -> None:
    assert told(changed(RUNNING + "/set/~1metadata~1deep~1er", 1)) == []
    assert told(changed(RUNNING + "/set/~1name~1deep", 1)) != []


def test_a_schema_without_properties_allows_any() -> None:
    made = document()
    made["components"]["schemas"]["Job"] = {"type": "object"}
    assert told(made) == []


def test_every_word_that_is_not_built_is_refused_by_its_name() -> None:
    definitions = json.loads(SCHEMA_FILE.read_text())["$defs"]
    for kind, words in NOT_BUILT.items():
        assert not set(words) & set(definitions[kind]["properties"])


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("500ms", (500_000, 500_000)),
        ("2s", (2_000_000, 2_000_000)),
        ("1m30s", (90_000_000, 90_000_000)),
        ("24h", (86_400_000_000, 86_400_000_000)),
        ("7d", (604_800_000_000, 604_800_000_000)),
        ("4s..8s", (4_000_000, 8_000_000)),
        ("500ms..1m", (500_000, 60_000_000)),
        ("0.1s", (100_000, 100_000)),
        ("0s", (0, 0)),
    ],
)
def test_durations_are_whole_microseconds(text: str, span: tuple[int, int]) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "2", "s", "2 s", "2S", "-1s", "1.s", "2s..", "..2s", "1s...2s", "8s..4s", "1y", "9999999d", "2s\n"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|range|century"):
        parse_duration(text)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_milliseconds_add_up(low: int, more: int) -> None:
    assert parse_duration(f"{low}ms..{low + more}ms") == (low * 1000, (low + more) * 1000)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 700)
    | st.sampled_from(["", "queued", "$item#/x", "2s", "/a", "id", "$", "{$"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["to", "id", "$item", "/", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(st.data())
def test_nothing_in_x_resources_makes_the_check_fail_otherwise(data: st.DataObject) -> None:
    made = document()
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(containers(made["x-resources"], "/x-resources"))
        _, container = data.draw(st.sampled_from(places))
        tokens = list(container) if isinstance(container, dict) else list(range(len(container)))
        if not tokens:
            continue
        token = data.draw(st.sampled_from(tokens))
        if data.draw(st.booleans()):
            del container[token]
        else:
            container[token] = data.draw(JSON)
    for finding in check(made):
        assert finding.pointer.startswith("/x-resources") or finding.pointer.startswith("/components")
        assert "\n" not in finding.message
    check_words(made)


def containers(value: Any, pointer: str) -> Any:
    if isinstance(value, dict | list):
        yield pointer, value
        for token, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from containers(part, join(pointer, token))
