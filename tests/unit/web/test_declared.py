from __future__ import annotations

import dataclasses
import re

import pytest
from multidict import CIMultiDict

from proxy.core.records import DeclaredFacts
from proxy.errors import ForbiddenFactError, MalformedRequestError
from proxy.web.declared import declared, named_subject, undeclared
from testing.fakes import PRINCIPAL


def read(principal=PRINCIPAL, **headers):
    named = {"x-compliance-" + name.replace("_", "-"): value for name, value in headers.items()}
    return declared(CIMultiDict(named), principal)


def test_nothing_declared():
    assert read() == undeclared(PRINCIPAL) == DeclaredFacts("support")


@pytest.mark.parametrize(
    ("header", "value", "field", "expected"),
    [
        ("activity", "sales", "activity", "sales"),
        ("subject_regions", "DE, US-CA,,DE", "subject_regions", ("DE", "US-CA")),
        ("minor", "YES", "minor", "yes"),
        ("minor", "", "minor", "unknown"),
        ("restricted", "yes", "restricted", True),
        ("restricted", "no", "restricted", False),
        ("consent", "withdrawn", "consent_withdrawn", True),
        ("consent", "given", "consent_withdrawn", False),
        ("consent-ref", "C-2026/17", "consent_ref", "C-2026/17"),
        ("labels", "health,genetic", "labels", ("genetic", "health")),
        ("conversation", "c-1.2:3/4", "conversation", "c-1.2:3/4"),
        ("surrogates", "tokens", "surrogates", "tokens"),
        ("surrogates", " Date_Shift ", "surrogates", "date_shift"),
        ("surrogates", "realistic", "surrogates", "realistic"),
        ("surrogates", "", "surrogates", ""),
        ("break_glass", "bg_a1b2c3d4e5f6", "break_glass", "bg_a1b2c3d4e5f6"),
        ("target_credential", "sk-own", "target_credential", "sk-own"),
    ],
)
def test_documented_values(header, value, field, expected):
    assert getattr(read(**{header: value}), field) == expected


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("subject_regions", "Germany"),
        ("subject_regions", "DE;FR"),
        ("subject_regions", "de"),
        ("subject_regions", ",".join(f"A{chr(65 + n // 26)}-{chr(65 + n % 26)}" for n in range(65))),
        ("subject_regions", "AQ"),
        ("subject_regions", "DE,ZZ"),
        ("subject_regions", "US-ZZ"),
        ("subject_regions", "CA-XX"),
        ("break_glass", "INC-90"),
        ("break_glass", "bg_A1B2C3D4E5F6"),
        ("minor", "maybe"),
        ("minor", "true"),
        ("restricted", "1"),
        ("consent", "no"),
        ("consent-ref", "ann@example.org"),
        ("surrogates", "lifelike"),
        ("surrogates", "surrogate_keyed"),
        ("surrogates", "tokens, realistic"),
        ("surrogates", "tokens;realistic"),
        ("labels", "health,unheard-of"),
        ("labels", "he alth"),
        ("conversation", "has space"),
        ("conversation", "x" * 129),
        ("conversation", "é"),
    ],
)
def test_other_values_are_refused_without_quoting_them(header, value):
    with pytest.raises(MalformedRequestError) as caught:
        read(**{header: value})
    assert len(value) < 4 or value not in str(caught.value)


def test_a_refusal_names_what_may_be_said():
    with pytest.raises(
        MalformedRequestError, match="x-compliance-surrogates must be one of tokens, date_shift, realistic"
    ):
        read(surrogates="tokens, realistic")


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(MalformedRequestError) as caught:
        read(minors="yes", minor="perhaps", subject_regions="Mars", labels="unheard-of", conversation="two words")
    assert str(caught.value).split("; ") == [
        "the header x-compliance-minors is unknown: did you mean x-compliance-minor?",
        "the header x-compliance-minor must be one of unknown, yes, no",
        "the header x-compliance-subject-regions is not a list of valid values",
        "the header x-compliance-conversation is not valid",
        (
            "the header x-compliance-labels names an unknown category: there are biometric, credentials, criminal, "
            "financial, genetic, health, location_precise, national_id, pan, personal, political, public, racial_ethnic, "
            "religious, sad, sex_orientation, trade_union"
        ),
    ]


def test_a_header_that_resembles_none_is_refused_with_those_that_there_are():
    with pytest.raises(
        MalformedRequestError, match="after x-compliance- there are activity, subject-regions, subject,"
    ):
        read(zzz="1")


