package compliance.rules.obligations.retain_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

cases := {
	"ordinary": {"input": {"candidates": f.to(["local"])}, "expect": {"duties": {"local": always}}},
	"under HIPAA": {"input": {"candidates": f.to(["local"]), "tenant": {"hipaa_role": "hybrid"}, "activity": {"id": "staff"}}, "expect": {"duties": {"local": {["log", {"level": "metadata"}], ["retain", {"min_days": 2190}]}}}},
	"longer by data": {"input": {"candidates": f.to(["local"])}, "data": {"retention": {"default_min_days": 500}}, "expect": {"duties": {"local": {["log", {"level": "metadata"}], ["retain", {"min_days": 500}]}}}},
	"unsupported": {"input": {"candidates": f.to(["local"]), "pep": {"obligations_supported": ["log"]}}, "expect": {"denials": {"local": {"OBLIGATION_UNSUPPORTED"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
