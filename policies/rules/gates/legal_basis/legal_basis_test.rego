package compliance.rules.gates.legal_basis_test

import rego.v1

import data.compliance.lib.fixtures_test as f

lacking := ["/data/activities/support/legal_basis"]

refused := {"codes": {"NO_LEGAL_BASIS"}, "status": 403, "action": "block"}

fine := {"codes": set()}

cases := {
	"recorded": {"expect": fine},
	"missing": {"remove": lacking, "expect": object.union(refused, {"reasons": {{"code": "NO_LEGAL_BASIS", "rule_id": "gates.legal_basis", "effect": "deny", "target": null, "citation": ["GDPR Art. 6(1)", "LGPD Art. 7"], "evidence": []}}})},
	"null": {"data": {"activities": {"support": {"legal_basis": null}}}, "expect": refused},
	"empty": {"data": {"activities": {"support": {"legal_basis": ""}}}, "expect": refused},
	"not applicable": {"data": {"activities": {"support": {"legal_basis": " N/A "}}}, "expect": refused},
	"claimed by the caller": {"input": {"activity": {"legal_basis": "A6-1-f"}}, "remove": lacking, "expect": refused},
	"nothing personal": {"input": {"classification": {"entities": [], "categories": []}}, "remove": lacking, "expect": fine},
	"unreadable": {"input": {"classification": {"status": "failed", "entities": [], "categories": []}}, "remove": lacking, "expect": refused},
	"UK": {"input": object.union({"tenant": {"id": "london"}}, {"data_subjects": f.from(["GB"])}), "remove": lacking, "expect": refused},
	"Switzerland": {"input": object.union({"tenant": {"id": "bern"}}, {"data_subjects": f.from(["CH"])}), "remove": lacking, "expect": refused},
	"Brazil": {"input": object.union({"tenant": {"id": "sao"}}, {"data_subjects": f.from(["BR"])}), "remove": lacking, "expect": refused},
	"Quebec": {"input": {"tenant": {"id": "laval"}, "data_subjects": f.from(["CA-QC"])}, "remove": lacking, "expect": {"codes": {"NO_COMPLIANT_TARGET", "QC_PIA_MISSING"}}},
	"United States": {"input": {"tenant": {"id": "shop"}, "data_subjects": f.from(["US-WA"])}, "remove": lacking, "expect": fine},
	"pure HIPAA content": {"input": {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"])}, "expect": {"codes": {"NO_COMPLIANT_TARGET", "NO_BAA", "PHI_OFFSHORE"}}},
	"HIPAA content of a Brazilian": {"input": {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["BR"])}, "expect": {"codes": {"NO_COMPLIANT_TARGET", "NO_BAA", "PHI_OFFSHORE"}}},
	"HIPAA content of a Swiss": {"input": {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["CH"])}, "expect": {"codes": {"NO_COMPLIANT_TARGET", "NO_BAA", "PHI_OFFSHORE", "TRANSFER_NO_BASIS"}}},
	"labelled HIPAA content of a Swiss": {
		"input": {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["CH"]), "classification": {"entities": [], "categories": [], "labels": ["personal"]}},
		"expect": refused,
	},
	"HIPAA content of a German": {"input": {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX", "DE"])}, "expect": refused},
	"HIPAA content of a Briton": {"input": {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["GB"])}, "expect": refused},
}

test_cases if f.passing(cases) == object.keys(cases)
