package compliance.rules.transfer.ch

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regions
import data.compliance.lib.transfer

law := {"list": "ch", "contract": "scc", "adequacy": "ch-fadp:A16-1", "safeguard": "ch-fadp:A16-2-d"}

foreign contains [id, place] if {
	"CH" in facts.regimes
	some id, places in facts.places
	some place in places
	not regions.country(place) == "CH"
}

# METADATA
# scope: document
# title: Swiss FADP transfers
# description: |
#   Every place outside Switzerland needs to be on the Federal Council list with the recipient covered, or clauses
#   with an assessment.
# related_resources:
#   - ref: https://www.fedlex.admin.ch/eli/cc/2022/491/en#art_16
#     description: Swiss FADP Art. 16
# custom:
#   rule_id: transfer.ch
#   codes:
#     - TRANSFER_NO_BASIS
#     - RESIDENCY_VIOLATION
#     - REGISTRY_STALE
#     - ADEQUACY_NOT_IN_FORCE
#     - ADEQUACY_EXPIRED
#     - ADEQUACY_REVOKED
#     - ADEQUACY_SCOPE
#     - DPF_LAPSED
#     - DPF_HR_NOT_COVERED
#     - TIA_MISSING
#     - TIA_EXPIRED
#     - ART49_NOT_SYSTEMATIC
deny contains {
	"code": code,
	"rule_id": "transfer.ch",
	"effect": "deny",
	"target": id,
	"citation": ["Swiss FADP Art. 16"],
	"evidence": [sprintf("country:%s", [place])],
} if {
	some [id, place] in foreign
	not transfer.basis(law, id, place)
	some code in transfer.codes(law, id, place)
}

# METADATA
# title: Swiss FADP transfers that stand on a mechanism
# description: One record per target and place outside the home territory.
# custom:
#   rule_id: transfer.ch
transfers contains object.union(
	{"target": id, "regime": "CH", "from": "CH", "to": place},
	transfer.basis(law, id, place),
) if {
	some [id, place] in foreign
}
