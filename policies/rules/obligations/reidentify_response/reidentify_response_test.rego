package compliance.rules.obligations.reidentify_response_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

cases := {
	"pseudonymised": {"input": {"candidates": f.to(["vendor"])}, "expect": {"duties": {"vendor": disclosed({["pseudonymize", {"PERSON"}], ["residual_scan", ""], ["reidentify_response", {"boundary": "in_region"}]})}}},
	"listed": {"input": {"candidates": f.to(["vendor"])}, "data": {"tenants": {"acme": {"reply_origins": ["https://wiki.acme.example"]}}}, "expect": {"duties": {"vendor": disclosed({["pseudonymize", {"PERSON"}], ["residual_scan", ""], ["reidentify_response", {"boundary": "in_region", "origins": ["https://wiki.acme.example"]}]})}}},
	"redacted": {"input": {"candidates": f.to(["vendor"]), "classification": f.found(["NATIONAL_ID"])}, "expect": {"duties": {"vendor": disclosed({["redact", {"NATIONAL_ID"}], ["residual_scan", ""]})}}},
}

test_cases if f.passing(cases) == object.keys(cases)
