package compliance.rules.transfer.regime

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regimes
import data.compliance.lib.regions

foreign contains [id, target, place] if {
	some id in facts.regimes
	data.regimes[id]
	some target, places in facts.places
	some place in places
	not regimes.at_home(id, place)
}

# METADATA
# scope: document
# title: Transfers under regimes that are data
# description: |
#   Content that a law of data.regimes reaches leaves its home only on a step of that law's ladder, to a place that it does
#   not restrict.
# related_resources:
#   - ref: docs/reference/regimes.md
#     description: the sources of each regime
# custom:
#   rule_id: transfer.regime
#   codes: [TRANSFER_NO_BASIS, RESIDENCY_VIOLATION]
deny contains {
	"code": code,
	"rule_id": "transfer.regime",
	"effect": "deny",
	"target": target,
	"citation": data.regimes[id].citation,
	"evidence": [sprintf("regime:%s", [id]), sprintf("country:%s", [place])],
} if {
	some [id, target, place] in foreign
	not regimes.mechanism(id, target, place)
	some code in failure(target)
}

failure(target) := {"TRANSFER_NO_BASIS"} if target in facts.third_parties

else := {"RESIDENCY_VIOLATION", "TRANSFER_NO_BASIS"}

# METADATA
# title: Transfers that stand on a mechanism
# description: One record per regime, target and place, and one for an origin of which no law is known.
# custom:
#   rule_id: transfer.regime
transfers contains {
	"target": target,
	"regime": id,
	"from": data.regimes[id].home[0],
	"to": place,
	"mechanism": step.mechanism,
	"instrument": concat(", ", object.get(step, "needs", [data.regimes[id].name])),
	"evidence": [concat(":", ["regime", id])],
} if {
	some [id, target, place] in foreign
	step := regimes.mechanism(id, target, place)
}

transfers contains {
	"target": target,
	"regime": "UNKNOWN",
	"from": origin,
	"to": place,
	"mechanism": "none-known",
	"instrument": "no law of the origin is known",
	"evidence": [concat(":", ["origin", origin])],
} if {
	facts.personal
	some origin in regimes.unknown_origins
	some target, places in facts.places
	some place in places
	regions.country(place) != regions.country(origin)
}
