package org.replies_test

import rego.v1

import data.compliance.lib.fixtures_test as f

reply(facts) := {"phase": "response", "ext": facts}

refused(code) := {"action": "block", "codes": {code}, "status": 403}

cases := {
	"nothing odd": {"input": reply({"undeclared_calls": 0, "foreign_addresses": 0}), "expect": {"action": "deliver"}},
	"unknown": {"input": {"phase": "response"}, "expect": {"action": "deliver"}},
	"an undeclared call": {"input": reply({"undeclared_calls": 1, "foreign_addresses": 0}), "expect": refused("REPLY_UNDECLARED_CALL")},
	"a foreign address": {"input": reply({"undeclared_calls": 0, "foreign_addresses": 2}), "expect": refused("REPLY_FOREIGN_ADDRESS")},
	"a request": {"input": {"ext": {"undeclared_calls": 1}}, "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
