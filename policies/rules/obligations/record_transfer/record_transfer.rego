package compliance.rules.obligations.record_transfer

import rego.v1

import data.compliance.lib.transfers

# METADATA
# scope: document
# title: Transfers are recorded
# description: |
#   Every border crossing is recorded with its mechanism and the evidence for it.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_30/oj
#     description: GDPR Art. 30(1)(e)
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_46/oj
#     description: GDPR Art. 46
# custom:
#   rule_id: obligations.record_transfer
#   obligations: [record_transfer]
obligation contains {
	"targets": targets,
	"do": {
		"id": "obligations.record_transfer",
		"type": "record_transfer",
		"on": "permit",
		"when": "always",
	},
} if {
	targets := object.keys(transfers.by_target)
}
