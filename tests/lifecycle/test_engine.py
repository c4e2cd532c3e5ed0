"""The laws that hold for every lifecycle and every story: random ones try them."""

from hypothesis import HealthCheck, given, settings

from tests.lifecycle import laws
from tests.lifecycle.stories import Story, stories

lawful = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@lawful
@given(stories())
def test_observing_changes_nothing(story: Story) -> None:
    laws.observing_changes_nothing(story)


@lawful
@given(stories())
def test_catching_up_over_any_gap_is_stepping(story: Story) -> None:
    laws.catching_up_is_stepping(story)


@lawful
@given(stories())
def test_nothing_changes_before_it_is_due(story: Story) -> None:
    laws.nothing_changes_before_it_is_due(story)


@lawful
@given(stories())
def test_a_ramp_never_falls_and_ends_exactly_at_its_end(story: Story) -> None:
    laws.ramps_never_fall(story)


@lawful
@given(stories())
def test_the_time_of_the_last_whole_step_is_when_it_was_made(story: Story) -> None:
    laws.the_last_step_is_the_update(story)


@lawful
@given(stories())
def test_only_legal_moves_are_made(story: Story) -> None:
    laws.only_legal_moves(story)


@lawful
@given(stories())
def test_the_contract_is_kept(story: Story) -> None:
    laws.contract_is_kept(story)


@lawful
@given(stories())
def test_the_same_seed_tells_the_same_story(story: Story) -> None:
    laws.the_same_seed_tells_the_same_story(story)


@lawful
@given(stories())
def test_nothing_that_is_given_is_changed(story: Story) -> None:
    laws.nothing_given_is_changed(story)


@lawful
@given(stories())
def test_an_item_survives_the_store(story: Story) -> None:
    laws.an_item_survives_the_store(story)


@lawful
@given(stories())
def test_delays_are_whole_milliseconds_within_their_range(story: Story) -> None:
    laws.delays_are_whole_and_within_their_range(story)


@lawful
@given(stories())
def test_what_is_preferred_is_reached(story: Story) -> None:
    laws.what_is_preferred_is_reached(story)
