package compliance.rules.obligations.no_store

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Nothing is kept at the provider
# description: |
#   The provider is told not to store the exchange, unless the activity lets it keep what the request asks it to.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(1)(e)
# custom:
#   rule_id: obligations.no_store
#   obligations: [no_store]
obligation contains {
	"targets": facts.third_parties,
	"do": {
		"id": "obligations.no_store",
		"type": "no_store",
		"on": "permit",
		"when": "before_egress",
		"hl7": "DELAU",
	},
} if {
	facts.personal
	not agreed
}

# METADATA
# title: What may be kept
# description: The request asks for it, and the activity's record says that personal data may be kept so.
agreed if {
	input.operation.stateful == true
	facts.activity.allow_kept == true
}
