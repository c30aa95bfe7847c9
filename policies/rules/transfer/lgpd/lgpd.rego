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
#   The EEA is recognised by Brazil; any other place needs Brazilian standard clauses for the target.
# related_resources:
#   - ref: https://www.planalto.gov.br/ccivil_03/_ato2015-2018/2018/lei/l13709.htm
#     description: LGPD Art. 33
# custom:
#   rule_id: transfer.lgpd
#   codes: [TRANSFER_NO_BASIS, RESIDENCY_VIOLATION, REGISTRY_STALE]
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
	"instrument": "adequacy decision",
	"evidence": ["adequacy:br:EEA"],
} if {
	adequacy.fresh
	regions.eea(place)
}

else := {
	"mechanism": "br-lgpd:A33-II",
	"instrument": "br_scc",
	"evidence": [concat(":", ["ev", id, "br_scc"])],
} if {
	id in facts.tenant.br_scc
}

codes(id, place) := staleness(place) | failure(id)

# The EEA is without a basis only where the legal data is stale.
staleness(place) := {"REGISTRY_STALE"} if regions.eea(place)

else := set()

failure(id) := {"TRANSFER_NO_BASIS"} if id in facts.third_parties

else := {"RESIDENCY_VIOLATION", "TRANSFER_NO_BASIS"}
