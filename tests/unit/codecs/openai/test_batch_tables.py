from __future__ import annotations

import pytest

from proxy.codecs import reply
from proxy.codecs.openai import batch_tables as tables
from proxy.codecs.whole_reply import WholeReply
from testing.fakes import reply_texts


@pytest.mark.parametrize("kind", ["chat.completion", "text_completion", "response", "list", ""])
def test_the_name_of_a_line_is_a_text_in_every_table(kind):
    line = {"id": "batch_req_1", "custom_id": "Ada", "response": {"request_id": "r1", "body": {}}, "error": None}
    assert reply_texts(WholeReply(b"", line, tables.RESULTS[kind]).texts) == ["Ada"]


def test_of_a_batch_the_callers_own_words_and_what_went_wrong_are_texts():
    said = {"id": "batch_1", "object": "batch", "endpoint": "/v1/embeddings", "status": "failed", "metadata": {"k": "v"},
            "errors": {"object": "list", "data": [{"code": "invalid", "message": "Not so.", "line": 3}]}}  # fmt: skip
    assert sorted(reply_texts(WholeReply(b"", said, tables.KEPT).texts)) == ["Not so.", "k", "v"]


def test_what_is_neither_a_file_nor_a_batch_is_no_reply():
    with pytest.raises(ValueError, match="not a reply"):
        reply.parse(b'{"id":"x"}', tables.KEPT)
