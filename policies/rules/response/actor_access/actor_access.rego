package compliance.rules.response.actor_access

import rego.v1

import data.compliance.lib.actor
import data.compliance.lib.facts
import data.compliance.lib.regimes

# METADATA
# scope: document
# title: Reply read from a third country
# description: |
#   The reply of a controller under a law that counts reading as a transfer is disclosed where its reader is, whether or not the reader is of the group.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_44/oj
#     description: GDPR Art. 44
# custom:
#   rule_id: response.actor_access
#   codes: [ACTOR_ACCESS_TRANSFER]
gate contains {
	"code": "ACTOR_ACCESS_TRANSFER",
	"rule_id": "response.actor_access",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 44"],
	"evidence": [sprintf("country:%s", [input.actor.country])],
} if {
	some regime in regimes.of_places(facts.establishments)
	actor.abroad(regime)
}
