"""A lifecycle as a picture: Mermaid's stateDiagram-v2."""

from mock_server.lifecycle.engine import Lifecycle
from mock_server.lifecycle.model import Edge
from mock_server.types import SECOND, Microseconds


def diagram(lifecycle: Lifecycle) -> str:
    """Mermaid text: the states, the ways that the contract allows, and when the simulation takes them."""
    names = {state: f"s{place}" for place, state in enumerate(lifecycle.states)}
    lines = ["stateDiagram-v2", *[f'    state "{_text(state or lifecycle.name)}" as {names[state]}' for state in names]]
    initial = lifecycle.contract.initial or tuple(names)
    lines += [f"    [*] --> {names[state]}" for state in initial]
    for name, state in lifecycle.states.items():
        for to in state.next:
            told = [_told(edge) for edge in state.leave if edge.to == to]
            lines.append(f"    {names[name]} --> {names[to]}" + (f": {' / '.join(told)}" if told else ""))
        for action in lifecycle.actions.values():
            if name in action.allowed:
                lines += [f"    {names[name]} --> {names[to]}: {_text(action.operation_id)}" for to in action.to]
        if not lifecycle.legal(name):
            lines.append(f"    {names[name]} --> [*]")
    return "\n".join(lines) + "\n"


def _told(edge: Edge) -> str:
    low, high = edge.after
    words = [f"after {_span(low)}" + (f" to {_span(high)}" if high != low else "") if high else "at once"]
    if edge.conditions:
        words.append(f"when {', '.join(map(_text, edge.conditions))}")
    if edge.weight is not None:
        words.append(f"weight {edge.weight:g}")
    return ", ".join(words)


def _span(span: Microseconds) -> str:
    for unit, length in (("d", 86_400 * SECOND), ("h", 3_600 * SECOND), ("m", 60 * SECOND), ("s", SECOND)):
        if span >= length and span % length == 0:
            return f"{span // length}{unit}"
    return f"{span / SECOND:g}s" if span >= SECOND else f"{span / 1000:g}ms"


def _text(text: str) -> str:
    """`text` without what Mermaid would read as its own: quotes, colons, semicolons, line ends."""
    return "".join(f"#{ord(letter)};" if letter in '"#:;\n\r%' else letter for letter in text)
