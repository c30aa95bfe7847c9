package compliance.rules.obligations.mask

import rego.v1

import data.compliance.lib.operators

# METADATA
# scope: document
# title: Card numbers are masked
# description: |
#   At most the issuer number and the last four digits leave.
# related_resources:
#   - ref: https://www.pcisecuritystandards.org/document_library/
#     description: PCI DSS 4.0.1 3.4.1
# custom:
#   rule_id: obligations.mask
#   obligations: [mask]
obligation contains {
	"targets": operators.ordinary,
	"do": object.union(operators.way_back, {
		"id": "obligations.mask",
		"type": "mask",
		"on": "permit",
		"when": "before_egress",
		"entities": operators.masked,
		"method": "partial_mask",
		"hl7": "MASK",
	}),
} if {
	operators.masked != set()
}
