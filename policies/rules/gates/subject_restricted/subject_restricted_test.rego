package compliance.rules.gates.subject_restricted_test

import rego.v1

import data.compliance.lib.fixtures_test as f

restricted(value) := {"data_subjects": {"restricted": value}}

refused := {"codes": {"SUBJECT_RESTRICTED"}, "status": 403}

cases := {
	"restricted": {"input": restricted(true), "expect": object.union(refused, {"reasons": {{"code": "SUBJECT_RESTRICTED", "rule_id": "gates.subject_restricted", "effect": "deny", "target": null, "citation": ["GDPR Art. 18", "GDPR Art. 21"], "evidence": []}}})},
	"not restricted": {"input": restricted(false), "expect": {"codes": set()}},
	"not said": {"remove": ["/input/data_subjects/restricted"], "expect": {"codes": set()}},
	"odd": {"input": restricted("no"), "expect": refused},
	"nothing personal": {"input": object.union(restricted(true), {"classification": {"entities": [], "categories": []}}), "expect": {"codes": set()}},
	"outside the four regimes": {"input": object.union(restricted(true), {"tenant": {"id": "shop"}}), "remove": ["/input/data_subjects/regions/0"], "expect": {"codes": set(), "selected": "local"}},
	"UK": {"input": object.union({"tenant": {"id": "london"}}, {"data_subjects": object.union(f.from(["GB"]), {"restricted": true})}), "expect": refused},
	"Switzerland": {"input": object.union({"tenant": {"id": "bern"}}, {"data_subjects": object.union(f.from(["CH"]), {"restricted": true})}), "expect": refused},
	"Brazil": {"input": object.union({"tenant": {"id": "sao"}}, {"data_subjects": object.union(f.from(["BR"]), {"restricted": true})}), "expect": refused},
}

test_cases if f.passing(cases) == object.keys(cases)
