"""What items do by themselves and when acted upon: the `lifecycle` and `simulation` of `x-resources`, compiled.

A pure function: (lifecycle, item, now) -> state and values. Chance enters once, at creation.
"""

from mock_server.lifecycle.compile import compile_lifecycle
from mock_server.lifecycle.diagram import diagram
from mock_server.lifecycle.engine import Lifecycle
from mock_server.lifecycle.item import Item, decode, encode
from mock_server.lifecycle.model import ABSENT, Context, Hook, HookContext, Hooks
from mock_server.lifecycle.recall import Recall
from mock_server.lifecycle.verification import verify

__all__ = [
    "ABSENT",
    "Context",
    "Hook",
    "HookContext",
    "Hooks",
    "Item",
    "Lifecycle",
    "Recall",
    "compile_lifecycle",
    "decode",
    "diagram",
    "encode",
    "verify",
]
