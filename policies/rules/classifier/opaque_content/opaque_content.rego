package compliance.rules.classifier.opaque_content

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Parts that were not read
# description: |
#   Images, audio, archives and remote references are unknown content; unknown content stays inside. What a target has
#   signed or encrypted may return to it, and to no other third party.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25
# custom:
#   rule_id: classifier.opaque_content
#   codes: [OPAQUE_CONTENT]
deny contains {
	"code": "OPAQUE_CONTENT",
	"rule_id": "classifier.opaque_content",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 25"],
	"evidence": [],
} if {
	some id in facts.third_parties
	unread_by(id)
}

unread_by(_) if facts.opaque

unread_by(id) if {
	some part in input.classification.opaque_parts
	facts.maker(part) != id
}
