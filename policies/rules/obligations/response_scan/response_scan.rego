package compliance.rules.obligations.response_scan

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Replies of third parties are scanned
# description: |
#   A model can repeat what it memorised or retrieved.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25
# custom:
#   rule_id: obligations.response_scan
#   obligations: [response_scan]
obligation contains {
	"targets": facts.third_parties,
	"do": {
		"id": "obligations.response_scan",
		"type": "response_scan",
		"on": "permit",
		"when": "after_response",
	},
}
