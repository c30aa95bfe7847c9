package compliance.rules.response.unexpected_entities

import rego.v1

import data.compliance.lib.entities
import data.compliance.lib.operators

# METADATA
# scope: document
# title: Entities the request did not hold
# description: |
#   Official, financial and authentication data in a reply that is neither necessary nor from the request is removed.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(1)(c)
# custom:
#   rule_id: response.unexpected_entities
#   obligations: [redact]
obligation contains {
	"targets": ["*"],
	"do": {
		"id": "response.unexpected_entities",
		"type": "redact",
		"on": "permit",
		"when": "after_response",
		"entities": unexpected,
		"method": "remove",
		"hl7": "REDACT",
	},
} if {
	unexpected != []
}

unexpected := [type |
	some type, kind in entities.kinds
	not kind in {"direct", "quasi", "attr"}
	not type in operators.necessary
	not type in own
]

own contains type if some type in input.ext.request_entities
