"""A reason stands among those that are shared while several dialects give it."""

from __future__ import annotations

from proxy.codecs import reasons
from tests.dialects.conversations import APIS


def test_each_is_given_by_several_dialects():
    given = {name: set(api.conversation.omitted.values()) for name, api in APIS.items()}
    for name, api in APIS.items():
        given[name].update(why for _, one in api.conversation.known for why in one.omitted.values())
    shared = {why for name, why in vars(reasons).items() if name.isupper() and isinstance(why, str)}
    assert [why for why in shared if sum(why in said for said in given.values()) < 2] == []
