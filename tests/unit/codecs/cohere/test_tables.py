from __future__ import annotations

import orjson
import pytest

from proxy.codecs.cohere import APIS
from proxy.core.records import Operation
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import FakeDetector

CHAT, EMBED, RERANK, TOKENIZE = APIS
NAME, ORIGINAL = "Name_BCDFGHJKLM", "Ada Byron"
SAID = [{"role": "user", "content": "hi"}]
PICTURE = {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}


def decode(api, **members):
    return api.decode(Incoming(orjson.dumps({"model": "m", **members})))


def texts(payload):
    return [span.text for span in payload.spans]


def restored(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def test_documents_are_read_with_the_names_of_their_fields():
    documents = ["a page", {"id": "mine", "data": {"title": "b", "shelf of Ada": "c"}}]
    payload = decode(CHAT, messages=SAID, documents=documents, citation_options={"mode": "OFF"})
    assert texts(payload) == ["hi", "a page", "mine", "b", "shelf of Ada", "c"]
    assert (payload.features, payload.operation) == ((), Operation.CHAT)


@pytest.mark.parametrize(
    ("members", "feature"),
    [
        ({"connectors": [{"id": "web-search"}]}, "connectors"),
        ({"tools": [{"type": "web_search"}]}, "tools.web_search"),
        ({"conversation_id": "c1"}, "conversation_id"),
        ({"documents": [{"id": "d", "url": "https://x.test"}]}, "documents.url"),
        ({"messages": [{"role": "user", "content": "hi", "documents": []}]}, "messages.documents"),
        ({"response_format": {"type": "grammar"}}, "response_format.grammar"),
    ],
)
def test_what_does_more_than_tune_is_a_feature(members, feature):
    assert decode(CHAT, **{"messages": SAID, **members}).features == (feature,)


def test_a_picture_at_an_address_would_be_fetched():
    for payload in (
        decode(CHAT, messages=[{"role": "user", "content": [PICTURE]}]),
        decode(EMBED, inputs=[{"content": [PICTURE]}]),
        decode(EMBED, images=["https://x.test/a.png"]),
    ):
        assert (payload.links, {part.input for part in payload.opaque}) == (("https://x.test/a.png",), {"image"})


def test_a_statement_to_the_recipient_stands_before_the_messages():
    wire = CHAT.encode(decode(CHAT, messages=SAID), {}, "theirs")
    document = orjson.loads(CHAT.with_statement(wire, "Note.").body)
    assert document["messages"] == [{"role": "system", "content": "Note."}, *SAID]
    assert (wire.path, document["model"]) == ("/v2/chat", "theirs")


@pytest.mark.parametrize(
    ("api", "members"),
    [
        (CHAT, {"messages": []}),
        (CHAT, {"messages": ["hi"]}),
        (EMBED, {}),
        (EMBED, {"texts": "hi"}),
        (RERANK, {"query": "q"}),
        (RERANK, {"documents": ["d"]}),
        (
            RERANK,
            {"query": "q", "documents": [{"content": [{"type": "image_url", "image_url": {"url": "https://x"}}]}]},
        ),
        (RERANK, {"query": "q", "documents": ["d"], "stream": True}),
    ],
)
def test_what_is_no_request_is_refused(api, members):
    with pytest.raises(MalformedRequestError):
        decode(api, **members)


def test_a_reranking_says_what_it_is():
    payload = decode(RERANK, query="who?", documents=["a", {"text": "b"}], top_n=1)
    assert (payload.operation, texts(payload), payload.features) == (Operation.RERANK, ["who?", "a", "b"], ())


def test_citations_quote_documents_with_their_names():
    source = {"type": "document", "id": NAME, "document": {NAME: NAME, "id": NAME}}
    reply = {"message": {"citations": [{"text": NAME, "sources": [source]}]}, "logprobs": [{"text": NAME}]}
    said = orjson.loads(CHAT.opened(orjson.dumps(reply)).rewritten(restored))
    assert said["message"]["citations"] == [
        {"text": ORIGINAL, "sources": [{**source, "id": ORIGINAL, "document": {ORIGINAL: ORIGINAL, "id": ORIGINAL}}]}
    ]
    assert said["logprobs"] is None


def test_tokens_in_letters_are_left_out():
    reply = orjson.dumps({"tokens": [1], "token_strings": [NAME]})
    assert orjson.loads(TOKENIZE.opened(reply).rewritten(restored)) == {"tokens": [1], "token_strings": None}
