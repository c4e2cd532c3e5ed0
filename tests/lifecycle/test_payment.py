"""A payment, as a card API has it: moves within the request, states that wait for the client, endings by input."""

from typing import Any

import pytest
import yaml

from mock_server.errors import Refusal
from mock_server.lifecycle import Context, Item, Lifecycle, verify
from mock_server.types import SECOND
from tests.lifecycle.stories import BEGIN, Maker, begun, compiled, seen

PAYMENT = yaml.safe_load("""
type: object
required: [id, status, amount, amount_capturable, amount_received, latest_charge, next_action, created]
properties:
  id: {type: string}
  status: {type: string}
  amount: {type: integer, minimum: 1}
  amount_capturable: {type: integer}
  amount_received: {type: integer}
  capture_method: {enum: [automatic, manual]}
  payment_method: {type: [string, 'null']}
  latest_charge: {type: [string, 'null']}
  next_action: {type: [object, 'null']}
  last_payment_error: {type: [object, 'null']}
  cancellation_reason: {type: [string, 'null']}
  created: {type: integer}
""")
WORDS = yaml.safe_load("""
hidden: [confirm]
timestamps: {created: created}
lifecycle:
  property: status
  initial: [requires_payment_method, requires_confirmation]
  states:
    requires_payment_method: {next: [requires_confirmation]}
    requires_confirmation:
      next: &outcomes [requires_action, processing, requires_capture, succeeded, requires_payment_method]
    requires_action: {next: [requires_capture, succeeded, requires_payment_method],
                      schema: {required: [next_action], properties: {next_action: {type: object}}}}
    processing: {next: [succeeded, requires_payment_method]}
    requires_capture: {next: [canceled], schema: {properties: {amount_capturable: {minimum: 1}}}}
    succeeded: {schema: {properties: {amount_received: {minimum: 1}}}}
    canceled: {}
  actions:
    confirm: {from: [requires_payment_method, requires_confirmation], to: *outcomes, otherwise: 400}
    capture: {from: [requires_capture], to: [succeeded], otherwise: 400}
    cancel: {from: [requires_payment_method, requires_confirmation, requires_action, processing, requires_capture],
             to: [canceled], otherwise: 400}
  nonDecreasing: [amount_received]
  immutable: [id, created]
  atMost: {amount_received: amount, amount_capturable: amount}
simulation:
  initial: [{to: requires_confirmation, when: &paid {payment_method: {type: string}}}, {to: requires_payment_method}]
  states:
    requires_payment_method: {leave: [{to: requires_confirmation, when: *paid}]}
    requires_confirmation:
      leave:
        - {to: requires_action, when: {confirm: {const: true}, payment_method: {pattern: threeDSecure}}}
        - {to: requires_payment_method, when: {confirm: {const: true}, payment_method: {pattern: Declined}},
           set: &declined {payment_method: null, confirm: false, last_payment_error: {code: card_declined}}}
        - {to: processing, when: {confirm: {const: true}, payment_method: {pattern: sepaDebit}}}
        - {to: requires_capture, when: {confirm: {const: true}, capture_method: {const: manual}}}
        - {to: succeeded, when: {confirm: {const: true}}}
    requires_action:
      set: {next_action: {type: redirect_to_url, redirect_to_url: {url: '{$server}/authenticate/{$item#/id}'}}}
      leave:
        - {to: requires_payment_method, after: 5s, when: {payment_method: {pattern: Fail}}, set: *declined}
        - {to: requires_capture, after: 5s, when: {capture_method: {const: manual}}}
        - {to: succeeded, after: 5s}
    processing: {leave: [{to: succeeded, after: 3s}]}
    requires_capture:
      set: {next_action: null, amount_capturable: $item#/amount}
      leave: [{to: canceled, after: 7d, set: {cancellation_reason: automatic}}]
    succeeded:
      draw: {latest_charge: {type: string, pattern: '^ch_[A-Za-z0-9]{24}$'}}
      set: {next_action: null, amount_capturable: 0, amount_received: $item#/amount}
    canceled: {set: {next_action: null, amount_capturable: 0}}
  actions:
    confirm: [{set: {confirm: true}}]
    capture: [{to: succeeded, set: {amount_received: $request.body#/amount_to_capture}}]
""")


@pytest.fixture(scope="module")
def payments() -> Lifecycle:
    return compiled(WORDS, schema=PAYMENT)


def paid(payments: Lifecycle, **members: Any) -> Item:
    return begun(payments, amount=500, **members)


def act(payments: Lifecycle, item: Item, verb: str, seconds: float = 0, **body: Any) -> Item:
    return payments.act(item, verb, body, Context(body, server="http://host"), BEGIN + int(seconds * SECOND))


def test_without_a_payment_method_it_waits_for_one(payments: Lifecycle) -> None:
    item = paid(payments)
    assert item.state == "requires_payment_method"
    assert payments.next_move_at(item, BEGIN) is None
    written = payments.write(item, {"payment_method": "pm_card"}, BEGIN + SECOND)
    assert written.state == "requires_confirmation"


def test_confirmed_within_the_creating_request_it_answers_in_its_last_state(payments: Lifecycle) -> None:
    item = paid(payments, payment_method="pm_card", confirm=True)
    assert (item.state, item.visit, item.entered_at) == ("succeeded", 2, BEGIN)
    assert (item.values["amount_received"], item.values["latest_charge"][:3]) == (500, "ch_")
    assert payments.shown(item.values).keys().isdisjoint(["confirm"])


def test_a_declined_card_goes_back_and_may_be_tried_again(payments: Lifecycle) -> None:
    item = act(payments, paid(payments, payment_method="pm_Declined"), "confirm")
    assert item.state == "requires_payment_method"
    assert item.values["last_payment_error"]["code"] == "card_declined"
    assert act(payments, item, "confirm", payment_method="pm_card").state == "succeeded"


def test_a_customer_takes_five_seconds(payments: Lifecycle) -> None:
    item = act(payments, paid(payments, payment_method="pm_threeDSecure"), "confirm", 1)
    assert item.state == "requires_action"
    assert item.values["next_action"]["redirect_to_url"]["url"] == "http://host/authenticate/thing_1"
    state, values = seen(payments, item, BEGIN + 6 * SECOND)
    assert (state, values["next_action"]) == ("succeeded", None)


def test_what_is_captured_is_what_the_request_says_or_all(payments: Lifecycle) -> None:
    item = paid(payments, payment_method="pm_card", capture_method="manual", confirm=True)
    assert (item.state, item.values["amount_capturable"]) == ("requires_capture", 500)
    captured = act(payments, item, "capture", 60, amount_to_capture=200)
    assert (captured.state, captured.values["amount_received"]) == ("succeeded", 200)
    assert act(payments, item, "capture", 60).values["amount_received"] == 500
    late, values = seen(payments, item, BEGIN + 8 * 86_400 * SECOND)
    assert (late, values["cancellation_reason"]) == ("canceled", "automatic")


def test_what_is_over_is_not_cancelled(payments: Lifecycle) -> None:
    item = paid(payments, payment_method="pm_card", confirm=True)
    with pytest.raises(Refusal, match="'cancel' is not possible: the item is 'succeeded'") as refused:
        act(payments, item, "cancel", 1)
    assert refused.value.status_code == 400


def test_it_keeps_its_contract(payments: Lifecycle) -> None:
    assert verify(Maker(payments, {"amount": 500}), 10) == []
