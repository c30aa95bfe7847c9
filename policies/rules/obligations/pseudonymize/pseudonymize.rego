package compliance.rules.obligations.pseudonymize

import rego.v1

import data.compliance.lib.operators

# METADATA
# scope: document
# title: Direct identifiers become pseudonyms
# description: |
#   Direct identifiers that the activity does not need are replaced before a third party sees them.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25(1)
# custom:
#   rule_id: obligations.pseudonymize
#   obligations: [pseudonymize]
obligation contains {
	"targets": operators.ordinary,
	"do": {
		"id": "obligations.pseudonymize",
		"type": "pseudonymize",
		"on": "permit",
		"when": "before_egress",
		"entities": operators.pseudonymized - operators.shifted,
		"method": operators.method,
		"hl7": "PSEUD",
	},
} if {
	operators.pseudonymized - operators.shifted != set()
}
