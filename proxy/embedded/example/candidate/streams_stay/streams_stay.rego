package org.streams_stay

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Streams with personal data stay with own targets
# description: |
#   A candidate rule of the example world, tried in shadow: no personal data is streamed to a third party.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(1)(c)
# custom:
#   rule_id: org.streams_stay
deny contains {
	"code": "STREAMS_STAY",
	"rule_id": "org.streams_stay",
	"target": id,
	"citation": ["GDPR Art. 5(1)(c)"],
	"evidence": [],
} if {
	facts.personal
	some id, _ in facts.third_party
	input.operation.stream
}
