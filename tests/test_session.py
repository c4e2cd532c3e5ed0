"""Pages, filters and time over a session, as laws."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import Refusal
from mock_server.lifecycle import Item
from mock_server.resources import Resource
from tests.worlds import PETS, World, contract_of

CONTRACT = contract_of()
OWNERS = st.sampled_from(["Ada", "Eve", "Bob"])


def named(world: World, name: str, owner: str = "Ada") -> str:
    return str(world.session.create("pets", {"name": name, "owner": owner})["id"])


@given(st.lists(OWNERS, max_size=30), st.integers(1, 7), st.none() | OWNERS)
def test_pages_hold_every_item_once_newest_first(owners: list[str], size: int, wanted: str | None) -> None:
    world = World(CONTRACT)
    made = [(named(world, str(number), owner), owner) for number, owner in enumerate(owners)]
    expected = [item_id for item_id, owner in reversed(made) if wanted in (None, owner)]
    filters = {} if wanted is None else {"owner": wanted}
    seen: list[str] = []
    cursor = None
    while True:
        page = world.session.page("pets", filters, size=size, after=cursor)
        assert page.has_previous == bool(seen)
        seen += [values["id"] for values in page.values]
        if not page.has_next:
            break
        assert len(page.values) == size
        cursor = page.end_cursor
    assert seen == expected


class Writer:
    """Creates and deletes beside somebody who pages, never what is to be seen."""

    def __init__(self, world: World, keep: list[str]) -> None:
        self.world, self.keep, self.extra = world, keep, [named(world, "extra")]

    def turn(self, creates: int, deletes: int) -> None:
        self.extra += [named(self.world, "more") for _ in range(creates)]
        for _ in range(min(deletes, len(self.extra))):
            self.world.session.delete("pets", self.extra.pop(0))


TURNS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20)


@given(st.integers(1, 15), st.integers(1, 4), TURNS)
def test_pages_have_no_gaps_and_no_repeats_while_others_write(
    count: int, size: int, turns: list[tuple[int, int]]
) -> None:
    world = World(CONTRACT)
    keep = [named(world, str(number)) for number in range(count)]
    writer = Writer(world, keep)
    seen: list[str] = []
    cursor = None
    for turn in range(1000):
        page = world.session.page("pets", {}, size=size, after=cursor)
        seen += [values["id"] for values in page.values]
        writer.turn(*turns[turn % len(turns)])
        cursor = page.end_cursor or cursor
        if not page.has_next:
            break
    assert len(seen) == len(set(seen))
    assert [item_id for item_id in seen if item_id in keep] == keep[::-1]


@given(st.text())
def test_a_cursor_that_no_page_gave_is_not_found(cursor: str) -> None:
    world = World(CONTRACT)
    named(world, "a")
    given_out = world.session.page("pets", {}, size=1).end_cursor
    if cursor == given_out:
        return
    with pytest.raises(Refusal) as refused:
        world.session.page("pets", {}, size=1, after=cursor)
    assert refused.value.status_code == 404


def test_a_cursor_of_a_deleted_item_still_holds_its_place() -> None:
    world = World(CONTRACT)
    made = [named(world, str(number)) for number in range(4)]
    first = world.session.page("pets", {}, size=2)
    world.session.delete("pets", made[2])
    rest = world.session.page("pets", {}, size=2, after=first.end_cursor)
    assert [values["id"] for values in rest.values] == [made[1], made[0]]


def test_a_rollback_brings_back_items_and_the_clock() -> None:
    world = World(CONTRACT)
    kept = named(world, "kept")
    snapshot = world.session.snapshot()
    then = world.session.now()
    lost = named(world, "lost")
    world.session.delete("pets", kept)
    world.advance(100)
    world.session.rollback(snapshot)
    assert world.session.now() == then
    assert world.session.find("pets", kept)["name"] == "kept"
    assert [values["id"] for values in world.session.page("pets", {}, size=9).values] == [kept]
    assert lost != kept


@given(st.integers(0, 2**32))
def test_the_same_seed_makes_the_same_ids_and_another_makes_others(seed: int) -> None:
    one, same, other = World(CONTRACT, seed), World(CONTRACT, seed), World(CONTRACT, seed + 1)
    ids = [[named(world, str(number)) for number in range(3)] for world in (one, same, other)]
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])


def test_ids_of_the_servers_own_step_around_those_that_clients_chose(tmp_path: Path) -> None:
    text = PETS.read_text().replace(
        "identity: {property: id, pattern: '^pet_[a-z0-9]{8}$'}", "identity: {property: id}"
    )
    (tmp_path / "pets.yaml").write_text(text.replace("id: {type: string}", "id: {type: integer}"))
    session = World(contract_of(tmp_path / "pets.yaml")).session
    made = [session.create("pets", {"name": "x", **chosen})["id"] for chosen in ({"id": 2}, {}, {"id": 4}, {}, {}, {})]
    assert made[0] == 2
    assert made[2] == 4
    assert len(set(made)) == len(made)


def test_what_is_kept_over_a_reload_is_found_by_new_filters(tmp_path: Path) -> None:
    world = World(CONTRACT)
    named(world, "kept", "Ada")
    text = PETS.read_text().replace("{name: owner, in: query", "{name: name, in: query")
    (tmp_path / "pets.yaml").write_text(text)
    assert world.session.adopt(contract_of(tmp_path / "pets.yaml").resources) == []
    assert [values["name"] for values in world.session.page("pets", {"name": "kept"}, size=9).values] == ["kept"]


def test_a_reload_that_fails_drops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(CONTRACT)
    made = [named(world, str(number)) for number in range(3)]
    judged: list[str] = []

    def fits(self: Resource, item: Item, now: int) -> bool:
        judged.append(item.id)
        if len(judged) == 3:
            raise ZeroDivisionError
        return False

    monkeypatch.setattr(Resource, "fits", fits)
    with pytest.raises(ZeroDivisionError):
        world.session.adopt(CONTRACT.resources)
    assert [values["id"] for values in world.session.page("pets", {}, size=9).values] == made[::-1]


def test_a_number_written_above_its_ramps_end_does_not_fall() -> None:
    world = World(CONTRACT)
    pet = named(world, "Rex")
    world.json("POST", f"/pets/{pet}/adopt")
    world.advance(5)
    world.session.write("pets", pet, {"age": 50})
    for _ in range(8):
        world.advance(1)
        assert world.session.find("pets", pet)["age"] == 50
