package compliance.rules.response.unexpected_entities

import rego.v1

import data.compliance.lib.entities
import data.compliance.lib.facts
import data.compliance.lib.operators

# METADATA
# scope: document
# title: Entities the request did not hold
# description: |
#   Official, financial and authentication data, contact data and kindred identifiers in a reply that are neither
#   necessary nor allowed (activity.response_allows) nor from the request are removed. data.config.response_guard names
#   other types than the usual contact data. ext.request_entities names the types of which every value in the reply
#   stood in the request.
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
	guarded(type, kind)
	not type in operators.necessary
	not type in allowed
	not type in own
]

allowed := {type | some type in facts.activity.response_allows}

guarded(_, kind) if not kind in {"direct", "quasi", "attr"}

guarded(type, _) if type in contact

default contact := {
	"CLAIM_OR_RX_NUMBER", "EMAIL_ADDRESS", "FAX_NUMBER", "MEDICAL_RECORD_NUMBER", "PHONE_NUMBER", "PROFESSIONAL_LICENSE",
	"STREET_ADDRESS", "VEHICLE_ID",
}

contact := {type | some type in data.config.response_guard} if is_array(data.config.response_guard)

own contains type if some type in input.ext.request_entities
