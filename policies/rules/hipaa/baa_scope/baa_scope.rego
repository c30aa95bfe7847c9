package compliance.rules.hipaa.baa_scope

import rego.v1

import data.compliance.lib.evidence
import data.compliance.lib.facts
import data.compliance.lib.hipaa

# METADATA
# scope: document
# title: Operation outside the agreement
# description: |
#   The agreement is limited to the operations it names.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.504
#     description: 45 CFR 164.504(e)
# custom:
#   rule_id: hipaa.baa_scope
#   codes: [BAA_SCOPE]
deny contains {
	"code": "BAA_SCOPE",
	"rule_id": "hipaa.baa_scope",
	"effect": "deny",
	"target": id,
	"citation": ["45 CFR 164.504(e)"],
	"evidence": [evidence.ref(id, "baa")],
} if {
	hipaa.agreement_needed
	some id in facts.third_parties
	hipaa.associate(id)
	not in_scope(id)
}

in_scope(id) if input.operation.name in data.targets[id].baa.operations
