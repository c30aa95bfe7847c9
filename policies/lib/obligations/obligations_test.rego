package compliance.lib.obligations_test

import rego.v1

import data.compliance.lib.fixtures_test as f

log := ["log", {"level": "metadata"}]

retain := ["retain", {"min_days": 400}]

third := {["response_scan", ""], ["no_store", ""], log, retain}

sealed := third | {["residual_scan", ""]}

reidentified := ["reidentify_response", {"boundary": "in_region"}]

asked(list) := {"house": {"oblige": list}}

vendor := {"candidates": f.to(["vendor"]), "classification": f.found(["PERSON", "EMAIL_ADDRESS"])}

duties(set_of) := {"duties": {"vendor": set_of}}

cases := {
	"library alone": {"input": vendor, "expect": duties(sealed | {["pseudonymize", {"PERSON", "EMAIL_ADDRESS"}], reidentified})},
	"stricter": {"input": vendor, "org": asked({{"type": "redact", "entities": ["PERSON"]}}), "expect": duties(sealed | {["pseudonymize", {"EMAIL_ADDRESS"}], ["redact", {"PERSON"}], reidentified})},
	"stricter for all": {"input": vendor, "org": asked({{"type": "redact", "entities": ["PERSON", "EMAIL_ADDRESS"]}}), "expect": duties(sealed | {["redact", {"PERSON", "EMAIL_ADDRESS"}], reidentified})},
	"weaker": {"input": vendor, "org": asked({{"type": "mask", "entities": ["PERSON"]}}), "expect": duties(sealed | {["pseudonymize", {"PERSON", "EMAIL_ADDRESS"}], reidentified})},
	"generalise is weaker than a pseudonym": {"input": vendor, "org": asked({{"type": "generalize", "entities": ["PERSON"]}}), "expect": duties(sealed | {["pseudonymize", {"PERSON", "EMAIL_ADDRESS"}], reidentified})},
	"de-identification is stricter than a pseudonym": {"input": vendor, "org": asked({{"type": "deidentify", "profile": "p", "entities": ["PERSON"]}}), "expect": duties(sealed | {["pseudonymize", {"EMAIL_ADDRESS"}], ["deidentify", {"PERSON"}], reidentified})},
	"removal is stricter than de-identification": {
		"input": vendor, "org": asked({{"type": "deidentify", "profile": "p", "entities": ["PERSON"]}, {"type": "redact", "entities": ["PERSON"]}}),
		"expect": duties(sealed | {["pseudonymize", {"EMAIL_ADDRESS"}], ["redact", {"PERSON"}], reidentified}),
	},
	"generalise is stricter than a mask": {
		"input": {"candidates": f.to(["vendor"]), "classification": f.found(["CREDIT_CARD"])}, "org": asked({{"type": "generalize", "entities": ["CREDIT_CARD"]}}),
		"expect": duties(sealed | {["generalize", {"CREDIT_CARD"}]}),
	},
	"blocking is strictest": {"input": vendor, "org": asked({{"type": "block_content", "entities": ["PERSON"]}}), "expect": {"denials": {"vendor": {"OBLIGATION_UNSUPPORTED"}}}},
	"blocking where it can be done": {
		"input": object.union(vendor, {"pep": {"obligations_supported": array.concat(f.supported, ["block_content"])}}), "org": asked({{"type": "block_content", "entities": ["PERSON"]}}),
		"expect": duties(sealed | {["pseudonymize", {"EMAIL_ADDRESS"}], ["block_content", {"PERSON"}], reidentified}),
	},
	"equal strength": {"input": vendor, "org": asked({{"type": "pseudonymize", "entities": ["PERSON"], "method": "hmac"}}), "expect": duties(sealed | {["pseudonymize", {"PERSON", "EMAIL_ADDRESS"}], ["pseudonymize", {"PERSON"}], reidentified})},
	"entities that were not found": {"input": vendor, "org": asked({{"type": "redact", "entities": ["PASSPORT"]}}), "expect": duties(sealed | {["pseudonymize", {"PERSON", "EMAIL_ADDRESS"}], reidentified})},
	"of several, those that were found": {"input": vendor, "org": asked({{"type": "redact", "entities": ["PASSPORT", "PERSON"]}}), "expect": duties(sealed | {["pseudonymize", {"EMAIL_ADDRESS"}], ["redact", {"PERSON"}], reidentified})},
	"self-hosted too": {
		"input": {"candidates": f.to(["local"])}, "org": asked({{"type": "redact", "entities": ["PERSON"]}}),
		"expect": {"action": "pin_local", "duties": {"local": {log, retain, ["redact", {"PERSON"}], ["residual_scan", ""]}}, "obligations": {
			{"id": "org.house", "type": "redact", "on": "permit", "entities": ["PERSON"], "hl7": "REDACT"},
			{"id": "overlay.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
			{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
			{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
		}},
	},
	"a pseudonym is put back": {
		"input": {"candidates": f.to(["local"])}, "org": asked({{"type": "pseudonymize", "entities": ["PERSON"]}}),
		"expect": {"duties": {"local": {log, retain, ["pseudonymize", {"PERSON"}], ["residual_scan", ""], ["reidentify_response", ""]}}},
	},
	"a forward becomes a transform": {
		"input": {"candidates": f.to(["vendor"]), "classification": f.found(["DATE"])}, "org": asked({{"type": "generalize", "entities": ["DATE"]}}),
		"expect": {"action": "redact_and_forward", "duties": {"vendor": (sealed | {["generalize", {"DATE"}]})}},
	},
	"another type implies nothing": {"input": {"candidates": f.to(["local"])}, "org": asked({{"type": "notify"}}), "expect": {"duties": {"local": {log, retain, ["notify", ""]}}}},
	"implied scan that cannot be done": {
		"input": {"candidates": f.to(["local"]), "pep": {"obligations_supported": ["redact", "log", "retain"]}}, "org": asked({{"type": "redact", "entities": ["PERSON"]}}),
		"expect": {"denials": {"local": {"OBLIGATION_UNSUPPORTED"}}},
	},
	"implied restoring that cannot be done": {
		"input": {"candidates": f.to(["local"]), "pep": {"obligations_supported": ["pseudonymize", "residual_scan", "log", "retain"]}}, "org": asked({{"type": "pseudonymize", "entities": ["PERSON"]}}),
		"expect": {"denials": {"local": {"OBLIGATION_UNSUPPORTED"}}},
	},
	"an overlay's obligation that is supported": {
		"input": {"candidates": f.to(["local"]), "pep": {"obligations_supported": ["notify", "log", "retain"]}}, "org": asked({{"type": "notify"}}),
		"expect": {"denials": {}},
	},
	"longer retention": {"input": {"candidates": f.to(["local"])}, "org": asked({{"type": "retain", "params": {"min_days": 3650}}}), "expect": {"duties": {"local": {log, ["retain", {"min_days": 3650}]}}}},
	"another obligation's days": {"input": {"candidates": f.to(["local"])}, "org": asked({{"type": "notify", "params": {"min_days": 9999}}}), "expect": {"duties": {"local": {log, retain, ["notify", {"min_days": 9999}]}}}},
	"authentication data at home implies no scan": {
		"input": {"candidates": f.to(["local"]), "classification": f.found(["CVV"])}, "org": asked({{"type": "notify"}}),
		"expect": {"duties": {"local": {log, retain, ["notify", ""], ["redact", {"CVV"}]}}},
	},
	"a rule id of its own implies the scan": {
		"input": {"candidates": f.to(["local"])}, "org": asked({{"type": "redact", "entities": ["PERSON"], "rule_id": "names.gone"}}),
		"expect": {"duties": {"local": {log, retain, ["redact", {"PERSON"}], ["residual_scan", ""]}}},
	},
	"public figures are readable": {
		"input": {"candidates": f.to(["vendor"]), "classification": {"entities": [{"type": "PERSON", "count": 1, "max_confidence": 0.9, "subject_role": "public"}], "categories": []}},
		"expect": {"action": "forward", "duties": {"vendor": {["response_scan", ""], log, retain}}},
	},
	"public figures as everybody": {
		"input": {"candidates": f.to(["vendor"]), "classification": {"entities": [{"type": "PERSON", "count": 1, "max_confidence": 0.9, "subject_role": "public"}], "categories": []}},
		"data": {"activities": {"support": {"redact_public_figures": true}}}, "org": asked({{"type": "redact", "entities": ["PERSON"]}, {"type": "notify"}}),
		"expect": duties(sealed | {["redact", {"PERSON"}], ["notify", ""], reidentified}),
	},
	"shorter retention": {"input": {"candidates": f.to(["local"])}, "org": asked({{"type": "retain", "params": {"min_days": 1}}}), "expect": {"duties": {"local": {log, retain}}}},
	"everything at once keeps everything": {
		"input": {"candidates": f.to(["vendor"]), "tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US"]), "classification": {"entities": [], "categories": [], "labels": ["personal"]}},
		"data": {"tenants": {"mercy": {"deid_without_baa": true, "offshore_phi": true}}},
		"org": asked({{"type": "notify"}}),
		"expect": {"duties": {"vendor": {["deidentify", set()], ["residual_scan", ""], ["response_scan", ""], ["no_store", ""], ["notify", ""], log, ["retain", {"min_days": 2190}]}}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)

reach(settings) := {[duty.type, duty.params] |
	answer := f.decide({
		"input": {"candidates": f.to(["vendor"]), "classification": f.found(["PERSON", "US_SSN"])},
		"data": {"tenants": {"acme": settings}},
		"org": asked({{"type": "mask", "entities": ["PERSON"]}, {"type": "redact", "entities": ["US_SSN"]}}),
	})
	some verdict in answer.targets
	some duty in verdict.obligations
	duty.type in {"redact", "pseudonymize", "mask"}
	duty.params
}

test_transforms_say_that_they_reach_public_figures if {
	reach({}) == {["redact", {"restore": "exchange"}]}
	reach({"redact_public_figures": true}) == {
		["redact", {"restore": "exchange", "public_figures": "included"}], ["redact", {"public_figures": "included"}],
		["pseudonymize", {"public_figures": "included"}],
	}
}

# The method by which a date is replaced that an overlay obliges to move, and the activity's and the caller's words.
dates(settings, asked_for, method) := {duty.method |
	some verdict in f.decide({
		"input": {"candidates": f.to(["vendor"]), "classification": f.found(["DATE"]), "ext": asked_for},
		"data": {"activities": {"support": settings}},
		"org": asked({{"type": "pseudonymize", "entities": ["DATE"], "method": method}}),
	}).targets
	some duty in verdict.obligations
	duty.type == "pseudonymize"
}

test_tokens_are_stricter_than_what_an_obligation_asks_for if {
	dates({}, {}, "date_shift") == {"date_shift"}
	dates({}, {"surrogates": "tokens"}, "date_shift") == {"surrogate_keyed"}
	dates({}, {"surrogates": "tokens"}, "surrogate_realistic") == {"surrogate_keyed"}
	dates({}, {"surrogates": "tokens"}, "hmac") == {"hmac"}
	dates({"surrogates": "tokens"}, {}, "date_shift") == {"surrogate_keyed"}
	dates({}, {"surrogates": "realistic"}, "date_shift") == {"date_shift"}
}
