"""What a page costs, by how many items the store holds: a process of its own, since a million items need room.

Run as `python -m bench.pages SIZE…`; prints `{page: {size: CPU microseconds}}` as JSON. Sessions are filled and asked
inside the process, as HTTP would hide a difference.
"""

import json
import sys
from collections.abc import Callable
from statistics import median
from time import process_time_ns
from typing import NamedTuple

from bench.servers import BODY, PROJECT
from mock_server.clock import Clock
from mock_server.contract import Contract, compile_contract
from mock_server.handlers import load_project
from mock_server.messages import Request
from mock_server.responder import Responder
from mock_server.session import Session
from mock_server.spec import load
from mock_server.store.memory import MemoryStore

ROUNDS = 9
PAGES = 200  # in a round
RARE = 10_000  # one item in so many belongs to the rare account
ACCOUNT, RARE_ACCOUNT = "biz_4ZJ7Kq2mPx9Ydw", "biz_9XK3Lm8nQr5Tbv"


class World(NamedTuple):
    """A filled session, and the cursor of the item in the middle of its list."""

    responder: Responder
    middle: str


def costs(sizes: list[int]) -> dict[str, dict[int, float]]:
    """CPU microseconds of a page of twenty: the first, one from the middle, and that of an account with few items."""
    contract = _contract()
    worlds = {size: _filled(contract, size) for size in sizes}
    found: dict[str, dict[int, float]] = {}
    queries: list[tuple[str, Callable[[World], str]]] = [
        ("first page", lambda world: f"account_id={ACCOUNT}"),
        ("from the middle", lambda world: f"account_id={ACCOUNT}&after={world.middle}"),
        ("one item in 10,000", lambda world: f"account_id={RARE_ACCOUNT}&first=1"),
    ]
    for page, query in queries:
        requests = {size: _list(query(world)) for size, world in worlds.items()}
        rounds: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(ROUNDS):
            for size, world in worlds.items():
                rounds[size].append(_cost(world.responder, requests[size]))
        found[page] = {size: median(each) for size, each in rounds.items()}
    return found


def _contract() -> Contract:
    description = load(str(PROJECT))
    return compile_contract(description, load_project(description.handlers_file))


def _filled(contract: Contract, size: int) -> World:
    # A clock that stands still: both worlds' items are at the same point of their lives.
    session = Session(contract.resources, MemoryStore(), clock=Clock.start("frozen", 1.0))
    members = json.loads(BODY)
    middle = ""
    for number in range(size):
        account = RARE_ACCOUNT if number % RARE == RARE // 2 or number == size - 1 else ACCOUNT
        session.create("audiences", members | {"account_id": account})
        if number == size // 2:
            page = session.page("audiences", {"account_id": ACCOUNT}, size=1)
            middle = page.end_cursor or ""
    return World(Responder(contract, session), middle)


def _list(query: str) -> Request:
    fields = ((b"authorization", b"Bearer token"), (b"host", b"127.0.0.1"))
    return Request("GET", "/audiences", query=query.encode(), fields=fields)


def _cost(responder: Responder, request: Request) -> float:
    response = responder.respond(request)
    if response.status_code != 200 or not json.loads(response.body)["data"]:
        raise RuntimeError(f"a page answered {response.status_code}: {response.body[:200]!r}")
    began = process_time_ns()
    for _ in range(PAGES):
        responder.respond(request)
    return (process_time_ns() - began) / PAGES / 1000


if __name__ == "__main__":
    print(json.dumps(costs([int(size) for size in sys.argv[1:]])))
