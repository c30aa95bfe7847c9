package compliance.rules.obligations.retain

import rego.v1

import data.compliance.lib.operators
import data.compliance.lib.retention

# METADATA
# scope: document
# title: Records are kept
# description: |
#   The longest of the minimum periods that apply.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.316
#     description: 45 CFR 164.316(b)(2)
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/art_26/oj
#     description: AI Act Art. 26(6)
# custom:
#   rule_id: obligations.retain
#   obligations: [retain]
obligation contains {
	"targets": operators.all,
	"do": {
		"id": "obligations.retain",
		"type": "retain",
		"on": "both",
		"when": "always",
		"params": {"min_days": retention.min_days},
	},
}
