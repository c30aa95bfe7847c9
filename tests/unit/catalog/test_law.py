from __future__ import annotations

import orjson
import pytest

from proxy.catalog.law import Law
from proxy.catalog.load import legal_data
from proxy.errors import ConfigurationError
from proxy.runtime.resources import shipped
from testing.evidence_words import put, refusal


@pytest.fixture(scope="module")
def law():
    return legal_data(shipped("policies"))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("adequacy/eu/0/revoked", "2026-01-01", "adequacy.eu.0.revoked: Extra inputs"),
        ("adequacy/eu/0/scope", "dpf_certifed", "'dpf_certified'"),
        ("adequacy/eu/0/code", "Andorra", "is not a country"),
        ("adequacy/eu/0/from", "soon", "from"),
        ("adequacy/eu/0/until", "1999-01-01", "until is before from"),
        ("adequacy/eu/0/org", "EPO", "a country's code, or an org"),
        ("regimes/GDPR/gates", ["legal_bases"], "regimes.GDPR.gates.0"),
        ("regimes/GDPR/scope", ["EU"], "list its member states"),
        ("regimes/GDPR/sensitive", ["helth"], "is not a category"),
        ("regimes/QC/otherwise", ["QC_PIA"], "regimes.QC.otherwise.0"),
        ("regimes/GDPR/ladder/0/without_at", {"UK": ["financial"]}, "write GB"),
        ("config/special", ["helth"], "'helth' is not a special category"),
        ("config/treshold", 0.5, "config.treshold"),
        ("config/named_contracts", ["sccs"], "'scc'"),
        ("regions/EEA/members", ["DE", "UK"], "write GB"),
        ("regions/EEA/member", ["DE"], "regions.EEA.member"),
        ("entity_map/PERSON/kind", "directly", "'direct'"),
        ("entity_map/PERSON/categories", ["personel"], "'personel' is not a category"),
        ("hipaa/zip3_restricted", ["36"], "pattern"),
        ("doj/countries", ["China"], "is not a country"),
        ("doj/thresholds_more_than", {"genome": 100}, "'human_genomic'"),
        ("retention/hipaa_min_days", 0, "greater than or equal to 1"),
        ("as_of", "yesterday", "as_of"),
    ],
)
def test_mistyped_law_is_refused_with_its_path_and_a_remedy(law, path, value, message):
    sections = {key: law[key] for key in Law.model_fields if key in law}
    assert message in refusal(put(sections, path, value), Law)


def test_mistyped_law_is_refused_when_it_is_read(tmp_path, law):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "legal.json").write_bytes(orjson.dumps(put(law, "adequacy/eu/0/revoked", "2026-01-01")))
    with pytest.raises(ConfigurationError, match=r"policies/data/legal\.json: adequacy\.eu\.0\.revoked"):
        legal_data(tmp_path)
