from __future__ import annotations

import pytest

from proxy.codecs.openai.apis import CHAT
from proxy.core.records import DeclaredFacts
from proxy.core.routing.routing import sender_of
from proxy.core.wire import Incoming
from testing.fakes import chat, exchange

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}


@pytest.mark.parametrize(
    ("content", "inputs"),
    [("hello", set()), ([IMAGE], {"image"}), ([{"type": "text", "text": "x"}, IMAGE, AUDIO], {"image", "audio"})],
)
def test_a_sender_is_a_tenant_and_what_it_sends(content, inputs):
    sender = sender_of(exchange(), CHAT.decode(Incoming(chat(content))))
    assert sender.tenant == "acme"
    assert sender.inputs >= inputs
    assert bool(sender.inputs) == bool(inputs)
    assert sender.dialect == "openai_chat"


def test_the_callers_own_credential_goes_along_unseen():
    declared = DeclaredFacts("support", target_credential="sk-own")
    sender = sender_of(exchange(declared=declared), CHAT.decode(Incoming(chat("hi"))))
    assert (sender.credential, "sk-own" in repr(sender), "sk-own" in repr(declared)) == ("sk-own", False, False)
    assert sender == sender_of(exchange(), CHAT.decode(Incoming(chat("hi"))))
