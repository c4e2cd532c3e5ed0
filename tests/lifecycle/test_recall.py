"""What is recalled is what would be found from the stored bytes."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.lifecycle import Recall, decode, encode
from tests.lifecycle.stories import BEGIN, Story, begun, simulated, stories

MINUTE = 60_000_000


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), st.lists(st.tuples(st.booleans(), st.integers(0, MINUTE)), max_size=8))
def test_what_is_recalled_is_what_the_bytes_say_whichever_way_the_clock_goes(
    story: Story, looks: list[tuple[bool, int]]
) -> None:
    lifecycle = story.lifecycle
    kept = [encode(begun(lifecycle, seed=seed, **story.members)) for seed in (1, 2)]
    recall = Recall(lifecycle, size=1 + story.seed % 2)
    for which, gap in looks:
        assert recall.at(kept[which], BEGIN + gap) == lifecycle.at(decode(kept[which]), BEGIN + gap)


def test_a_second_look_at_a_settled_item_finds_the_same_one() -> None:
    lifecycle = simulated({"one": {"leave": [{"to": "two", "after": "1s"}]}, "two": {}})
    data, recall = encode(begun(lifecycle)), Recall(lifecycle)
    assert recall.at(data, BEGIN + MINUTE) is recall.at(data, BEGIN + 2 * MINUTE)


def test_no_more_items_are_remembered_than_allowed() -> None:
    lifecycle = simulated({"one": {}})
    recall = Recall(lifecycle, size=3)
    for number in range(10):
        recall.at(encode(begun(lifecycle, id=f"thing_{number}")), BEGIN)
    assert len(recall._items) == 3
