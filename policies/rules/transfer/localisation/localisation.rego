package compliance.rules.transfer.localisation

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regions

home := {"RU": "RU", "KSA": "SA"}

# METADATA
# scope: document
# title: Localised content
# description: |
#   Content of Russian or Saudi origin stays in its home country.
# related_resources:
#   - ref: http://pravo.gov.ru/proxy/ips/?docbody=&nd=102108261
#     description: 152-FZ Art. 18(5)
#   - ref: https://sdaia.gov.sa/en/SDAIA/about/Documents/Personal%20Data%20English%20V2-23April2023-%20Reviewed-.pdf
#     description: KSA PDPL Art. 29
# custom:
#   rule_id: transfer.localisation
#   codes: [LOCALISATION]
deny contains {
	"code": "LOCALISATION",
	"rule_id": "transfer.localisation",
	"effect": "deny",
	"target": id,
	"citation": ["152-FZ Art. 18(5)", "KSA PDPL Art. 29"],
	"evidence": [sprintf("country:%s", [place])],
} if {
	some regime, country in home
	regime in facts.regimes
	some id, places in facts.places
	some place in places
	regions.country(place) != country
}
