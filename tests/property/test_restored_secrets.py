"""Pasted configuration comes back whole, although the provider sees stand-ins only."""

from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform import transform
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Obligation, Operation, Payload, TextSpan
from proxy.core.replies.own_values import OwnValues
from proxy.core.replies.position import WORDS
from proxy.core.replies.reply import ExpectedValues, ReplyFilters
from testing import models
from testing.examples import examples

SCANNER = models.scanner()
KINDS = {"CREDENTIAL": "secret", "CREDIT_CARD": "pan", "US_SSN": "govid", "CVV": "sad"}
VALUES = [
    ("CREDENTIAL", 'p"a\\ss'), ("CREDENTIAL", "hunter22!"), ("CREDENTIAL", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"), ("US_SSN", "212-45-6789"),
    ("CREDIT_CARD", "4111 1111 1111 1111"), ("CREDIT_CARD", "4111111111111111"), ("CREDIT_CARD", "4111114321941111"),
]  # fmt: skip
PIECES = st.lists(
    st.sampled_from([*VALUES, ("", "[CREDENTIAL_1]"), ("", "411111******1111"), ("", "it's"), ("", "x")]),
    min_size=1,
    max_size=6,
)
RESTORING = [Obligation("r", "redact", entities=("CREDENTIAL", "US_SSN", "CVV"), params={"restore": "exchange"}),
             Obligation("m", "mask", entities=("CREDIT_CARD",), params={"restore": "exchange"})]  # fmt: skip


def sent(parts, *, as_json, obligations=RESTORING):
    """Return the text, what the provider gets, and the transform's answer."""
    text, findings = "", []
    written = [json.dumps(value)[1:-1] if as_json else value for _, value in parts]
    for number, ((entity_type, _), value) in enumerate(zip(parts, written, strict=True)):
        text += (", " if number and as_json else "") + (f'"k{number}": "' if as_json else f"k{number} = ")
        if entity_type:
            findings.append(Finding(entity_type, len(text), len(text) + len(value), 0.9, "t"))
        text += value + ('"' if as_json else "\n")
    if as_json:
        text = "Mind this: {" + text + "} please"
        findings = [Finding(f.entity_type, f.start + 12, f.end + 12, f.score, f.recognizer) for f in findings]
    payload = Payload(
        {}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=(TextSpan("/0", "x", text),)
    )
    changed = transform(payload, [SegmentFindings(tuple(findings))], obligations, Minter(b"k" * 32), KINDS)
    return text, changed.texts.get(0, text), changed


@examples(120)
@given(PIECES, st.booleans(), st.lists(st.integers(0, 400), max_size=10))
def test_an_echo_equals_what_was_sent_in_every_chunking(parts, as_json, cuts):
    text, out, changed = sent(parts, as_json=as_json)
    for entity_type, value in parts:
        assert not entity_type or value not in out
    back = {**changed.pseudonyms, **changed.placeholders}
    filters = ReplyFilters(
        back, frozenset(KINDS), SCANNER.scan, ExpectedValues(OwnValues([text]), back), every_text=True
    )
    made = filters.make(WORDS)
    places = sorted({0, len(out), *(cut % (len(out) + 1) for cut in cuts)})
    assert "".join(made.feed(out[a:b]) for a, b in itertools.pairwise(places)) + made.flush() == text


@given(PIECES)
def test_without_the_permission_nothing_comes_back(parts):
    plain = [Obligation("r", "redact", entities=("CREDENTIAL", "US_SSN", "CREDIT_CARD"))]
    assert sent(parts, as_json=False, obligations=[*RESTORING, *plain])[2].placeholders == {}


def test_authentication_data_never_comes_back():
    _, out, changed = sent([("CVV", "737"), ("CREDENTIAL", "hunter22!")], as_json=False)
    assert out == "k0 = [CVV]\nk1 = [CREDENTIAL_1]\n"
    assert changed.placeholders == {"[CREDENTIAL_1]": "hunter22!"}
