package compliance.rules.residency.region_indeterminate

import rego.v1

import data.compliance.lib.facts

# METADATA
# scope: document
# title: Place of processing not known
# description: |
#   A global deployment, or one with an unknown place, has no region a transfer test could pass.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_44/oj
#     description: GDPR Art. 44
# custom:
#   rule_id: residency.region_indeterminate
#   codes: [REGION_INDETERMINATE]
deny contains {
	"code": "REGION_INDETERMINATE",
	"rule_id": "residency.region_indeterminate",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 44"],
	"evidence": [],
} if {
	some id in facts.indeterminate
	place_matters
}

place_matters if facts.transferring != set()

place_matters if facts.onshore_phi
