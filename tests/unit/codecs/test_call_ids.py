"""Calls without ids get some, in order; results find the first call of their name that waits."""

from __future__ import annotations

import re

import pytest

from proxy.codecs.call_ids import RUN, CallIds, with_call_names
from proxy.codecs.conversation import Text, ToolCall, Turn
from proxy.codecs.translatable import UntranslatableError


def test_calls_are_numbered_around_ids_that_are_given():
    ids = CallIds(["call_2"])
    assert [ids.of_call("a"), ids.of_call("b", "call_2"), ids.of_call("a")] == ["call_1", "call_2", "call_3"]


def test_results_answer_calls_by_id_and_by_name_in_order():
    ids = CallIds()
    made = [ids.of_call("a"), ids.of_call("b"), ids.of_call("a"), ids.of_call("c", "own")]
    assert [ids.of_result("a", "", "p"), ids.of_result("a", "", "p")] == [made[0], made[2]]
    assert [ids.of_result("", "own", "p"), ids.of_result("", "", "p")] == ["own", made[1]]


@pytest.mark.parametrize(("name", "given"), [("b", ""), ("a", "other")])
def test_a_result_without_a_call_is_refused_by_its_place(name, given):
    ids = CallIds()
    ids.of_call("a")
    with pytest.raises(UntranslatableError) as refused:
        ids.of_result(name, given, "contents.parts")
    assert refused.value.detail.path == "contents.parts"


def test_a_result_is_named_by_the_latest_call_before_it():
    user, first, second = (
        Turn("user", (Text("x"),)),
        Turn("assistant", (ToolCall("1", "a", {}), ToolCall("2", "b", {}))),
        Turn("assistant", (ToolCall("1", "c", {}),)),
    )
    told = [(turn, dict(names)) for turn, names in with_call_names((user, first, second))]
    assert told == [(user, {}), (first, {"1": "a", "2": "b"}), (second, {"1": "c", "2": "b"})]


IDENTIFIER = re.compile(RUN)


@pytest.mark.parametrize(
    "identity",
    ["000000000136", "01AbQ9xYz", "0a", "7f3c9e04421875b6ad0c11f2", "3f2b7c1e-8a4d-4c1b-9e7f-001234567890", "12345"],
)
def test_what_programs_call_their_calls_is_an_identifier(identity):
    assert IDENTIFIER.fullmatch(identity)


@pytest.mark.parametrize(
    "identity",
    ["4111111111111111", "0171920456", "x123456", "4915123456789", "Anna Schmidt", "0004111111111111111", "a" * 65],
)
def test_what_could_carry_a_value_is_not(identity):
    assert not IDENTIFIER.fullmatch(identity)
