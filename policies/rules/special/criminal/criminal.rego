package compliance.rules.special.criminal

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Criminal-offence data stays at home
# description: |
#   Official authority does not extend to an AI vendor.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_10/oj
#     description: GDPR Art. 10
# custom:
#   rule_id: special.criminal
#   codes: [CRIMINAL_LOCAL_ONLY]
deny contains {
	"code": "CRIMINAL_LOCAL_ONLY",
	"rule_id": "special.criminal",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 10"],
	"evidence": [],
} if {
	facts.criminal
	some id in facts.third_parties
}
