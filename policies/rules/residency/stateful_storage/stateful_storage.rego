package compliance.rules.residency.stateful_storage

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: State kept at the provider
# description: |
#   Server-side threads and stored replies defeat erasure and zero retention unless the activity allows them.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_5/oj
#     description: GDPR Art. 5(1)(e)
# custom:
#   rule_id: residency.stateful_storage
#   codes: [STATEFUL_STORAGE]
deny contains {
	"code": "STATEFUL_STORAGE",
	"rule_id": "residency.stateful_storage",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 5(1)(e)"],
	"evidence": [],
} if {
	input.operation.stateful == true
	not facts.activity.allow_stateful == true
	some id in facts.third_parties
}
