from __future__ import annotations

import pytest

from proxy.core import documents
from proxy.core.findings import Status
from proxy.core.records import Document, Extracted, OpaquePart, Operation, Payload, Remark, TextSpan
from testing.fakes import capabilities, target

PICTURE = OpaquePart("p", "image")
FILE = OpaquePart("p", "file")


def payload(count: int = 1) -> Payload:
    held = tuple(Document(f"/{number}", "p", "application/pdf", "AAAA", (FILE,)) for number in range(count))
    return Payload(
        {}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=(TextSpan("/t", "t", "hi"),),
        opaque=(PICTURE, FILE), documents=held, other_opaque=(PICTURE,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "spans", "opaque", "outcome"),
    [
        (Extracted("text", Status.COMPLETE), 2, (PICTURE,), "read"),
        (Extracted("text", Status.PARTIAL, "cut"), 2, (PICTURE, FILE), "cut"),
        (Extracted("", Status.SKIPPED, "no text"), 1, (PICTURE, FILE), "no text"),
        (Extracted("", Status.COMPLETE), 1, (PICTURE, FILE), "complete"),
        (Extracted("", Status.FAILED), 1, (PICTURE, FILE), "failed"),
        (Extracted("", Status.TIMEOUT), 1, (PICTURE, FILE), "timeout"),
    ],
)
def test_only_what_was_read_completely_is_no_longer_opaque(one, spans, opaque, outcome):
    read = documents.with_texts(payload(), [one])
    assert (len(read.spans), read.opaque) == (spans, opaque)
    assert [(document.outcome, document.data) for document in read.documents] == [(outcome, "")]


def test_one_unread_file_beside_a_read_one_keeps_the_request_opaque():
    answers = [Extracted("text", Status.COMPLETE), Extracted("", Status.SKIPPED, "format")]
    assert documents.with_texts(payload(2), answers).opaque == (PICTURE, FILE)


def test_an_answer_that_is_missing_is_an_error():
    with pytest.raises(ValueError):
        documents.with_texts(payload(2), [Extracted("text", Status.COMPLETE)])


def test_third_parties_get_text_and_our_own_target_the_file_unless_it_changes():
    read = documents.with_texts(payload(), [Extracted("text", Status.COMPLETE)])
    own = target("local", self_hosted=True)
    assert documents.sent(read, {}, target("a")) == {1: "text"}
    assert documents.sent(read, {}, target("local", self_hosted=True, accepts=capabilities(frozenset({"text"})))) == {
        1: "text"
    }
    assert documents.sent(read, {1: "changed"}, target("a")) == {1: "changed"}
    assert documents.sent(read, {}, own) == {}
    assert documents.sent(read, {1: "changed"}, own) == {1: "changed"}


def test_a_replaced_file_leaves_a_remark():
    read = documents.with_texts(payload(2), [Extracted("text", Status.COMPLETE)] * 2)
    assert documents.remarks(read, {0: "x"}) == ()
    assert documents.remarks(read, {1: "x", 2: "y"}) == (Remark("p", "FILE", "as_text", "", 2),)


@pytest.mark.parametrize(
    ("media", "text"),
    [
        ("text/csv", True),
        ("application/json", True),
        ("application/xml", True),
        ("application/pdf", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_text_is_told_by_its_media_type(media: str, text: bool) -> None:
    assert documents.is_text(media) is text
