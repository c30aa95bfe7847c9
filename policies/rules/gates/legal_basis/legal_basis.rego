package compliance.rules.gates.legal_basis

import rego.v1

import data.compliance.lib.basis
import data.compliance.lib.facts

# METADATA
# scope: document
# title: No legal basis
# description: |
#   Personal data under GDPR, UK GDPR, Swiss FADP or LGPD needs a recorded basis. Pure HIPAA content outside GDPR
#   and UK GDPR does not.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_6/oj
#     description: GDPR Art. 6(1)
#   - ref: https://www.planalto.gov.br/ccivil_03/_ato2015-2018/2018/lei/l13709.htm
#     description: LGPD Art. 7
# custom:
#   rule_id: gates.legal_basis
#   codes: [NO_LEGAL_BASIS]
gate contains {
	"code": "NO_LEGAL_BASIS",
	"rule_id": "gates.legal_basis",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 6(1)", "LGPD Art. 7"],
	"evidence": [],
} if {
	"legal_basis" in facts.gates
	not hipaa_only
	not basis.recorded
}

hipaa_only if {
	facts.phi_declared
	not "special_condition" in facts.gates
}
