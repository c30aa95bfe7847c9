package compliance.rules.hipaa.part2

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.hipaa

# METADATA
# scope: document
# title: Substance use record without consent
# description: |
#   Records under Part 2 are disclosed only with the patient's consent.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-42/section-2.31
#     description: 42 CFR 2.31
# custom:
#   rule_id: hipaa.part2
#   codes: [PART2_NO_CONSENT]
deny contains {
	"code": "PART2_NO_CONSENT",
	"rule_id": "hipaa.part2",
	"effect": "deny",
	"target": id,
	"citation": ["42 CFR 2.31"],
	"evidence": [],
} if {
	hipaa.part2_unconsented
	some id in facts.third_parties
}
