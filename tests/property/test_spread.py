from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform import transform
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Obligation, Operation, Payload, TextSpan
from proxy.core.search.occurrences import Occurrences
from testing.examples import examples

KINDS = {"PERSON": "direct", "EMAIL_ADDRESS": "direct", "CREDIT_CARD": "pan", "CARD_PIN": "sad"}
VALUES = {
    "PERSON": "Jörg Müller",
    "EMAIL_ADDRESS": "joerg@firm.de",
    "CREDIT_CARD": "4111 1111 1111 1111",
    "CARD_PIN": "482913",
}
SPELLINGS = {
    "as it is": str,
    "upper case": str.upper,
    "slug": lambda value: value.lower().replace(" ", "-"),
    "path": lambda value: f"/files/cv_{value.replace(' ', '_')}_2.pdf",
    "percent": lambda value: quote(value, safe=""),
    "percent twice": lambda value: quote(quote(value, safe=""), safe=""),
    "HTML": lambda value: html.escape(value).replace("ö", "&ouml;").replace("ü", "&#252;"),
    "JSON in a string": lambda value: json.dumps({"v": value}),
    "base64": lambda value: base64.b64encode(f"please look at {value} again today".encode()).decode(),
    "line end": lambda value: value.replace(" ", "\n"),
}
REDACT = Obligation("r", "redact", entities=tuple(KINDS))


@examples(100)
@given(st.sampled_from(sorted(VALUES)), st.sampled_from(sorted(SPELLINGS)), st.sampled_from(["value", "key", "number"]))
def test_a_removed_value_is_left_in_no_spelling_anywhere(entity_type: str, spelling: str, kind: str) -> None:
    value = VALUES[entity_type]
    planted = SPELLINGS[spelling](value)
    spans = (
        TextSpan("/a", "a", f"first {value} here"),
        TextSpan("/b", "b", planted if kind == "number" else f"see {planted} there", kind),
    )
    payload = Payload({}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=spans)
    found = Finding(entity_type, 6, 6 + len(value), 0.9, "test")
    changed = transform(payload, (SegmentFindings((found,)), SegmentFindings()), (REDACT,), Minter(b"k" * 32), KINDS)
    people = (value,) if entity_type == "PERSON" else ()
    assert not Occurrences((value,), people).among([changed.texts[0]])
    assert not Occurrences((value,), people).among([changed.texts[1]])
    assert planted not in changed.texts[1]


@examples(40)
@given(
    st.sampled_from(["Netscape Cookie", "Montserrat Kaminski", "Interrupt Link"]),
    st.sampled_from(["{}Policy", "make_{}s", "x.{}", "{}()", "/{}/", "`{}`", "{}_id", "#{}"]),
    st.integers(0, 1),
)
def test_a_word_of_a_guess_by_the_weakest_model_stays_in_identifiers(value: str, form: str, part: int) -> None:
    glued = form.format(value.split()[part])
    spans = (TextSpan("/a", "a", f"both {value} here"), TextSpan("/b", "b", f"class {glued}: {glued}"))
    payload = Payload({}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=spans)
    for recognizer in ("spacy", "name_titled"):
        segment = SegmentFindings((Finding("PERSON", 5, 5 + len(value), 0.6, recognizer),))
        changed = transform(payload, (segment, SegmentFindings()), (REDACT,), Minter(b"k" * 32), KINDS)
        assert value not in changed.texts[0]
        assert (glued in changed.texts.get(1, glued)) is (recognizer == "spacy")
