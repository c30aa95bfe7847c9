package compliance.rules.obligations.retain_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

refused := {"candidates": f.to(["local", "vendor"]), "operation": {"name": "unknown"}}

due(days) := {"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": days}}

house := {"house": {"oblige": {{"type": "retain", "params": {"min_days": 900}}}}}

cases := {
	"ordinary": {"input": {"candidates": f.to(["local"])}, "expect": {"duties": {"local": always}}},
	"under HIPAA": {"input": {"candidates": f.to(["local"]), "tenant": {"hipaa_role": "hybrid"}, "activity": {"id": "staff"}}, "expect": {"duties": {"local": {["log", {"level": "metadata"}], ["retain", {"min_days": 2190}]}}}},
	"longer by data": {"input": {"candidates": f.to(["local"])}, "data": {"retention": {"default_min_days": 500}}, "expect": {"duties": {"local": {["log", {"level": "metadata"}], ["retain", {"min_days": 500}]}}}},
	"refused everywhere": {"input": refused, "expect": {"permitted": [], "kept": {"local": 400, "vendor": 400}, "obligations": {due(400)}}},
	"refused under HIPAA": {"input": object.union(refused, {"tenant": {"hipaa_role": "hybrid"}, "activity": {"id": "staff"}}), "expect": {"permitted": [], "kept": {"local": 2190, "vendor": 2190}}},
	"refused, longer by the organisation": {"input": refused, "org": house, "expect": {"permitted": [], "kept": {"local": 900, "vendor": 900}}},
	"refused here, permitted there": {"input": {"candidates": f.to(["vendor", "local"]), "classification": {"status": "failed"}}, "expect": {"permitted": ["local"], "kept": {"local": 400, "vendor": 400}}},
	"refused before any target is looked at": {"input": {"data_subjects": {"restricted": true}}, "expect": {"permitted": [], "kept": {}}},
	"unsupported": {"input": {"candidates": f.to(["local"]), "pep": {"obligations_supported": ["log"]}}, "expect": {"denials": {"local": {"OBLIGATION_UNSUPPORTED"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
