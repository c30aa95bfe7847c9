package compliance.rules.obligations.redact

import rego.v1

import data.compliance.lib.operators

# METADATA
# scope: document
# title: Official, financial and authentication data is removed
# description: |
#   No model needs it, so no third party sees it.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_87/oj
#     description: GDPR Art. 87
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(1)(c)
# custom:
#   rule_id: obligations.redact
#   obligations: [redact]
obligation contains {
	"targets": operators.ordinary,
	"do": object.union(operators.way_back, {
		"id": "obligations.redact",
		"type": "redact",
		"on": "permit",
		"when": "before_egress",
		"entities": operators.redacted,
		"method": "remove",
		"hl7": "REDACT",
	}),
} if {
	operators.redacted != set()
}
