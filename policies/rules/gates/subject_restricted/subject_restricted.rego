package compliance.rules.gates.subject_restricted

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Subject under restriction
# description: |
#   A subject on the suppression list (restriction or objection) is not processed.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_18/oj
#     description: GDPR Art. 18
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_21/oj
#     description: GDPR Art. 21
# custom:
#   rule_id: gates.subject_restricted
#   codes: [SUBJECT_RESTRICTED]
gate contains {
	"code": "SUBJECT_RESTRICTED",
	"rule_id": "gates.subject_restricted",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 18", "GDPR Art. 21"],
	"evidence": [],
} if {
	"restriction" in facts.gates
	object.get(input.data_subjects, "restricted", false) != false
}
