package compliance.rules.obligations.log

import rego.v1

import data.compliance.lib.operators

# METADATA
# scope: document
# title: Every exchange is recorded
# description: |
#   Codes, counts and mechanisms; never content.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(2)
#   - ref: https://www.ecfr.gov/current/title-45/section-164.312
#     description: 45 CFR 164.312(b)
# custom:
#   rule_id: obligations.log
#   obligations: [log]
obligation contains {
	"targets": operators.all,
	"do": {
		"id": "obligations.log",
		"type": "log",
		"on": "both",
		"when": "always",
		"params": {"level": "metadata"},
		"hl7": "AUDIT",
	},
}
