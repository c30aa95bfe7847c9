package compliance.rules.hipaa.dua

import rego.v1

import data.compliance.lib.evidence
import data.compliance.lib.facts
import data.compliance.lib.hipaa

# METADATA
# scope: document
# title: No data use agreement
# description: |
#   A limited data set goes only to a recipient with a signed data use agreement for the activity; a BAA does not
#   replace it.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.514
#     description: 45 CFR 164.514(e)(4)
# custom:
#   rule_id: hipaa.dua
#   codes: [NO_DUA]
deny contains {
	"code": "NO_DUA",
	"rule_id": "hipaa.dua",
	"effect": "deny",
	"target": id,
	"citation": ["45 CFR 164.514(e)(4)"],
	"evidence": [evidence.ref(id, "dua")],
} if {
	hipaa.limited_data_set
	some id in facts.third_parties
	not agreed(id)
}

agreed(id) if {
	evidence.signed(id, "dua")
	input.activity.id in data.targets[id].dua.activities
}
