package compliance.rules.special.sgbv_393_test

import rego.v1

import data.compliance.lib.fixtures_test as f

health := {
	"tenant": {"id": "clinic"}, "activity": {"id": "care"}, "candidates": f.to(["vendor"]),
	"classification": object.union(f.found(["PERSON"]), {"categories": ["health"]}),
}

sound := {"activities": {"care": {"allow_third_party_special": true}}, "targets": {"vendor": {"attestations": ["C5-T2"]}}}

denied := {"denials": {"vendor": {"SGBV_393"}}}

abroad(place) := object.union(sound, {"targets": {"vendor": {"processing_regions": [place]}}})

away := {"denials": {"vendor": {"SGBV_393", "SPECIAL_CATEGORY_LOCAL_ONLY"}}}

adequate := {"denials": {"vendor": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}}

cases := {
	"attested, German establishment": {"input": health, "data": sound, "expect": {"denials": {}}},
	"no attestation": {"input": health, "data": sound, "remove": ["/data/targets/vendor/attestations"], "expect": object.union(denied, {"reasons": {{"code": "SGBV_393", "rule_id": "special.sgbv_393", "effect": "deny", "target": "vendor", "citation": ["SGB V s. 393"], "evidence": []}}})},
	"another attestation": {"input": health, "data": object.union(sound, {"targets": {"vendor": {"attestations": ["HDS"]}}}), "expect": denied},
	"no German establishment": {"input": health, "data": object.union(sound, {"providers": {"house": {"establishments": ["FR"]}}}), "expect": denied},
	"establishment in a German state": {"input": health, "data": object.union(sound, {"providers": {"house": {"establishments": ["DE-BY"]}}}), "expect": {"denials": {}}},
	"in Germany": {"input": health, "data": object.union(abroad("DE"), {"providers": {"house": {"establishments": []}}}), "expect": {"denials": {}}},
	"partly in Germany": {"input": health, "data": object.union(sound, {"targets": {"vendor": {"processing_regions": ["DE", "FR"]}}, "providers": {"house": {"establishments": []}}}), "expect": denied},
	"Switzerland": {"input": health, "data": abroad("CH"), "expect": adequate},
	"Switzerland without a decision": {"input": health, "data": object.union(abroad("CH"), {"adequacy": {"eu": []}}), "expect": {"denials": {"vendor": {"SPECIAL_CATEGORY_LOCAL_ONLY", "TRANSFER_NO_BASIS"}}}},
	"adequate": {"input": health, "data": abroad("GB"), "expect": adequate},
	"adequate, stale": {"input": health, "data": object.union(abroad("GB"), {"as_of": "2026-05-15"}), "expect": {"denials": {"vendor": {"SGBV_393", "SPECIAL_CATEGORY_LOCAL_ONLY", "REGISTRY_STALE", "TRANSFER_NO_BASIS"}}}},
	"not adequate": {"input": health, "data": object.union(abroad("IN"), {"targets": {"vendor": f.clauses}}), "expect": away},
	"one place not adequate": {"input": health, "data": object.union(sound, {"targets": {"vendor": object.union(f.clauses, {"processing_regions": ["FR", "IN"]})}}), "expect": away},
	"listed recipient": {"input": health, "data": object.union(abroad("US"), {"targets": {"vendor": f.listed}}), "expect": adequate},
	"place unknown": {"input": health, "data": object.union(sound, {"targets": {"vendor": {"processing_regions": []}}}), "expect": {"denials": {"vendor": {"SGBV_393", "SPECIAL_CATEGORY_LOCAL_ONLY", "REGION_INDETERMINATE"}}}},
	"another tenant": {"input": object.union(health, {"tenant": {"id": "acme"}}), "data": sound, "remove": ["/data/targets/vendor/attestations"], "expect": {"denials": {}}},
	"flag is null": {"input": object.union(health, {"tenant": {"id": "acme"}}), "data": object.union(sound, {"tenants": {"acme": {"sgbv": null}}}), "remove": ["/data/targets/vendor/attestations"], "expect": denied},
	"flag is false": {"input": health, "data": object.union(sound, {"tenants": {"clinic": {"sgbv": false}}}), "remove": ["/data/targets/vendor/attestations"], "expect": {"denials": {}}},
	"no health": {"input": object.union(health, {"classification": {"categories": ["personal"]}}), "remove": ["/data/targets/vendor/attestations"], "expect": {"denials": {}}},
	"self-hosted": {"input": object.union(health, {"candidates": f.to(["local"])}), "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
