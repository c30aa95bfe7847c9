package compliance.rules.special.sgbv_393

import rego.v1

import data.compliance.lib.adequacy
import data.compliance.lib.facts
import data.compliance.lib.regions

# METADATA
# scope: document
# title: Statutory health data in the cloud
# description: |
#   German statutory health data goes only to the EEA, Switzerland or an adequate country, to a body established in
#   Germany, under a C5 type 2 attestation.
# related_resources:
#   - ref: https://www.gesetze-im-internet.de/sgb_5/__393.html
#     description: SGB V s. 393
# custom:
#   rule_id: special.sgbv_393
#   codes: [SGBV_393]
deny contains {
	"code": "SGBV_393",
	"rule_id": "special.sgbv_393",
	"effect": "deny",
	"target": id,
	"citation": ["SGB V s. 393"],
	"evidence": [],
} if {
	facts.health
	facts.tenant.sgbv != false
	some id in facts.third_parties
	not allowed(id)
}

allowed(id) if {
	"C5-T2" in data.targets[id].attestations
	german(id)
	every place in facts.places[id] { permitted_place(id, place) }
}

permitted_place(_, place) if regions.eea(place)

permitted_place(_, place) if regions.country(place) == "CH"

permitted_place(id, place) if {
	adequacy.fresh
	adequacy.covering("eu", id, place)
}

german(id) if {
	some code in data.providers[data.targets[id].provider].establishments
	regions.country(code) == "DE"
}

german(id) if every place in facts.places[id] { regions.country(place) == "DE" }
