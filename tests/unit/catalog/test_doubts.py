"""Remarks on a valid registry: each kind of oddity is told with its path, and a plain registry has none."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from proxy.catalog import documents, doubts
from proxy.catalog.doubts import unregistered
from proxy.catalog.load import data_document, legal_data
from proxy.catalog.models import RegistryDocument
from proxy.runtime.resources import shipped
from testing.guides import ROOT

TODAY = "2026-12-01"
LEGAL = legal_data(shipped("policies"))
REGISTRY: dict[str, Any] = {
    "providers": {"acme": {"legal_name": "Acme"}},
    "targets": {
        "acme/us": {
            "provider": "acme",
            "operator": "third_party",
            "deployment": "regional",
            "processing_regions": ["US"],
            "scc": {"status": "signed", "signed_on": "2026-01-02", "decision": "(EU) 2021/914", "ref": "C-17"},
        }
    },
    "tenants": {"one": {"establishments": ["DE"]}},
    "activities": {"help": {"purpose": "dpv:CustomerCare"}},
}
LIMIT = {"id": "l", "by": ["tenant"], "per": "day", "requests": 9}
ORIGIN = {"country": "KZ", "who": "Anna", "until": "2027-01-01", "note": "memo 7"}
US = next(place for place, entry in enumerate(LEGAL["adequacy"]["ch"]) if entry.get("code") == "US")
WIDER = [{**entry, "scope": "full"} if entry.get("code") == "US" else entry for entry in LEGAL["adequacy"]["ch"]]
GRANT = {"id": "e", "waives": ["MINOR_LOCAL_ONLY"], "approved_by": ["a@x.org", "b@x.org"], "expires": "2027-01-01"}
INSTRUMENT = {"kind": "jp_equivalent", "status": "signed", "targets": ["acme/us"]}


def changed(path: str, value: Any) -> dict[str, Any]:
    registry = copy.deepcopy(REGISTRY)
    node, *rest = registry, *path.split(" ")
    for key in rest[:-1]:
        node = node.setdefault(key, {})
    node[rest[-1]] = value
    return registry


def listed(registry: dict[str, Any]) -> list[tuple[str, str]]:
    read = RegistryDocument.model_validate(registry)
    told = doubts.doubts(documents.dumped(read), data_document(read, LEGAL), LEGAL, TODAY)
    return [(" ".join(map(str, path)), message) for path, message in told]


def test_plain_registries_have_no_remarks() -> None:
    assert listed(REGISTRY) == []
    shown = documents.read(ROOT / "config").registry
    assert listed(documents.dumped(shown)) == []


@pytest.mark.parametrize(
    ("path", "value", "where", "message"),
    [
        ("targets acme/us provider", "acmee", "targets acme/us provider", "did you mean acme?"),
        ("targets acme/us scc tenants", ["two"], "targets acme/us scc tenants 0", "no tenants entry 'two'"),
        ("targets acme/us dua", {"activities": ["helpp"]}, "targets acme/us dua activities 0", "did you mean help?"),
        ("tenants one qc_pia", ["acme/eu"], "tenants one qc_pia 0", "no targets entry 'acme/eu'"),
        (
            "tenants one cn_mechanism",
            {"type": "x", "targets": ["b"]},
            "tenants one cn_mechanism targets 0",
            "no targets",
        ),
        (
            "tenants one instruments",
            [{**INSTRUMENT, "targets": ["b"]}],
            "tenants one instruments 0 targets 0",
            "no targets",
        ),
        (
            "tenants one instruments",
            [{**INSTRUMENT, "providers": ["b"]}],
            "tenants one instruments 0 providers 0",
            "no prov",
        ),
        ("exceptions", [{**GRANT, "tenant": "two"}], "exceptions 0 tenant", "no tenants entry"),
        ("exceptions", [{**GRANT, "activity": "two"}], "exceptions 0 activity", "no activities entry"),
        ("targets acme/us scc ref", "TBD", "targets acme/us scc ref", "still to be written"),
        ("targets acme/us scc ref", " - ", "targets acme/us scc ref", "still to be written"),
        ("activities help purpose", "", "activities help purpose", "still to be written"),
        ("activities help dpia_ref", "n/a", "activities help dpia_ref", "still to be written"),
        ("targets acme/us scc decision", "2010/87/EU", "targets acme/us scc decision", "carry nothing"),
        ("targets acme/us scc expires", "2026-11-30", "targets acme/us scc expires", "ended on 2026-11-30"),
        ("targets acme/us scc signed_on", "2026-12-02", "targets acme/us scc signed_on", "begins on"),
        ("exceptions", [{**GRANT, "expires": "2026-11-30"}], "exceptions 0 expires", "ended on"),
        ("as_of", "2026-12-02", "as_of", "never be stale"),
        ("regions", {"EEA": {"members": ["DE"]}}, "regions EEA members", "takes AT, BE, BG, HR, CY and 24 more out"),
        ("adequacy", {"uk": []}, "adequacy uk", "out of the shipped law"),
        ("regimes", {"HK": {**LEGAL["regimes"]["PDPO"], "scope": ["HK"]}}, "", ""),
        ("doj", {**LEGAL["doj"], "countries": ["CN"]}, "doj countries", "takes HK, MO"),
        ("config", {"special": ["health"]}, "config special", "takes biometric, genetic, political, racial_ethnic"),
        ("config", {"named_contracts": []}, "config named_contracts", "takes baa"),
        ("retention", {**LEGAL["retention"], "hipaa_min_days": 1}, "retention hipaa_min_days", "says 1 where"),
        ("hipaa", {"zip3_restricted": []}, "hipaa zip3_restricted", "out of the shipped law"),
        ("max_age_days", 9999, "max_age_days", "says 9999 where the shipped law says 30"),
        ("adequacy", {"ch": WIDER}, f"adequacy ch {US} scope", "says full where"),
        ("limits", [{**LIMIT, "tenants": ["onee"]}], "limits 0 tenants 0", "did you mean one?"),
        ("reviewed_origins", [{**ORIGIN, "who": "x"}], "reviewed_origins 0 who", "still to be written"),
        ("reviewed_origins", [{**ORIGIN, "country": "BR"}], "reviewed_origins 0 country", "LGPD reaches BR"),
        ("exceptions", [{**GRANT, "waives": ["HOUSE_A", "NO_DPA"]}], "exceptions 0 waives 1", "NO_DPA is law"),
        ("exceptions", [GRANT], "", ""),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_path(path: str, value: Any, where: str, message: str) -> None:
    told = listed(changed(path, value))
    assert [each[0] for each in told if message in each[1]][:1] == ([where] if where else []), told


@pytest.mark.parametrize(("path", "value"), [
    ("targets acme/us scc expires", TODAY), ("targets acme/us scc signed_on", TODAY), ("tenants one ext", {"target": "of ours", "ref": "TBD"}),
    ("targets acme/us scc", {"status": "missing", "expires": "2020-01-01"}),
])  # fmt: skip
def test_what_counts_today_or_is_the_organisations_own_is_no_remark(path: str, value: Any) -> None:
    assert listed(changed(path, value)) == []


def test_law_is_replaced_by_name() -> None:
    """One area, list, practice, entity type or setting of the registry leaves the others of the shipped law in force."""
    written = changed("regions", {"EEA": LEGAL["regions"]["EEA"]}) | {
        "adequacy": {"ch": LEGAL["adequacy"]["ch"]},
        "config": {"threshold": 0.5},
        "entity_map": {"BADGE": {"kind": "quasi"}},
        "ai_practices": {"social_scoring": LEGAL["ai_practices"]["social_scoring"]},
    }
    document = data_document(RegistryDocument.model_validate(written), LEGAL)
    for section in ("regions", "adequacy", "ai_practices", "entity_map", "config"):
        assert document[section].keys() >= LEGAL[section].keys(), section
    assert document["config"]["threshold"] == 0.5
    assert document["config"]["named_contracts"] == LEGAL["config"]["named_contracts"]
    assert document["entity_map"].keys() - LEGAL["entity_map"].keys() == {"BADGE"}


def test_remarks_of_the_command_have_lines(tmp_path: Path) -> None:
    file = tmp_path / "registry.yaml"
    file.write_text(documents.yaml_text(changed("targets acme/us scc ref", "TBD")))
    assert str(documents.at(file, ("targets", "acme/us", "scc", "ref"), "x")).endswith("(line 15)")


DATA = {"tenants": {"acme": {}, "mercy": {}}, "activities": {"support": {}}}


@pytest.mark.parametrize(
    ("tenants", "activities", "told"),
    [
        (["acme"], ["support"], ""),
        ([], [], ""),
        (["acne"], [], "the registry has no tenant acne; the nearest is acme"),
        (["mercy", "ACME"], ["support"], "the registry has no tenant ACME; the nearest is"),
        (["acme"], ["suport"], "the registry has no activity suport; the nearest is support"),
    ],
)
def test_the_first_unknown_name_is_told_with_the_nearest(tenants, activities, told):
    assert unregistered(DATA, tenants, activities).startswith(told)
    assert bool(unregistered(DATA, tenants, activities)) == bool(told)


def test_a_registry_without_names_knows_none():
    assert unregistered({}, ["acme"]) == "the registry has no tenant acme"
