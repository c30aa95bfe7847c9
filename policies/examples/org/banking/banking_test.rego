package org.banking_test

import rego.v1

import data.compliance.lib.fixtures_test as f

bank := {"tenants": {"acme": {"sector": "bank"}}}

financial := {"classification": object.union(f.found(["PERSON", "EMAIL_ADDRESS"]), {"categories": ["personal", "financial"]})}

exception := {"exceptions": [{
	"id": "E-1", "tenant": "acme", "activity": "support", "target": "gb", "waives": ["BANK_FINANCIAL_ABROAD"],
	"approved_by": ["cro", "dpo"], "expires": "2026-06-15",
}]}

third := {
	["response_scan", ""], ["no_store", ""], ["residual_scan", ""], ["log", {"level": "metadata"}], ["retain", {"min_days": 400}],
	["reidentify_response", {"boundary": "in_region"}], ["redact", {"PERSON"}], ["pseudonymize", {"EMAIL_ADDRESS"}],
}

cases := {
	"abroad": {
		"input": object.union(financial, {"candidates": f.to(["gb", "local"])}), "data": bank,
		"expect": {"denials": {"gb": {"BANK_FINANCIAL_ABROAD"}}, "selected": "local"},
	},
	"not a bank": {
		"input": object.union(financial, {"candidates": f.to(["gb"])}),
		"expect": {"denials": {}, "selected": "gb"},
	},
	"not financial": {"input": {"candidates": f.to(["gb"])}, "data": bank, "expect": {"denials": {}}},
	"at home": {"input": object.union(financial, {"candidates": f.to(["vendor"])}), "data": bank, "expect": {"denials": {}}},
	"waived": {
		"input": object.union(financial, {"candidates": f.to(["gb", "local"])}), "data": object.union(bank, exception),
		"expect": {"denials": {}, "selected": "gb"},
	},
	"names are removed": {
		"input": object.union(financial, {"candidates": f.to(["vendor"])}), "data": bank,
		"expect": {"duties": {"vendor": third}},
	},
	"attested first": {
		"input": {"candidates": [{"target": "local", "available": true, "rank": 1}, {"target": "vendor", "available": true, "rank": 2}]},
		"data": object.union(bank, {"targets": {"vendor": {"attestations": ["C5-T2"]}}}),
		"expect": {"selected": "vendor", "order": [["vendor", 0], ["local", 1]]},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
