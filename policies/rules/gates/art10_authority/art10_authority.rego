package compliance.rules.gates.art10_authority

import rego.v1

import data.compliance.lib.basis
import data.compliance.lib.facts

# METADATA
# scope: document
# title: No authority for criminal-offence data
# description: |
#   Criminal-offence data needs official authority or national law.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_10/oj
#     description: GDPR Art. 10
# custom:
#   rule_id: gates.art10_authority
#   codes: [NO_ART10_AUTHORITY]
gate contains {
	"code": "NO_ART10_AUTHORITY",
	"rule_id": "gates.art10_authority",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 10"],
	"evidence": [],
} if {
	facts.criminal
	"criminal_authority" in facts.gates
	not basis.named("art10")
}
