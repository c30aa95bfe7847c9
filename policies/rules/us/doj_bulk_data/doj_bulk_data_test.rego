package compliance.rules.us.doj_bulk_data_test

import rego.v1

import data.compliance.lib.fixtures_test as f

bulk(category, n) := {
	"tenant": {"id": "shop"}, "candidates": f.to(["cn"]), "ingress": {"region": "US"},
	"data_subjects": object.union(f.from(["US-CA"]), {"us_bulk": {"category": category, "us_persons": n}}),
}

denied := {"denials": {"cn": {"DOJ_BULK_DATA"}}}

fine := {"denials": {}}

to(id) := object.union(bulk("personal_health", 10001), {"candidates": f.to([id])})

cases := {
	"above": {"input": bulk("personal_health", 10001), "expect": object.union(denied, {"reasons": {{"code": "DOJ_BULK_DATA", "rule_id": "us.doj_bulk_data", "effect": "deny", "target": "cn", "citation": ["28 CFR 202"], "evidence": []}}})},
	"at the threshold": {"input": bulk("personal_health", 10000), "expect": fine},
	"category decides": {"input": bulk("human_genomic", 101), "expect": denied},
	"category unknown": {"input": bulk("other", 101), "expect": denied},
	"category unknown, at the least threshold": {"input": bulk("other", 100), "expect": fine},
	"category missing": {"input": bulk("other", 101), "remove": ["/input/data_subjects/us_bulk/category"], "expect": denied},
	"count missing": {"input": bulk("personal_health", 0), "remove": ["/input/data_subjects/us_bulk/us_persons"], "expect": denied},
	"no bulk": {"input": bulk("personal_health", 0), "remove": ["/input/data_subjects/us_bulk"], "expect": fine},
	"elsewhere": {"input": to("us"), "expect": fine},
	"stored there": {"input": to("us"), "data": {"targets": {"us": {"storage_regions": ["CN"]}}}, "expect": {"denials": {"us": {"DOJ_BULK_DATA"}}}},
	"accessed from there": {"input": to("us"), "data": {"targets": {"us": {"support_access_regions": ["IN", "RU"]}}}, "expect": {"denials": {"us": {"DOJ_BULK_DATA"}}}},
	"null place": {"input": to("us"), "data": {"targets": {"us": {"support_access_regions": [null]}}}, "expect": {"denials": {"us": {"DOJ_BULK_DATA"}}}},
	"another list of the target": {"input": to("us"), "data": {"targets": {"us": {"attestations": ["CN-1"]}}}, "expect": fine},
	"covered person": {"input": to("us"), "data": {"providers": {"house": {"doj_covered_person": true}}}, "expect": {"denials": {"us": {"DOJ_BULK_DATA"}}}},
	"covered person not said": {"input": to("us"), "remove": ["/data/providers/house/doj_covered_person"], "expect": {"denials": {"us": {"DOJ_BULK_DATA"}}}},
	"parent there": {"input": to("us"), "data": {"providers": {"house": {"parent_country": "CN"}}}, "expect": {"denials": {"us": {"DOJ_BULK_DATA"}}}},
	"provider unknown": {"input": to("us"), "remove": ["/data/providers/house"], "expect": {"denials": {"us": {"DOJ_BULK_DATA"}}}},
	"place unknown": {"input": to("global"), "expect": {"denials": {"global": {"DOJ_BULK_DATA"}}}},
	"no list": {"input": to("us"), "remove": ["/data/doj/countries"], "expect": {"denials": {"us": {"DOJ_BULK_DATA"}}}},
	"no thresholds": {"input": bulk("personal_health", 1), "remove": ["/data/doj/thresholds_more_than"], "expect": denied},
	"self-hosted": {"input": to("local-us"), "expect": fine},
	"self-hosted there": {"input": to("local-us"), "data": {"targets": {"local-us": {"processing_regions": ["CN"]}}}, "expect": {"denials": {"local-us": {"DOJ_BULK_DATA"}}}},
	"nothing personal": {"input": object.union(bulk("personal_health", 10001), {"classification": {"entities": [], "categories": []}}), "expect": denied},
	"not a US person": {"input": bulk("personal_health", 10001), "data": {"tenants": {"shop": {"us_person": false}}}, "expect": fine},
	"not said": {"input": bulk("personal_health", 10001), "remove": ["/data/tenants/shop/us_person"], "expect": denied},
	"null": {"input": bulk("personal_health", 10001), "data": {"tenants": {"shop": {"us_person": null}}}, "expect": denied},
	"declared": {"input": object.union(bulk("personal_health", 10001), {"tenant": {"us_person": true}}), "data": {"tenants": {"shop": {"us_person": false}}}, "expect": denied},
}

test_cases if f.passing(cases) == object.keys(cases)
