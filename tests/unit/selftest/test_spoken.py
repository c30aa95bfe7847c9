"""Every API that is served is asked and answered in the self-test, or is named as untried."""

from __future__ import annotations

import pytest

from proxy.codecs.endpoints import NAMES, TABLE
from proxy.selftest import spoken
from proxy.selftest.spoken import MODEL, TEXT

TEXT_OF_A_REPLY = 'Dear Anna "A" Schmidt,\nä 😀 the end.'


def test_every_api_is_tried_or_named_as_untried():
    tried = {one.api.name for one in spoken.every()}
    assert tried | spoken.UNTRIED == NAMES
    assert not tried & spoken.UNTRIED


def test_every_api_that_streams_is_tried_streamed():
    streamed = {one.api.name for one in spoken.every() if one.stream}
    media = {one.api.name for one in spoken.every() if one.api.streams}
    assert media - streamed <= {"tgi_root", "torchserve_predictions", "torchserve_explanations"}


@pytest.mark.parametrize("one", spoken.every(), ids=lambda one: one.name)
def test_a_request_leads_to_its_api_and_says_the_text(one):
    path, body = one.request(TEXT_OF_A_REPLY, "selftest")
    match = TABLE.find("POST", path.partition("?")[0], one.headers)
    assert one.api in {served.api for served in (match.served, *match.others)}
    assert match.by(body)[1] is one.api
    assert spoken.longest(body) == TEXT_OF_A_REPLY
    assert TEXT.encode() not in body
    assert MODEL.encode() not in path.encode() + body


@pytest.mark.parametrize("one", [one for one in spoken.every() if one.echoes], ids=lambda one: one.name)
def test_what_a_reply_says_is_read_back(one):
    assert one.text(one.reply(TEXT_OF_A_REPLY)) == TEXT_OF_A_REPLY
    assert one.text(one.reply("another")) == "another"
