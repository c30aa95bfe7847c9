package compliance.rules.obligations.date_shift

import rego.v1

import data.compliance.lib.operators

# METADATA
# scope: document
# title: Dates move by the days of their subject
# description: |
#   Where activity or caller say date_shift and neither insists on tokens, dates move before a third party sees them: order and intervals stay.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25(1)
# custom:
#   rule_id: obligations.date_shift
#   obligations: [pseudonymize]
obligation contains {
	"targets": operators.ordinary,
	"do": {
		"id": "obligations.date_shift",
		"type": "pseudonymize",
		"on": "permit",
		"when": "before_egress",
		"entities": operators.shifted,
		"method": "date_shift",
		"hl7": "PSEUD",
	},
} if {
	operators.shifted != set()
}
