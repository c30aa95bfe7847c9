package compliance.rules.gates.actor_access

import rego.v1

import data.compliance.lib.actor
import data.compliance.lib.facts

# METADATA
# scope: document
# title: Access from a third country
# description: |
#   A reader in a country without an adequacy decision, and outside the intra-group arrangement, makes the access a
#   transfer.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_44/oj
#     description: GDPR Art. 44
# custom:
#   rule_id: gates.actor_access
#   codes: [ACTOR_ACCESS_TRANSFER]
gate contains {
	"code": "ACTOR_ACCESS_TRANSFER",
	"rule_id": "gates.actor_access",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 44"],
	"evidence": [sprintf("country:%s", [input.actor.country])],
} if {
	some regime in facts.regimes
	actor.abroad(regime)
	not actor.within_group
}
