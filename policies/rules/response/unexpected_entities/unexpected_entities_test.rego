package compliance.rules.response.unexpected_entities_test

import rego.v1

import data.compliance.lib.fixtures_test as f

reply(types) := {"phase": "response", "classification": f.found(types)}

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

removal(types) := always | {["redact", types]}

cleaned(types) := {"action": "redact_and_deliver", "effect": "permit", "status": 200, "selected": null, "codes": set(), "duties": {"vendor": removal(types)}}

whole := {"action": "deliver", "effect": "permit", "status": 200, "selected": null, "reasons": set(), "duties": {"vendor": always}}

mapped := {
	"CLAIM_OR_RX_NUMBER", "FAX_NUMBER", "IP_ADDRESS", "MEDICAL_RECORD_NUMBER", "PHONE_NUMBER", "PROFESSIONAL_LICENSE",
	"STREET_ADDRESS", "VEHICLE_ID",
}

direct := {"entity_map": {type: {"kind": "direct"} | some type in mapped}}

cases := {
	"official number": {"input": reply(["NATIONAL_ID", "PERSON"]), "expect": cleaned({"NATIONAL_ID"})},
	"all kinds": {"input": reply(["BANK_ACCOUNT", "CREDIT_CARD", "CVV", "CREDENTIAL", "SOMETHING_NEW", "DATE", "HEALTH_CONDITION"]), "expect": cleaned({"BANK_ACCOUNT", "CREDIT_CARD", "CVV", "CREDENTIAL", "SOMETHING_NEW"})},
	"clean": {"input": reply([]), "expect": whole},
	"direct identifier": {"input": reply(["PERSON"]), "expect": whole},
	"contact data": {"input": reply(["EMAIL_ADDRESS", "PHONE_NUMBER", "STREET_ADDRESS", "FAX_NUMBER", "PERSON", "IP_ADDRESS", "DATE"]), "data": direct, "expect": cleaned({"EMAIL_ADDRESS", "PHONE_NUMBER", "STREET_ADDRESS", "FAX_NUMBER"})},
	"kindred identifiers": {"input": reply(["MEDICAL_RECORD_NUMBER", "CLAIM_OR_RX_NUMBER", "PROFESSIONAL_LICENSE", "VEHICLE_ID"]), "data": direct, "expect": cleaned({"MEDICAL_RECORD_NUMBER", "CLAIM_OR_RX_NUMBER", "PROFESSIONAL_LICENSE", "VEHICLE_ID"})},
	"contact data of the request": {"input": object.union(reply(["EMAIL_ADDRESS"]), {"ext": {"request_entities": ["EMAIL_ADDRESS"]}}), "expect": whole},
	"allowed by the activity": {"input": reply(["EMAIL_ADDRESS", "NATIONAL_ID"]), "data": {"activities": {"support": {"response_allows": ["EMAIL_ADDRESS"]}}}, "expect": cleaned({"NATIONAL_ID"})},
	"an activity that allows nothing": {"input": reply(["NATIONAL_ID"]), "data": {"activities": {"support": {"response_allows": []}}}, "expect": cleaned({"NATIONAL_ID"})},
	"other types by configuration": {"input": reply(["EMAIL_ADDRESS", "IP_ADDRESS", "CREDIT_CARD"]), "data": object.union(direct, {"config": {"response_guard": ["IP_ADDRESS"]}}), "expect": cleaned({"IP_ADDRESS", "CREDIT_CARD"})},
	"configuration of another shape": {"input": reply(["EMAIL_ADDRESS"]), "data": {"config": {"response_guard": "EMAIL_ADDRESS"}}, "expect": cleaned({"EMAIL_ADDRESS"})},
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
