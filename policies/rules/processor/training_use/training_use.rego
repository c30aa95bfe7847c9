package compliance.rules.processor.training_use

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Provider trains on inputs
# description: |
#   Training is a further purpose; a provider that does not exclude it is not a processor.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(1)(b)
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_28/oj
#     description: GDPR Art. 28(10)
# custom:
#   rule_id: processor.training_use
#   codes: [TRAINING_USE]
deny contains {
	"code": "TRAINING_USE",
	"rule_id": "processor.training_use",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 5(1)(b)", "GDPR Art. 28(10)"],
	"evidence": [],
} if {
	facts.personal
	some id in facts.third_parties - sound
}

sound := union({ids | some first, ids in facts.alike; data.targets[first].training_use == false})
