package compliance.rules.transfer.lgpd

import rego.v1

import data.compliance.lib.adequacy
import data.compliance.lib.facts
import data.compliance.lib.regions

foreign contains [id, place] if {
	"LGPD" in facts.regimes
	some id, places in facts.places
	some place in places
	regions.country(place) != "BR"
}

# METADATA
# scope: document
# title: LGPD transfers
# description: |
#   A decision of the Brazilian authority in force for the place (data.adequacy.br; an entry EEA means every member state), else
#   Brazilian standard clauses for the target.
# related_resources:
#   - ref: https://www.planalto.gov.br/ccivil_03/_ato2015-2018/2018/lei/l13709.htm
#     description: LGPD Art. 33
# custom:
#   rule_id: transfer.lgpd
#   codes: [TRANSFER_NO_BASIS, RESIDENCY_VIOLATION, REGISTRY_STALE, ADEQUACY_NOT_IN_FORCE, ADEQUACY_EXPIRED, ADEQUACY_REVOKED]
deny contains {
	"code": code,
	"rule_id": "transfer.lgpd",
	"effect": "deny",
	"target": id,
	"citation": ["LGPD Art. 33"],
	"evidence": [sprintf("country:%s", [place])],
} if {
	some [id, place] in foreign
	not basis(id, place)
	some code in codes(id, place)
}

# METADATA
# title: LGPD transfers that stand on a mechanism
# description: One record per target and place outside Brazil.
# custom:
#   rule_id: transfer.lgpd
transfers contains object.union(
	{"target": id, "regime": "LGPD", "from": "BR", "to": place},
	basis(id, place),
) if {
	some [id, place] in foreign
}

basis(id, place) := {
	"mechanism": "br-lgpd:A33-I",
	"instrument": object.get(decision, "decision", "adequacy decision"),
	"evidence": [concat(":", ["adequacy", "br", decision.code])],
} if {
	adequacy.fresh
	decision := [found | some found in decisions(place); adequacy.in_force(found)][0]
}

else := {
	"mechanism": "br-lgpd:A33-II",
	"instrument": "br_scc",
	"evidence": [concat(":", ["ev", id, "br_scc"])],
} if {
	id in facts.tenant.br_scc
}

decisions(place) := [entry |
	some entry in adequacy.brazilian
	entry.scope == "full"
	covers(entry.code, place)
]

covers("EEA", place) if regions.eea(place)

covers(code, place) if code == regions.country(place)

codes(id, place) := union({staleness(place), gaps(place), failure(id)})

# A place with a decision is without a basis where the legal data is stale or the decision not in force.
staleness(place) := {"REGISTRY_STALE"} if {
	decisions(place) != []
	adequacy.stale
}

else := set()

gaps(place) := {code | some entry in decisions(place); code := adequacy.lapse(entry)}

failure(id) := {"TRANSFER_NO_BASIS"} if id in facts.third_parties

else := {"RESIDENCY_VIOLATION", "TRANSFER_NO_BASIS"}
