package compliance.rules.hipaa.psychotherapy_notes

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.hipaa

# METADATA
# scope: document
# title: Psychotherapy notes
# description: |
#   Psychotherapy notes need a specific authorisation and go to no third party.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.508
#     description: 45 CFR 164.508(a)(2)
# custom:
#   rule_id: hipaa.psychotherapy_notes
#   codes: [PSYCHOTHERAPY_NOTES]
deny contains {
	"code": "PSYCHOTHERAPY_NOTES",
	"rule_id": "hipaa.psychotherapy_notes",
	"effect": "deny",
	"target": id,
	"citation": ["45 CFR 164.508(a)(2)"],
	"evidence": [],
} if {
	hipaa.psychotherapy_notes
	some id in facts.third_parties
}
