from __future__ import annotations

import time
from dataclasses import replace

import pytest

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.residual import left_of_values
from proxy.core.deidentification.transform import transform
from proxy.core.deidentification.transform_plan import TransformTerms
from proxy.core.findings import PUBLIC, Finding, SegmentFindings
from proxy.core.records import Obligation, Operation, Payload, Remark, TextSpan, Transformed

KEY = b"k" * 32
KINDS = {
    "PERSON": "direct",
    "EMAIL_ADDRESS": "direct",
    "US_SSN": "govid",
    "CVV": "sad",
    "CREDIT_CARD": "pan",
    "DATE": "quasi",
    "HEALTH_CONDITION": "attr",
}


def run(
    spans: list[tuple[str, str] | tuple[str, str, str]],
    values: dict[str, str],
    *obligations: Obligation,
    terms: TransformTerms | None = None,
) -> tuple[Transformed, list[str]]:
    """Find each value of ``values`` (value -> type) once, in the first span that has it."""
    findings: list[list[Finding]] = [[] for _ in spans]
    for value, entity_type in values.items():
        index = next(i for i, span in enumerate(spans) if value in span[1])
        start = spans[index][1].index(value)
        findings[index].append(Finding(entity_type, start, start + len(value), 0.9, "test"))
    payload = Payload(
        {},
        Operation.CHAT,
        "m",
        stream=False,
        stateful=False,
        tools=False,
        spans=tuple(TextSpan(f"/{n}", s[0], s[1], s[2] if len(s) > 2 else "value") for n, s in enumerate(spans)),
    )
    segments = tuple(SegmentFindings(tuple(found)) for found in findings)
    changed = transform(payload, segments, obligations, Minter(KEY), KINDS, terms)
    return changed, [changed.texts.get(n, span[1]) for n, span in enumerate(spans)]


def name(value: str) -> str:
    return Minter(KEY).pseudonym("PERSON", value)


PSEUDONYMIZE = Obligation("o1", "pseudonymize", entities=("PERSON", "EMAIL_ADDRESS"))


def test_strictest_operator_wins_per_type() -> None:
    obligations = [
        Obligation(kind, kind, entities=("PERSON",)) for kind in ("mask", "pseudonymize", "redact", "generalize")
    ]
    for ordered in (obligations, obligations[::-1]):
        changed, texts = run([("a", "Maria Schmidt")], {"Maria Schmidt": "PERSON"}, *ordered)
        assert texts == ["[PERSON]"]
        assert changed.remarks == (Remark("a", "PERSON", "redact", "redact"),)
        assert changed.covered == {"PERSON"}


def test_deidentify_is_stricter_than_pseudonymize_and_weaker_than_redact() -> None:
    safe = Obligation("d", "deidentify", profile="hipaa_safe_harbor")
    _, texts = run([("a", "Maria Schmidt")], {"Maria Schmidt": "PERSON"}, PSEUDONYMIZE, safe)
    assert texts[0] != name("Maria Schmidt")
    _, texts = run(
        [("a", "Maria Schmidt")], {"Maria Schmidt": "PERSON"}, safe, Obligation("r", "redact", entities=("PERSON",))
    )
    assert texts == ["[PERSON]"]


def test_unchanged_spans_are_absent() -> None:
    changed, _ = run([("a", "Maria Schmidt"), ("a", "nothing here")], {"Maria Schmidt": "PERSON"}, PSEUDONYMIZE)
    assert set(changed.texts) == {0}


def test_types_without_obligation_stay() -> None:
    changed, _ = run([("a", "on 2026-02-03")], {"2026-02-03": "DATE"}, PSEUDONYMIZE)
    assert not changed.texts
    assert not changed.removed


def test_encoded_part_goes_when_any_type_that_it_holds_must_go() -> None:
    text = "see YWJj0123"
    span = TextSpan("/0", "a", text)
    payload = Payload({}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=(span,))
    shown, also = Finding("PERSON", 4, 12, 0.9, "encoded:r"), Finding("HEALTH_CONDITION", 4, 12, 0.7, "encoded:r")
    order = Obligation("o", "redact", entities=("HEALTH_CONDITION",))
    changed = transform(payload, (SegmentFindings((shown,), inside=(also,)),), (order,), Minter(KEY), KINDS)
    assert changed.texts == {0: "see [HEALTH_CONDITION]"}


