package compliance.rules.transfer.uk

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regions
import data.compliance.lib.transfer

law := {"list": "uk", "contract": "uk_idta", "adequacy": "uk-gdpr:A45", "safeguard": "uk-gdpr:A46-idta"}

foreign contains [id, place] if {
	"UK" in facts.regimes
	some id, places in facts.places
	some place in places
	not regions.country(place) == "GB"
}

# METADATA
# scope: document
# title: UK GDPR transfers
# description: |
#   Every place outside the United Kingdom needs UK adequacy regulations that cover the recipient, or the IDTA or
#   Addendum with an assessment.
# related_resources:
#   - ref: https://www.legislation.gov.uk/eur/2016/679/article/45
#     description: UK GDPR Art. 45
#   - ref: https://www.legislation.gov.uk/eur/2016/679/article/46
#     description: UK GDPR Art. 46
# custom:
#   rule_id: transfer.uk
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
	"rule_id": "transfer.uk",
	"effect": "deny",
	"target": id,
	"citation": ["UK GDPR Art. 45", "UK GDPR Art. 46"],
	"evidence": [sprintf("country:%s", [place])],
} if {
	some [id, place] in foreign
	not transfer.basis(law, id, place)
	some code in transfer.codes(law, id, place)
}

# METADATA
# title: UK GDPR transfers that stand on a mechanism
# description: One record per target and place outside the home territory.
# custom:
#   rule_id: transfer.uk
transfers contains object.union(
	{"target": id, "regime": "UK", "from": "GB", "to": place},
	transfer.basis(law, id, place),
) if {
	some [id, place] in foreign
}
