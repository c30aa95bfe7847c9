package compliance.rules.registry.operation_unsupported_test

import rego.v1

import data.compliance.lib.fixtures_test as f

denied := {"vendor": {"OPERATION_UNSUPPORTED"}}

cases := {
	"not offered": {"input": {"operation": {"name": "image"}, "candidates": f.to(["vendor"])}, "expect": {"denials": denied, "reasons": {{"code": "OPERATION_UNSUPPORTED", "rule_id": "registry.operation_unsupported", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 28(3)(a)"], "evidence": []}}}},
	"offered": {"expect": {"denials": {}}},
	"list missing": {"remove": ["/data/targets/vendor/operations"], "expect": {"denials": denied, "selected": "local"}},
	"list is null": {"data": {"targets": {"vendor": {"operations": null}}}, "expect": {"denials": denied}},
	"operation missing": {"remove": ["/input/operation/name"], "expect": {"denials": {"vendor": {"OPERATION_UNSUPPORTED"}, "local": {"OPERATION_UNSUPPORTED"}}}},
	"feature not taken": {"input": {"candidates": [{"target": "vendor", "available": true, "lacks": ["tools.mcp"]}]}, "expect": {"denials": denied}},
	"input not taken by one": {
		"input": {"candidates": [{"target": "vendor", "available": true, "lacks": ["image"]}, {"target": "local", "available": true}]},
		"expect": {"denials": denied, "selected": "local"},
	},
	"lacks nothing": {"input": {"candidates": [{"target": "vendor", "available": true, "lacks": []}]}, "expect": {"denials": {}}},
	"speaks": {"input": {"candidates": [{"target": "vendor", "available": true, "speaks": "native"}]}, "expect": {"denials": {}}},
	"speaks by translation": {"input": {"candidates": [{"target": "vendor", "available": true, "speaks": "translated"}]}, "expect": {"denials": {}}},
	"does not speak": {
		"input": {"candidates": [{"target": "vendor", "available": true, "speaks": "no"}, {"target": "local", "available": true, "speaks": "native"}]},
		"expect": {"denials": denied, "selected": "local"},
	},
	"speaks is odd": {"input": {"candidates": [{"target": "vendor", "available": true, "speaks": true}]}, "expect": {"denials": denied}},
	"lacks is odd": {"input": {"candidates": [{"target": "vendor", "available": true, "lacks": false}]}, "expect": {"denials": denied}},
	"self-hosted": {"input": {"operation": {"name": "image"}}, "expect": {"denials": {"vendor": {"OPERATION_UNSUPPORTED"}, "local": {"OPERATION_UNSUPPORTED"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
