package compliance.rules.obligations.reidentify_response

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.operators

# METADATA
# scope: document
# title: Pseudonyms are put back inside the boundary
# description: |
#   The reply is restored in the region that holds the vault, never at the provider: in words, in addresses whose origin
#   stood in the request or is one of the tenant's reply_origins, and in arguments of declared tools.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_4/oj
#     description: GDPR Art. 4(5)
# custom:
#   rule_id: obligations.reidentify_response
#   obligations: [reidentify_response]
obligation contains {
	"targets": operators.ordinary,
	"do": {
		"id": "obligations.reidentify_response",
		"type": "reidentify_response",
		"on": "permit",
		"when": "after_response",
		"params": object.union({"boundary": "in_region"}, listed),
	},
} if {
	operators.pseudonymized != set()
}

default listed := {}

listed := {"origins": facts.tenant.reply_origins} if count(facts.tenant.reply_origins) > 0
