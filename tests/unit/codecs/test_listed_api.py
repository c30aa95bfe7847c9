from __future__ import annotations

import orjson
import pytest

from proxy.codecs.huggingface import APIS
from proxy.core.replies.reply import ReplyFilters
from testing.fakes import FakeDetector

API = {api.name: api for api in APIS}
NAME = "Name_BCDFGHJKLM"


def rewritten(name, reply):
    make = ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make
    return orjson.loads(API[name].rewrite(orjson.dumps(reply), make))


def test_an_array_stays_an_array():
    assert rewritten("tei_rerank", [{"index": 0, "score": 0.5, "text": f"of {NAME}"}]) == [
        {"index": 0, "score": 0.5, "text": "of Ada"}
    ]
    assert API["tei_rerank"].texts(b' [{"text": "a"}]') == ["a"]
    assert rewritten("tei_embed", [[0.5]]) == [[0.5]]


def test_arrays_and_objects_are_both_read_where_both_are_replies():
    assert rewritten("tgi_root", [{"generated_text": NAME}]) == [{"generated_text": "Ada"}]
    assert rewritten("tgi_root", {"generated_text": NAME}) == {"generated_text": "Ada"}


@pytest.mark.parametrize("reply", [b"{}", b'{"array": 1}', b'"a"', b"[", b"null"])
def test_what_is_no_reply_is_refused(reply):
    with pytest.raises(ValueError):
        API["tei_embed"].texts(reply)
