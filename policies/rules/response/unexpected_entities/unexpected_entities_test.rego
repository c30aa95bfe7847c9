package compliance.rules.response.unexpected_entities_test

import rego.v1

import data.compliance.lib.fixtures_test as f

reply(types) := {"phase": "response", "classification": f.found(types)}

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

removal(types) := always | {["redact", types]}

cleaned(types) := {"action": "redact_and_deliver", "effect": "permit", "status": 200, "selected": null, "codes": set(), "duties": {"vendor": removal(types)}}

whole := {"action": "deliver", "effect": "permit", "status": 200, "selected": null, "reasons": set(), "duties": {"vendor": always}}

cases := {
	"official number": {"input": reply(["NATIONAL_ID", "PERSON"]), "expect": cleaned({"NATIONAL_ID"})},
	"all kinds": {"input": reply(["BANK_ACCOUNT", "CREDIT_CARD", "CVV", "CREDENTIAL", "SOMETHING_NEW", "DATE", "HEALTH_CONDITION"]), "expect": cleaned({"BANK_ACCOUNT", "CREDIT_CARD", "CVV", "CREDENTIAL", "SOMETHING_NEW"})},
	"clean": {"input": reply([]), "expect": whole},
	"direct identifier": {"input": reply(["PERSON"]), "expect": whole},
	"below the threshold": {"input": {"phase": "response", "classification": {"entities": [{"type": "NATIONAL_ID", "count": 1, "max_confidence": 0.34}]}}, "expect": whole},
	"necessary": {"input": reply(["NATIONAL_ID"]), "data": {"activities": {"support": {"necessary_entities": ["NATIONAL_ID"]}}}, "expect": whole},
	"the request's own": {"input": object.union(reply(["NATIONAL_ID", "CREDENTIAL"]), {"ext": {"request_entities": ["NATIONAL_ID"]}}), "expect": cleaned({"CREDENTIAL"})},
	"shape": {"input": reply(["CVV"]), "expect": {"obligations": {
		{"id": "response.unexpected_entities", "type": "redact", "on": "permit", "when": "after_response", "entities": ["CVV"], "method": "remove", "hl7": "REDACT"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
}

test_cases if f.passing(cases) == object.keys(cases)
