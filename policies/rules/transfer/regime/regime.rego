package compliance.rules.transfer.regime

import rego.v1

import data.compliance.lib.evidence
import data.compliance.lib.facts
import data.compliance.lib.regimes
import data.compliance.lib.regions

# METADATA
# scope: document
# title: Transfers
# description: |
#   Content that a law of data.regimes reaches leaves its home only on a step of that law's ladder, to a place that it does
#   not restrict. Content of an origin whose law nobody knows stays at home in one's own hands, unless somebody reviewed that origin.
# related_resources:
#   - ref: docs/reference/regimes.md
#     description: the sources of each regime
# custom:
#   rule_id: transfer.regime
#   codes:
#     - TRANSFER_NO_BASIS
#     - RESIDENCY_VIOLATION
#     - LOCALISATION
#     - LAW_UNKNOWN
#     - QC_PIA_MISSING
#     - REGISTRY_STALE
#     - ADEQUACY_NOT_IN_FORCE
#     - ADEQUACY_EXPIRED
#     - ADEQUACY_REVOKED
#     - ADEQUACY_SCOPE
#     - DPF_LAPSED
#     - DPF_HR_NOT_COVERED
#     - TIA_MISSING
#     - TIA_EXPIRED
#     - ART49_NOT_SYSTEMATIC
deny contains {
	"code": code,
	"rule_id": "transfer.regime",
	"effect": "deny",
	"target": target,
	"citation": data.regimes[id].citation,
	"evidence": [concat(":", ["regime", id]), concat(":", ["country", place])],
} if {
	some [id, first, place] in regimes.foreign
	not regimes.carried_by[[id, first, place]]
	some code in regimes.codes(id, first, place)
	some target in facts.alike[first] - facts.misplaced
}

deny contains {
	"code": "LAW_UNKNOWN",
	"rule_id": "transfer.regime",
	"effect": "deny",
	"target": target,
	"citation": [],
	"evidence": [sprintf("origin:%v", [origin])],
} if {
	some [origin, target] in regimes.unlawed
	not regimes.reviewed(origin)
}

# METADATA
# title: Transfers that stand on a mechanism
# description: One record per regime, target and place, and one for an origin whose law is unknown and reviewed, or does not decide yet.
# custom:
#   rule_id: transfer.regime
transfers contains {
	"target": target,
	"regime": id,
	"from": data.regimes[id].home[0],
	"to": place,
	"mechanism": record.mechanism,
	"instrument": record.instrument,
	"evidence": references(record, target),
} if {
	some [id, first, place], record in regimes.carried_by
	some target in facts.alike[first] - facts.misplaced
}

references(record, _) := record.evidence

references(record, target) := [evidence.reference(kind, target) | some kind in record.kinds] if record.kinds

transfers contains {
	"target": target,
	"regime": "UNKNOWN",
	"from": origin,
	"to": place,
	"mechanism": "none:reviewed",
	"instrument": "review of the origin",
	"evidence": [concat(":", ["reviewed_origins", regions.country(origin)])],
} if {
	some [origin, target] in regimes.unlawed
	regimes.reviewed(origin)
	some place in object.get(facts.places, target, ["unknown"])
}

transfers contains {
	"target": target,
	"regime": "UNKNOWN",
	"from": origin,
	"to": place,
	"mechanism": "none-known",
	"instrument": "no law of the origin decides yet",
	"evidence": [concat(":", ["origin", origin])],
} if {
	some origin in regimes.waiting_origins
	some target, places in facts.places
	some place in places
	regions.country(place) != regions.country(origin)
}
