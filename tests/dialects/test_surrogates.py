"""Surrogates that look real leave and come back in every dialect, whole and streamed."""

from __future__ import annotations

import json
import re

import orjson
import pytest

from proxy.core.findings import Finding
from proxy.core.records import Obligation
from testing.dialects import stand
from testing.dialects.samples import is_kept, pointers
from testing.dialects.streams import Stream
from tests.dialects.test_replies import SERVED
from tests.dialects.test_streams import GROWING
from tests.dialects.test_streams import SERVED as STREAMED

VALUES = {"Anna Schmidt": "PERSON", "12.03.1984": "DATE_OF_BIRTH"}
TEXT = "Brief an Frau Anna Schmidt, geboren 12.03.1984."
REAL = (
    Obligation("s", "pseudonymize", method="surrogate_realistic", entities=("PERSON", "DATE_OF_BIRTH")),
    *(Obligation(kind, kind) for kind in ("reidentify_response", "residual_scan", "response_scan", "stream_guard")),
)
_VALUE = re.compile("|".join(map(re.escape, VALUES)))


class _Planted(stand.Detector):
    def scan(self, text, tenant=""):
        found = [Finding(VALUES[m.group()], m.start(), m.end(), 0.95, "fake") for m in _VALUE.finditer(text)]
        return tuple(sorted((*super().scan(text), *found), key=lambda one: one.start)) if found else super().scan(text)


def called(api, sample, answer=None, media="application/json", *, streamed=False):
    request = stand.planted(sample.requests[0], sample.text, TEXT)
    return stand.call(
        api, sample, request, answer, media, streamed=streamed, detector=_Planted(), pdp=stand.Pdp(REAL)
    )  # fmt: skip


def written(sent):
    """Return what left for the person and her birthday."""
    names = {original: name for name, original in sent.pseudonyms.items()}
    return f"{names['Anna']} {names['Schmidt']}, {names['12.03.1984']}"


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_they_come_back_in_a_reply(api, sample):
    made = called(api, sample)
    said = written(made.sent)
    assert not re.search("Anna|Schmidt|1984|Name_|Date_", made.seen)
    assert all(word in made.seen for word in said.replace(",", "").split())
    reply = sample.replies[0]
    kept = pointers(reply, (*sample.kept, *sample.masked))
    for keys in [keys for keys in stand.leaves(reply) if not is_kept(keys, kept)][:2]:
        before = stand.at(reply, keys)
        theirs, ours = (
            stand.planted(reply, keys, stand.text(value, before)) for value in (said, "Anna Schmidt, 12.03.1984")
        )
        answered = called(api, sample, lambda _sent, theirs=theirs: [orjson.dumps(theirs)])
        assert orjson.loads(answered.client.body) == ours


@pytest.mark.parametrize(("api", "sample"), STREAMED)
def test_they_come_back_in_a_stream(api, sample):
    stream = Stream(api, sample)
    said = written(called(api, sample).sent)
    for events in sample.streams[:1]:

        def answer(_outbound, events=events):
            def halves(piece):
                return (f'{{"who": "{said[:4]}', f'{said[4:]}"}}') if piece.position.document else (said[:4], said[4:])

            raw = stream.written(stream.divided(events, halves))
            return [raw[at : at + 7] for at in range(0, len(raw), 7)]

        made = called(api, sample, answer, stream.framing.media[0], streamed=True)
        assert made.client.ended == "clean"
        channels, _ = stream.said(stream.events(made.client.body))
        texts = {json.loads(text)["who"] if text[:1] == "{" else text for text in channels.values()}
        assert texts == ({"Anna Schmidt, 12.03.1984"} if [api, sample] in [[*one.values] for one in GROWING] else set())
