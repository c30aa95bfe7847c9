package compliance.rules.obligations.stream_guard

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Streams are guarded
# description: |
#   A pseudonym or a new identifier can straddle two chunks of a streamed reply.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25
# custom:
#   rule_id: obligations.stream_guard
#   obligations: [stream_guard]
obligation contains {
	"targets": facts.third_parties,
	"do": {
		"id": "obligations.stream_guard",
		"type": "stream_guard",
		"on": "permit",
		"when": "after_response",
	},
} if {
	input.operation.stream == true
	facts.personal
}
