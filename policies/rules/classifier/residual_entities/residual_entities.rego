package compliance.rules.classifier.residual_entities

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Entities left after the transform
# description: |
#   The residual scan found something: what was meant to be removed is still there.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.514
#     description: 45 CFR 164.514(b)(2)(ii)
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_32/oj
#     description: GDPR Art. 32
# custom:
#   rule_id: classifier.residual_entities
#   codes: [RESIDUAL_PII]
deny contains {
	"code": "RESIDUAL_PII",
	"rule_id": "classifier.residual_entities",
	"effect": "deny",
	"target": id,
	"citation": ["45 CFR 164.514(b)(2)(ii)", "GDPR Art. 32"],
	"evidence": [],
} if {
	object.get(input.classification, "residual_entities", 0) > 0
	some id in facts.third_parties
}
