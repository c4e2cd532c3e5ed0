"""The diagram shows the contract's ways, and when the simulation takes them."""

from mock_server.lifecycle import diagram
from tests.lifecycle.stories import compiled, simulated


def test_a_diagram_shows_states_ways_and_actions() -> None:
    lifecycle = simulated(
        {
            "in line": {
                "leave": [{"to": "done", "after": "1m30s..2h"}, {"to": "done", "when": {"plan": {"const": 1}}}]
            },
            "done": {"next": ['a "quoted" one']},
            'a "quoted" one': {},
        },
        actions={"redo: it": {"from": ["done"], "to": ["in line"]}},
    )
    assert diagram(lifecycle).splitlines() == [
        "stateDiagram-v2",
        '    state "in line" as s0',
        '    state "done" as s1',
        '    state "a #34;quoted#34; one" as s2',
        "    [*] --> s0",
        "    s0 --> s1: after 90s to 2h / at once, when plan",
        "    s1 --> s2",
        "    s1 --> s0: redo#58; it",
        "    s2 --> [*]",
    ]


def test_a_resource_without_lifecycle_has_one_state_named_for_it() -> None:
    assert diagram(compiled({})).splitlines() == [
        "stateDiagram-v2",
        '    state "things" as s0',
        "    [*] --> s0",
        "    s0 --> [*]",
    ]
