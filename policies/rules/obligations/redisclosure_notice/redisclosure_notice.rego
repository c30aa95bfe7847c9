package compliance.rules.obligations.redisclosure_notice

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.hipaa

# METADATA
# scope: document
# title: Part 2 records carry the notice
# description: |
#   A disclosed substance use record says that it may not be disclosed further.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-42/section-2.32
#     description: 42 CFR 2.32
# custom:
#   rule_id: obligations.redisclosure_notice
#   obligations: [redisclosure_notice]
obligation contains {
	"targets": facts.third_parties,
	"do": {
		"id": "obligations.redisclosure_notice",
		"type": "redisclosure_notice",
		"on": "permit",
		"when": "before_egress",
		"hl7": "PRIVMARK",
	},
} if {
	hipaa.part2
}
