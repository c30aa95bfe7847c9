package compliance.rules.obligations.notify

import rego.v1

import data.compliance.lib.waivers

# METADATA
# scope: document
# title: Break-glass is notified
# description: |
#   A rule that was waived by break-glass is notified at once; transforms still apply.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.312
#     description: 45 CFR 164.312(a)(2)(ii)
# custom:
#   rule_id: obligations.notify
#   obligations: [notify]
obligation contains {
	"targets": waivers.opened,
	"do": {
		"id": "obligations.notify",
		"type": "notify",
		"on": "permit",
		"when": "always",
	},
} if {
	waivers.opened != set()
}
