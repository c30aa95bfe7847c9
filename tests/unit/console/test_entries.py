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
    rows = (row for group in form.groups.values() for row in group.rows)
    fields = (*form.fields, *(one for part in (*form.parts.values(), *rows) for one in part))
    return {one.name: one.text for one in fields}


@pytest.mark.parametrize("place", [PLACE, ("providers", "p"), ("activities", "a"), ("tenants", "t"), (*PLACE, "baa")])
def test_every_section_has_a_form(place):
    assert entries.form(SCHEMA, place, {}) is not None


def test_a_form_that_nobody_touched_changes_nothing():
    form = entries.form(SCHEMA, PLACE, TARGET)
    assert form.changed(TARGET, shown(form)) == TARGET


def test_what_a_form_does_not_offer_stays():
    tenant = {"establishments": ["DE"], "ext": {"acme.tier": "gold"}}
    form = entries.form(SCHEMA, ("tenants", "t"), tenant)
    assert form.changed(tenant, shown(form) | {"v.establishments": "FR"}) == tenant | {"establishments": ["FR"]}


PROVIDER = {"legal_name": "P", "subprocessors": [{"name": "B", "country": "IE", "note": "kept"}, {"name": "C"}]}


def provider_form(value=PROVIDER):
    return entries.form(SCHEMA, ("providers", "p"), value)


def test_a_list_of_objects_is_rows_and_a_spare_one():
    group = provider_form().groups["subprocessors"]
    assert [[one.text for one in row if one.path[-1] == "name"] for row in group.rows] == [["B"], ["C"], [""]]
    assert group.rows[0][0].name.startswith("v.subprocessors.0.")
    assert provider_form({}).groups["subprocessors"].rows[:-1] == []


def test_rows_are_changed_added_and_removed():
    form = provider_form()
    untouched = shown(form) | {"r.subprocessors.0": "0", "r.subprocessors.1": "1"}
    assert form.changed(PROVIDER, untouched) == PROVIDER
    added = form.changed(PROVIDER, untouched | {"v.subprocessors.2.name": "D"})["subprocessors"]
    assert added == [*PROVIDER["subprocessors"], {"name": "D"}]
    emptied = untouched | {name: "" for name in untouched if name.startswith("v.subprocessors.0.")}
    assert form.changed(PROVIDER, emptied)["subprocessors"] == [{"name": "C"}]
    dropped = {name: text for name, text in untouched.items() if ".0." not in f"{name}."}
    assert form.changed(PROVIDER, dropped)["subprocessors"] == [{"name": "C"}]
    assert form.origins(PROVIDER, dropped) == {"subprocessors.0": "1"}


@pytest.mark.parametrize("origin", ["7", "-1", "x", "\u0661", ""])
def test_a_row_of_nowhere_is_a_new_one(origin):
    given = {"r.subprocessors.0": origin, "v.subprocessors.0.name": "D"}
    assert provider_form().changed(PROVIDER, given)["subprocessors"] == [{"name": "D"}]


def test_no_list_appears_where_none_was_written():
    form = provider_form({"legal_name": "P"})
    assert form.changed({"legal_name": "P"}, shown(form)) == {"legal_name": "P"}


def test_yes_no_or_a_word_is_a_choice():
    form = entries.form(SCHEMA, ("activities", "a"), {"phi_context": "infer"})
    [one] = [field for field in form.fields if field.path == ("phi_context",)]
    assert (one.text, one.choices) == ("infer", ("yes", "no", "infer"))
    assert [one.read(text) for text in ("yes", "no", "infer", "")] == [True, False, "infer", None]


def test_fields_take_what_their_members_are():
    form = entries.form(SCHEMA, PLACE, TARGET)
    kinds = {one.name: one.kind for one in (*form.fields, *form.parts["baa"])}
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
    assert {"third party", "subprocessors", "facility directory", "effective on"} <= called
    assert not {text for text in called if text.isdecimal()}
    assert {"retention days", "signed on", "legal basis", "establishments", "uk idta"} <= called
    assert entries.labels(SCHEMA, ("adequacy", "nothing")) == set()
