package compliance.rules.obligations.no_store_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

asked := {"candidates": f.to(["vendor"]), "classification": {"entities": []}, "operation": {"stateful": true}}

kept(value) := {"activities": {"support": {"allow_stateful": true, "allow_kept": value}}}

cases := {
	"personal": {"input": {"candidates": f.to(["vendor"]), "classification": {"entities": []}}, "expect": {"duties": {"vendor": third}}},
	"nothing personal": {"input": {"candidates": f.to(["vendor"]), "classification": {"entities": [], "categories": []}}, "expect": {"duties": {"vendor": (always | {["response_scan", ""]})}}},
	"asked for and agreed": {"input": asked, "data": kept(true), "expect": {"duties": {"vendor": (always | {["response_scan", ""]})}}},
	"asked for and not agreed": {"input": asked, "data": kept(false), "expect": {"duties": {"vendor": third}}},
	"asked for and nothing said": {"input": asked, "data": {"activities": {"support": {"allow_stateful": true}}}, "expect": {"duties": {"vendor": third}}},
	"agreed and not asked for": {"input": {"candidates": f.to(["vendor"]), "classification": {"entities": []}}, "data": kept(true), "expect": {"duties": {"vendor": third}}},
	"agreed as a word": {"input": asked, "data": kept("true"), "expect": {"duties": {"vendor": third}}},
	"self-hosted": {"input": {"candidates": f.to(["local"])}, "expect": {"duties": {"local": always}}},
}

test_cases if f.passing(cases) == object.keys(cases)
