package compliance.rules.hipaa.offshore

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regions

# METADATA
# scope: document
# title: Health information leaves the United States
# description: |
#   Processing, storage and access stay in the United States unless the tenant allows offshore.
# related_resources:
#   - ref: https://capitol.texas.gov/tlodocs/89R/billtext/html/SB01188F.HTM
#     description: Texas SB 1188; payer contracts
# custom:
#   rule_id: hipaa.offshore
#   codes: [PHI_OFFSHORE]
deny contains {
	"code": "PHI_OFFSHORE",
	"rule_id": "hipaa.offshore",
	"effect": "deny",
	"target": id,
	"citation": ["Texas SB 1188; payer contracts"],
	"evidence": [],
} if {
	facts.onshore_phi
	some id in facts.known
	some place in touched(id)
	not regions.american(place)
}

touched(id) := array.concat(facts.accessing(id), [place |
	some field in ["processing_regions", "storage_regions"]
	some place in data.targets[id][field]
])
