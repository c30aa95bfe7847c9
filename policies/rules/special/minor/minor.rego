package compliance.rules.special.minor

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Data of children stays at home
# description: |
#   A child, or somebody of unknown age in a service for children, is served in-house unless the activity allows
#   third parties.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_8/oj
#     description: GDPR Art. 8; recital 38
# custom:
#   rule_id: special.minor
#   codes: [MINOR_LOCAL_ONLY]
deny contains {
	"code": "MINOR_LOCAL_ONLY",
	"rule_id": "special.minor",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 8; recital 38"],
	"evidence": [],
} if {
	child
	not facts.activity.minors_third_party_ok == true
	some id in facts.third_parties
}

child if input.data_subjects.minor == "yes"

child if {
	not input.data_subjects.minor == "no"
	facts.tenant.age_gate == "children_service"
}
