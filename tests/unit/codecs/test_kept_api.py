from __future__ import annotations

import pytest

from proxy.codecs.base import Endpoint
from proxy.codecs.kept_api import Use, takes_body, used_at
from proxy.codecs.openai.apis import CHAT
from proxy.codecs.openai.responses import CONVERSATIONS, KEPT
from proxy.core.kept_state import ADD
from testing.fakes import reply_texts


def test_uses_stand_below_each_root():
    found = used_at("/things", (Use("GET", "", "read"), Use("POST", "/cancel", "cancel")), "/v1", "/x")
    assert [(one.method, one.path) for one in found] == [
        ("GET", "/v1/things/{id}"), ("POST", "/v1/things/{id}/cancel"),
        ("GET", "/x/things/{id}"), ("POST", "/x/things/{id}/cancel"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("api", "path", "told"),
    [
        (KEPT, "/v1/responses/{id}/cancel", False),
        (CONVERSATIONS, "/v1/conversations/{id}/items", True),
        (CONVERSATIONS, "/v1/conversations", True),
        (CHAT, "/v1/chat/completions", True),
    ],
)
def test_what_is_added_has_a_body(api, path, told):
    assert takes_body(api, Endpoint("POST", path)) is told


def test_what_adds_is_known_by_its_name():
    assert {
        one.name for one in CONVERSATIONS.uses if takes_body(CONVERSATIONS, Endpoint("POST", "/{id}" + one.below))
    } >= {ADD}


def test_the_word_that_something_is_deleted_is_a_reply():
    said = b'{"id":"x","object":"response","deleted":true,"note":"of Ada"}'
    assert reply_texts(KEPT.opened(said).texts) == ["of Ada"]
    assert KEPT.opened(said).sealed() == []
    for odd in (b'{"id":"x"}', b"[]", b"1"):
        with pytest.raises(ValueError):
            KEPT.opened(odd)
