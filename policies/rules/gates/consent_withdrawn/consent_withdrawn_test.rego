package compliance.rules.gates.consent_withdrawn_test

import rego.v1

import data.compliance.lib.fixtures_test as f

withdrawn(id) := {"activity": {"id": id, "consent": {"status": "withdrawn"}}}

refused := {"codes": {"CONSENT_WITHDRAWN"}, "status": 403, "selected": null}

cases := {
	"withdrawn": {"input": withdrawn("newsletter"), "expect": object.union(refused, {"reasons": {{"code": "CONSENT_WITHDRAWN", "rule_id": "gates.consent_withdrawn", "effect": "deny", "target": null, "citation": ["GDPR Art. 7(3)"], "evidence": ["activity:newsletter"]}}})},
	"given": {"input": {"activity": {"id": "newsletter", "consent": {"status": "given"}}}, "expect": {"codes": set()}},
	"not asked": {"input": {"activity": {"id": "newsletter"}}, "expect": {"codes": set()}},
	"another basis": {"input": withdrawn("support"), "expect": {"codes": set()}},
	"basis is null": {"input": withdrawn("support"), "data": {"activities": {"support": {"legal_basis": null}}}, "expect": {"codes": {"NO_LEGAL_BASIS"}}},
	"Brazilian consent": {"input": object.union(withdrawn("newsletter"), {"tenant": {"id": "sao"}, "data_subjects": f.from(["BR"])}), "data": {"activities": {"newsletter": {"legal_basis": "A7-I"}}}, "expect": refused},
	"explicit consent to special categories": {
		"input": object.union(withdrawn("care"), {"classification": object.union(f.found(["PERSON"]), {"categories": ["health"]})}),
		"data": {"activities": {"care": {"art9": "A9-2-a"}}},
		"expect": refused,
	},
	"explicit consent, nothing special": {"input": withdrawn("care"), "data": {"activities": {"care": {"art9": "A9-2-a"}}}, "expect": {"codes": set()}},
	"special under another condition": {"input": object.union(withdrawn("care"), {"classification": object.union(f.found(["PERSON"]), {"categories": ["health"]})}), "expect": {"codes": set()}},
	"nothing personal": {"input": object.union(withdrawn("newsletter"), {"classification": {"entities": [], "categories": []}}), "expect": {"codes": set()}},
}

test_cases if f.passing(cases) == object.keys(cases)
