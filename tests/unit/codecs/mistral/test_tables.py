from __future__ import annotations

import orjson
import pytest

from proxy.codecs.mistral import APIS
from proxy.core.records import Operation
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import FakeDetector

FIM, CHAT_MODERATIONS, CLASSIFICATIONS, CHAT_CLASSIFICATIONS, OCR = APIS
MESSAGE = {"role": "user", "content": "hi"}
PICTURE = {"role": "user", "content": [{"type": "image_url", "image_url": "https://x.test/a.png"}]}


def decode(api, **members):
    return api.decode(Incoming(orjson.dumps({"model": "m", **members})))


def test_what_stands_around_the_gap_is_read():
    payload = decode(FIM, prompt="a", suffix="b", stop=["c"], metadata={"of Ada": "d"})
    assert [span.text for span in payload.spans] == ["a", "b", "c", "of Ada", "d"]
    assert (payload.operation, payload.features, payload.stateful) == (Operation.COMPLETION, (), False)
    assert FIM.encode(payload, {}, "theirs").path == "/fim/completions"


@pytest.mark.parametrize(
    ("api", "given"), [(CHAT_MODERATIONS, [PICTURE]), (CHAT_CLASSIFICATIONS, {"messages": [PICTURE]}),
                       (CHAT_CLASSIFICATIONS, [{"messages": [PICTURE]}])]
)  # fmt: skip
def test_a_picture_in_what_is_judged_is_opaque(api, given):
    payload = decode(api, input=given)
    assert (payload.links, [part.media for part in payload.opaque]) == (("https://x.test/a.png",), ["image"])
    assert payload.operation is Operation.MODERATION


def test_a_member_of_a_message_that_nobody_knows_is_a_feature():
    assert decode(CHAT_MODERATIONS, input=[{**MESSAGE, "fetch": 1}]).features == ("input.fetch",)
    assert decode(CHAT_CLASSIFICATIONS, input={"messages": [{**MESSAGE, "fetch": 1}]}).features == (
        "input.messages.fetch",
    )


@pytest.mark.parametrize(
    ("api", "members"),
    [
        (FIM, {}),
        (FIM, {"prompt": [1, 2]}),
        (CHAT_MODERATIONS, {"input": [[MESSAGE]]}),
        (CHAT_MODERATIONS, {"input": []}),
        (CHAT_MODERATIONS, {"input": True}),
        (CLASSIFICATIONS, {"input": [[1]]}),
        (CLASSIFICATIONS, {}),
        (CHAT_CLASSIFICATIONS, {"input": MESSAGE}),
        (CHAT_CLASSIFICATIONS, {"input": [[MESSAGE]]}),
        (CHAT_CLASSIFICATIONS, {"input": {"messages": [MESSAGE]}, "stream": True}),
    ],
)
def test_what_is_no_request_is_refused(api, members):
    with pytest.raises(MalformedRequestError):
        decode(api, **members)


def test_labels_are_texts_like_any_other():
    reply = orjson.dumps({"id": "c", "model": "m", "results": [{"friend of Name_BCDFGHJKLM": {"scores": {"yes": 1}}}]})
    make = ReplyFilters({"Name_BCDFGHJKLM": "Ada"}, frozenset(), FakeDetector().scan).make
    assert orjson.loads(CLASSIFICATIONS.opened(reply).rewritten(make))["results"] == [
        {"friend of Ada": {"scores": {"yes": 1}}}
    ]


@pytest.mark.parametrize(
    ("document", "media", "links"),
    [
        ({"type": "document_url", "document_url": "https://x.test/a.pdf"}, {"file"}, ("https://x.test/a.pdf",)),
        (
            {"type": "document_url", "document_url": "data:application/pdf;base64,JVBERi0="},
            {"file", "application/pdf"},
            (),
        ),
        ({"type": "image_url", "image_url": "https://x.test/a.png"}, {"image"}, ("https://x.test/a.png",)),
        ({"type": "page", "of": "Ada"}, {"unknown"}, ()),
    ],
)
def test_pages_are_opaque_and_never_replaced(document, media, links):
    payload = decode(OCR, document=document, document_annotation_prompt="who?")
    assert ({part.media for part in payload.opaque}, payload.links, payload.documents) == (media, links, ())
    assert "who?" in [span.text for span in payload.spans]


def test_pictures_of_pages_and_kept_files_are_features():
    assert decode(OCR, include_image_base64=True).features == ("include_image_base64",)
    assert decode(OCR, document={"type": "file", "file_id": "f1"}).features == ("document.file_id",)
