package compliance.rules.transfer.pipl

import rego.v1

import data.compliance.lib.evidence
import data.compliance.lib.facts
import data.compliance.lib.regions

foreign contains [id, place] if {
	"PIPL" in facts.regimes
	some id, places in facts.places
	some place in places
	regions.country(place) != "CN"
}

# METADATA
# scope: document
# title: PIPL transfers
# description: |
#   Content of Chinese origin leaves China only under a mechanism for the recipient that has not run out.
# related_resources:
#   - ref: http://www.npc.gov.cn/npc/c30834/202108/a8c4e3672c74491a80b53a172bb753fe.shtml
#     description: PIPL Art. 38
# custom:
#   rule_id: transfer.pipl
#   codes: [LOCALISATION]
deny contains {
	"code": "LOCALISATION",
	"rule_id": "transfer.pipl",
	"effect": "deny",
	"target": id,
	"citation": ["PIPL Art. 38"],
	"evidence": [sprintf("country:%s", [place])],
} if {
	some [id, place] in foreign
	not covered(id)
}

# METADATA
# title: PIPL transfers that stand on a mechanism
# description: One record per target and place.
# custom:
#   rule_id: transfer.pipl
transfers contains {
	"target": id,
	"regime": "PIPL",
	"from": "CN",
	"to": place,
	"mechanism": "cn-pipl:A38",
	"instrument": object.get(facts.tenant.cn_mechanism, "type", "mechanism"),
	"evidence": [concat(":", ["ev", id, "pipl"])],
} if {
	some [id, place] in foreign
	covered(id)
}

covered(id) if {
	mechanism := facts.tenant.cn_mechanism
	id in mechanism.targets
	evidence.unexpired(mechanism)
}
