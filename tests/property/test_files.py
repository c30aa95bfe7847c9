"""Files beside text: whatever the shape of the parts, nothing unread leaves and what changes is the files alone."""

from __future__ import annotations

import base64

import orjson
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.apis import CHAT
from proxy.core import documents
from proxy.core.decision.inspection import inspect
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform import transform
from proxy.core.findings import Detection, SegmentFindings, Status
from proxy.core.records import Extracted, Obligation
from proxy.core.replies.restore import Restorer
from proxy.core.wire import Incoming
from testing.fakes import SSN, FakeDetector, chat, target

CODEC = CHAT
SCAN = FakeDetector().scan
WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)
TEXTS = st.lists(WORDS | st.sampled_from([SSN, "ann@mail.example"]), max_size=5).map(" ".join)
STATUSES = st.sampled_from([Status.COMPLETE, Status.PARTIAL, Status.SKIPPED, Status.FAILED, Status.TIMEOUT])


@st.composite
def _parts(draw):
    text = draw(TEXTS)
    held = {
        "file_data": "data:application/pdf;base64,"
        + base64.b64encode(draw(st.binary(min_size=24, max_size=90))).decode()
    }
    if draw(st.booleans()):
        held["filename"] = draw(TEXTS)
    return draw(st.sampled_from([{"type": "text", "text": text}, {"type": "file", "file": held}]))


@given(st.lists(_parts(), min_size=1, max_size=5), st.data())
def test_no_file_reaches_a_third_party_and_all_values_come_back(parts, data):
    payload = CODEC.decode(Incoming(chat(parts)))
    files = [part["file"]["file_data"] for part in parts if part["type"] == "file"]
    assert len(payload.documents) == len(files)
    assert bool(payload.opaque) is bool(files)
    extracted = [Extracted(data.draw(TEXTS), data.draw(STATUSES)) for _ in files]
    read = documents.with_texts(payload, extracted)
    segments = tuple(SegmentFindings(SCAN(span.text)) for span in read.spans)
    inspect(read, Detection(segments, Status.COMPLETE), {})
    changed = transform(
        read,
        segments,
        [Obligation("o", "pseudonymize")],
        Minter(b"k" * 32),
        {"US_SSN": "govid", "EMAIL_ADDRESS": "direct"},
    )
    body = CODEC.encode(read, documents.sent(read, changed.texts, target("a")), "m").body
    sent = orjson.loads(body)["messages"][0]["content"]
    for one, uri in zip(extracted, files, strict=True):
        readable = bool(one.text) and one.status in {Status.COMPLETE, Status.PARTIAL}
        assert (uri.encode() in body) is (
            not readable or any(uri == other and not _read(e) for e, other in zip(extracted, files, strict=True))
        )
        assert readable or read.opaque
    if all(_read(one) for one in extracted):
        assert SSN.encode() not in body
        assert [part["type"] for part in sent] == ["text"] * len(parts)
        restorer = Restorer(changed.pseudonyms)
        restored = [restorer.feed(part["text"]) + restorer.flush() for part in sent]
        assert [text for text, part in zip(restored, parts, strict=True) if part["type"] == "text"] == [
            part["text"] for part in parts if part["type"] == "text"
        ]


def _read(one: Extracted) -> bool:
    return bool(one.text) and one.status in {Status.COMPLETE, Status.PARTIAL}
