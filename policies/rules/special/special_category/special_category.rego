package compliance.rules.special.special_category

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regimes

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

at_home(id) if {
	some regime in regimes.of_places(facts.known_origins)
	with_home(regime)
	every law in facts.regimes {
		every place in facts.places[id] { fits(law, place) }
	}
}

with_home(regime) if "special_at_home" in data.regimes[regime].gates

fits(regime, _) if not with_home(regime)

fits(regime, place) if regimes.at_home(regime, place)

# Protected health information stands under its own rules.
under_hipaa if facts.phi_declared

under_hipaa if facts.phi_inferred
