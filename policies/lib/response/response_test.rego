package compliance.lib.response_test

import rego.v1

import data.compliance.lib.fixtures_test as f

reply(types) := {"phase": "response", "classification": f.found(types)}

obliging(duties) := {"house": {"oblige": duties}}

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

unsupported := {"action": "block", "effect": "deny", "codes": {"OBLIGATION_UNSUPPORTED"}, "status": 403}

delivered(more) := {"action": "deliver", "duties": {"vendor": union({always, more})}}

cleaned(more) := {"action": "redact_and_deliver", "duties": {"vendor": union({always, more})}}

cases := {
	"overlay, redact what was found": {"input": reply(["PROFESSION", "PERSON"]), "org": obliging({{"type": "redact", "entities": ["PROFESSION", "DATE"]}}), "expect": cleaned({["redact", {"PROFESSION"}]})},
	"overlay, after the response": {"input": reply(["PROFESSION"]), "org": obliging({{"type": "redact", "entities": ["PROFESSION"], "when": "after_response"}}), "expect": cleaned({["redact", {"PROFESSION"}]})},
	"overlay, before egress": {"input": reply(["PROFESSION"]), "org": obliging({{"type": "redact", "entities": ["PROFESSION"], "when": "before_egress"}}), "expect": delivered(set())},
	"overlay, nothing of it found": {"input": reply(["PERSON"]), "org": obliging({{"type": "redact", "entities": ["PROFESSION"]}}), "expect": delivered(set())},
	"overlay, a stream that nobody has read": {"input": {"phase": "response", "classification": {"status": "skipped", "entities": [], "categories": []}}, "org": obliging({{"type": "redact", "entities": ["PROFESSION"]}}), "expect": cleaned({["redact", {"PROFESSION"}]})},
	"overlay, the target that answered": {"input": reply(["PROFESSION"]), "org": obliging({{"type": "redact", "entities": ["PROFESSION"], "target": "vendor"}}), "expect": cleaned({["redact", {"PROFESSION"}]})},
	"overlay, another target": {"input": reply(["PROFESSION"]), "org": obliging({{"type": "redact", "entities": ["PROFESSION"], "target": "local"}}), "expect": delivered(set())},
	"overlay, mask": {"input": reply(["CREDIT_CARD"]), "org": obliging({{"type": "mask", "entities": ["CREDIT_CARD"]}}), "expect": cleaned({["redact", {"CREDIT_CARD"}]})},
	"overlay, mask of a type the library leaves": {"input": reply(["PROFESSION"]), "org": obliging({{"type": "mask", "entities": ["PROFESSION"]}}), "expect": cleaned({["mask", {"PROFESSION"}]})},
	"overlay, notify": {"input": reply([]), "org": obliging({{"type": "notify", "params": {"to": "dpo"}}}), "expect": delivered({["notify", {"to": "dpo"}]})},
	"overlay, the longest retention": {"input": reply([]), "org": obliging({{"type": "retain", "params": {"min_days": 900}}}), "expect": {"duties": {"vendor": {["log", {"level": "metadata"}], ["retain", {"min_days": 900}]}}}},
	"overlay, block": {"input": reply(["PERSON"]), "org": obliging({{"type": "block_content", "entities": ["PERSON"]}}), "expect": unsupported},
	"overlay, block what is not there": {"input": reply([]), "org": obliging({{"type": "block_content", "entities": ["PERSON"]}}), "expect": delivered(set())},
	"overlay, what the enforcement point cannot do": {"input": object.union(reply(["PROFESSION"]), {"pep": {"obligations_supported": ["log", "retain"]}}), "org": obliging({{"type": "redact", "entities": ["PROFESSION"]}}), "expect": object.union(unsupported, {"reasons": {{"code": "OBLIGATION_UNSUPPORTED", "rule_id": "response.obligation_unsupported", "effect": "deny", "target": null, "citation": ["XACML 3.0 s. 7.18"], "evidence": ["obligation:redact"]}}})},
	"overlay, pseudonyms in the reply": {"input": reply(["PERSON"]), "org": obliging({{"type": "pseudonymize", "entities": ["PERSON"], "when": "after_response"}}), "expect": cleaned({["pseudonymize", {"PERSON"}]})},
	"overlay, pseudonyms as in the request": {"input": reply(["PERSON"]), "org": obliging({{"type": "pseudonymize", "entities": ["PERSON"]}}), "expect": delivered(set())},
	"overlay denies the target that answered": {"input": reply([]), "org": {"house": {"deny": {{"code": "ORG_X", "target": "vendor"}}}}, "expect": {"action": "block", "codes": {"ORG_X"}, "status": 403}},
	"overlay denies another target": {"input": reply([]), "org": {"house": {"deny": {{"code": "ORG_X", "target": "local"}}}}, "expect": delivered(set())},
	"overlay denies what an exception lifts": {
		"input": reply([]), "org": {"house": {"deny": {{"code": "ORG_X", "target": "vendor"}}, "waivable": {"ORG_X"}}},
		"data": {"exceptions": [{"id": "e", "tenant": "acme", "activity": "support", "target": "vendor", "waives": ["ORG_X"], "approved_by": ["a", "b"], "expires": "2026-12-31"}]},
		"expect": delivered(set()),
	},
	"delivered": {"input": {"phase": "response"}, "expect": {"action": "deliver", "effect": "permit", "permitted": ["vendor"], "selected": null, "reasons": set(), "order": [["vendor", 0]]}},
	"request gates do not apply": {"input": {"phase": "response"}, "remove": ["/data/activities/support/legal_basis"], "expect": {"action": "deliver"}},
	"target denials do not apply": {"input": {"phase": "response", "candidates": f.to(["none"])}, "expect": {"action": "deliver"}},
	"under HIPAA": {"input": {"phase": "response", "tenant": {"hipaa_role": "hybrid"}}, "expect": {"duties": {"vendor": {["log", {"level": "metadata"}], ["retain", {"min_days": 2190}]}}}},
	"cache reasons": {"input": {"phase": "cache_lookup"}, "expect": {"action": "cache_bypass", "reasons": {{"code": "CACHE_SCOPE", "rule_id": "cache.scope", "effect": "deny", "target": null, "citation": ["GDPR Art. 28", "GDPR Art. 5(1)(f)"], "evidence": []}}}},
	"request gates do not apply to a cached answer": {
		"input": {"phase": "cache_lookup", "cache_entry": {"tenant": "acme", "region": "DE", "personal": false}},
		"remove": ["/data/activities/support/legal_basis"], "expect": {"action": "cache_hit"},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
