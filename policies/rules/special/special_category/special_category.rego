package compliance.rules.special.special_category

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regions

# METADATA
# scope: document
# title: Special categories stay at home
# description: |
#   A third party sees special categories only where the activity allows it, the target is at home for every regime
#   and retains nothing.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_9/oj
#     description: GDPR Art. 9
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25
# custom:
#   rule_id: special.special_category
#   codes: [SPECIAL_CATEGORY_LOCAL_ONLY]
deny contains {
	"code": "SPECIAL_CATEGORY_LOCAL_ONLY",
	"rule_id": "special.special_category",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 9", "GDPR Art. 25"],
	"evidence": [],
} if {
	facts.special
	not under_hipaa
	some id in facts.third_parties
	not approved(id)
}

approved(id) if {
	facts.activity.allow_third_party_special == true
	data.targets[id].zero_retention == true
	at_home(id)
}

with_home := {"GDPR", "UK", "CH"}

home_regimes := facts.regimes & with_home

at_home(id) if {
	facts.regimes_of(facts.known_origins) & with_home != set()
	every regime in home_regimes {
		every place in facts.places[id] { home(regime, place) }
	}
}

home("GDPR", place) if regions.eea(place)

home("UK", place) if regions.country(place) == "GB"

home("CH", place) if regions.country(place) == "CH"

# Protected health information stands under its own rules.
under_hipaa if facts.phi_declared

under_hipaa if facts.phi_inferred
