package compliance.rules.transfer.gdpr

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regions
import data.compliance.lib.transfer

law := {"list": "eu", "contract": "scc", "adequacy": "eu-gdpr:A45-3", "safeguard": "eu-gdpr:A46-2-c"}

foreign contains [id, place] if {
	"GDPR" in facts.regimes
	some id, places in facts.places
	some place in places
	not regions.eea(place)
}

# METADATA
# scope: document
# title: GDPR transfers
# description: |
#   Every place outside the EEA needs an adequacy decision that covers the recipient, or clauses with an assessment.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_44/oj
#     description: GDPR Art. 44
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_45/oj
#     description: GDPR Art. 45
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_46/oj
#     description: GDPR Art. 46
# custom:
#   rule_id: transfer.gdpr
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
	"rule_id": "transfer.gdpr",
	"effect": "deny",
	"target": id,
	"citation": ["GDPR Art. 44", "GDPR Art. 45", "GDPR Art. 46"],
	"evidence": [sprintf("country:%s", [place])],
} if {
	some [id, place] in foreign
	not transfer.basis(law, id, place)
	some code in transfer.codes(law, id, place)
}

# METADATA
# title: GDPR transfers that stand on a mechanism
# description: One record per target and place outside the home territory.
# custom:
#   rule_id: transfer.gdpr
transfers contains object.union(
	{"target": id, "regime": "GDPR", "from": "EEA", "to": place},
	transfer.basis(law, id, place),
) if {
	some [id, place] in foreign
}
