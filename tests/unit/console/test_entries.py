from __future__ import annotations

import pytest

from proxy.catalog.models import RegistryDocument
from proxy.console import entries

SCHEMA = RegistryDocument.model_json_schema()
PLACE = ("targets", "kestrel/us")
TARGET = {
    "provider": "kestrel", "operator": "third_party", "deployment": "regional", "processing_regions": ["US"],
    "baa": {"ref": "b-1", "status": "signed", "expires": "2026-12-24", "tenants": ["aurelia"]}, "retention_days": 0,
}  # fmt: skip


def shown(form):
    """What a browser sends back of a form that nobody has touched."""
    fields = (*form.own, *(one for part in form.parts.values() for one in part))
    return {one.name: one.text for one in fields}


@pytest.mark.parametrize("place", [PLACE, ("providers", "p"), ("activities", "a"), ("tenants", "t"), (*PLACE, "baa")])
def test_every_section_has_a_form(place):
    assert entries.form(SCHEMA, place, {}) is not None


def test_a_form_that_nobody_touched_changes_nothing():
    form = entries.form(SCHEMA, PLACE, TARGET)
    assert form.changed(TARGET, shown(form)) == TARGET


def test_what_a_form_does_not_offer_stays():
    provider = {"legal_name": "P", "subprocessors": [{"name": "B", "country": "IE"}]}
    form = entries.form(SCHEMA, ("providers", "p"), provider)
    assert form.changed(provider, shown(form) | {"v.legal_name": "Q"}) == provider | {"legal_name": "Q"}


def test_fields_take_what_their_members_are():
    form = entries.form(SCHEMA, PLACE, TARGET)
    kinds = {one.name: one.kind for one in (*form.own, *form.parts["baa"])}
    assert kinds["v.operator"] == "choice"
    assert kinds["v.processing_regions"] == "list"
    assert kinds["v.training_use"] == "flag"
    assert kinds["v.retention_days"] == "number"
    assert kinds["v.baa.expires"] == kinds["v.baa.signed_on"] == "date"
    given = shown(form) | {
        "v.baa.expires": "2029-01-31", "v.training_use": "no", "v.processing_regions": "US, CA", "v.retention_days": "30",
    }  # fmt: skip
    changed = form.changed(TARGET, given)
    assert changed["baa"] == TARGET["baa"] | {"expires": "2029-01-31"}
    assert (changed["training_use"], changed["processing_regions"], changed["retention_days"]) == (
        False,
        ["US", "CA"],
        30,
    )


def test_a_number_is_one():
    form = entries.form(SCHEMA, PLACE, TARGET)
    with pytest.raises(entries.NotANumberError, match="retention days"):
        form.changed(TARGET, shown(form) | {"v.retention_days": "thirty"})


def test_evidence_is_added_and_removed():
    form = entries.form(SCHEMA, PLACE, TARGET, add="dpa")
    assert "dpa" in form.parts
    assert "dpa" not in form.absent
    assert form.changed(TARGET, shown(form)) == TARGET
    with_dpa = form.changed(TARGET, shown(form) | {"v.dpa.status": "signed", "v.dpa.ref": "d-1"})
    assert with_dpa["dpa"] == {"status": "signed", "ref": "d-1"}
    empty = {name: "" for name in shown(form) if name.startswith("v.baa.")}
    assert "baa" not in form.changed(TARGET, shown(form) | empty)


def test_what_no_form_can_say_has_none():
    assert entries.form(SCHEMA, (*PLACE, "processing_regions"), ["US"]) is None
    assert entries.form(SCHEMA, ("nothing", "x"), {}) is None
    assert entries.form(SCHEMA, ("adequacy", "x"), []) is None


def test_what_forms_call_their_members_is_known_to_translators():
    called = entries.labels(SCHEMA, ("targets", "providers", "activities", "tenants"))
    assert {"retention days", "signed on", "legal basis", "establishments", "uk idta"} <= called
    assert entries.labels(SCHEMA, ("adequacy", "nothing")) == set()
