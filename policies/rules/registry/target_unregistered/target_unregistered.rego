package compliance.rules.registry.target_unregistered

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Target not registered
# description: |
#   The registry is an allow-list.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_28/oj
#     description: GDPR Art. 28(1)
# custom:
#   rule_id: registry.target_unregistered
#   codes: [TARGET_UNREGISTERED]
deny contains {
	"code": "TARGET_UNREGISTERED",
	"rule_id": "registry.target_unregistered",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 28(1)"],
	"evidence": [],
} if {
	some id in facts.candidates - facts.known
}
