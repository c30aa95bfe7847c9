package compliance.rules.residency.subject_region_unknown

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regions

# METADATA
# scope: document
# title: Region of the subjects unknown
# description: |
#   Where the people live is unknown, so the content stays on a self-hosted target in the country it came in by.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_44/oj
#     description: GDPR Art. 44
# custom:
#   rule_id: residency.subject_region_unknown
#   codes: [SUBJECT_REGION_UNKNOWN]
deny contains {
	"code": "SUBJECT_REGION_UNKNOWN",
	"rule_id": "residency.subject_region_unknown",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 44"],
	"evidence": [],
} if {
	facts.personal
	facts.region_unknown
	some id in facts.known
	not at_ingress(id)
}

at_ingress(id) if {
	not id in facts.third_parties
	every place in facts.places[id] { regions.country(place) == regions.country(input.ingress.region) }
}
