package compliance.lib.retention_test

import rego.v1

import data.compliance.lib.fixtures_test as f

kept(days) := {"duties": {"local": {["log", {"level": "metadata"}], ["retain", {"min_days": days}]}}}

at_home := {"candidates": f.to(["local"]), "activity": {"id": "staff"}}

under_hipaa := object.union(at_home, {"tenant": {"hipaa_role": "covered_entity"}})

cases := {
	"ordinary": {"input": at_home, "expect": kept(400)},
	"data cannot shorten": {"input": at_home, "data": {"retention": {"default_min_days": 10}}, "expect": kept(400)},
	"data can lengthen": {"input": at_home, "data": {"retention": {"default_min_days": 401}}, "expect": kept(401)},
	"data is no number": {"input": at_home, "data": {"retention": {"default_min_days": "long"}}, "expect": kept(400)},
	"HIPAA": {"input": under_hipaa, "expect": kept(2190)},
	"HIPAA, longer": {"input": under_hipaa, "data": {"retention": {"hipaa_min_days": 3650}}, "expect": kept(3650)},
	"HIPAA, no number": {"input": under_hipaa, "data": {"retention": {"hipaa_min_days": "long"}}, "expect": kept(2190)},
	"HIPAA period elsewhere": {"input": at_home, "data": {"retention": {"hipaa_min_days": 3650}}, "expect": kept(400)},
	"high-risk, longer": {"input": object.union(at_home, {"activity": {"ai_act": "high"}}), "data": {"retention": {"ai_act_high_min_days": 900}}, "expect": {"duties": {"local": {["log", {"level": "metadata"}], ["retain", {"min_days": 900}], ["human_oversight", ""]}}}},
	"high-risk, no number": {"input": object.union(at_home, {"activity": {"ai_act": "high"}}), "data": {"retention": {"ai_act_high_min_days": "x"}}, "expect": {"duties": {"local": {["log", {"level": "metadata"}], ["retain", {"min_days": 400}], ["human_oversight", ""]}}}},
	"high-risk period elsewhere": {"input": at_home, "data": {"retention": {"ai_act_high_min_days": 900}}, "expect": kept(400)},
}

test_cases if f.passing(cases) == object.keys(cases)

test_minima if {
	found := data.compliance.lib.retention.minima with input as object.union(f.request, {"activity": {"ai_act": "high"}, "tenant": {"hipaa_role": "hybrid"}})
		with data.activities as f.document.activities
		with data.tenants as f.document.tenants
	found == {400, 2190, 183}
}

test_minimum_alone if {
	found := data.compliance.lib.retention.minima with input as f.request
		with data.activities as f.document.activities
		with data.tenants as f.document.tenants
	found == {400}
}
