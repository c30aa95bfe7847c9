package compliance.rules.gates.fine_tune

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Fine-tuning on personal data
# description: |
#   Personal data cannot be taken out of trained weights; training needs an activity that allows it.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(1)(b)
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_17/oj
#     description: GDPR Art. 17
# custom:
#   rule_id: gates.fine_tune
#   codes: [FINE_TUNE_PERSONAL_DATA]
gate contains {
	"code": "FINE_TUNE_PERSONAL_DATA",
	"rule_id": "gates.fine_tune",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 5(1)(b)", "GDPR Art. 17"],
	"evidence": [],
} if {
	input.operation.name == "fine_tune"
	facts.personal
	not facts.activity.allow_training == true
}