def test_all_that_the_key_may_not_declare_is_said_with_what_it_may():
    bound = dataclasses.replace(PRINCIPAL, declarable_regions=("DE", "US-CA"))
    with pytest.raises(ForbiddenFactError) as caught:
        read(bound, activity="other", dry_run="yes", subject_regions="FR")
    assert str(caught.value).split("; ") == [
        "the activity in x-compliance-activity is not one this key may use: its activities are sales, support",
        "this key may not ask for dry runs: it needs the role dry-run",
        "a region in x-compliance-subject-regions is not one this key may declare: it may declare DE, US-CA",
    ]


def test_what_is_malformed_is_said_before_what_is_forbidden():
    with pytest.raises(MalformedRequestError):
        read(activity="other", minor="perhaps")


def test_a_header_that_is_not_quoted_has_its_own_nearest():
    with pytest.raises(
        MalformedRequestError, match=r"x-compliance-\.\.\. is unknown: did you mean x-compliance-consent-ref\?$"
    ):
        declared(CIMultiDict([("x-compliance-consent_ref", "c-1")]), PRINCIPAL)


@pytest.mark.parametrize(("name", "shown"), [("surrogates", "surrogates"), ("unheard-of", "...")])
def test_a_repeated_header_is_named(name, shown):
    twice = CIMultiDict([(f"x-compliance-{name}", "tokens"), (f"X-Compliance-{name.title()}", "tokens")])
    with pytest.raises(MalformedRequestError, match=f"the header x-compliance-{re.escape(shown)} is repeated"):
        declared(twice, PRINCIPAL)


def test_that_no_minor_is_concerned_counts_only_from_a_key_bound_to_it():
    assert read(minor="no").minor == "unknown"
    bound = dataclasses.replace(PRINCIPAL, may_declare_adult=True)
    assert [read(bound, minor=said).minor for said in ("no", "yes", "unknown")] == ["no", "yes", "unknown"]


def test_a_key_declares_the_regions_it_is_bound_to():
    bound = dataclasses.replace(PRINCIPAL, declarable_regions=("DE", "CA-QC"))
    assert read(bound, subject_regions="DE-BY,CA-QC").subject_regions == ("CA-QC", "DE-BY")
    for other in ("FR", "CA", "DE,US"):
        with pytest.raises(ForbiddenFactError):
            read(bound, subject_regions=other)


@pytest.mark.parametrize("activity", ["other", "SALES"])
def test_an_activity_of_another_key_is_refused(activity):
    with pytest.raises(ForbiddenFactError):
        read(activity=activity)


def test_a_key_for_every_activity():
    anything = dataclasses.replace(PRINCIPAL, activities=("*",))
    assert read(anything, activity="other").activity == "other"
    with pytest.raises(MalformedRequestError):
        read(anything, activity="two words")


@pytest.mark.parametrize("name", ["minor", "labels", "restricted", "consent", "subject"])
def test_a_header_that_comes_twice_is_refused(name):
    headers = CIMultiDict([(f"x-compliance-{name}", "no"), (f"X-Compliance-{name.title()}", "yes")])
    with pytest.raises(MalformedRequestError):
        declared(headers, PRINCIPAL)


def test_the_callers_reference_of_the_subject_is_no_declared_fact():
    assert read(subject="patient 7") == undeclared(PRINCIPAL)
    assert named_subject(CIMultiDict({"x-compliance-subject": " patient 7 "})) == "patient 7"
    assert named_subject(CIMultiDict()) == ""


@pytest.mark.parametrize("reference", ["x" * 513, "Jos\udce9"])
def test_a_malformed_subject_is_refused_without_quoting_it(reference):
    with pytest.raises(MalformedRequestError) as caught:
        named_subject(CIMultiDict({"x-compliance-subject": reference}))
    assert reference not in str(caught.value)


def test_a_dry_run_needs_the_role():
    may = dataclasses.replace(PRINCIPAL, roles=("dry-run",))
    assert read(may, dry_run="yes") == DeclaredFacts("support", dry_run=True)
    assert not read(may, dry_run="no").dry_run
    assert declared(CIMultiDict(), may, dry_run=True) == DeclaredFacts("support", dry_run=True)
    assert declared(CIMultiDict({"x-compliance-dry-run": "no"}), may, dry_run=True).dry_run
    with pytest.raises(ForbiddenFactError):
        read(dry_run="yes")
    with pytest.raises(ForbiddenFactError):
        declared(CIMultiDict(), PRINCIPAL, dry_run=True)
    with pytest.raises(MalformedRequestError):
        read(may, dry_run="1")
