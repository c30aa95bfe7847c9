"""Members that would be lost, and values of another kind, are refused without their content."""

from __future__ import annotations

import pytest

from proxy.codecs import translatable
from proxy.codecs.translatable import UntranslatableError, flag, takes
from tests.dialects.conversations import APIS

SECRET = "078-05-1120 of somebody"


@pytest.mark.parametrize("node", [{"a": 1}, {"b": 1}, {"c": 1}, {"d": None, "e": False, "f": [], "g": {}, "h": ""}])
def test_members_that_are_said_left_out_or_ask_for_nothing_pass(node):
    takes("a", {"b": "why"}, c=(1,)).check(node)


@pytest.mark.parametrize(("node", "path"), [({"c": 2}, "at.c"), ({"other": "x"}, "at.other"), ({SECRET: 1}, "at.*")])
def test_a_member_that_would_be_lost_is_named_unless_its_name_is_a_text(node, path):
    with pytest.raises(UntranslatableError) as refused:
        takes("a", c=(1,)).check(node, "at")
    assert refused.value.detail.path == path
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(("node", "wanted"), [(None, True), (False, False)])
def test_yes_and_no(node, wanted):
    assert flag(node, "p", usual=True) is wanted
    with pytest.raises(UntranslatableError):
        flag("no", "p", usual=True)


def test_each_is_given_by_several_dialects():
    given = {name: set(api.conversation.omitted.values()) for name, api in APIS.items()}
    for name, api in APIS.items():
        given[name].update(why for _, one in api.conversation.translatable for why in one.omitted.values())
    shared = {why for name, why in vars(translatable).items() if name.isupper() and isinstance(why, str)}
    assert [why for why in shared if sum(why in said for said in given.values()) < 2] == []
