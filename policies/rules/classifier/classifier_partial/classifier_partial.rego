package compliance.rules.classifier.classifier_partial

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Classification incomplete
# description: |
#   Nothing found in a part or a language that was not read is not a finding of nothing.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25
# custom:
#   rule_id: classifier.classifier_partial
#   codes: [CLASSIFIER_PARTIAL]
deny contains {
	"code": "CLASSIFIER_PARTIAL",
	"rule_id": "classifier.classifier_partial",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 25"],
	"evidence": [],
} if {
	not input.classification.status == "complete"
	not failed
	some id in facts.third_parties
}

failed if input.classification.status in {"failed", "timeout"}
