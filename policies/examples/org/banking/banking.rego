# METADATA
# title: House rules of a bank
# description: |
#   An example of an overlay. Copy the folder, rename the package org.<name>, and point the proxy at the folder. It
#   speaks only
#   for tenants whose registry entry says sector bank.
package org.banking

import rego.v1

import data.compliance.lib.facts
import data.compliance.lib.regions

bank if facts.tenant.sector == "bank"

# METADATA
# title: Financial data stays in the EEA
# description: The supervisor expects account data to be processed inside the EEA, whatever transfer mechanism exists.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2022/2554/oj
#     description: DORA Art. 28-30; house policy 12
# custom:
#   rule_id: banking.financial_abroad
#   codes: [BANK_FINANCIAL_ABROAD]
deny contains {
	"code": "BANK_FINANCIAL_ABROAD",
	"rule_id": "banking.financial_abroad",
	"target": id,
	"citation": ["House policy 12"],
} if {
	bank
	"financial" in facts.categories
	some id, places in facts.places
	some place in places
	not regions.eea(place)
}

# METADATA
# title: Names are removed for third parties
# description: Stricter than the library, which puts pseudonyms in their place.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25; house policy 14
# custom:
#   rule_id: banking.remove_names
#   obligations: [redact]
oblige contains {
	"type": "redact",
	"rule_id": "banking.remove_names",
	"target": id,
	"entities": ["PERSON"],
	"method": "remove",
	"when": "before_egress",
} if {
	bank
	some id in facts.third_parties
}

# METADATA
# title: Attested targets first
# description: A C5 type 2 attestation moves a target to the front of the permitted ones.
prefer contains {"target": id, "rank": 0} if {
	bank
	some id, target in facts.registered
	"C5-T2" in target.attestations
}

# METADATA
# title: What the bank may waive
# description: Its own code; a code of the law stays out of reach.
waivable contains "BANK_FINANCIAL_ABROAD"
