package compliance.rules.obligations.secrets

import rego.v1

import data.compliance.lib.operators

# METADATA
# scope: document
# title: Secrets and authentication data never leave
# description: |
#   Credentials and card authentication data are removed for every third party, whoever they belong to.
# related_resources:
#   - ref: https://www.pcisecuritystandards.org/document_library/
#     description: PCI DSS 4.0.1 3.3.1
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_32/oj
#     description: GDPR Art. 32
# custom:
#   rule_id: obligations.secrets
#   obligations: [redact]
obligation contains {
	"targets": operators.stripped,
	"do": object.union(operators.way_back, {
		"id": "obligations.secrets",
		"type": "redact",
		"on": "permit",
		"when": "before_egress",
		"entities": operators.secrets,
		"method": "remove",
		"hl7": "REDACT",
	}),
} if {
	operators.secrets != set()
}
