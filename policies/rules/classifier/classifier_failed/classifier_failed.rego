package compliance.rules.classifier.classifier_failed

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Classification failed
# description: |
#   Content that classification did not get through is unknown content.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_32/oj
#     description: GDPR Art. 32
# custom:
#   rule_id: classifier.classifier_failed
#   codes: [CLASSIFIER_FAILED]
deny contains {
	"code": "CLASSIFIER_FAILED",
	"rule_id": "classifier.classifier_failed",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 25", "GDPR Art. 32"],
	"evidence": [],
} if {
	input.classification.status in {"failed", "timeout"}
	some id in facts.third_parties
}
