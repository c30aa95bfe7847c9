package compliance.rules.hipaa.baa_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {
	"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "ingress": {"region": "US"},
	"classification": object.union(f.found(["PERSON", "NATIONAL_ID"]), {"categories": ["health"]}),
	"candidates": f.to(["us", "us-baa", "local-us"]),
}

only := object.union(phi, {"candidates": f.to(["us-baa"])})

agreement(patch) := {"targets": {"us-baa": {"baa": patch}}}

denied := {"denials": {"us-baa": {"NO_BAA"}}}

opted := {"tenants": {"mercy": {"deid_without_baa": true}}}

cases := {
	"agreement, last day": {"input": only, "expect": {"denials": {}, "selected": "us-baa"}},
	"missing": {"input": object.union(phi, {"candidates": f.to(["us"])}), "expect": {"denials": {"us": {"NO_BAA"}}, "reasons": {{"code": "NO_BAA", "rule_id": "hipaa.baa", "effect": "deny", "target": "us", "citation": ["45 CFR 164.502(e)"], "evidence": ["ev:us:baa"]}}}},
	"expired": {"input": only, "data": agreement({"expires": "2026-06-14"}), "expect": object.union(denied, {"reasons": {{"code": "NO_BAA", "rule_id": "hipaa.baa", "effect": "deny", "target": "us-baa", "citation": ["45 CFR 164.502(e)"], "evidence": ["baa-1"]}}})},
	"unsigned": {"input": only, "data": agreement({"status": "missing"}), "expect": denied},
	"null": {"input": only, "data": agreement(null), "expect": denied},
	"expiry is null": {"input": only, "data": agreement({"expires": null}), "expect": denied},
	"self-hosted": {"input": object.union(phi, {"candidates": f.to(["local-us"])}), "expect": {"denials": {}}},
	"opted into Safe Harbor": {"input": phi, "data": opted, "expect": {"denials": {}, "selected": "us"}},
	"opt-in is null": {"input": phi, "data": {"tenants": {"mercy": {"deid_without_baa": null}}}, "expect": {"denials": {"us": {"NO_BAA"}}}},
	"opted in, unreadable": {"input": object.union(phi, {"classification": {"status": "partial"}}), "data": opted, "expect": {"denials": {"us": {"NO_BAA", "CLASSIFIER_PARTIAL"}, "us-baa": {"CLASSIFIER_PARTIAL"}}}},
	"no health, patient context": {"input": object.union(phi, {"classification": {"categories": []}}), "expect": {"denials": {"us": {"NO_BAA"}}}},
	"no health, context not declared": {"input": object.union(phi, {"activity": {"id": "support"}, "classification": {"categories": []}}), "expect": {"denials": {}}},
	"health, context not declared": {"input": object.union(phi, {"activity": {"id": "support"}}), "expect": {"denials": {"us": {"NO_BAA"}}}},
	"context is null": {"input": phi, "data": {"activities": {"patients": {"phi_context": null}}}, "expect": {"denials": {"us": {"NO_BAA"}}}},
	"employment context, health": {"input": object.union(phi, {"activity": {"id": "staff"}}), "expect": {"denials": {"us": {"SPECIAL_CATEGORY_LOCAL_ONLY"}, "us-baa": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}, "selected": "local-us"}},
	"employment context": {"input": object.union(phi, {"activity": {"id": "staff"}, "classification": {"categories": []}}), "expect": {"denials": {}}},
	"nobody identified": {"input": object.union(phi, {"classification": f.found(["HEALTH_CONDITION"])}), "expect": {"denials": {}}},
	"labelled personal, patient context": {"input": object.union(phi, {"classification": {"entities": [], "categories": [], "labels": ["personal"]}}), "expect": {"denials": {"us": {"NO_BAA"}}}},
	"unreadable": {"input": object.union(phi, {"classification": {"entities": [], "categories": [], "status": "timeout"}}), "expect": {"denials": {"us": {"NO_BAA", "CLASSIFIER_FAILED"}, "us-baa": {"CLASSIFIER_FAILED"}}}},
	"business associate": {"input": phi, "data": {"tenants": {"mercy": {"hipaa_role": "business_associate"}}}, "expect": {"denials": {"us": {"NO_BAA"}}}},
	"role is null": {"input": phi, "data": {"tenants": {"mercy": {"hipaa_role": null}}}, "expect": {"denials": {"us": {"NO_BAA"}}}},
	"role declared only": {"input": object.union(phi, {"tenant": {"id": "shop", "hipaa_role": "covered_entity"}}), "expect": {"denials": {"us": {"NO_BAA"}}}},
	"no role": {"input": object.union(phi, {"tenant": {"id": "shop"}, "classification": {"categories": []}}), "remove": ["/data/tenants/shop/hipaa_role"], "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
