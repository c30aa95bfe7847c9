from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.core.decision import facts as canonical
from proxy.core.decision.causes import causes
from proxy.core.decision.ways import ways
from proxy.core.records import Denial, Grant
from proxy.core.targets.capabilities import Requirements
from testing.fakes import PRINCIPAL, exchange
from tests.unit.core.decision.test_causes import CATALOG, KINDS, PICTURES, inspected, said

LACKING = Requirements(
    features=("tools.web",), inputs=("image",), lacking=(("far", ("tools.web", "image", "embedding")),)
)
EXCHANGE = exchange(principal=replace(PRINCIPAL, default_subject_region="DE"))


def found(document, *codes, needs=LACKING, asked=EXCHANGE, **changes):
    """Return the ways on from a refusal by these codes."""
    inspection = inspected(document, KINDS)
    inspection = replace(inspection, payload=replace(inspection.payload, features=needs.features, **changes))
    facts = canonical.request_facts(asked, inspection, (), needs)
    denial = Denial(403, codes[0], codes, "", causes=causes(codes, inspection, CATALOG, needs))
    return list(ways(denial, inspection, facts, asked, CATALOG))


def test_what_is_named_is_left_out_and_nothing_else():
    first, other = found(said("a@b", "ill"), "SPECIAL_CATEGORY_LOCAL_ONLY")
    assert (first.words, first.name) == ("start a new chat without it", "")
    assert ([entity.type for entity in first.facts.entities], first.facts.categories) == (
        ["EMAIL_ADDRESS"],
        ("personal",),
    )
    assert (other.words.split()[0], other.name, other.facts.activity) == ("name", "sales", "sales")


@pytest.mark.parametrize(
    ("document", "code", "words", "changed"),
    [
        (said("child"), "MINOR_LOCAL_ONLY", "start a new chat without it", {"minor": "unknown", "entities": ()}),
        (
            said("illegible"),
            "CLASSIFIER_PARTIAL",
            "start a new chat without it",
            {"status": "complete", "coverage": 1.0},
        ),
        (said(PICTURES), "OPAQUE_CONTENT", "start a new chat without it", {"opaque": ()}),
        ({**said("hi"), "store": True}, "STATEFUL_STORAGE", "leave out store", {}),
        (said("hi"), "OPERATION_UNSUPPORTED", "leave out tools.web and leave out image and leave out embedding", {}),
    ],
)
def test_each_kind_of_cause_is_left_out_in_its_own_way(document, code, words, changed):
    way = found(document, code)[0]
    assert way.words == words
    assert {name: getattr(way.facts, name) for name in changed} == changed


def test_a_feature_is_left_out_and_an_operation_cannot_be():
    way = found(said("hi"), "OPERATION_UNSUPPORTED")[0]
    assert (way.facts.requirements.features, way.facts.requirements.lacking) == ((), (("far", ("image", "embedding")),))
    way = found(said(PICTURES), "OPAQUE_CONTENT")[0]
    assert (way.facts.requirements.inputs, way.facts.requirements.lacking) == (
        (),
        (("far", ("tools.web", "embedding")),),
    )


def test_storage_is_declined_where_the_dialect_has_a_word_for_it():
    stored = {**said("hi"), "store": True}
    assert found(stored, "STATEFUL_STORAGE", refusals={"store": False})[0].words == "send store: false"
    assert found(stored, "STATEFUL_STORAGE", must_store=True)[0].name == "sales"


def test_who_may_declare_more_is_told():
    bound = replace(PRINCIPAL, may_declare_adult=True, roles=("break-glass",), activities=("*",), ingress_region="IE")
    region, adult, grant = found(said("a@b"), "NO_LEGAL", asked=exchange(principal=bound))[1:]
    assert (region.facts.regions, region.facts.region_status) == ((("IE", "declared", 1.0),), "known")
    assert (adult.facts.minor, isinstance(grant.facts.grant, Grant)) == ("no", True)
    bound = replace(bound, declarable_regions=("FR",))
    assert all("regions" not in way.words for way in found(said("a@b"), "X", asked=exchange(principal=bound)))


@pytest.mark.parametrize("code", ["AI_ACT_PROHIBITED", "CONSENT_WITHDRAWN", "SUBJECT_RESTRICTED"])
def test_nothing_leads_around_what_is_final(code):
    assert found(said("a@b"), code, "NO_LEGAL_BASIS") == []


def test_a_line_of_a_batch_has_no_way_of_its_own():
    assert found(said("a@b"), "NO_LEGAL_BASIS", line=3) == []
