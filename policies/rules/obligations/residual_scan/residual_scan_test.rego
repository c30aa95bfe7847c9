package compliance.rules.obligations.residual_scan_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

cases := {
	"transformed": {"input": {"candidates": f.to(["vendor"])}, "expect": {"duties": {"vendor": disclosed({["pseudonymize", {"PERSON"}], ["residual_scan", ""], ["reidentify_response", {"boundary": "in_region"}]})}}},
	"untouched": {"input": {"candidates": f.to(["vendor"]), "classification": f.found(["DATE"])}, "expect": {"duties": {"vendor": third}}},
}

test_cases if f.passing(cases) == object.keys(cases)
