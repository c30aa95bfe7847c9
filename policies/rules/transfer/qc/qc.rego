package compliance.rules.transfer.qc

import rego.v1

import data.compliance.lib.facts

foreign contains [id, place] if {
	"QC" in facts.regimes
	some id, places in facts.places
	some place in places
	place != "CA-QC"
}

# METADATA
# scope: document
# title: Quebec communications
# description: |
#   Any communication outside Quebec, other provinces included, needs a privacy impact assessment for the target.
# related_resources:
#   - ref: https://www.legisquebec.gouv.qc.ca/en/document/cs/p-39.1
#     description: Quebec Act P-39.1 s. 17
# custom:
#   rule_id: transfer.qc
#   codes: [QC_PIA_MISSING]
deny contains {
	"code": "QC_PIA_MISSING",
	"rule_id": "transfer.qc",
	"effect": "deny",
	"target": id,
	"citation": ["Quebec Act P-39.1 s. 17"],
	"evidence": [sprintf("country:%s", [place])],
} if {
	some [id, place] in foreign
	not covered(id)
}

# METADATA
# title: Quebec communications that stand on a mechanism
# description: One record per target and place.
# custom:
#   rule_id: transfer.qc
transfers contains {
	"target": id,
	"regime": "QC",
	"from": "CA-QC",
	"to": place,
	"mechanism": "ca-qc:s17",
	"instrument": "privacy impact assessment",
	"evidence": [concat(":", ["ev", id, "qc"])],
} if {
	some [id, place] in foreign
	covered(id)
}

covered(id) if id in facts.tenant.qc_pia
