package compliance.rules.gates.art10_authority_test

import rego.v1

import data.compliance.lib.fixtures_test as f

criminal := {"classification": object.union(f.found(["PERSON"]), {"categories": ["criminal"]})}

refused := {"codes": {"NO_ART10_AUTHORITY"}, "status": 403}

cases := {
	"no authority": {"input": criminal, "expect": object.union(refused, {"reasons": {{"code": "NO_ART10_AUTHORITY", "rule_id": "gates.art10_authority", "effect": "deny", "target": null, "citation": ["GDPR Art. 10"], "evidence": []}}})},
	"authority": {"input": object.union(criminal, {"activity": {"id": "care"}}), "expect": {"codes": set(), "selected": "local"}},
	"authority is null": {"input": object.union(criminal, {"activity": {"id": "care"}}), "data": {"activities": {"care": {"art10": null}}}, "expect": refused},
	"attribute without category": {"input": {"classification": f.found(["PERSON", "CRIMINAL_RECORD"])}, "expect": refused},
	"nobody identified": {"input": {"classification": {"entities": [], "categories": ["criminal"]}}, "expect": {"codes": set()}},
	"UK": {"input": object.union(criminal, {"tenant": {"id": "london"}, "data_subjects": f.from(["GB"])}), "expect": refused},
	"United States": {"input": object.union(criminal, {"tenant": {"id": "shop"}, "data_subjects": f.from(["US-WA"])}), "expect": {"codes": set(), "selected": "local"}},
}

test_cases if f.passing(cases) == object.keys(cases)
