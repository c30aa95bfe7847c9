package compliance.rules.hipaa.baa

import rego.v1

import data.compliance.lib.evidence
import data.compliance.lib.facts
import data.compliance.lib.hipaa

# METADATA
# scope: document
# title: No business associate agreement
# description: |
#   A third party receives health information only under a signed, unexpired agreement - or de-identified, where the
#   tenant opted in and the content was read.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.502
#     description: 45 CFR 164.502(e)
# custom:
#   rule_id: hipaa.baa
#   codes: [NO_BAA]
deny contains {
	"code": "NO_BAA",
	"rule_id": "hipaa.baa",
	"effect": "deny",
	"target": id,
	"citation": ["45 CFR 164.502(e)"],
	"evidence": [evidence.ref(id, "baa")],
} if {
	hipaa.agreement_needed
	not hipaa.deidentified_without_agreement
	some id in facts.third_parties
	not hipaa.associate(id)
}