def test_value_is_replaced_everywhere_in_every_form() -> None:
    spans = [
        ("a", "Maria Schmidt wrote"),
        ("b", "MARIA SCHMIDT, maria schmidt; Schmidts Hund, Mr. Schmidt's"),
        ("c", "?to=Maria%20Schmidt&x=1"),
        ("keys", "Maria Schmidt", "key"),
    ]
    changed, texts = run(spans, {"Maria Schmidt": "PERSON"}, PSEUDONYMIZE)
    given, family = name("Maria Schmidt").split()
    assert texts[1] == (
        f"{given.upper()} {family.upper()}, {given.lower()} {family.lower()}; {family}s Hund, Mr. {family}'s"
    )
    assert "Schmidt" not in texts[2]
    assert texts[3] == f"{given} {family}"
    assert changed.removed == ("Maria Schmidt",)


def test_number_without_its_separators_is_replaced_but_not_inside_a_longer_one() -> None:
    redact = Obligation("r", "redact", entities=("US_SSN",))
    spans = [("a", "212-45-6789"), ("b", "212456789 212 45 6789 92124567891"), ("n", "212456789", "number")]
    _, texts = run(spans, {"212-45-6789": "US_SSN"}, redact)
    assert texts == ["[US_SSN]", "[US_SSN] [US_SSN] 92124567891", "[US_SSN]"]


def test_part_of_a_word_is_no_occurrence() -> None:
    _, texts = run([("a", "Maria Berg"), ("b", "Bergen, Heidelberg, BERG")], {"Maria Berg": "PERSON"}, PSEUDONYMIZE)
    assert texts[1] == f"Bergen, Heidelberg, {name('BERG')}"


def test_name_that_is_an_everyday_word_is_taken_only_as_written() -> None:
    _, texts = run([("a", "Ask Price"), ("b", "the price of PRICE")], {"Price": "PERSON"}, PSEUDONYMIZE)
    assert texts[1] == f"the price of {name('PRICE')}"


def test_short_secret_is_replaced_elsewhere_too() -> None:
    redact = Obligation("r", "redact", entities=("CVV",))
    changed, texts = run([("a", "CVV 737"), ("b", "737, 7370")], {"737": "CVV"}, redact)
    assert texts == ["CVV [CVV]", "[CVV], 7370"]
    assert changed.removed == ("737",)


def test_obligation_without_entities_covers_every_identifier_and_no_attribute() -> None:
    text = "Maria Schmidt, a@b.de, diabetes"
    values = {"Maria Schmidt": "PERSON", "a@b.de": "EMAIL_ADDRESS", "diabetes": "HEALTH_CONDITION"}
    wide = Obligation("w", "redact")
    _, texts = run([("a", text)], values, wide)
    assert texts == ["[PERSON], [EMAIL_ADDRESS], diabetes"]


def test_method_hmac_makes_a_keyed_code_and_no_way_back() -> None:
    changed, texts = run(
        [("a", "Maria Schmidt")],
        {"Maria Schmidt": "PERSON"},
        Obligation("h", "pseudonymize", entities=("PERSON",), method="hmac"),
    )
    assert texts[0].startswith("[PERSON:")
    assert not changed.pseudonyms


def test_remarks_count_and_hold_no_value() -> None:
    changed, _ = run([("a", "Maria Schmidt"), ("b", "Maria Schmidt")], {"Maria Schmidt": "PERSON"}, PSEUDONYMIZE)
    assert changed.remarks == (
        Remark("a", "PERSON", "pseudonymize", "o1"),
        Remark("b", "PERSON", "pseudonymize", "o1"),
    )


