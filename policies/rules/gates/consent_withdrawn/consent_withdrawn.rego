package compliance.rules.gates.consent_withdrawn

import rego.v1

import data.compliance.lib.basis
import data.compliance.lib.facts

# METADATA
# scope: document
# title: Consent withdrawn
# description: |
#   Processing that rests on consent stops when the consent is withdrawn.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_7/oj
#     description: GDPR Art. 7(3)
# custom:
#   rule_id: gates.consent_withdrawn
#   codes: [CONSENT_WITHDRAWN]
gate contains {
	"code": "CONSENT_WITHDRAWN",
	"rule_id": "gates.consent_withdrawn",
	"effect": "deny",
	"target": null,
	"citation": ["GDPR Art. 7(3)"],
	"evidence": [sprintf("activity:%s", [input.activity.id])],
} if {
	"consent" in facts.gates
	basis.consent
	input.activity.consent.status == "withdrawn"
}