def test_overlapping_findings_leave_no_edge() -> None:
    text = "mail maria.schmidt@firm.de now"
    payload = Payload(
        {}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=(TextSpan("/0", "a", text),)
    )
    found = (Finding("PERSON", 5, 18, 0.6, "t"), Finding("EMAIL_ADDRESS", 10, 26, 0.9, "t"))
    changed = transform(payload, (SegmentFindings(found),), (PSEUDONYMIZE,), Minter(KEY), KINDS)
    assert "schmidt" not in changed.texts[0]
    assert "firm" not in changed.texts[0]


def test_unknown_profile_raises() -> None:
    with pytest.raises(ValueError, match="unknown"):
        run([("a", "x")], {}, Obligation("d", "deidentify", profile="none_such"))


def test_safe_harbor_surrogates_differ_between_exchanges() -> None:
    safe = Obligation("d", "deidentify", profile="hipaa_safe_harbor")
    one, _ = run([("a", "Maria Schmidt")], {"Maria Schmidt": "PERSON"}, safe)
    two, _ = run([("a", "Maria Schmidt")], {"Maria Schmidt": "PERSON"}, safe)
    assert one.texts != two.texts
    assert set(one.pseudonyms.values()) == {"Maria", "Schmidt"}


def test_an_accent_of_its_own_goes_with_its_letter() -> None:
    _, texts = run([("a", "Rene\u0301 left"), ("b", "René\u0301, RENE")], {"Rene": "PERSON"}, PSEUDONYMIZE)
    assert not any("\u0301" in text for text in texts)


def test_public_figures_stay_unless_an_obligation_includes_them() -> None:
    text = "What did Marie Curie publish?"
    span = TextSpan("/0", "a", text)
    payload = Payload({}, Operation.CHAT, "m", stream=False, stateful=False, tools=False, spans=(span,))
    segments = [SegmentFindings((Finding("PERSON", 9, 20, 0.9, "test", PUBLIC),))]
    included = replace(PSEUDONYMIZE, params={"public_figures": "included"})
    for ordered in ((PSEUDONYMIZE, included), (included, PSEUDONYMIZE)):
        assert transform(payload, segments, ordered, Minter(KEY), KINDS).removed == ("Marie Curie",)
    assert not transform(payload, segments, [PSEUDONYMIZE], Minter(KEY), KINDS).texts
    named = replace(segments[0].findings[0], subject_role="third_party")
    assert transform(payload, [SegmentFindings((named,))], [PSEUDONYMIZE], Minter(KEY), KINDS).texts


@pytest.mark.parametrize("other", ["okafor, ngozi", "ngozi okafor", "see okafor.ngozi now"])
def test_half_of_a_name_takes_the_other_half_beside_it_along(other: str) -> None:
    spans = [("a", "Ngozi Okafor wrote"), ("b", other)]
    _, texts = run(spans, {"Ngozi Okafor": "PERSON", "ngozi": "PERSON"}, PSEUDONYMIZE)
    assert "okafor" not in texts[1]
    assert "ngozi" not in texts[1]


def test_a_word_of_a_name_beside_all_of_it_stays() -> None:
    _, texts = run([("a", "Will Carter will call")], {"Will Carter": "PERSON"}, PSEUDONYMIZE)
    assert texts[0].endswith(" will call")


def test_a_word_of_a_name_goes_beside_another_name_with_its_next_word_too() -> None:
    spans = [("user", "Call Tom Sharma at noon"), ("user", "so Call Tom Haddad at one")]
    values = {"Call Tom Sharma": "PERSON", "Tom Haddad": "PERSON"}
    changed, texts = run(spans, values, PSEUDONYMIZE)
    assert "Call" not in texts[1]
    assert left_of_values(texts, changed) == 0


def test_the_cost_is_linear_in_how_often_a_value_is_said() -> None:
    def cost(times: int) -> float:
        began = time.process_time()
        _, (text,) = run([("user", "Anna Schmidt: " + "Anna " * times)], {"Anna Schmidt": "PERSON"}, PSEUDONYMIZE)
        assert "Anna" not in text
        return time.process_time() - began

    cost(100)
    assert min(cost(20_000) for _ in range(2)) < 40 * max(cost(2_000), 0.005)
